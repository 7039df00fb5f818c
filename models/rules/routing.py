"""Who gets a lead, and why. Pure, from facts about the people who could take it.

Routing passes over everybody who has left, is away, has given this lead back before, or will not be at work for a long
time. Among the others it chooses the one with the fewest open handoffs, and among equals the one whose turn was longest
ago. If no rep can take the lead, a manager gets it. If no manager can, the person who flagged it gets it. So every lead
has an owner.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from models.errors import PersonId
from models.rules.worktime import Calendar, next_open

# Routing passes over a rep whose next working hour is further away than this, unless everybody's is.
LONGEST_WAIT = timedelta(hours=24)


class Candidate(NamedTuple):
    """A person who could take a lead. `last_turn` grows with each lead that is offered to them. 0 means none so far."""

    person: PersonId
    calendar: Calendar
    open_handoffs: int = 0
    last_turn: int = 0
    deactivated: bool = False
    away_until: datetime | None = None


class Load(NamedTuple):
    """How many open handoffs a person owns, and the number of the latest handoff that was offered to them."""

    open_handoffs: int = 0
    last_turn: int = 0


class PassedOver(NamedTuple):
    person: PersonId
    rule: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who gets the lead, by which rule, and who was passed over by which rule."""

    person: PersonId
    rule: str
    passed_over: tuple[PassedOver, ...] = ()


def choose(
    reps: Sequence[Candidate],
    *,
    at: datetime,
    named: PersonId | None = None,
    refused_by: frozenset[PersonId] = frozenset(),
    managers: Sequence[Candidate] = (),
    last_resort: PersonId,
) -> Choice:
    """Returns who owes the next move on a lead that is offered `at` this moment."""
    if named is not None:
        return Choice(person=named, rule="named by the marketer")
    passed_over: list[PassedOver] = []
    able: list[Candidate] = []
    for rep in reps:
        if rule := _unable(rep, at, refused_by):
            passed_over.append(PassedOver(person=rep.person, rule=rule))
        else:
            able.append(rep)
    able.sort(key=lambda rep: (rep.open_handoffs, rep.last_turn, rep.person))
    chosen = next(_soon_at_work(able, at), able[0] if able else None)
    if chosen is not None:
        first = able.index(chosen)
        passed_over += [PassedOver(person=rep.person, rule="not at work within a day") for rep in able[:first]]
        passed_over += [_slower(rep, chosen) for rep in able[first + 1 :]]
        return Choice(person=chosen.person, rule="whose turn it is", passed_over=tuple(passed_over))
    for manager in managers:
        if not _unable(manager, at, frozenset()):
            return Choice(
                person=manager.person,
                rule="manager, as no rep can take it",
                passed_over=tuple(passed_over),
            )
    return Choice(person=last_resort, rule="nobody else is there", passed_over=tuple(passed_over))


def _soon_at_work(reps: Iterable[Candidate], at: datetime) -> Iterator[Candidate]:
    """Yields those whose next working hour is not too far away. People of one zone share a calendar."""
    opens: dict[int, datetime] = {}
    for rep in reps:
        opening = opens.get(id(rep.calendar))
        if opening is None:
            opening = opens[id(rep.calendar)] = next_open(rep.calendar, at)
        if opening - at <= LONGEST_WAIT:
            yield rep


def _unable(candidate: Candidate, at: datetime, refused_by: frozenset[PersonId]) -> str | None:
    if candidate.deactivated:
        return "deactivated"
    if candidate.person in refused_by:
        return "gave this lead back before"
    if candidate.away_until is not None and candidate.away_until > at:
        return "away"
    return None


def _slower(rep: Candidate, chosen: Candidate) -> PassedOver:
    if rep.open_handoffs > chosen.open_handoffs:
        return PassedOver(person=rep.person, rule=f"has {rep.open_handoffs} open, not {chosen.open_handoffs}")
    return PassedOver(person=rep.person, rule="had a turn more recently")
