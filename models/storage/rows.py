"""Between typed rows (`models/rules/rows.py`) and the tables: what a read gives as a row, and a row as the database
takes it."""

from enum import Enum
from typing import Any

from models.rules.lifecycle import Move, State
from models.rules.rows import HandoffRow, LeadRow
from models.storage.tables import Handoff, Lead
from models.storage.tables.columns import as_read


def handoff_row(handoff: Handoff) -> HandoffRow:
    """Returns a handoff that was read, as a row."""
    row = HandoffRow._make(getattr(handoff, name) for name in HandoffRow._fields)
    return row._replace(state=State(row.state), moved=Move(row.moved))


def lead_row(lead: Lead) -> LeadRow:
    """Returns a lead that was read, as a row."""
    return LeadRow._make(getattr(lead, name) for name in LeadRow._fields)


def as_handoff(row: HandoffRow) -> Handoff:
    """Returns the object that a read of this row would give."""
    return as_read(Handoff, stored(row))


def as_lead(row: LeadRow) -> Lead:
    """Returns the object that a read of this row would give."""
    return as_read(Lead, stored(row))


def stored(row: HandoffRow | LeadRow) -> dict[str, Any]:
    """Returns the columns of a row with the values that the database takes."""
    return {name: _value(value) for name, value in zip(row._fields, row, strict=True)}


def different(was: HandoffRow | LeadRow, now: HandoffRow | LeadRow) -> dict[str, Any]:
    """Returns the columns in which `now` is not as it was, with the values that the database takes."""
    return {
        name: _value(after)
        for name, before, after in zip(was._fields, was, now, strict=True)
        if before is not after and before != after
    }


def _value(value: object) -> object:
    return value.value if isinstance(value, Enum) else value
