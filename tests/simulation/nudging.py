"""How often people hear: two months of a team, played with the rules by which Baton reminds.

`python -m tests.simulation.nudging` prints the table of docs/agreement.md. Leads come in at any moment of the
marketers' hours, and routing gives each to a rep. Answer, contact and outcome are promised one after the other. After a
rejection marketing promises a reply. When a promise is kept is drawn as it begins, whoever hears of it. The outbox
merges what comes up together as models/due/reminders.py does, and the chat takes each message at once.
"""

import heapq
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import partial
from itertools import count
from random import Random
from typing import Any

from models.errors import PersonId
from models.rules import nudging, promises, routing
from models.rules.agreement import Agreement, People, Sla
from models.rules.facts import Colleague
from models.rules.ladders import What
from models.rules.lifecycle import Move, State
from models.rules.nudging import BUDGET, Why
from models.rules.routing import Load, Team
from models.rules.rows import HandoffRow, PromiseRow
from models.rules.terms import Terms
from models.rules.worktime import add, between, next_opening

LEADS_A_DAY = (2, 20, 60)
# The promises of sales and marketing: all of one length, or as long as they are if nothing else is agreed on.
PROMISES = {
    name: Sla(accept_hours=hours, contact_hours=hours, outcome_hours=hours, answer_hours=hours)
    for name, hours in {"15 min": 0.25, "1 h": 1, "4 h": 4, "8 h": 8, "80 h": 80}.items()
} | {"as usual": Sla()}
# The shares of promises that are kept within their time, and within twice their time. The others never are.
IN_TIME, LATE = 0.7, 0.2
# The share of answers that are a rejection.
REJECTED = 0.2
# In a first month promises build up. The second is counted. Clocks change in October and November.
BEGIN, WEEKS = datetime(2026, 10, 5, tzinfo=UTC), 4
DAYS, HOURS = 5, 40
SEED = 1

ZONES = ("Europe/Berlin", "Europe/London", "America/New_York")
REPS = tuple(PersonId(f"UREP{n}") for n in range(6))
MARKETERS = tuple(PersonId(f"UMKT{n}") for n in range(3))
MANAGERS = tuple(PersonId(f"UMAN{n}") for n in (0, 2))
TEAM: Mapping[str, Colleague] = {
    one: Colleague(one, ZONES[int(one[-1]) % len(ZONES)]) for one in (*REPS, *MARKETERS, *MANAGERS)
}
# What sales promises next once a promise is kept.
NEXT = {What.ANSWER: What.CONTACT, What.CONTACT: What.OUTCOME}
HEAD = (
    "| leads a day | promised | rep a day | manager a day | held back | hours till heard | too late | longest |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)


class Event(IntEnum):
    """What happens, in this order at one moment."""

    FLAG = 0
    KEEP = 1
    SPEAK = 2
    SEND = 3


@dataclass(kw_only=True, eq=False)
class Step:
    """A step of a ladder that came up for a person. `held`: the budget put it off to the next morning. `moot`: the
    promise ended before they heard."""

    person: PersonId
    why: Why
    at: datetime
    due_at: datetime
    held: bool = False
    moot: bool = False
    heard_at: datetime | None = None


@dataclass(kw_only=True, eq=False)
class Reminder:
    """A message to a person about promises, each with the step that came up, or None if it is only still late."""

    person: PersonId
    begun_at: datetime
    due_at: datetime
    shortest: timedelta
    about: list[tuple[int, Step | None]] = field(default_factory=list)
    waits: bool = True
    sent_at: datetime | None = None
    listed: int = 0


class Months:
    """Two months of the team."""

    def __init__(self, sla: Sla, *, leads_a_day: int, weeks: int = WEEKS) -> None:
        people = People(marketers=MARKETERS, reps=REPS, managers=MANAGERS)
        agreed = Agreement(handoff_channel="C1", people=people, sla=sla)
        self.terms = Terms(workspace_id="T1", version=1, agreement=agreed, applied_by="", groups={}, people=TEAM)
        self.days = weeks * DAYS
        self.counted_from = BEGIN + timedelta(weeks=weeks)
        self.ends_at = BEGIN + timedelta(weeks=2 * weeks)
        self.steps: list[Step] = []
        self.reminders: dict[PersonId, list[Reminder]] = {person: [] for person in (*REPS, *MARKETERS, *MANAGERS)}
        self._random = Random(SEED)
        self._loads: dict[str, Load] = dict.fromkeys(REPS, routing.NO_LOAD)
        self._live: dict[int, tuple[PromiseRow, HandoffRow]] = {}
        self._ids = count(1)
        self._ahead: list[tuple[datetime, Event, int, Any]] = []
        for _ in range(2 * self.days * leads_a_day):
            marketer = self._random.choice(MARKETERS)
            worked = timedelta(hours=2 * weeks * HOURS) * self._random.random()
            self._plan(add(self.terms.calendar(marketer, at=BEGIN), BEGIN, worked), Event.FLAG, marketer)

    def play(self) -> None:
        acts: dict[Event, Callable[[Any, datetime], None]] = {
            Event.FLAG: self._flag,
            Event.KEEP: self._keep,
            Event.SPEAK: self._speak,
            Event.SEND: self._send,
        }
        while self._ahead and self._ahead[0][0] < self.ends_at:
            at, event, _, thing = heapq.heappop(self._ahead)
            things = [thing]
            while self._ahead and self._ahead[0][:2] == (at, event):
                things.append(heapq.heappop(self._ahead)[-1])
            acts[event](things, at)

    def _plan(self, at: datetime, event: Event, thing: object) -> None:
        heapq.heappush(self._ahead, (at, event, next(self._ids), thing))

    def _flag(self, marketers: Sequence[PersonId], at: datetime) -> None:
        for marketer in marketers:
            number = next(self._ids)
            team = Team(loads=self._loads, gone=lambda _: None, calendar=partial(self.terms.calendar, at=at))
            rep = routing.choose(REPS, team=team, at=at, last_resort=marketer).person
            self._loads[rep] = Load(self._loads[rep].open_handoffs + 1, number)
            lead = HandoffRow(
                id=number,
                workspace_id=self.terms.workspace_id,
                number=number,
                lead_id=number,
                agreement_version=1,
                state=State.OFFERED,
                version=1,
                flagged_by=marketer,
                flagged_at=at,
                offered_to=rep,
                moved=Move.FLAG,
                moved_by=marketer,
                moved_at=at,
            )
            self._promise(What.ANSWER, rep, lead, at)

    def _promise(self, what: What, owner: PersonId, lead: HandoffRow, at: datetime) -> None:
        ladder, calendar = self.terms.agreement.ladder(what), self.terms.calendar(owner, at=at)
        promise = promises.within(what, ladder, calendar, of=lead, owner=owner, at=at)._replace(id=next(self._ids))
        self._live[promise.id] = promise, lead
        self._plan(promise.next_step_at or at, Event.SPEAK, promise.id)
        drawn, share = self._random.random(), self._random.random()
        if drawn < IN_TIME + LATE:
            taken = _length(promise) * (share if drawn < IN_TIME else 1 + share)
            self._plan(add(calendar, at, taken), Event.KEEP, promise.id)

    def _keep(self, ids: Sequence[int], at: datetime) -> None:
        for promise, lead in map(self._live.pop, ids):
            rejected = promise.what is What.ANSWER and self._random.random() < REJECTED
            if promise.what in NEXT and not rejected:
                self._promise(NEXT[promise.what], lead.offered_to, lead, at)
            elif promise.what is not What.REPLY:
                load = self._loads[lead.offered_to]
                self._loads[lead.offered_to] = load._replace(open_handoffs=load.open_handoffs - 1)
            if rejected:
                self._promise(What.REPLY, lead.flagged_by, lead, at)

    def _speak(self, ids: Sequence[int], at: datetime) -> None:
        """Does what `Reminders.remind` does."""
        hear: dict[PersonId, list[tuple[PromiseRow, Why]]] = defaultdict(list)
        calendar = partial(self.terms.calendar, at=at)
        for promise, lead in (self._live[one] for one in ids if one in self._live):
            hearers = nudging.hearers(promise, self.terms, flagged_by=lead.flagged_by)
            for person, why in nudging.heard_by(promise, hearers, calendar, at=at).items():
                hear[person].append((promise, why))
            said = nudging.after_saying(promise, hearers, calendar, at=at)
            self._live[promise.id] = said, lead
            if said.next_step_at:
                self._plan(said.next_step_at, Event.SPEAK, said.id)
        for person, heard in hear.items():
            self._write_to(person, heard, at)

    def _write_to(self, person: PersonId, heard: Sequence[tuple[PromiseRow, Why]], at: datetime) -> None:
        """Does what `Reminders` does: adds what is heard to the reminder that waits already, or to a new one."""
        calendar, length = self.terms.calendar(person, at=at), min(_length(promise) for promise, _ in heard)
        last = self.reminders[person][-2 * BUDGET :]
        said = sorted(one.sent_at for one in last if one.sent_at)
        due_at, morning = nudging.when_to_say(calendar, said=said, length=length, at=at), next_opening(calendar, at)
        waiting = [one for one in last if one.waits and (one.due_at <= due_at or one.due_at < morning)]
        if not waiting:
            waiting = [Reminder(person=person, begun_at=at, due_at=due_at, shortest=length)]
            self.reminders[person] += waiting
            self._plan(due_at, Event.SEND, waiting[0])
        reminder = waiting[-1]
        reminder.shortest = min(reminder.shortest, length)
        today = [moment for moment in said if self.day(person, moment) == self.day(person, at)]
        held = len(today) >= BUDGET and reminder.due_at >= morning
        for promise, why in heard:
            step = Step(person=person, why=why, at=at, due_at=promise.due_at or at, held=held)
            reminder.about.append((promise.id, None if why is Why.STILL else step))
            self.steps += [step] if why is not Why.STILL else []

    def _send(self, reminders: Sequence[Reminder], at: datetime) -> None:
        for one in reminders:
            one.waits = False
            one.listed = len({promise for promise, _ in one.about if promise in self._live})
            one.sent_at = at if one.listed else None
            for promise, step in one.about:
                if step:
                    step.moot, step.heard_at = (False, at) if promise in self._live else (True, None)

    def day(self, person: PersonId, at: datetime) -> date:
        return at.astimezone(self.terms.calendar(person, at=at).zone).date()

    # What is counted, in the second month.

    def row(self) -> list[str]:
        """Returns the cells that stand behind the leads a day and the promises."""
        steps = [one for one in self.steps if one.at >= self.counted_from]
        waits = sorted(
            between(self.terms.calendar(one.person, at=one.at), one.at, one.heard_at) / timedelta(hours=1)
            for one in steps
            if one.heard_at
        )
        before = [one.heard_at >= one.due_at for one in steps if one.why is Why.BEFORE and one.heard_at]
        return [
            self._a_day(REPS),
            self._a_day(MANAGERS),
            f"{sum(one.held for one in steps) / len(steps):.0%}",
            f"{waits[len(waits) // 2]:.1f}, {waits[len(waits) * 95 // 100]:.1f}",
            f"{sum(before) / len(before):.0%}",
            f"{max(one.listed for _, one in self._sent(MANAGERS))}",
        ]

    def _a_day(self, people: Sequence[PersonId]) -> str:
        """Returns how many reminders one of them got on an average day, and at most on one day."""
        days = Counter((one.person, day) for day, one in self._sent(people))
        return f"{days.total() / len(people) / self.days:.1f}, {max(days.values())}"

    def _sent(self, people: Sequence[PersonId]) -> Iterator[tuple[date, Reminder]]:
        """Yields the reminders that these people got, each with its day."""
        for one in (one for person in people for one in self.reminders[person]):
            if one.sent_at and one.sent_at >= self.counted_from:
                yield self.day(one.person, one.sent_at), one


def _length(promise: PromiseRow) -> timedelta:
    """Returns the business time that was promised."""
    return timedelta(seconds=promise.promised_seconds or 0)


def line(leads_a_day: int, promised: str) -> str:
    """Returns a line of the table."""
    months = Months(PROMISES[promised], leads_a_day=leads_a_day)
    months.play()
    return f"| {' | '.join([f'{leads_a_day}', promised, *months.row()])} |"


def main() -> None:
    lines = (line(leads_a_day, promised) for leads_a_day in LEADS_A_DAY for promised in PROMISES)
    for one in (*HEAD, *lines):
        sys.stdout.write(f"{one}\n")


if __name__ == "__main__":
    main()
