"""What somebody who looks on may ask of a workspace: how its leads stand, what was written down of them, what is due.

Reads only, and all of it from the database, so the answers are the same whether a bot runs or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.rules.messages import MessageKind
from models.storage.tables import OPEN, UNANSWERED, Handoff, Lead, LedgerEntry, Outbox, Workspace


@dataclass(frozen=True, kw_only=True)
class HandoffNow:
    """A handoff as it stands: `owner` owes the next move by `due_at`."""

    number: int
    name: str
    company: str
    state: str
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the ledger: who made which move, and how the handoff stood after it."""

    at: datetime
    actor: str
    move: str
    state: str
    owner: str | None
    reason: str | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """Where the card of a handoff is wanted, and the token in its metadata; None if no card was asked for."""

    lane: str | None
    token: str | None


class Due(StrEnum):
    """What the bot does of its own accord once its time has come."""

    REMINDER = "reminder"
    MESSAGE = "message"
    DIGEST = "digest"


class Inspection:
    """One look into the database. All but the first is of one workspace; an unknown one is one in which nothing has
    happened."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def workspaces(self) -> Sequence[str]:
        """The ids of all workspaces, in order."""
        return self._column(select(Workspace.id).order_by(col(Workspace.id)))

    def handoffs(self, workspace_id: str) -> tuple[HandoffNow, ...]:
        """All handoffs, newest first."""
        rows = self._rows(
            sa.select(Handoff, Lead)
            .join(Lead, col(Lead.id) == col(Handoff.lead_id))
            .where(col(Handoff.workspace_id) == workspace_id)
            .order_by(col(Handoff.id).desc())
        )
        return tuple(
            HandoffNow(
                number=handoff.number,
                name=lead.name,
                company=lead.company,
                state=handoff.state,
                owner=handoff.owner,
                due_at=handoff.due_at,
            )
            for handoff, lead in rows
        )

    def ledger(self, workspace_id: str, number: int) -> tuple[Entry, ...]:
        """What happened to a handoff, in order; nothing if there is none of that number."""
        rows = self._column(
            select(LedgerEntry)
            .where(col(LedgerEntry.workspace_id) == workspace_id, col(LedgerEntry.handoff_id) == number)
            .order_by(col(LedgerEntry.id))
        )
        return tuple(
            Entry(
                at=row.at,
                actor=row.actor,
                move=row.move,
                state=row.state,
                owner=row.owner,
                reason=row.reason,
                note=row.note,
            )
            for row in rows
        )

    def moves(self, workspace_id: str, *, since: datetime) -> Sequence[str]:
        """Which moves were made since then, each once, by name."""
        return self._column(
            select(LedgerEntry.move)
            .where(col(LedgerEntry.workspace_id) == workspace_id, col(LedgerEntry.at) >= since)
            .distinct()
            .order_by(col(LedgerEntry.move))
        )

    def about(self, workspace_id: str, channel: str, ts: str) -> int | None:
        """The number of the handoff that a message is about, if it is one of the bot's and about one."""
        number: int | None = self._one(
            select(Outbox.handoff_id)
            .where(col(Outbox.workspace_id) == workspace_id, col(Outbox.channel) == channel, col(Outbox.ts) == ts)
            .limit(1)
        )
        return number

    def reminder(self, workspace_id: str, person: str, *, since: datetime) -> str | None:
        """The ts of the first reminder written since then that this person was shown."""
        return self._first_shown(workspace_id, MessageKind.NUDGE, since, col(Outbox.lane) == person)

    def digest(self, workspace_id: str, *, since: datetime) -> str | None:
        """The ts of the first digest written since then that was shown."""
        return self._first_shown(workspace_id, MessageKind.DIGEST, since)

    def cards(self, workspace_id: str) -> tuple[Card, ...]:
        """The card of each handoff."""
        of_it = (col(Outbox.handoff_id) == col(Handoff.id)) & (col(Outbox.kind) == MessageKind.CARD.value)
        rows = self._rows(
            sa.select(col(Outbox.lane), col(Outbox.token))
            .select_from(Handoff)
            .outerjoin(Outbox, of_it)
            .where(col(Handoff.workspace_id) == workspace_id)
        )
        return tuple(Card(lane=lane, token=token) for lane, token in rows)

    def given_up(self, workspace_id: str) -> int:
        """How many messages are tried no more."""
        dead = sa.select(sa.func.count()).select_from(Outbox).where(sa.text("state = 'dead'"))
        return int(self._one(dead.where(col(Outbox.workspace_id) == workspace_id)))

    def next_breach(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """When the next promise breaks, or a broken one comes before the managers."""
        return self._first(_breaches(workspace_id), after)

    def next_digest(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """When the next digest is due."""
        return self._first(_digests(workspace_id), after)

    def next_due(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """When the bot next has something to do of its own accord."""
        return self._first(_work(workspace_id, col(Outbox.due_at)), after)

    def undone(self, workspace_id: str, *, at: datetime) -> dict[Due, int]:
        """What is due by then and can be done: how many of each kind."""
        return self._count(_work(workspace_id, col(Outbox.due_at)), at)

    def owed(self, workspace_id: str, *, at: datetime) -> dict[Due, int]:
        """What was first due by then and is not done, even if it was put off since: how many of each kind."""
        return self._count(_work(workspace_id, sa.func.coalesce(Outbox.wanted_at, Outbox.due_at)), at)

    def _first_shown(
        self, workspace_id: str, kind: MessageKind, since: datetime, *where: sa.ColumnElement[bool]
    ) -> str | None:
        first: str | None = self._one(
            sa.select(sa.func.min(Outbox.ts))
            .where(col(Outbox.workspace_id) == workspace_id, col(Outbox.kind) == kind.value)
            .where(col(Outbox.shown) > 0, col(Outbox.created_at) >= since, *where)
        )
        return first

    def _first(self, moments: sa.SelectBase, after: datetime) -> datetime | None:
        moment = moments.subquery().c.moment
        first: datetime | None = self._one(sa.select(sa.func.min(moment)).where(moment > after))
        return first

    def _count(self, moments: sa.SelectBase, at: datetime) -> dict[Due, int]:
        due = moments.subquery().c
        rows = self._rows(sa.select(due.what, sa.func.count()).where(due.moment <= at).group_by(due.what))
        return {Due(what): number for what, number in rows}

    def _rows(self, query: sa.Executable) -> Sequence[Any]:
        return self._session.execute(query).all()

    def _column(self, query: sa.Executable) -> Sequence[Any]:
        return self._session.scalars(query).all()

    def _one(self, query: sa.Executable) -> Any:
        return self._session.scalar(query)


def _moments(what: Due, moment: sa.SQLColumnExpression[Any]) -> sa.Select[str, Any]:
    of_what: sa.ColumnElement[str] = sa.literal(what.value).label("what")
    when: sa.ColumnElement[Any] = moment.label("moment")
    return sa.select(of_what, when)


def _of_open(workspace_id: str, moment: sa.SQLColumnExpression[Any]) -> sa.SelectBase:
    return _moments(Due.REMINDER, moment).where(col(Handoff.workspace_id) == workspace_id, sa.text(OPEN))


def _breaches(workspace_id: str) -> sa.SelectBase:
    return sa.union_all(_of_open(workspace_id, col(Handoff.due_at)), _of_open(workspace_id, col(Handoff.escalate_at)))


def _digests(workspace_id: str) -> sa.SelectBase:
    return _moments(Due.DIGEST, col(Workspace.next_digest_at)).where(col(Workspace.id) == workspace_id)


def _work(workspace_id: str, message_due: sa.SQLColumnExpression[Any]) -> sa.SelectBase:
    """Everything that the bot does of its own accord, by when."""
    pending = col(Outbox.workspace_id) == workspace_id, sa.text("state = 'pending'")
    return sa.union_all(
        _of_open(workspace_id, col(Handoff.next_nudge_at)),
        _moments(Due.REMINDER, col(Handoff.next_nudge_at)).where(
            col(Handoff.workspace_id) == workspace_id, sa.text(UNANSWERED)
        ),
        _moments(Due.MESSAGE, message_due).where(*pending),
        _digests(workspace_id),
    )
