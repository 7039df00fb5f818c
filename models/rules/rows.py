"""Rows that decisions read and return: the lead, the handoff, and the ledger line, one immutable type each. Pure.

A field has the name and the type of its column in `models/storage/tables`; a test compares them. So mypy finds a
misspelled field, and a rule can say with `_replace` what is different afterwards. A row that the database has not
stored yet has the id NOT_STORED.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from models.errors import PersonId
from models.rules.lifecycle import Move, State

NOT_STORED = 0
# What a ledger line says beside its columns, as JSON keeps it.
Detail = Mapping[str, object]
NO_DETAIL: Detail = MappingProxyType({})
Value = str | int | bool | None
# Columns of a row by name, as JSON keeps them. Moments and days are in ISO format.
Columns = Mapping[str, Value]


class LeadRow(NamedTuple):
    """A lead. The table `Lead` explains each field."""

    id: int
    workspace_id: str
    email: str
    email_key: str
    name: str
    company: str
    title: str
    phone: str
    website: str
    employees: int | None
    nurture_until: datetime | None
    archived: bool
    search_text: str | None
    created_at: datetime


class Flagged(NamedTuple):
    """What the marketer says of this handover, and not of the lead."""

    source: str
    campaign: str
    score: int | None
    why_now: str


class HandoffRow(NamedTuple):
    """A handoff. The table `Handoff` explains each field."""

    id: int
    workspace_id: str
    lead_id: int
    agreement_version: int
    state: State
    version: int
    flagged_by: PersonId
    flagged_at: datetime
    offered_to: PersonId
    moved: Move
    moved_by: PersonId
    moved_at: datetime

    follows: int | None = None
    source: str = ""
    campaign: str = ""
    score: int | None = None
    why_now: str = ""

    owner: PersonId | None = None
    step_at: datetime | None = None
    remind_at: datetime | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None
    next_nudge_at: datetime | None = None

    accept_due_at: datetime | None = None
    responded_at: datetime | None = None
    response: str | None = None
    accept_seconds: int | None = None
    accepted_by: PersonId | None = None
    accepted_at: datetime | None = None
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    contact_seconds: int | None = None
    speed_seconds: int | None = None
    attempts: int = 0

    reason: str | None = None
    reason_note: str = ""
    rejected_by: PersonId | None = None
    contested: bool = False
    ruled: bool = False
    answered_at: datetime | None = None
    answer_due_at: datetime | None = None

    qualified_at: datetime | None = None
    value_cents: int | None = None
    currency: str = ""
    expected_close: date | None = None
    closed_at: datetime | None = None
    voided: bool = False

    @property
    def number(self) -> int:
        """The number that people use, as in #42."""
        return self.id


class Before(BaseModel):
    """The values before a ledger line: the columns that it changed, of the handoff, of the lead, and of the lead's
    other handoffs whose rejection it answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handoff: Columns = {}
    lead: Columns = {}
    answered: Mapping[int, Columns] = {}

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)


class LedgerRow(NamedTuple):
    """A line of the ledger, before the database gives it an id. The table `LedgerEntry` explains each field."""

    workspace_id: str
    handoff_id: int
    at: datetime
    actor: PersonId
    move: Move
    state: State
    owner: PersonId | None
    reason: str | None = None
    note: str = ""
    detail: Detail = NO_DETAIL
    before: Before | None = None
    undoes: int | None = None


def line_of(handoff: HandoffRow, move: Move, *, by: PersonId, at: datetime) -> LedgerRow:
    """Returns the ledger line that says that `by` made this move, after which the handoff is as this row."""
    return LedgerRow(
        workspace_id=handoff.workspace_id,
        handoff_id=handoff.id,
        at=at,
        actor=by,
        move=move,
        state=handoff.state,
        owner=handoff.owner,
    )
