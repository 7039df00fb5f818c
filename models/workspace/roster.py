"""What the chat reports about people: their zones, who has left, who is in the channel, who is in a group. These facts
are optional: a person about whom the chat has reported nothing takes part all the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Unpack
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.rules.facts import Colleague, PersonFacts
from models.storage.change import Question
from models.storage.statements import NOTHING_KNOWN
from models.storage.store import Store
from models.storage.tables import Person, UserGroup, UtcDateTime, Workspace, table
from models.storage.upsert import Columns, Upsert, insert_once, upsert

# How old facts about people may be before Baton asks the chat for them again.
STALE_AFTER = timedelta(hours=6)


def _person(workspace_id: str, person: str, facts: PersonFacts) -> Mapping[str, object]:
    """Returns the row of a person about whom only these facts are known."""
    return {"workspace_id": workspace_id, "id": person, **NOTHING_KNOWN, **facts}


def ensure_workspace(session: Session, workspace_id: str) -> None:
    insert_once(session, table(Workspace), {"id": workspace_id, "agreement_version": 0, "people_stamp": ""})


def ensure_people(session: Session, workspace_id: str, people: Iterable[str]) -> None:
    """Stores these people if they are not known yet. From then on Baton asks the chat about them at intervals."""
    rows = [_person(workspace_id, person, {}) for person in sorted(set(people))]
    if rows and insert_once(session, table(Person), *rows):
        _changed(session, workspace_id)


def _changed(session: Session, workspace_id: str, *, since: str | None = None) -> bool:
    """Marks the people or groups as changed, so that every process that keeps them in memory reads them again. With
    `since`, does so only if that is still the stamp. True if it marked them."""
    workspaces = table(Workspace)
    here = workspaces.c.id == workspace_id
    if since is not None:
        here &= workspaces.c.people_stamp == since
    marked = sa.update(workspaces).where(here).values(people_stamp=uuid4().hex).returning(workspaces.c.id)
    return session.execute(marked).first() is not None


# When Baton heard of a fact, and since when it holds. They affect no terms.
_DATES = ("synced_at", "profile_updated")


@cache
def _learn(model: type[SQLModel], *facts: str) -> Upsert:
    """Returns the upsert that stores these columns of a person or a group, if a change affects the terms. The time of a
    look-up affects them only the first time, so a later `synced_at` alone changes nothing. Compares columns as text,
    because Postgres can't compare JSON. A profile changes nothing if a newer one is stored: the answer to a look-up can
    come after the event that made it old."""

    def differs(row: Columns, learnt: Columns) -> sa.ColumnElement[bool]:
        changes = sa.or_(
            row.synced_at.is_(None) & learnt.synced_at.is_not(None),
            *(
                sa.cast(row[fact], sa.Text).is_distinct_from(sa.cast(learnt[fact], sa.Text))
                for fact in facts
                if fact not in _DATES
            ),
        )
        if "profile_updated" not in facts:
            return changes
        return changes & sa.func.coalesce(row.profile_updated <= learnt.profile_updated, sa.true())

    return Upsert(
        into=table(model),
        key=("workspace_id", "id"),
        change=lambda _row, learnt: {fact: learnt[fact] for fact in facts},
        only_where=differs,
        returning=("id",),
    )


_workspace, _known = table(Workspace).c, table(Person).c
_WORKSPACE = sa.bindparam("workspace", type_=sa.String)
_BEFORE = sa.bindparam("before", type_=UtcDateTime)
_SET_UP = Question(sa.select(_workspace.id).where(_workspace.agreement_version > 0))
_STALE_WORKSPACES = Question(
    sa.select(_workspace.id).where(
        _workspace.agreement_version > 0,
        _workspace.roster_synced_at.is_(None) | (_workspace.roster_synced_at < _BEFORE),
    )
)
_STALE_PEOPLE = Question(
    sa.select(_known.id)
    .where(_known.workspace_id == _WORKSPACE, _known.synced_at.is_(None) | (_known.synced_at < _BEFORE))
    .order_by(sa.nulls_first(_known.synced_at))
)
_BOT_USER = Question(sa.select(_workspace.bot_user_id).where(_workspace.id == _WORKSPACE))
_SHUT_OUT = Question(sa.select(_workspace.id, _workspace.shut_out_why).where(_workspace.shut_out_at.is_not(None)))


class Overtaken(Exception):  # noqa: N818 - says what is so
    """What the chat answered may be old: people changed since it was asked."""


class Roster:
    """Stores what the chat reports about the people of each workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stale_workspaces(self, *, before: datetime) -> list[str]:
        """Returns the workspaces with an agreement whose people nobody looked up since `before`."""
        with self._store.look() as look:
            return [workspace_id for (workspace_id,) in look.ask(_STALE_WORKSPACES, before=before)]

    def workspaces_set_up(self) -> list[str]:
        with self._store.look() as look:
            return [workspace_id for (workspace_id,) in look.ask(_SET_UP)]

    def stale_people(self, workspace_id: str, *, before: datetime) -> list[str]:
        """Returns the people who were not looked up since `before`. Those who were never looked up come first."""
        with self._store.look() as look:
            return [person for (person,) in look.ask(_STALE_PEOPLE, workspace=workspace_id, before=before)]

    def looked_up(self, workspace_id: str, *, version: int, at: datetime) -> None:
        """Records that a look-up of everything that this version of the agreement names is complete. Does nothing if
        there is a newer version."""
        workspaces = table(Workspace).c
        with self._store.write() as session:
            session.execute(
                sa.update(table(Workspace))
                .where(workspaces.id == workspace_id, workspaces.agreement_version == version)
                .values(roster_synced_at=at)
            )

    def ask_again(self, workspace_id: str) -> None:
        """Makes Baton ask the chat soon who is in the channel and in the groups."""
        with self._store.write() as session:
            session.execute(
                sa.update(table(Workspace)).where(_workspace.id == workspace_id).values(roster_synced_at=None)
            )

    def members_synced(self, workspace_id: str, members: Iterable[str], *, since: str | None = None) -> None:
        """Stores who joined the handoff channel and who left it. `since` is the people's stamp from before the chat was
        asked. Raises Overtaken, and stores nothing, if it is not the stamp any more."""
        person = table(Person)
        with self._store.write() as session:
            ensure_workspace(session, workspace_id)
            present = session.scalars(
                sa.select(person.c.id).where(person.c.workspace_id == workspace_id, person.c.in_channel)
            )
            now = set(members)
            moved = sorted(now ^ set(present))
            if moved:
                rows = [_person(workspace_id, one, {"in_channel": one in now}) for one in moved]
                upsert(session, _learn(Person, "in_channel"), *rows)
                if not _changed(session, workspace_id, since=since):
                    raise Overtaken

    def group_synced(self, workspace_id: str, group: str, members: list[str], *, at: datetime) -> None:
        with self._store.write() as session:
            ensure_people(session, workspace_id, members)
        with self._store.write() as session:  # apart: a write of this group alone locks it before the workspace
            row = {"workspace_id": workspace_id, "id": group, "members": members, "synced_at": at}
            self._keep(session, UserGroup, row, ("members", "synced_at"))

    def person_changed(self, workspace_id: str, person: str, **facts: Unpack[PersonFacts]) -> None:
        """Stores facts about a person."""
        with self._store.write() as session:
            ensure_workspace(session, workspace_id)
            self._keep(session, Person, _person(workspace_id, person, facts), facts)

    def profile_changed(self, workspace_id: str, person: str, **facts: Unpack[PersonFacts]) -> None:
        """Like `person_changed`, for facts that the chat sends unasked. It sends them about everybody in the company,
        so this stores nothing about people who take no part. If they take part later, Baton looks them up."""
        if self.person(workspace_id, person) is not None:
            self.person_changed(workspace_id, person, **facts)

    def conversation_opened(self, workspace_id: str, person: str, channel: str) -> None:
        """Stores the channel for direct messages to a person. It does not affect terms, so nobody has to read them
        again."""
        row = _person(workspace_id, person, {"dm_channel": channel})
        with self._store.write() as session:
            upsert(session, _learn(Person, "dm_channel"), row)

    def _keep(self, session: Session, model: type[SQLModel], row: Mapping[str, Any], facts: Iterable[str]) -> None:
        """Stores these facts of a row. Marks people and groups as changed only if the facts differ."""
        if upsert(session, _learn(model, *facts), row).first() is not None:
            _changed(session, row["workspace_id"])  # after the people, as everywhere: another order could deadlock
        elif "synced_at" in facts:
            known = table(model)
            here = sa.update(known).where(known.c.workspace_id == row["workspace_id"], known.c.id == row["id"])
            session.execute(here.values(synced_at=row["synced_at"]))
            if row.get("profile_updated") is not None:
                updated = known.c.profile_updated
                later = updated.is_(None) | (updated < row["profile_updated"])
                session.execute(here.where(later).values(profile_updated=row["profile_updated"]))

    def person(self, workspace_id: str, person: str) -> Person | None:
        with self._store.read() as session:
            return session.get(Person, (workspace_id, person))

    def colleague(self, workspace_id: str, person: str) -> Colleague | None:
        """Returns a person as terms see them, or None if unknown."""
        people = table(Person).c
        facts = sa.select(*(people[fact] for fact in Colleague._fields))
        with self._store.read() as session:
            found = session.execute(facts.where(people.workspace_id == workspace_id, people.id == person)).one_or_none()
            return Colleague._make(found) if found is not None else None

    def bot_user(self, workspace_id: str) -> str | None:
        with self._store.look() as look:
            return next((user for (user,) in look.ask(_BOT_USER, workspace=workspace_id)), None)

    def installations(self) -> dict[str, str | None]:
        """Returns every workspace in which the bot was ever known, with the id of the bot's app if the chat reported
        it."""
        workspaces = table(Workspace).c
        with self._store.read() as session:
            known = sa.select(workspaces.id, workspaces.app_id).where(workspaces.bot_user_id.is_not(None))
            return {row.id: row.app_id for row in session.execute(known)}

    def app_known(self, workspace_id: str, *, app_id: str) -> None:
        """Stores the id of the app to which the workspace's bot belongs."""
        workspaces = table(Workspace)
        with self._store.write() as session:
            session.execute(sa.update(workspaces).where(workspaces.c.id == workspace_id).values(app_id=app_id))

    def shut_out(self, workspace_id: str, why: str, *, at: datetime) -> None:
        """Records that the chat revoked the token. Baton sends nothing there until it is `installed` again."""
        with self._store.write() as session:
            ensure_workspace(session, workspace_id)
            workspaces = table(Workspace)
            session.execute(
                sa.update(workspaces)
                .where(workspaces.c.id == workspace_id, workspaces.c.shut_out_at.is_(None))
                .values(shut_out_at=at, shut_out_why=why)
            )

    def shut_outs(self) -> dict[str, str]:
        """Returns the workspaces that revoked the token, each with the reason."""
        with self._store.look() as look:
            return {workspace_id: why or "" for workspace_id, why in look.ask(_SHUT_OUT)}

    def installed(self, workspace_id: str, *, bot_user_id: str, url: str) -> None:
        """Stores the bot's user id and the workspace's address. Call it when the token works."""
        with self._store.write() as session:
            ensure_workspace(session, workspace_id)
            workspaces = table(Workspace)
            session.execute(
                sa.update(workspaces)
                .where(workspaces.c.id == workspace_id)
                .values(bot_user_id=bot_user_id, url=url, shut_out_at=None, shut_out_why=None)
            )
        self.person_changed(
            workspace_id, bot_user_id, is_bot=True
        )  # Baton itself is in the channel, and takes no leads
