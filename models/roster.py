"""What the chat tells of people: zones, who has left, who is in the channel, who is in a group. It only refines; a
person of whom nothing is known takes part all the same."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.store import Store
from models.tables import Person, UserGroup, Workspace, table

_UNKNOWN_PERSON = {"is_bot": False, "deactivated": False, "in_channel": False}
STALE_AFTER = timedelta(hours=6)
"""After so long what the chat told of people is asked for again."""


def ensure_workspace(store: Store, session: Session, workspace_id: str) -> None:
    store.insert_once(session, table(Workspace), {"id": workspace_id, "agreement_version": 0})


def ensure_people(store: Store, session: Session, workspace_id: str, people: Iterable[str]) -> None:
    for person in people:
        store.insert_once(session, table(Person), {"workspace_id": workspace_id, "id": person, **_UNKNOWN_PERSON})


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
            session.execute(
                sa.update(table(Workspace)).where(table(Workspace).c.id == workspace_id).values(roster_synced_at=at)
            )

    def group_synced(self, workspace_id: str, group: str, members: list[str], *, at: datetime) -> None:
        groups = table(UserGroup)
        with self._store.write() as session:
            self._store.upsert(
                session,
                groups,
                {"workspace_id": workspace_id, "id": group, "members": members, "synced_at": at},
                key=["workspace_id", "id"],
                change={"members": members, "synced_at": at},
                returning=[groups.c.id],
            )
            ensure_people(self._store, session, workspace_id, members)

    def person_changed(self, workspace_id: str, person: str, **facts: Any) -> None:
        """Keep what was learnt of a person; facts are columns of `Person`."""
        people = table(Person)
        with self._store.write() as session:
            ensure_workspace(self._store, session, workspace_id)
            self._store.upsert(
                session,
                people,
                {"workspace_id": workspace_id, "id": person, **_UNKNOWN_PERSON, **facts},
                key=["workspace_id", "id"],
                change=facts,
                returning=[people.c.id],
            )

    def person(self, workspace_id: str, person: str) -> Person | None:
        with self._store.read() as session:
            return session.get(Person, (workspace_id, person))

    def bot_user(self, workspace_id: str) -> str | None:
        with self._store.read() as session:
            return session.exec(select(Workspace.bot_user_id).where(col(Workspace.id) == workspace_id)).one_or_none()

    def installed(self, workspace_id: str, *, bot_user_id: str) -> None:
        """Remember which user the bot is in a workspace."""
        workspaces = table(Workspace)
        with self._store.write() as session:
            self._store.upsert(
                session,
                workspaces,
                {"id": workspace_id, "agreement_version": 0, "bot_user_id": bot_user_id},
                key=["id"],
                change={"bot_user_id": bot_user_id},
                returning=[workspaces.c.id],
            )
        self.person_changed(
            workspace_id, bot_user_id, is_bot=True
        )  # Baton itself is in the channel, and takes no leads
