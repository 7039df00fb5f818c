"""A workspace to act in: its agreement, its people, and short names for what they do."""

import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from bot.slack.ids import member_kind
from models.due.reminders import Reminders
from models.errors import PersonId
from models.handoffs.desk import Desk
from models.handoffs.queries import Queries
from models.outbox.queue import OutboxQueue
from models.reports.digest import Digests
from models.rules.agreement import Agreement, People
from models.rules.callers import Caller, PersonKind, program
from models.rules.corrections import mark
from models.rules.fields import LeadDetails, check
from models.rules.flagging import texts_of
from models.rules.ladders import What
from models.rules.lifecycle import Move
from models.rules.requests import (
    CommentRequest,
    EditRequest,
    FlagRequest,
    MoveRequest,
    ReactionRequest,
    UndoRequest,
)
from models.rules.rows import HandoffRow, HappeningRow, LeadRow, LedgerRow, LineKind, PromiseRow
from models.rules.terms import Terms
from models.storage import ledger
from models.storage.store import Store
from models.storage.tables import Handoff, LedgerEntry, Outbox, Promise, table
from models.workspace.agreements import Agreements
from models.workspace.roster import Roster
from tests.monday import TEN

# Marketers.
MIA, MARK = PersonId("UMIA"), PersonId("UMARK")
# Reps.
DANA, REX = PersonId("UDANA"), PersonId("UREX")
# The manager.
MAX = PersonId("UMAX")

_serial = itertools.count(1)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def agreement(**parts: Any) -> Agreement:
    people = People(marketers=(MIA, MARK), reps=(DANA, REX), managers=(MAX,))
    return Agreement(**{"handoff_channel": "C0LEADS", "digest_channel": "C0BOSS", "people": people, **parts})


def lead(email: str | None = None, **parts: Any) -> LeadDetails:
    """Returns a new lead, unless `email` is that of a known one."""
    details = {"name": "Jane Doe", "company": "Acme", "email": email or f"jane{next(_serial)}@acme.example"}
    return LeadDetails(**(details | parts))


class Office:
    """One workspace in a database. Several can share a database."""

    def __init__(
        self,
        store: Store,
        workspace_id: str = "T1",
        *,
        agreed: Agreement | None = None,
        agreements: Agreements | None = None,
    ) -> None:
        self.store = store
        self.id = workspace_id
        self.agreements = agreements or Agreements(store, kind_of=member_kind)
        self.committed = 0
        self.desk = Desk(store, self.agreements, on_commit=self._committed)
        self.queue = OutboxQueue(store)
        self.reminders = Reminders(store, self.agreements)
        self.digests = Digests(store, self.agreements)
        self.queries = Queries(store, self.agreements)
        self.roster = Roster(store)
        self.apply(agreed or agreement(), at=TEN - timedelta(days=30))

    def _committed(self) -> None:
        self.committed += 1

    def caller(self, person: PersonId) -> Caller:
        """Returns that person as a member of the company."""
        return Caller(workspace_id=self.id, person=person, kind=PersonKind.MEMBER)

    @property
    def program(self) -> Caller:
        """A caller who may see everything."""
        return program(self.id, "test")

    def apply(self, agreed: Agreement, *, at: datetime = TEN) -> int:
        return self.agreements.apply(agreed, by=self.caller(MAX), at=at)

    def flag(
        self,
        details: LeadDetails | None = None,
        *,
        by: PersonId = MIA,
        rep: PersonId | None = None,
        fixes: int | None = None,
        at: datetime = TEN,
        receipt: str | None = None,
        may_repeat: bool = False,
    ) -> int:
        request = FlagRequest(
            receipt=receipt or f"r{next(_serial)}",
            lead=details or lead(),
            rep=rep,
            fixes=fixes,
            may_repeat=may_repeat,
        )
        return self.desk.flag(request, by=self.caller(by), at=at).number

    def move(
        self,
        move: Move,
        number: int,
        by: PersonId,
        *,
        at: datetime = TEN,
        note: str = "",
        reason: str | None = None,
        value_cents: int | None = None,
        expected_close: date | None = None,
        to: PersonId | None = None,
        receipt: str | None = None,
        may_repeat: bool = False,
    ) -> int:
        request = MoveRequest(
            receipt=receipt or f"r{next(_serial)}",
            handoff=number,
            move=move,
            note=note,
            reason=reason,
            value_cents=value_cents,
            expected_close=expected_close,
            to=to,
            may_repeat=may_repeat,
        )
        return self.desk.move(request, by=self.caller(by), at=at).number

    def edit(self, number: int, by: PersonId, *, at: datetime = TEN, receipt: str | None = None, **changed: str) -> int:
        """Corrects a lead, in a form that was opened just now."""
        known = texts_of(self.handoff(number), self.lead_of(number))
        request = EditRequest(
            receipt=receipt or f"r{next(_serial)}",
            handoff=number,
            lead=check(known | changed),
            seen={name: mark(text) for name, text in known.items()},
            may_repeat=False,
        )
        return self.desk.edit(request, by=self.caller(by), at=at).number

    def undo(self, line: int | None, by: PersonId, *, at: datetime = TEN, receipt: str | None = None) -> int:
        request = UndoRequest(receipt=receipt or f"r{next(_serial)}", line=line)
        return self.desk.undo(request, by=self.caller(by), at=at).number

    def react(
        self,
        number: int,
        by: PersonId,
        reaction: str,
        *,
        event_at: str,
        given: bool = True,
        at: datetime = TEN,
        receipt: str | None = None,
    ) -> int:
        request = ReactionRequest(
            receipt=receipt or f"r{next(_serial)}",
            handoff=number,
            reaction=reaction,
            given=given,
            event_at=event_at,
        )
        return self.desk.react(request, by=self.caller(by), at=at).number

    def reply(
        self, number: int, by: PersonId, text: str | None, *, ts: str = "1.1", event_at: str, at: datetime = TEN
    ) -> None:
        request = CommentRequest(handoff=number, ts=ts, text=text, event_at=event_at)
        self.desk.comment(request, by=self.caller(by), at=at)

    def qualified(self, number: int, *, by: PersonId = DANA, at: datetime = TEN, value_cents: int = 500_00) -> int:
        """Accepts and qualifies an offered handoff."""
        self.move(Move.ACCEPT, number, by, at=at)
        close = at.date() + timedelta(days=30)
        return self.move(Move.QUALIFY, number, by, at=at, value_cents=value_cents, expected_close=close)

    # What the database has.

    def terms(self) -> Terms:
        return self.queries.terms(self.id)

    def handoff(self, number: int) -> HandoffRow:
        return self.queries.brief(number, by=self.program).handoff

    def lead_of(self, number: int) -> LeadRow:
        return self.queries.brief(number, by=self.program).lead

    def id_of(self, number: int) -> int:
        """Returns the id of the handoff with this number."""
        return self.handoff(number).id

    def promises(self, number: int) -> Sequence[PromiseRow]:
        """Returns all promises about a handoff, oldest first."""
        of_it = col(Promise.handoff_id) == self.id_of(number)
        with self.store.read() as session:
            found = session.exec(select(Promise).where(of_it).order_by(col(Promise.since), col(Promise.id)))
            return [promise_row(promise) for promise in found]

    def promise(self, number: int, what: What) -> PromiseRow:
        """Returns the last of these promises about a handoff."""
        return [promise for promise in self.promises(number) if promise.what is what][-1]

    def live(self, number: int) -> dict[What, PromiseRow]:
        """Returns the promises about a handoff that are live."""
        return {promise.what: promise for promise in self.promises(number) if promise.is_live}

    def ledger(self, number: int) -> Sequence[LedgerRow]:
        """Returns the ledger lines of a handoff with their texts, in order."""
        handoff = self.id_of(number)
        return [line for line in self.lines() if line.handoff_id == handoff]

    def lines(self) -> Sequence[LedgerRow]:
        """Returns the ledger lines of all moves here with their texts, in the order in which they were written."""
        line = table(LedgerEntry).c
        with self.store.read() as session:
            found = session.execute(
                sa.select(*ledger.LINE)
                .select_from(ledger.LINES)
                .where(line.workspace_id == self.id, ledger.IS_MOVE)
                .order_by(line.id)  # one process made them, so they ascend
            )
            return [ledger.together(row) for row in found]

    def happenings(self, *kinds: LineKind) -> Sequence[HappeningRow]:
        """Returns the ledger lines of these kinds with their texts, in the order in which they were written."""
        line = table(LedgerEntry).c
        found = sa.select(*ledger.LINE).select_from(ledger.LINES).where(line.workspace_id == self.id)
        with self.store.read() as session:
            return [
                ledger.happening(row) for row in session.execute(found.where(line.kind.in_(kinds)).order_by(line.id))
            ]

    def handoffs(self) -> Sequence[Handoff]:
        with self.store.read() as session:
            found = select(Handoff).where(col(Handoff.workspace_id) == self.id).order_by(col(Handoff.number))
            return session.exec(found).all()

    def outbox(self, *, kind: str | None = None) -> dict[str, Outbox]:
        """Returns the workspace's messages by key, with a handoff's number in it instead of its id."""
        with self.store.read() as session:
            found = session.execute(
                sa.select(Outbox, col(Handoff.number))
                .outerjoin(Handoff, col(Handoff.id) == col(Outbox.handoff_id))
                .where(col(Outbox.workspace_id) == self.id)
                .order_by(col(Outbox.created_at), col(Outbox.id))
            ).all()
            return {
                _with_number(row.key, row.handoff_id, number): row for row, number in found if kind in (None, row.kind)
            }


def _with_number(key: str, handoff_id: int | None, number: int | None) -> str:
    return key if handoff_id is None else key.replace(f":{handoff_id}", f":{number}", 1)


def promise_row(promise: Promise) -> PromiseRow:
    """Returns a promise that was read, as a row."""
    return PromiseRow._make(getattr(promise, name) for name in PromiseRow._fields)
