"""What an operation on a handoff decides: the rows to write, and what these say together. Pure.

Each decision is a function of facts, and returns a `Decision` or raises a refusal. Ids come in with the facts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from models.errors import AlreadyOpen, PersonId
from models.rules.lifecycle import OPEN_STATES, RULES, State
from models.rules.messages import Wanted
from models.rules.routing import Choice, Load, Obstacle, Team, choose
from models.rules.rows import (
    NOT_STORED,
    HandoffRow,
    KeyFreed,
    LeadChanged,
    LeadKeyKind,
    LeadKeyRow,
    LeadRow,
    LedgerRow,
    MessageWanted,
    NewPerson,
    PeopleChanged,
    PromiseChanged,
    PromiseRow,
    Row,
    promised,
)
from models.rules.terms import Terms


class Decision(NamedTuple):
    """The handoff, its lead and its live promises as they are afterwards, the rows to write, and the id of the ledger
    line, by which undo finds what was done."""

    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...]
    rows: tuple[Row, ...] = ()
    line: int | None = None


class PastHandoff(NamedTuple):
    """A handoff of a lead, and one of those who gave it back (rejected or returned it)."""

    id: int
    number: int
    state: State
    flagged_by: PersonId
    flagged_at: datetime
    owner: PersonId | None
    given_back_by: PersonId | None


@dataclass(frozen=True, kw_only=True)
class Past:
    """All handoffs of a lead, and everybody who gave it back."""

    handoffs: Sequence[PastHandoff] = ()

    @property
    def given_back_by(self) -> frozenset[PersonId]:
        return frozenset(PersonId(one.given_back_by) for one in self.handoffs if one.given_back_by)


def refuse_if_open(handoffs: Iterable[PastHandoff | HandoffRow], name: str) -> None:
    """Raises AlreadyOpen, which names the open one of these handoffs of the lead with this `name`. A lead has at most
    one open handoff."""
    for one in handoffs:
        if one.state in OPEN_STATES:
            raise AlreadyOpen(
                name=name,
                number=one.number,
                handoff=one.id,
                flagger=PersonId(one.flagged_by),
                at=one.flagged_at,
                owner=PersonId(one.owner or one.flagged_by),
                state=one.state.value,
            )


def route(
    terms: Terms,
    loads: Mapping[str, Load],
    *,
    flagged_by: PersonId,
    refused_by: frozenset[PersonId],
    at: datetime,
    named: PersonId | None = None,
) -> Choice:
    """Chooses the person to whom a lead is offered. Routing never picks a person who gave it back."""
    if named is not None:
        return Choice(person=named, rule="named by the marketer")
    return choose(
        [rep for rep in terms.reps if rep != flagged_by] or terms.reps,
        team=Team(
            loads=loads,
            gone=lambda person: gone(terms, person, at=at),
            calendar=lambda person: terms.calendar(person, at=at),
        ),
        managers=terms.managers,
        refused_by=refused_by,
        last_resort=flagged_by,
        at=at,
    )


def gone(terms: Terms, person: PersonId, *, at: datetime) -> Obstacle | None:
    """Returns whether a person has left (bots can't be offered leads either) or is away."""
    known = terms.people.get(person)
    if known is None:
        return None
    if known.deactivated or known.is_bot:
        return Obstacle.LEFT
    return Obstacle.AWAY if known.away_until is not None and known.away_until > at else None


def taking_part(terms: Terms, people: Collection[PersonId | None], ids: Iterator[int]) -> list[Row]:
    """Returns the rows for those of the people who are not known yet. From then on Baton asks the chat about them."""
    new = sorted({str(person) for person in people if person is not None} - terms.people.keys())
    rows: list[Row] = [NewPerson(terms.workspace_id, person) for person in new]
    return [*rows, PeopleChanged(terms.workspace_id, f"{next(ids):x}")] if new else []


def lead_rows(was: LeadRow, now: LeadRow) -> list[Row]:
    """Returns the rows for a lead that is changed: none if nothing is different. It stays known by an address that was
    corrected."""
    if now == was:
        return []
    rows: list[Row] = [LeadChanged(now._replace(version=was.version + 1))]
    if now.email_key != was.email_key:
        rows.append(KeyFreed(was.workspace_id, LeadKeyKind.EMAIL, now.email_key, was.id))
        rows.append(LeadKeyRow(was.workspace_id, LeadKeyKind.EMAIL, now.email_key, was.id))
    return rows


def promise_rows(
    was: Iterable[PromiseRow], now: Iterable[PromiseRow], ids: Iterator[int]
) -> tuple[tuple[PromiseRow, ...], list[Row]]:
    """Returns promises as they are after a change, and the rows for those that it began or left in another state than
    they were in. What ends comes first: of the promises to do the same, one at most is live."""
    known = {promise.id: promise for promise in was}
    after = tuple(one._replace(id=next(ids)) if one.id == NOT_STORED else one for one in now)
    changed = [PromiseChanged(known[one.id], one) for one in after if one.id in known and one != known[one.id]]
    changed.sort(key=lambda row: row.now.is_live)
    return after, [*changed, *(one for one in after if one.id not in known)]


def said_in_lines(rows: Iterable[Row], main: int) -> tuple[Row, ...]:
    """Returns the rows of a decision, and in each ledger line the promises that the decision began, kept, released or
    put back: those about its handoff. Those about a handoff that has no line here stand in the line with the id
    `main`."""
    rows = tuple(rows)
    changed = [
        promised(row.now if isinstance(row, PromiseChanged) else row)
        for row in rows
        if isinstance(row, PromiseChanged | PromiseRow)
    ]
    line_of = {row.handoff_id: row.id for row in rows if isinstance(row, LedgerRow)}

    def with_promises(line: LedgerRow) -> LedgerRow:
        return line._replace(promises=tuple(one for one in changed if line_of.get(one.handoff_id, main) == line.id))

    return tuple(with_promises(row) if isinstance(row, LedgerRow) else row for row in rows)


def wanted(workspace_id: str, messages: Iterable[Wanted], at: datetime) -> list[Row]:
    """Returns the rows that ask for these messages."""
    return [
        MessageWanted(workspace_id, one.key, one.kind.value, one.lane, one.handoff_id, one.due_at or at, at)
        for one in messages
    ]


# The moves after which a handoff may be offered to somebody else.
MAY_BE_OFFERED_AGAIN = frozenset(move for move, rule in RULES.items() if rule.reroutes)
