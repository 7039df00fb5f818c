"""What must hold, whatever failed: what people were told, what is written down, and what Slack shows agree.

Evidence in, sentences out: one for each thing that is wrong. No I/O, so that the oracle itself can be tested.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from models.lifecycle import OPEN_STATES, RULES, Move, State
from tests.faults.crowd import Act, Told


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the ledger, oldest first."""

    number: int
    who: str
    move: Move
    to: State


@dataclass(frozen=True, kw_only=True)
class Lead:
    """A handoff as it is written down."""

    number: int
    email: str
    state: State


@dataclass(frozen=True, kw_only=True)
class Intention:
    """A row of the outbox. `words`: what its message must say by the facts of now, None where that is not compared."""

    key: str
    token: str
    state: str
    ts: str | None
    words: str | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message of the bot's in Slack."""

    token: str
    ts: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    acts: list[Act]
    ledger: list[Entry]
    leads: list[Lead]
    outbox: list[Intention]
    shown: list[Shown]
    overtaken: int = 0
    """How many messages were sent by a worker that was held up between its last look at its lease and the send: so
    many may be there twice."""


def verdict(evidence: Evidence) -> list[str]:
    """Everything that is wrong; empty if all is well."""
    checks = (acknowledged, numbers_told, one_owner, losers_know, one_open, shown_once, shown_as_written)
    return [problem for check in checks for problem in check(evidence)]


def acknowledged(evidence: Evidence) -> Iterator[str]:
    """What somebody was told is done, is done; and nothing is done more often than somebody tried."""
    emails = {lead.number: lead.email for lead in evidence.leads}
    done = Counter(
        (entry.who, entry.move, emails[entry.number] if entry.move is Move.FLAG else str(entry.number))
        for entry in evidence.ledger
    )
    tried: Counter[tuple[str, Move, str]] = Counter()
    told: Counter[tuple[str, Move, str]] = Counter()
    for act in evidence.acts:
        tried[act.who, act.move, act.about] += 1
        told[act.who, act.move, act.about] += act.told is Told.DONE
    for key in tried.keys() | done.keys():
        who, move, about = key
        if told[key] > done[key]:
            yield f"{who} was told {told[key]} times that their {move} of {about} is done; it was {done[key]} times"
        if done[key] > tried[key]:
            yield f"{who} tried {tried[key]} times to {move} {about}; it was done {done[key]} times"


def numbers_told(evidence: Evidence) -> Iterator[str]:
    """The number that a marketer was told is that of their lead."""
    emails = {str(lead.number): lead.email for lead in evidence.leads}
    for act in evidence.acts:
        if act.move is Move.FLAG and act.told is not Told.NOTHING:
            number = re.search(r"#(\d+)", act.words)
            if number is None or emails.get(number[1]) != act.about:
                yield f"{act.who} was told of {act.about}: {act.words!r}, and that is another lead or none"


def one_owner(evidence: Evidence) -> Iterator[str]:
    """Each move was legal where it was made, so nobody took what somebody else had; the last is where it stands."""
    stands: dict[int, State] = {}
    for entry in evidence.ledger:
        before = stands.get(entry.number)
        if entry.move is Move.FLAG:
            legal = before is None
        else:
            legal = before is not None and RULES[entry.move].leads.get(before) == entry.to
        if not legal:
            yield f"{entry.who} could {entry.move} #{entry.number}, which was {before or 'not there'}"
        stands[entry.number] = entry.to
    for lead in evidence.leads:
        if stands.get(lead.number) != lead.state:
            yield f"#{lead.number} is {lead.state}, and by the ledger {stands.get(lead.number, 'not there')}"


def losers_know(evidence: Evidence) -> Iterator[str]:
    """Who could not accept a lead was told who moved it."""
    movers: dict[str, set[str]] = defaultdict(set)
    for entry in evidence.ledger:
        if entry.move is not Move.FLAG:  # nobody is kept from a lead by its being flagged
            movers[str(entry.number)].add(entry.who)
    for act in evidence.acts:
        if act.move is Move.ACCEPT and act.told is Told.REFUSED:
            named = set(re.findall(r"<@(\w+)>", act.words)) or ({act.who} if "You " in act.words else set())
            if not named & movers[act.about]:
                yield f"{act.who} could not accept #{act.about} and was not told who had moved it: {act.words!r}"


def one_open(evidence: Evidence) -> Iterator[str]:
    """A lead is handed over once at a time."""
    opened = Counter(lead.email for lead in evidence.leads if lead.state in OPEN_STATES)
    for email, count in opened.items():
        if count > 1:
            yield f"{email} is handed over {count} times at once"


def shown_once(evidence: Evidence) -> Iterator[str]:
    """Each message that was wanted is there, once; each that is there was wanted; each lead has a card."""
    times = Counter(message.token for message in evidence.shown)
    wanted = {row.token for row in evidence.outbox}
    twice = sum(count - 1 for count in times.values())
    if twice > evidence.overtaken:
        keys = [row.key for row in evidence.outbox if times[row.token] > 1]
        yield f"{twice} messages more than wanted, of which {evidence.overtaken} were overtaken: {', '.join(keys)}"
    for message in evidence.shown:
        if message.token not in wanted:
            yield f"a message that nobody wanted: {message.words!r}"
    for row in evidence.outbox:
        if row.state == "dead":
            yield f"{row.key} was given up"
        elif row.state == "done" and row.ts and not times[row.token]:
            yield f"{row.key} counts as shown, and is not there"
    cards = {row.key for row in evidence.outbox if row.ts}
    for lead in evidence.leads:
        if f"card:{lead.number}" not in cards:
            yield f"#{lead.number} has no card"


def shown_as_written(evidence: Evidence) -> Iterator[str]:
    """Every message says what is written down."""
    words = {message.ts: message.words for message in evidence.shown}
    for row in evidence.outbox:
        if row.ts and row.words is not None and row.ts in words and words[row.ts] != row.words:
            yield f"{row.key} shows {words[row.ts]!r}, and it should be {row.words!r}"
