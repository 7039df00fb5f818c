"""A handoff with its lead, and what a person may do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import PersonId, Refused
from models.rules.lifecycle import Move, Role, Standing, State, legal_moves, next_state
from models.rules.rows import HandoffRow, LeadRow, standing
from models.rules.terms import Terms
from models.storage.tables import Handoff, Lead, table

# The columns of a handoff, and of a lead, in the order of their rows.
HANDOFF = tuple(table(Handoff).c[name] for name in HandoffRow._fields)
LEAD = tuple(table(Lead).c[name] for name in LeadRow._fields)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A handoff and its lead."""

    handoff: HandoffRow
    lead: LeadRow

    @property
    def id(self) -> int:
        return self.handoff.id

    @property
    def number(self) -> int:
        return self.handoff.number


def listed(columns: Sequence[Any]) -> Listed:
    """Returns a handoff with its lead, of which these columns (HANDOFF, LEAD) were read."""
    lead = columns[len(HANDOFF) : len(HANDOFF) + len(LEAD)]
    return Listed(handoff=HandoffRow._make(columns[: len(HANDOFF)]), lead=LeadRow._make(lead))


@dataclass(frozen=True, kw_only=True)
class HandoffBrief(Listed):
    """A handoff and its lead, under the terms in force. `line` is the ledger line of what the caller just did. Undo
    takes it to undo that."""

    terms: Terms
    line: int | None = None

    @property
    def state(self) -> State:
        return self.handoff.state


def moves_open_to(handoff: HandoffRow, person: PersonId, roles: frozenset[Role]) -> frozenset[Move]:
    """Returns the moves that this person may make now."""
    stands = standing(handoff)
    return frozenset(move for move in legal_moves(stands.state) if _is_allowed(stands, move, person, roles))


def _is_allowed(stands: Standing, move: Move, person: PersonId, roles: frozenset[Role]) -> bool:
    try:
        next_state(stands, move, by=person, roles=roles)
    except Refused:
        return False
    return True


def may_fix(roles: frozenset[Role]) -> bool:
    """True if a person with these roles may correct a rejected lead and flag it again. Marketers may, for their own
    leads and for others', and so may managers."""
    return bool(roles & {Role.MARKETER, Role.MANAGER})
