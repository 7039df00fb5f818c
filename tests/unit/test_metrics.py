"""The digest's numbers equal a recount in plain Python that reads the ledger and replays it."""

import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from models.errors import PersonId
from models.reports.numbers import QUOTES, digest_numbers
from models.rules.agreement import DEFAULT_EMOJI, FEEDBACK
from models.rules.digest_numbers import (
    Amounts,
    Cohort,
    Debts,
    DigestNumbers,
    Kept,
    Money,
    Outcomes,
    OwnerLoad,
    Quote,
    Rejections,
    SourceRow,
    Volume,
    Win,
)
from models.rules.ladders import REPLIES
from models.rules.lifecycle import Move
from models.rules.messages import MessageKind
from models.rules.rows import LedgerRow
from models.rules.statistics import Share
from models.rules.week import Week
from models.rules.worktime import Calendar, add, between
from models.storage import ledger
from models.storage.store import Store
from models.storage.tables import Feedback, Handoff, Lead, LedgerEntry
from tests import databases
from tests.bench import history, team
from tests.unit.office import DANA, MARK, MAX, MIA, REX, Office, agreement, hours, lead
from tests.unit.test_lifecycle import ARROWS

ZONE = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(zone=ZONE)
FIRST = datetime(2026, 9, 7, tzinfo=UTC)
WEEK = Week(2026, 46)
WEEKS = 10
AS_OF = FIRST + timedelta(weeks=WEEKS)
REASONS = {"reject": ["too_small", "bad_data", "wrong_region"], "disqualify": ["not_now", "no_need"]}
# In UTC. From then on the agreement has another currency.
DOLLARS_SINCE = FIRST + timedelta(weeks=6)
OPEN = ("offered", "accepted", "working", "qualified")

_workspaces = itertools.count(1)


# Queries are fast however long the history.


def test_no_number_of_a_digest_reads_the_whole_history(tmp_path: Path) -> None:
    """Each query finds its week, or the open handoffs, by an index. No query plan scans all handoffs of a workspace.
    Only SQLite is tested, because its plans are easier to read. The indexes of Postgres are the same."""
    url, people = databases.sqlite(tmp_path), team.made_up()
    history.lived(url, people, 10_000, now=AS_OF)
    store = Store(url, steady=monotonic)
    asked: list[tuple[str, Any]] = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    with store.read() as session:
        digest_numbers(session, people.workspace_id, WEEK, ZONE, as_of=AS_OF)
    sa.event.remove(store.engine, "before_cursor_execute", note)
    questions = [(statement, parameters) for statement, parameters in asked if statement != "BEGIN"]
    assert len(questions) > 10
    through_all = re.compile(
        r"SCAN (handoff|promise)|INDEX ix_(handoff_(?!open)|promise_(?!owed))\w+ \(workspace_id=\?( AND what=\?)?\)"
    )
    with store.engine.connect() as connection:
        for statement, parameters in questions:
            plan = "\n".join(map(str, connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)))
            assert not through_all.search(plan), f"{statement}\n{plan}"
    store.close()


# Random weeks.


def play(office: Office, chance: random.Random, *, events: int) -> None:
    """Plays what people might do in ten weeks. Each act is legal, because a refused one leaves no trace."""
    at, dollars = FIRST, False
    for _ in range(events):
        at += timedelta(seconds=round(chance.expovariate(events / timedelta(weeks=WEEKS).total_seconds())))
        if at > AS_OF:
            return
        if at >= DOLLARS_SINCE and not dollars:
            dollars = bool(office.apply(agreement(timezone="Europe/Berlin", currency="USD"), at=at))
        handoffs = [handoff for handoff in office.handoffs() if any(state == handoff.state for state, _ in ARROWS)]
        if not handoffs or chance.random() < 0.3:
            office.flag(
                lead(source=chance.choice(["", "ads", "Ads", "webinar", " WEBINAR"])),
                by=chance.choice([MIA, MARK]),
                at=at,
            )
        elif chance.random() < 0.15:
            reaction = chance.choice([*DEFAULT_EMOJI, "tada"])
            number = chance.choice(handoffs).number
            office.react(number, DANA, reaction, given=chance.random() < 0.8, event_at=at.isoformat(), at=at)
        else:
            go_on(office, chance, chance.choice(handoffs), at)


def go_on(office: Office, chance: random.Random, handoff: Handoff, at: datetime) -> None:
    legal = [Move(move) for state, move in ARROWS if state == handoff.state and move != Move.EDIT]
    if not handoff.contested or handoff.ruled:
        legal = [move for move in legal if move not in (Move.UPHOLD, Move.OVERTURN)]
    if handoff.contested:
        legal = [move for move in legal if move is not Move.CONTEST]
    followed = any(other.lead_id == handoff.lead_id and other.number > handoff.number for other in office.handoffs())
    if followed:
        legal = [move for move in legal if move is not Move.OVERTURN]
    if handoff.state == "rejected" and handoff.reason == "bad_data" and not followed and chance.random() < 0.4:
        office.flag(lead(source="fixed"), by=MIA, fixes=handoff.number, at=at)
        return
    if office.live(handoff.number).keys().isdisjoint(REPLIES):
        legal = [move for move in legal if move is not Move.ANSWER]
    if handoff.owner == MAX:
        legal = [move for move in legal if move is not Move.TAKE]
    if not legal:
        return
    move = chance.choice(legal)
    by = chance.choice([DANA, REX, MAX]) if move in (Move.ACCEPT, Move.REJECT) else MAX
    codes = REASONS.get(move.value)
    office.move(
        move,
        handoff.number,
        by,
        at=at,
        note=chance.choice(["because", "since"]) if move in (Move.RETURN, Move.CONTEST) else chance.choice(["", "so"]),
        reason=chance.choice(codes) if codes else None,
        value_cents=chance.choice([100, 250, 99_00]) if move in (Move.QUALIFY, Move.WIN) else None,
        expected_close=at.astimezone(ZONE).date() + timedelta(days=chance.randrange(40))
        if move is Move.QUALIFY
        else None,
        to=chance.choice([one for one in (DANA, REX, MAX) if one != handoff.owner]) if move is Move.HAND else None,
    )


# The recount.


@dataclass(eq=False)
class Owed:
    """A promise: what for, since when, due when, and by when it has to be kept to count as kept."""

    what: str
    since: datetime
    due_at: datetime
    counts_by: datetime
    kept_at: datetime | None = None
    took: int = 0

    def kept(self, at: datetime) -> None:
        self.kept_at, self.took = at, seconds(self.since, at)


@dataclass
class Replayed:
    """A handoff as its ledger lines tell it."""

    number: int
    source: str
    company: str
    flagged_by: str = ""
    flagged_at: datetime = FIRST
    state: str = ""
    owner: str | None = None
    stands: str | None = None
    contacted_at: datetime | None = None
    # What sales owes now, and marketing.
    owed: Owed | None = None
    reply: Owed | None = None
    # What counts for good or ill: everything that was promised and not released, also what is owed now.
    promised: list[Owed] = field(default_factory=list)
    reason: str | None = None
    note: str = ""
    rejected_by: str = ""
    qualified_at: datetime | None = None
    close: datetime = FIRST
    value_cents: int = 0
    currency: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""

    def happened(self, entry: LedgerRow) -> None:
        at, move = entry.at, entry.move
        before, self.state, self.owner = self.state, entry.state, entry.owner
        self.stands = self.stands or (move if move in ("accept", "reject") else None)
        if move == "flag":
            self.flagged_by, self.flagged_at = entry.actor, at
        if move == "overturn":
            self.stands = None if self.stands == "reject" else self.stands
            self.reason, self.note, self.closed_at = None, "", None
        if move in ("contact", "qualify") and self.contacted_at is None:
            self.contacted_at = at
        if move == "qualify":
            close = date.fromisoformat(entry.detail["expected_close"])
            self.qualified_at, self.value_cents = at, entry.detail["value_cents"]
            self.currency = "EUR" if at < DOLLARS_SINCE else "USD"
            self.close = datetime.combine(close, time(17), tzinfo=ZONE).astimezone(UTC)
        if move in ("reject", "disqualify", "withdraw", "win", "lose"):
            self.closed_at, self.closed_by = at, entry.actor
        if move in ("win", "lose"):
            self.value_cents = entry.detail["value_cents"]
        if move == "reject":
            self.reason, self.note, self.rejected_by = entry.reason, entry.note, entry.actor
        self.promises(move, before, at)

    def promises(self, move: str, before: str, at: datetime) -> None:
        """Each state begins a promise of sales. Leaving it keeps the promise, unless sales gave the lead back or never
        had to do it. Whoever is handed the lead has the whole time again, but it counts by the time promised first."""
        if self.owed and move in ("withdraw", "return", "hand", "take"):
            self.promised.remove(self.owed)
        elif self.owed and self.state != before:
            self.owed.kept(at)
        if move in ("hand", "take") or self.state != before:
            first = self.owed.counts_by if self.owed and move in ("hand", "take") else None
            self.owed = self.begins(self.state, at, first) if self.state in OPEN else None
        if move == "reject" and self.reason != "wrong_region":
            self.reply = Owed("reply", at, due_at := add(OFFICE, at, hours(8)), due_at)
            self.promised.append(self.reply)
        if move in ("answer", "contest"):
            self.replied(at)

    def begins(self, state: str, at: datetime, first: datetime | None) -> Owed:
        by_a_day = state == "qualified" and (self.close > at or first is None)
        hours_promised = {"offered": 4, "accepted": 8, "working": 80, "qualified": 8}[state]
        due_at = max(self.close, at) if by_a_day else add(OFFICE, at, hours(hours_promised))
        owed = Owed(state, at, due_at, first or due_at)
        self.promised.append(owed)
        return owed

    def replied(self, at: datetime) -> None:
        if self.reply:
            self.reply.kept(at)
        self.reply = None

    @property
    def due_at(self) -> datetime | None:
        return self.owed.due_at if self.owed else None


def seconds(start: datetime, end: datetime) -> int:
    return round(between(OFFICE, start, end).total_seconds())


def replay(store: Store, workspace_id: str) -> list[Replayed]:
    with store.read() as session:
        handoffs = session.exec(
            select(Handoff, Lead)
            .join(Lead, col(Lead.id) == col(Handoff.lead_id))
            .where(col(Handoff.workspace_id) == workspace_id)
        ).all()
        lines = session.execute(
            sa.select(*ledger.LINE)
            .select_from(ledger.LINES)
            .where(col(LedgerEntry.workspace_id) == workspace_id, ledger.IS_MOVE)
            .order_by(col(LedgerEntry.at), col(LedgerEntry.version))
        ).all()
    known = {h.id: Replayed(number=h.number, source=h.source, company=person.company) for h, person in handoffs}
    for entry in map(ledger.together, lines):
        known[entry.handoff_id].happened(entry)
        if entry.move == "flag" and entry.detail["follows"]:  # a new flag that corrects a rejection answers it
            before = known[entry.detail["follows"]]
            before.replied(entry.at)
            if before.reason == "wrong_region":
                known[entry.handoff_id].flagged_by = before.flagged_by
    return list(known.values())


def recount(store: Store, workspace_id: str) -> DigestNumbers:
    everything = replay(store, workspace_id)

    def in_week(at: datetime | None, back: int = 0) -> bool:
        return at is not None and Week.of(at.astimezone(ZONE).date()) == WEEK.back(back)

    def before(at: datetime) -> bool:
        return any(in_week(at, back) for back in range(1, 9))

    def volume(some: list[Replayed]) -> Volume:
        answers = Counter(each.stands or (each.state if each.state == "withdrawn" else "") for each in some)
        return Volume(
            flagged=len(some),
            accepted=answers["accept"],
            rejected=answers["reject"],
            withdrawn=answers["withdrawn"],
        )

    def kept(what: str) -> Kept:
        promised = [one for h in everything for one in h.promised if one.what == what]
        due = [one for one in promised if in_week(one.counts_by)]
        past = [one for one in promised if before(one.counts_by)]
        times = [one.took for one in promised if in_week(one.kept_at)] if what != "reply" else []
        return Kept(
            due=len(due),
            kept=sum(1 for one in due if one.kept_at and one.kept_at <= one.counts_by),
            undone=sum(1 for one in due if one.kept_at is None),
            promised=(4 if what == "offered" else 8) * 3600 if due else None,
            before=Share(sum(1 for one in past if one.kept_at and one.kept_at <= one.counts_by), len(past)),
            median=rank(times, 50),
            ninetieth=rank(times, 90),
        )

    def amounts(some: list[Replayed]) -> Amounts:
        totals: Counter[str] = Counter()
        for h in some:
            totals[h.currency] += h.value_cents
        return tuple(
            Money(currency=currency, cents=totals[currency]) for currency in sorted(totals) if totals[currency]
        )

    def rank(values: list[int], percent: int) -> int | None:
        return sorted(values)[-(-len(values) * percent // 100) - 1] if values else None

    contacted = [h for h in everything if in_week(h.contacted_at)]
    speeds = [round((h.contacted_at - h.flagged_at).total_seconds()) for h in contacted if h.contacted_at]
    week = [h for h in everything if in_week(h.flagged_at)]
    earlier = [h for h in everything if before(h.flagged_at)]
    closed = [h for h in everything if in_week(h.closed_at)]
    rejected = [h for h in closed if h.state == "rejected"]
    won = [h for h in closed if h.state == "won"]
    qualified = [h for h in everything if in_week(h.qualified_at)]
    still_open = [h for h in everything if h.state in OPEN]
    offered = [h for h in still_open if h.state == "offered"]
    unanswered = [h.reply for h in everything if h.reply]
    by_source: dict[str, list[Replayed]] = defaultdict(list)
    spelled: dict[str, str] = {}
    by_owner: dict[str, list[Replayed]] = defaultdict(list)
    for h in sorted([*earlier, *week], key=lambda h: h.number):
        spelled.setdefault(h.source.strip().lower(), h.source)
    for h in week:
        by_source[spelled[h.source.strip().lower()]].append(h)
    for h in still_open:
        by_owner[h.owner or ""].append(h)

    def by_reason(some: list[Replayed]) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(Counter(h.reason or "" for h in some).items(), key=lambda row: (-row[1], row[0])))

    def overdue(some: list[Replayed]) -> int:
        return sum(1 for h in some if h.due_at and h.due_at < AS_OF)

    def late(some: list[Replayed]) -> list[Replayed]:
        return sorted((h for h in some if h.due_at and h.due_at <= AS_OF), key=lambda h: (h.due_at or FIRST, h.number))

    def largest(won: list[Replayed]) -> list[Replayed]:
        """Sorts the deals: first the largest of each currency, then the second largest of each, and so on."""
        ranks: list[tuple[int, int, Replayed]] = []
        for currency in {h.currency for h in won}:
            of_it = sorted((h for h in won if h.currency == currency), key=lambda h: (-h.value_cents, h.number))
            ranks += [(place, h.number, h) for place, h in enumerate(of_it)]
        return [h for _, _, h in sorted(ranks, key=lambda rank: rank[:2])]

    return DigestNumbers(
        week=WEEK,
        as_of=AS_OF,
        trend=tuple(
            volume([h for h in everything if in_week(h.flagged_at, back)])
            for back in range(8, -1, -1)
            if back == 0 or any(Week.of(h.flagged_at.astimezone(ZONE).date()) <= WEEK.back(back) for h in everything)
        ),
        accept=kept("offered"),
        contact=kept("accepted"),
        speed=Kept(median=rank(speeds, 50), ninetieth=rank(speeds, 90)),
        answers=kept("reply"),
        sources=tuple(
            SourceRow(
                source=source,
                week=volume(some),
                before=volume([h for h in earlier if h.source.strip().lower() == source.strip().lower()]),
                qualified=sum(1 for h in some if h.qualified_at),
                value=amounts([h for h in some if h.qualified_at]),
            )
            for source, some in sorted(by_source.items(), key=lambda row: (-len(row[1]), row[0]))
        ),
        rejections=Rejections(
            by_reason=by_reason(rejected),
            before=by_reason([h for h in everything if h.state == "rejected" and h.closed_at and before(h.closed_at)]),
            quotes=tuple(
                Quote(number=h.number, person=h.rejected_by, reason=h.reason or "", note=h.note)
                for h in sorted(rejected, key=lambda h: (h.closed_at or FIRST, h.number), reverse=True)
                if h.note
            )[:QUOTES],
        ),
        outcomes=Outcomes(
            qualified=len(qualified),
            qualified_value=amounts(qualified),
            won=len(won),
            won_value=amounts(won),
            lost=sum(1 for h in closed if h.state == "lost"),
            disqualified=sum(1 for h in closed if h.state == "disqualified"),
        ),
        earlier=Cohort(
            flagged=len(earlier),
            accepted=sum(1 for h in earlier if h.stands == "accept"),
            qualified=sum(1 for h in earlier if h.qualified_at),
            won=sum(1 for h in earlier if h.state == "won"),
            won_value=amounts([h for h in earlier if h.state == "won"]),
        ),
        wins=tuple(
            Win(
                number=h.number,
                company=h.company,
                flagged_by=h.flagged_by,
                closed_by=h.closed_by,
                value=Money(currency=h.currency, cents=h.value_cents),
                days=((h.closed_at or FIRST) - h.flagged_at).days,
            )
            for h in largest(won)
        )[:QUOTES],
        owners=tuple(
            OwnerLoad(person=owner, open=len(some), late=len(late(some)), told=tuple(h.number for h in late(some)))
            for owner, some in sorted(by_owner.items())
        ),
        debts=Debts(
            sales_unanswered=len(offered),
            sales_overdue=overdue(offered),
            marketing_unanswered=len(unanswered),
            marketing_overdue=sum(1 for one in unanswered if one.due_at < AS_OF),
        ),
        feedback=feedback(store, workspace_id, in_week),
    )


def feedback(store: Store, workspace_id: str, in_week: Callable[[datetime], bool]) -> tuple[tuple[str, int], ...]:
    with store.read() as session:
        rows = session.exec(select(Feedback).where(col(Feedback.workspace_id) == workspace_id)).all()
    counts = Counter(row.meaning for row in rows if row.given and in_week(row.at))
    return tuple((meaning.value, counts[meaning.value]) for meaning in FEEDBACK if counts[meaning.value])


def deliver_reminders(office: Office, *, at: datetime) -> None:
    """Posts every waiting reminder, at this time."""
    for row in office.queue.claim(at=at, limit=10_000):
        if row.kind == MessageKind.NUDGE and row.workspace_id == office.id:
            office.queue.shown(row, channel=f"D{row.lane}", ts=f"{at.timestamp():.6f}", fingerprint="x")


# The tests.


@given(seed=st.integers(0, 2**32), busy=st.integers(60, 100))
@settings(max_examples=6, phases=[Phase.generate])  # a seed can't be shrunk
def test_the_numbers_are_those_of_a_recount_of_the_ledger(store: Store, seed: int, busy: int) -> None:
    chance = random.Random(seed)
    office = Office(store, f"TMETRICS{next(_workspaces)}", agreed=agreement(timezone="Europe/Berlin"))
    play(office, chance, events=busy)
    while office.reminders.remind(at=AS_OF):
        pass
    deliver_reminders(office, at=AS_OF + timedelta(days=7))  # everybody has heard by then what is late
    with store.read() as session:
        counted = digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF)
    assert asdict(counted) == asdict(recount(store, office.id))


def test_a_week_in_which_nothing_happened_has_no_rates(office: Office) -> None:
    with office.store.read() as session:
        numbers = digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF)
    assert (numbers.this_week.acceptance.rate, numbers.accept.share.rate, numbers.speed.median) == (None, None, None)
    assert (numbers.sources, numbers.wins, numbers.owners, numbers.feedback) == ((), (), (), ())
    assert numbers.debts == Debts()


def test_a_moment_at_the_edge_of_a_week_counts_in_one_week_only(office: Office) -> None:
    span = WEEK.span(ZONE)
    office.flag(at=span.start)
    office.flag(at=span.end - timedelta(microseconds=1))
    office.flag(at=span.end)
    with office.store.read() as session:
        numbers = [digest_numbers(session, office.id, week, ZONE, as_of=AS_OF) for week in (WEEK, WEEK.back(-1))]
    assert [each.this_week.flagged for each in numbers] == [2, 1]
    assert [volume.flagged for volume in numbers[1].trend] == [2, 1], "the weeks before the first handoff do not exist"


def test_a_promise_kept_at_the_last_moment_is_kept(office: Office) -> None:
    monday = datetime(2026, 11, 9, 10, tzinfo=UTC)
    for late in (timedelta(), timedelta(microseconds=1)):
        office.move(Move.ACCEPT, office.flag(at=monday), DANA, at=monday + hours(4) + late)
    with office.store.read() as session:
        accept = digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF).accept
    assert (accept.due, accept.kept, accept.undone, accept.share.rate) == (2, 1, 0, 0.5)


def test_promises_of_different_lengths_are_counted_each_against_its_own(office: Office) -> None:
    entry = {"what": "answer", "when": {"source": ("demo request",)}, "within": "15m"}
    office.apply(agreement(timezone="Europe/Berlin", promises=(entry,)))
    monday, counted = datetime(2026, 11, 9, 10, tzinfo=UTC), []
    for source, answered in (("Demo request", 15), ("demo request", 16), ("ads", 240), ("", 241)):
        number = office.flag(lead(source=source), at=monday)
        office.move(Move.ACCEPT, number, DANA, at=monday + timedelta(minutes=answered))
        with office.store.read() as session:
            accept = digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF).accept
        counted.append((accept.due, accept.kept, accept.promised))
    assert counted == [(1, 1, 15 * 60), (2, 1, 15 * 60), (3, 2, None), (4, 2, None)]


def test_an_acceptance_stands_though_a_rejection_after_it_was_overturned(office: Office) -> None:
    """The lead was accepted, returned and rejected by the next rep. That rejection was overturned."""
    at = WEEK.span(ZONE).start + timedelta(days=1)
    number = office.flag(at=at)
    steps = (
        (Move.ACCEPT, DANA, "", None),
        (Move.RETURN, MAX, "because", None),
        (Move.REJECT, DANA, "", "bad_data"),
        (Move.CONTEST, MAX, "because", None),
        (Move.OVERTURN, MAX, "", None),
    )
    for hour, (move, by, note, reason) in enumerate(steps, 1):
        office.move(move, number, by, at=at + hours(hour), note=note, reason=reason)
    with office.store.read() as session:
        volume = digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF).this_week
    assert (volume.flagged, volume.accepted, volume.rejected) == (1, 1, 0)


def test_what_was_withdrawn_before_an_answer_is_no_broken_promise(office: Office) -> None:
    monday = datetime(2026, 11, 9, 10, tzinfo=UTC)
    office.move(Move.WITHDRAW, office.flag(at=monday), PersonId(MIA), at=monday + hours(9))
    with office.store.read() as session:
        assert digest_numbers(session, office.id, WEEK, ZONE, as_of=AS_OF).accept == Kept()
