"""Reminders, so that no lead is forgotten: which promises are due for one, and the messages in which people read
them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.errors import PersonId
from models.rules import messages, nudging
from models.rules.ladders import What
from models.rules.messages import REMINDERS
from models.rules.nudging import Why
from models.rules.rows import PromiseRow
from models.rules.terms import Terms
from models.rules.worktime import between, next_opening
from models.storage.store import Store
from models.storage.tables import RUNNING, Handoff, NudgeItem, Outbox, Person, Promise, table
from models.storage.upsert import Upsert, upsert
from models.storage.wanted import ask_again_for_shown, want
from models.workspace.agreements import Agreements
from models.workspace.roster import ensure_people

BATCH = 200
# The longest promise whose business time is counted exactly. For a longer one it makes no difference to any pause or
# budget.
LONG = timedelta(days=10)
# How many of a person's latest reminders are read. No more are sent in a day.
LAST_ONES = 2 * nudging.BUDGET


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A handoff about which a person hears now, what was promised, and why they hear of it."""

    handoff: int
    due_at: datetime
    what: What
    why: Why
    length: timedelta


class Reminders:
    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements
        # This process has said everything that had come up by then. In UTC.
        self.said_until = datetime.min.replace(tzinfo=UTC)

    def remind(self, *, at: datetime) -> int:
        """Adds reminders to the outbox for one batch of promises that are due to be spoken of. Returns how many
        promises those are.

        The same transaction sets the next step of each promise, whose row it locks. So each step is said once, however
        many clock jobs run.
        """
        with self._store.write() as session:
            due = _due(session, at)
            terms: dict[str, Terms] = {}
            hear: dict[tuple[str, PersonId], list[_Item]] = defaultdict(list)
            for promise, flagged_by in due:
                workspace_id = promise.workspace_id
                if workspace_id not in terms:
                    terms[workspace_id] = self._agreements.terms(session, workspace_id)
                for person, item in self._speak_of(session, terms[workspace_id], promise, flagged_by, at).items():
                    hear[workspace_id, person].append(item)
            for workspace_id, those in terms.items():
                people = sorted(person for where, person in hear if where == workspace_id)
                self._lock(session, workspace_id, people)
                for person in people:
                    self._write_to(session, those, person, hear[workspace_id, person], at)
        if len(due) < BATCH:
            self.said_until = at
        return len(due)

    def _speak_of(
        self, session: Session, terms: Terms, promise: PromiseRow, flagged_by: PersonId, at: datetime
    ) -> dict[PersonId, _Item]:
        """Sets when this promise comes up again. Returns who is reminded of it now. If it has become late, and each
        time somebody hears that it still is, the messages that show it are sent again."""
        hearers = nudging.hearers(promise, terms, flagged_by=flagged_by)
        calendar = partial(terms.calendar, at=at)
        heard = nudging.heard_by(promise, hearers, calendar, at=at)
        said = nudging.after_saying(promise, hearers, calendar, at=at)
        session.execute(_SAID, {"this": promise.id, "next": said.next_step_at, "broken": said.broken_at})
        if promise.what is What.RECALL:
            until = promise.due_at or at
            wanted = [messages.nurture(promise.handoff_id, person, until=until) for person in heard]
            want(session, terms.workspace_id, wanted, at=at)
            return {}
        if any(why is not Why.BEFORE for why in heard.values()):
            ask_again_for_shown(session, promise.handoff_id, at=at)
        due_at, length = promise.due_at or at, _length(promise, terms, at)
        return {
            person: _Item(handoff=promise.handoff_id, due_at=due_at, what=promise.what, why=why, length=length)
            for person, why in heard.items()
        }

    def _lock(self, session: Session, workspace_id: str, people: Sequence[str]) -> None:
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
        new = [
            {**about, "handoff_id": item.handoff, "due_at": item.due_at, "what": item.what, "why": item.why}
            for item in items
        ]
        upsert(session, _ABOUT, *new)


_outbox = table(Outbox).c
_BY_KEY = sa.select(_outbox.id).where(
    _outbox.workspace_id == sa.bindparam("workspace"), _outbox.key == sa.bindparam("key")
)
_SAID = (
    sa.update(table(Promise))
    .where(table(Promise).c.id == sa.bindparam("this"))
    .values(next_step_at=sa.bindparam("next"), broken_at=sa.bindparam("broken"))
)
_promise = table(Promise).c
_DUE = (
    sa.select(*(_promise[name] for name in PromiseRow._fields), table(Handoff).c.flagged_by)
    .join_from(table(Promise), table(Handoff), table(Handoff).c.id == _promise.handoff_id)
    .where(sa.text(RUNNING), _promise.next_step_at <= sa.bindparam("now", type_=_promise.next_step_at.type))
    .order_by(_promise.next_step_at, _promise.id)
    .limit(BATCH)
    .with_for_update(of=table(Promise), skip_locked=True)
)
_ABOUT = Upsert(
    into=table(NudgeItem),
    key=("outbox_id", "handoff_id"),
    change=lambda _item, anew: {name: anew[name] for name in ("due_at", "what", "why", "live")},
)


def _due(session: Session, at: datetime) -> list[tuple[PromiseRow, PersonId]]:
    """Returns the promises that are due to be spoken of, at most BATCH, and who flagged their leads. Locks them."""
    return [
        (PromiseRow._make(promise), PersonId(flagged_by)) for *promise, flagged_by in session.execute(_DUE, {"now": at})
    ]


def _length(promise: PromiseRow, terms: Terms, at: datetime) -> timedelta:
    """Returns the business time that was promised, at most LONG."""
    due_at = promise.due_at or promise.since
    if due_at - promise.since > LONG:
        return LONG
    return between(terms.calendar(promise.hours_of, at=at), promise.since, due_at)


def _last_ones(session: Session, workspace_id: str, person: str) -> Sequence[Outbox]:
    """Returns the latest reminders to a person, newest first."""
    return session.exec(
        select(Outbox)
        .where(col(Outbox.workspace_id) == workspace_id, col(Outbox.lane) == person)
        .where(col(Outbox.kind).in_([kind.value for kind in REMINDERS]))
        .order_by(col(Outbox.created_at).desc(), col(Outbox.id).desc())
        .limit(LAST_ONES)
    ).all()
