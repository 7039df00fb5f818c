"""What a program that watches Baton may ask about a workspace: the state of its leads, its ledger lines, what is due.

It only reads, and only from the database, so the answers are the same whether a bot runs or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.rules.ladders import SALES, Hearer
from models.rules.lifecycle import Move
from models.rules.messages import MessageKind
from models.storage import ledger
from models.storage.tables import LIVE, RUNNING, Handoff, Lead, LedgerEntry, LedgerText, Outbox, Promise, Workspace


@dataclass(frozen=True, kw_only=True)
class HandoffNow:
    """A handoff as it stands now. `owner` owes the next move by `due_at`."""

    number: int
    name: str
    company: str
    state: str
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class InspectedLine:
    """One ledger line: who made which move, and the state and owner of the handoff after it."""

    at: datetime
    actor: str
    move: str
    state: str
    owner: str | None
    reason: str | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """The lane of a handoff's card, and the token in its metadata. None if no card was asked for."""

    lane: str | None
    token: str | None


@dataclass(frozen=True, kw_only=True)
class Verified:
    """How many of the newest ledger lines were looked at, how many of them have texts, and how many had texts that were
    deleted. `changed`: the numbers of the handoffs of which a line's texts are not those with which it was written. 0
    stands for a line about no handoff."""

    lines: int
    texts: int
    deleted: int
    changed: tuple[int, ...]


class Due(StrEnum):
    """The kinds of work that the bot does on its own when they are due."""

    REMINDER = "reminder"
    MESSAGE = "message"
    DIGEST = "digest"


class Inspection:
    """Queries on one session. All except `workspaces` are about one workspace. For an unknown workspace they answer as
    if nothing has happened there."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def workspaces(self) -> Sequence[str]:
        """Returns the ids of all workspaces, in order."""
        return self._column(select(Workspace.id).order_by(col(Workspace.id)))

    def handoffs(self, workspace_id: str) -> tuple[HandoffNow, ...]:
        """Returns all handoffs, newest first."""
        rows = self._rows(
            sa.select(Handoff, Lead, col(Promise.due_at))
            .join(Lead, col(Lead.id) == col(Handoff.lead_id))
            .outerjoin(Promise, (col(Promise.handoff_id) == col(Handoff.id)) & _NEXT_MOVE)
            .where(col(Handoff.workspace_id) == workspace_id)
            .order_by(col(Handoff.number).desc())
        )
        return tuple(
            HandoffNow(
                number=handoff.number,
                name=lead.name,
                company=lead.company,
                state=handoff.state,
                owner=handoff.owner,
                due_at=due_at,
            )
            for handoff, lead, due_at in rows
        )

    def ledger(self, workspace_id: str, number: int) -> tuple[InspectedLine, ...]:
        """Returns the moves of a handoff, one ledger line for each, in order. Empty if there is no handoff
        with that number."""
        rows = self._rows(
            sa.select(*ledger.LINE)
            .select_from(ledger.LINES.join(Handoff, col(Handoff.id) == col(LedgerEntry.handoff_id)))
            .where(col(Handoff.workspace_id) == workspace_id, col(Handoff.number) == number, _HAPPENED)
            .order_by(col(LedgerEntry.version))
        )
        return tuple(
            InspectedLine(
                at=row.at,
                actor=row.actor,
                move=row.move,
                state=row.state,
                owner=row.owner,
                reason=row.reason,
                note=row.note,
            )
            for row in map(ledger.together, rows)
        )

    def verified(self, workspace_id: str, *, newest: int) -> Verified:
        """Compares the texts of the newest ledger lines with the hashes that the lines keep. Looks at this many lines,
        and not at older ones."""
        lines = self._rows(
            sa.select(col(Handoff.number), col(LedgerEntry.text_hash), col(LedgerText.salt), col(LedgerText.text))
            .select_from(ledger.LINES.outerjoin(Handoff, col(Handoff.id) == col(LedgerEntry.handoff_id)))
            .where(col(LedgerEntry.workspace_id) == workspace_id)
            .order_by(col(LedgerEntry.id).desc())
            .limit(newest)
        )
        changed = {number or 0 for number, *text in lines if not ledger.is_as_written(*text)}
        return Verified(
            lines=len(lines),
            texts=sum(text is not None for *_, text in lines),
            deleted=sum(text_hash is not None and text is None for _, text_hash, _, text in lines),
            changed=tuple(sorted(changed)),
        )

    def moves(self, workspace_id: str, *, since: datetime) -> Sequence[str]:
        """Returns the names of the moves that were made since then, each once."""
        return self._column(
            select(LedgerEntry.move)
            .where(col(LedgerEntry.workspace_id) == workspace_id, col(LedgerEntry.at) >= since, _HAPPENED)
            .distinct()
            .order_by(col(LedgerEntry.move))
        )

    def about(self, workspace_id: str, channel: str, ts: str) -> int | None:
        """Returns the number of the handoff that a message is about. None if the message is not the bot's, or is not
        about a handoff."""
        number: int | None = self._one(
            select(Handoff.number)
            .join(Outbox, col(Outbox.handoff_id) == col(Handoff.id))
            .where(col(Outbox.workspace_id) == workspace_id, col(Outbox.channel) == channel, col(Outbox.ts) == ts)
            .limit(1)
        )
        return number

    def reminder(self, workspace_id: str, person: str, *, since: datetime) -> str | None:
        """Returns the ts of the first reminder to this person that was added since then and shown, or None."""
        return self._first_shown(workspace_id, MessageKind.NUDGE, since, col(Outbox.lane) == person)

    def digest(self, workspace_id: str, *, since: datetime) -> str | None:
        """Returns the ts of the first digest that was added since then and shown, or None."""
        return self._first_shown(workspace_id, MessageKind.DIGEST, since)

    def cards(self, workspace_id: str) -> tuple[Card, ...]:
        """Returns the card of each handoff."""
        of_it = (col(Outbox.handoff_id) == col(Handoff.id)) & (col(Outbox.kind) == MessageKind.CARD.value)
        rows = self._rows(
            sa.select(col(Outbox.lane), col(Outbox.token))
            .select_from(Handoff)
            .outerjoin(Outbox, of_it)
            .where(col(Handoff.workspace_id) == workspace_id)
        )
        return tuple(Card(lane=lane, token=token) for lane, token in rows)

    def given_up(self, workspace_id: str) -> int:
        """Returns how many messages are dead."""
        dead = sa.select(sa.func.count()).select_from(Outbox).where(sa.text("state = 'dead'"))
        return int(self._one(dead.where(col(Outbox.workspace_id) == workspace_id)))

    def next_breach(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """Returns when the next promise of sales breaks, or the next broken one goes to the managers, or None."""
        here = select(Promise).where(col(Promise.workspace_id) == workspace_id, _NEXT_MOVE)
        moments = [
            moment
            for promise in self._column(here)
            for moment in (promise.due_at, *(step.at for step in promise.steps if Hearer.MANAGER in step.hear))
            if moment is not None and moment > after
        ]
        return min(moments, default=None)

    def next_digest(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """Returns when the next digest is due, or None."""
        return self._first(_digests(workspace_id), after)

    def next_due(self, workspace_id: str, *, after: datetime) -> datetime | None:
        """Returns when the bot next has something to do on its own, or None."""
        return self._first(_work(workspace_id, col(Outbox.due_at)), after)

    def undone(self, workspace_id: str, *, at: datetime) -> dict[Due, int]:
        """Returns how much work of each kind is due by then and may be done."""
        return self._count(_work(workspace_id, col(Outbox.due_at)), at)

    def owed(self, workspace_id: str, *, at: datetime) -> dict[Due, int]:
        """Returns how much work of each kind was first due by then and is not done, even if it was put off since."""
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


# SQL condition: the ledger line says that somebody made a move, and not how the handoff stood.
_HAPPENED = sa.and_(ledger.IS_MOVE, col(LedgerEntry.move) != Move.STOOD)
# SQL condition: the owner of a handoff owes the promise.
_NEXT_MOVE = sa.and_(sa.text(LIVE), col(Promise.what).in_(SALES))


def _moments(what: Due, moment: sa.SQLColumnExpression[Any]) -> sa.Select[str, Any]:
    of_what: sa.ColumnElement[str] = sa.literal(what.value).label("what")
    when: sa.ColumnElement[Any] = moment.label("moment")
    return sa.select(of_what, when)


def _digests(workspace_id: str) -> sa.SelectBase:
    return _moments(Due.DIGEST, col(Workspace.next_digest_at)).where(col(Workspace.id) == workspace_id)


def _work(workspace_id: str, message_due: sa.SQLColumnExpression[Any]) -> sa.SelectBase:
    """Returns the query for all work that the bot does on its own, each with the time at which it is due."""
    pending = col(Outbox.workspace_id) == workspace_id, sa.text("outbox.state = 'pending'")
    return sa.union_all(
        _moments(Due.REMINDER, col(Promise.next_step_at)).where(
            col(Promise.workspace_id) == workspace_id, sa.text(RUNNING)
        ),
        _moments(Due.MESSAGE, message_due).where(*pending),
        _digests(workspace_id),
    )
