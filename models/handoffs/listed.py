"""A handoff with its lead, and what is owed about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from models.rules.ladders import REPLIES, SALES
from models.rules.lifecycle import State
from models.rules.rows import HandoffRow, LeadRow, PromiseRow
from models.rules.terms import Terms
from models.storage.promises import NEXT
from models.storage.tables import Handoff, Lead, Promise, table


def _columns(model: type[SQLModel], row: Any) -> tuple[sa.Column[Any], ...]:
    """Returns the columns of a table in the order of its row. Raises LookupError, which names what is missing."""
    columns = table(model).c
    if missing := [name for name in row._fields if name not in columns]:
        raise LookupError(f"{row.__name__} has {', '.join(missing)}; {model.__name__} (models/storage/tables/) has not")
    return tuple(columns[name] for name in row._fields)


# The columns of a handoff, of a lead, and of a promise, in the order of their rows.
HANDOFF = _columns(Handoff, HandoffRow)
LEAD = _columns(Lead, LeadRow)
PROMISE = _columns(Promise, PromiseRow)
# Handoffs for a list, each with its lead and the promise on the next move.
LISTED = (
    sa.select(*HANDOFF, *LEAD, *PROMISE)
    .join_from(table(Handoff), table(Lead), table(Lead).c.id == table(Handoff).c.lead_id)
    .outerjoin(table(Promise), NEXT)
)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A handoff, its lead, and what somebody owes about it now. `promises` are those that are live, or that on the next
    move alone."""

    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...] = ()

    @property
    def next_move(self) -> PromiseRow | None:
        """Returns the promise of the handoff's owner. None after the handoff has ended."""
        return next((one for one in self.promises if one.what in SALES), None)

    @property
    def due_at(self) -> datetime | None:
        """Returns by when the owner owes the next move."""
        return self.next_move.due_at if self.next_move else None

    @property
    def reply(self) -> PromiseRow | None:
        """Returns marketing's promise to answer a rejection, until it is kept."""
        return next((one for one in self.promises if one.what in REPLIES), None)

    @property
    def id(self) -> int:
        return self.handoff.id

    @property
    def number(self) -> int:
        return self.handoff.number


def listed(columns: Sequence[Any]) -> Listed:
    """Returns a handoff with its lead and the promise on the next move, of which these columns (LISTED) were read."""
    handoff, rest = columns[: len(HANDOFF)], columns[len(HANDOFF) :]
    lead, promise = rest[: len(LEAD)], rest[len(LEAD) : len(LEAD) + len(PROMISE)]
    promises = (PromiseRow._make(promise),) if promise[0] is not None else ()
    return Listed(handoff=HandoffRow._make(handoff), lead=LeadRow._make(lead), promises=promises)


@dataclass(frozen=True, kw_only=True)
class HandoffBrief(Listed):
    """A handoff and its lead, under the terms in force. `line` is the ledger line of what the caller just did. Undo
    takes it to undo that."""

    terms: Terms
    line: int | None = None

    @property
    def state(self) -> State:
        return self.handoff.state
