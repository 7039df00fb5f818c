"""Reminders, so that no lead is forgotten: which promises are due for one, and the messages in which people read
them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.rules import messages, nudging
from models.rules.lifecycle import State
from models.rules.messages import REMINDERS
from models.rules.nudging import Promised, Step
from models.rules.terms import Terms
from models.rules.worktime import between, next_opening
from models.storage.messages import ask_again_for_shown, want
from models.storage.store import Store
from models.storage.tables import OPEN, UNANSWERED, Handoff, NudgeItem, Outbox, Person, table
from models.storage.upsert import Upsert, upsert
from models.workspace.agreements import Agreements
from models.workspace.roster import ensure_people

BATCH = 200
# How long until Baton looks again at a handoff that lacks something it should have.
LATER = timedelta(minutes=5)
# The longest promise whose business time is counted exactly. For a longer one it makes no difference to any pause or
# budget.
LONG = timedelta(days=10)
# How many of a person's latest reminders are read. No more are sent in a day.
LAST_ONES = 2 * nudging.BUDGET


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A handoff about which a person hears now."""

    handoff: int
    due_at: datetime
    length: timedelta


class Reminders:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements
        # This process has said everything that had come up by then. In UTC.
        self.said_until = datetime.min.replace(tzinfo=UTC)

    def remind(self, *, at: datetime) -> int:
        """Adds reminders to the outbox for one batch of handoffs that are due to be spoken of. Returns how many
        handoffs those are.

        The same transaction sets the next date of each handoff, and only if it still has the old date. So each step is
        said once, however many clock jobs run.
        """
        with self._store.write() as session:
            due = list(_due(session, at))
            terms: dict[str, Terms] = {}
            hear: dict[tuple[str, str], list[_Item]] = defaultdict(list)
            for handoff in due:
                workspace_id = handoff.workspace_id
                if workspace_id not in terms:
                    terms[workspace_id] = self._agreements.terms(session, workspace_id)
                for person, item in self._speak_of(session, terms[workspace_id], handoff, at).items():
                    hear[workspace_id, person].append(item)
            for workspace_id, those in terms.items():
                people = sorted(person for where, person in hear if where == workspace_id)
                self._lock(session, workspace_id, people)
                for person in people:
                    self._write_to(session, those, person, hear[workspace_id, person], at)
        if len(due) < BATCH:
            self.said_until = at
        return len(due)

    def _speak_of(self, session: Session, terms: Terms, handoff: Handoff, at: datetime) -> dict[str, _Item]:
        """Sets the date on which this handoff comes up again. Returns who hears about it now. If it has become late,
        and each time somebody hears that it still is, the messages that show it are sent again."""
        promised = _promised(handoff, terms)
        if promised is None:  # the rules exclude this; if it happens anyway, the other handoffs still need reminders
            _come_up_again(session, handoff, at + LATER)
            return {}
        calendar = partial(terms.calendar, at=at)
        heard = nudging.heard_by(promised, calendar, at=at)
        _come_up_again(session, handoff, nudging.next_said(promised, calendar, at=at))
        if any(step is not Step.HALF for step in heard.values()):
            ask_again_for_shown(session, handoff.id, at=at)
        item = _Item(handoff=handoff.id, due_at=promised.due_at, length=_length(handoff, promised, terms, at))
        return dict.fromkeys(heard, item)

    def _lock(self, session: Session, workspace_id: str, people: list[str]) -> None:
        """Locks these people, so that only one clock job at a time decides when to write to them."""
        ensure_people(session, workspace_id, people)
        session.exec(
            select(Person.id)
            .where(col(Person.workspace_id) == workspace_id, col(Person.id).in_(people))
            .order_by(col(Person.id))
            .with_for_update()
        ).all()

    def _write_to(self, session: Session, terms: Terms, person: str, items: list[_Item], at: datetime) -> None:
        """Adds the items to the reminder that already waits for this person, or to a new one."""
        calendar, length = terms.calendar(person, at=at), min(item.length for item in items)
        last = _last_ones(session, terms.workspace_id, person)
        said = sorted(datetime.fromtimestamp(float(row.ts), UTC) for row in last if row.ts is not None)
        due_at = nudging.when_to_say(calendar, said=said, length=length, at=at)
        morning = next_opening(calendar, at)
        waiting = [row for row in last if row.ts is None and row.state == "pending"]
        soon = [row for row in waiting if row.due_at <= due_at or row.due_at < morning]
        nudge = messages.nudge(person, due_at=due_at, key=soon[0].key if soon else None)
        want(session, terms.workspace_id, [nudge], at=at)
        message = session.execute(_BY_KEY, {"workspace": terms.workspace_id, "key": nudge.key}).scalar_one()
        about = {"outbox_id": message, "workspace_id": terms.workspace_id, "live": True}
        rows = [{**about, "handoff_id": item.handoff, "due_at": item.due_at} for item in items]
        upsert(session, _ABOUT, *rows)


_outbox = table(Outbox).c
_BY_KEY = sa.select(_outbox.id).where(
    _outbox.workspace_id == sa.bindparam("workspace"), _outbox.key == sa.bindparam("key")
)
_ABOUT = Upsert(
    into=table(NudgeItem),
    key=("outbox_id", "handoff_id"),
    change=lambda _item, anew: {"due_at": anew.due_at, "live": anew.live},
)


def _due(session: Session, at: datetime) -> Iterator[Handoff]:
    """Yields the handoffs that are due to be spoken of, at most BATCH: first the open ones, then rejections without an
    answer."""
    left = BATCH
    for which in (OPEN, UNANSWERED):
        found = session.exec(
            select(Handoff)
            .where(sa.text(which), col(Handoff.next_nudge_at) <= at)
            .order_by(col(Handoff.next_nudge_at), col(Handoff.id))
            .limit(left)
            .with_for_update(skip_locked=True)
        ).all()
        left -= len(found)
        yield from found


def _promised(handoff: Handoff, terms: Terms) -> Promised | None:
    """Returns the promise on a handoff: the next step by its owner, or the answer to its rejection by the person who
    flagged it. None if the handoff lacks a deadline or an owner."""
    unsaid_since = handoff.next_nudge_at
    if unsaid_since is None:
        return None
    if handoff.state == State.REJECTED and handoff.answer_due_at is not None:
        return Promised(owner=handoff.flagged_by, due_at=handoff.answer_due_at, unsaid_since=unsaid_since)
    if handoff.owner is None or handoff.due_at is None:
        return None
    return Promised(
        owner=handoff.owner,
        above=terms.managers_here or (handoff.flagged_by,),
        half_at=handoff.remind_at,
        due_at=handoff.due_at,
        above_at=handoff.escalate_at,
        unsaid_since=unsaid_since,
    )


def _length(handoff: Handoff, promised: Promised, terms: Terms, at: datetime) -> timedelta:
    """Returns the business time that was promised, at most LONG."""
    began = handoff.step_at or handoff.closed_at or promised.due_at
    if promised.due_at - began > LONG:
        return LONG
    return between(terms.calendar(promised.owner, at=at), began, promised.due_at)


def _come_up_again(session: Session, handoff: Handoff, on: datetime) -> None:
    handoffs = table(Handoff)
    session.execute(sa.update(handoffs).where(handoffs.c.id == handoff.id).values(next_nudge_at=on))


def _last_ones(session: Session, workspace_id: str, person: str) -> Sequence[Outbox]:
    """Returns the latest reminders to a person, newest first."""
    return session.exec(
        select(Outbox)
        .where(col(Outbox.workspace_id) == workspace_id, col(Outbox.lane) == person)
        .where(col(Outbox.kind).in_([kind.value for kind in REMINDERS]))
        .order_by(col(Outbox.created_at).desc(), col(Outbox.id).desc())
        .limit(LAST_ONES)
    ).all()
