"""Who gets a lead, and why. Pure, from facts about the people who could take it.

Routing passes over everybody who has left, is away, has given this lead back before, or will not be at work for a long
time. Among the others it chooses the one with the fewest open handoffs, and among equals the one whose turn was longest
ago. If no rep can take the lead, a manager gets it. If no manager can, the person who flagged it gets it. So every lead
has an owner.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from models.errors import PersonId
from models.rules.worktime import Calendar, next_open

# Routing passes over a rep whose next working hour is further away than this, unless everybody's is.
LONGEST_WAIT = timedelta(hours=24)


class Obstacle(StrEnum):
    """Why somebody was passed over. The ledger keeps these values."""

    LEFT = "deactivated"
    GAVE_BACK = "gave this lead back before"
    AWAY = "away"
    # Their next working hour is further away than LONGEST_WAIT.
    FAR_FROM_WORK = "not at work within a day"
    # They have more open handoffs than the person who was chosen.
    BUSIER = "has more open"
    # They have as many open handoffs, and had a turn more recently.
    LATER_TURN = "had a turn more recently"


class Load(NamedTuple):
    """How many open handoffs a person owns, and the number of the latest handoff that was offered to them (0: none was
    so far)."""

    open_handoffs: int = 0
    last_turn: int = 0


NO_LOAD = Load()


@dataclass(frozen=True, kw_only=True)
class Team:
    """What routing knows of people. `loads` are of everybody who was ever offered a lead. `gone` returns LEFT or AWAY
    for somebody who is not there. `calendar` returns when they work."""

    loads: Mapping[str, Load]
    gone: Callable[[PersonId], Obstacle | None]
    calendar: Callable[[PersonId], Calendar]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who gets the lead, by which rule, and who was passed over and why. If somebody is busier, `open_handoffs` has how
    many they have, and how many the chosen person has."""

    person: PersonId
    rule: str
    passed_over: Mapping[Obstacle, Sequence[PersonId]] = field(default_factory=dict)
    open_handoffs: Mapping[PersonId, int] = field(default_factory=dict)


def choose(
    reps: Sequence[PersonId],
    *,
    team: Team,
    at: datetime,
    refused_by: frozenset[PersonId] = frozenset(),
    managers: Sequence[PersonId] = (),
    last_resort: PersonId,
) -> Choice:
    """Returns who owes the next move on a lead that is offered `at` this moment."""
    passed_over: dict[Obstacle, list[PersonId]] = {obstacle: [] for obstacle in Obstacle}
    able: list[tuple[Load, PersonId]] = []
    for rep in reps:
        if obstacle := _obstacle(rep, team, refused_by):
            passed_over[obstacle].append(rep)
        else:
            able.append((team.loads.get(rep, NO_LOAD), rep))
    if able:
        able.sort()
        place = _soon_at_work([rep for _, rep in able], team, at)
        load, chosen = able[place]
        busier = {rep: other.open_handoffs for other, rep in able if other.open_handoffs > load.open_handoffs}
        passed_over[Obstacle.FAR_FROM_WORK] = [rep for _, rep in able[:place]]
        passed_over[Obstacle.BUSIER] = list(busier)
        passed_over[Obstacle.LATER_TURN] = [rep for _, rep in able[place + 1 :] if rep not in busier]
        open_handoffs = {chosen: load.open_handoffs, **busier} if busier else {}
        return Choice(
            person=chosen, rule="whose turn it is", passed_over=_somebody(passed_over), open_handoffs=open_handoffs
        )
    for manager in managers:
        if not team.gone(manager):
            return Choice(person=manager, rule="manager, as no rep can take it", passed_over=_somebody(passed_over))
    return Choice(person=last_resort, rule="nobody else is there", passed_over=_somebody(passed_over))


def _obstacle(rep: PersonId, team: Team, refused_by: frozenset[PersonId]) -> Obstacle | None:
    gone = team.gone(rep)
    return Obstacle.GAVE_BACK if rep in refused_by and gone is not Obstacle.LEFT else gone


def _soon_at_work(reps: Sequence[PersonId], team: Team, at: datetime) -> int:
    """Returns the place of the first whose next working hour is not too far away. 0 if everybody's is. People of one
    zone share a calendar."""
    opens: dict[int, tuple[Calendar, datetime]] = {}
    for place, rep in enumerate(reps):
        calendar = team.calendar(rep)
        if id(calendar) not in opens:
            opens[id(calendar)] = calendar, next_open(calendar, at)
        if opens[id(calendar)][1] - at <= LONGEST_WAIT:
            return place
    return 0


def _somebody(passed_over: Mapping[Obstacle, Sequence[PersonId]]) -> dict[Obstacle, Sequence[PersonId]]:
    """Returns the obstacles that somebody has."""
    return {obstacle: people for obstacle, people in passed_over.items() if people}
