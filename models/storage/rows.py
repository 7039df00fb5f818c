"""Between typed rows (`models/rules/rows.py`) and the tables: what a read gives as a row, and a row as the database
takes it."""

from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from models.rules.ladders import Hearer, What
from models.rules.lifecycle import Move, State
from models.rules.rows import HandoffRow, LeadRow, Part, PromiseRow, PromiseState, Release, StepAt
from models.storage.tables import Handoff, Lead, Promise
from models.storage.tables.columns import as_read

Row = TypeVar("Row", LeadRow, HandoffRow, PromiseRow)


def handoff_row(handoff: Handoff) -> HandoffRow:
    """Returns a handoff that was read, as a row."""
    row = HandoffRow._make(getattr(handoff, name) for name in HandoffRow._fields)
    return row._replace(state=State(row.state), moved=Move(row.moved))


def lead_row(lead: Lead) -> LeadRow:
    """Returns a lead that was read, as a row."""
    return LeadRow._make(getattr(lead, name) for name in LeadRow._fields)


def promise_row(promise: Promise) -> PromiseRow:
    """Returns a promise that was read, as a row."""
    row = PromiseRow._make(getattr(promise, name) for name in PromiseRow._fields)
    return row._replace(
        what=What(row.what),
        state=PromiseState(row.state),
        part=Part(row.part) if row.part else None,
        steps=tuple(StepAt(datetime.fromisoformat(at), tuple(map(Hearer, hear))) for at, *hear in promise.steps),
        released=Release(row.released) if row.released else None,
    )


def as_handoff(row: HandoffRow) -> Handoff:
    """Returns the object that a read of this row would give."""
    return as_read(Handoff, stored(row))


def as_lead(row: LeadRow) -> Lead:
    """Returns the object that a read of this row would give."""
    return as_read(Lead, stored(row))


def stored(row: HandoffRow | LeadRow | PromiseRow) -> dict[str, Any]:
    """Returns the columns of a row with the values that the database takes."""
    return {name: _value(value) for name, value in zip(row._fields, row, strict=True)}


def different(was: Row, now: Row) -> dict[str, Any]:
    """Returns the columns in which `now` is not as it was, with the values that the database takes."""
    return {
        name: _value(after)
        for name, before, after in zip(was._fields, was, now, strict=True)
        if before is not after and before != after
    }


def _value(value: object) -> object:
    if isinstance(value, tuple):  # the steps of a promise
        return [[step.at.isoformat(), *(hearer.value for hearer in step.hear)] for step in value]
    return value.value if isinstance(value, Enum) else value
