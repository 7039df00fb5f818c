"""What the chat tells of people: zones, who has left, who is in the channel, who is in a group. It only refines; a
person of whom nothing is known takes part all the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models.store import Store, Upsert
from models.tables import Person, UserGroup, Workspace, table

_UNKNOWN_PERSON = {"is_bot": False, "deactivated": False, "in_channel": False}
STALE_AFTER = timedelta(hours=6)
"""After so long what the chat told of people is asked for again."""


def ensure_workspace(store: Store, session: Session, workspace_id: str) -> None:
    store.insert_once(session, table(Workspace), {"id": workspace_id, "agreement_version": 0, "people_stamp": ""})


def ensure_people(store: Store, session: Session, workspace_id: str, people: Iterable[str]) -> None:
    rows = [{"workspace_id": workspace_id, "id": person, **_UNKNOWN_PERSON} for person in people]
    if [row for row in rows if store.insert_once(session, table(Person), row)]:
        _changed(session, workspace_id)


def _changed(session: Session, workspace_id: str) -> None:
    """People or groups are not what they were: whoever keeps them in memory reads them anew."""
    workspaces = table(Workspace)
    session.execute(sa.update(workspaces).where(workspaces.c.id == workspace_id).values(people_stamp=uuid4().hex))


@cache
def _learn(model: type[SQLModel], *facts: str) -> Upsert:
    """Keeps these columns of a person or a group."""
    return Upsert(
        into=table(model),
        key=("workspace_id", "id"),
        change=lambda _row, learnt: {fact: learnt[fact] for fact in facts},
    )


class Roster:
    """Keeps what was learnt of the people of each workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stale_workspaces(self, *, before: datetime) -> list[str]:
        """Workspaces with an agreement whose people were not looked up since `before`."""
        with self._store.read() as session:
            return list(
                session.exec(
                    select(Workspace.id)
                    .where(col(Workspace.agreement_version) > 0)
                    .where(sa.or_(col(Workspace.roster_synced_at).is_(None), col(Workspace.roster_synced_at) < before))
                )
            )

    def workspaces_set_up(self) -> list[str]:
        with self._store.read() as session:
            return list(session.exec(select(Workspace.id).where(col(Workspace.agreement_version) > 0)))

    def stale_people(self, workspace_id: str, *, before: datetime) -> list[str]:
        with self._store.read() as session:
            return list(
                session.exec(
                    select(Person.id)
                    .where(col(Person.workspace_id) == workspace_id)
                    .where(sa.or_(col(Person.synced_at).is_(None), col(Person.synced_at) < before))
                )
            )

    def roster_synced(
        self, workspace_id: str, *, members: Iterable[str] | None, known: Iterable[str] = (), at: datetime
    ) -> None:
        """Remember that the channel's members were looked up, and who they are (None: it could not be told). `known`:
        others who take part."""
        with self._store.write() as session:
            ensure_workspace(self._store, session, workspace_id)
            ensure_people(self._store, session, workspace_id, known)
            if members is not None:
                present = list(members)
                ensure_people(self._store, session, workspace_id, present)
                person = table(Person)
                session.execute(
                    sa.update(person)
                    .where(person.c.workspace_id == workspace_id)
                    .values(in_channel=person.c.id.in_(present))
                )
                _changed(session, workspace_id)
            session.execute(
                sa.update(table(Workspace)).where(table(Workspace).c.id == workspace_id).values(roster_synced_at=at)
            )

    def group_synced(self, workspace_id: str, group: str, members: list[str], *, at: datetime) -> None:
        with self._store.write() as session:
            row = {"workspace_id": workspace_id, "id": group, "members": members, "synced_at": at}
            ensure_people(self._store, session, workspace_id, members)
            self._store.upsert(session, _learn(UserGroup, "members", "synced_at"), row)
            _changed(session, workspace_id)  # after the people, as everywhere: or two would wait for each other

    def person_changed(self, workspace_id: str, person: str, **facts: Any) -> None:
        """Keep what was learnt of a person; facts are columns of `Person`."""
        with self._store.write() as session:
            ensure_workspace(self._store, session, workspace_id)
            self._keep(session, workspace_id, person, facts)
            _changed(session, workspace_id)

    def conversation_opened(self, workspace_id: str, person: str, channel: str) -> None:
        """Remember where one writes to a person. Nobody's terms depend on it, so they need not be read again."""
        with self._store.write() as session:
            self._keep(session, workspace_id, person, {"dm_channel": channel})

    def _keep(self, session: Session, workspace_id: str, person: str, facts: Mapping[str, Any]) -> None:
        row = {"workspace_id": workspace_id, "id": person, **_UNKNOWN_PERSON, **facts}
        self._store.upsert(session, _learn(Person, *facts), row)

    def person(self, workspace_id: str, person: str) -> Person | None:
        with self._store.read() as session:
            return session.get(Person, (workspace_id, person))

    def bot_user(self, workspace_id: str) -> str | None:
        with self._store.read() as session:
            return session.exec(select(Workspace.bot_user_id).where(col(Workspace.id) == workspace_id)).one_or_none()

    def installed(self, workspace_id: str, *, bot_user_id: str) -> None:
        """Remember which user the bot is in a workspace."""
        with self._store.write() as session:
            ensure_workspace(self._store, session, workspace_id)
            workspaces = table(Workspace)
            session.execute(
                sa.update(workspaces).where(workspaces.c.id == workspace_id).values(bot_user_id=bot_user_id)
            )
        self.person_changed(
            workspace_id, bot_user_id, is_bot=True
        )  # Baton itself is in the channel, and takes no leads
