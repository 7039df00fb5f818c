"""Rows that decisions read and return: the lead, the handoff, and the ledger line, one immutable type each. Pure.

A field has the name and the type of its column in `models/storage/tables`; a test compares them. So mypy finds a
misspelled field, and a rule can say with `_replace` what is different afterwards.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from models.errors import PersonId
from models.rules.lifecycle import Move, State
from models.rules.undoing import Before

Detail = Mapping[str, object]
"""What a ledger line says beside its columns, as JSON keeps it."""


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


class HandoffRow(NamedTuple):
    """A handoff. The table `Handoff` explains each field."""

    id: int
    workspace_id: str
    lead_id: int
    follows: int | None
    agreement_version: int
    state: State
    version: int

    flagged_by: PersonId
    flagged_at: datetime
    source: str
    campaign: str
    score: int | None
    why_now: str

    owner: PersonId | None
    offered_to: PersonId
    step_at: datetime | None
    remind_at: datetime | None
    due_at: datetime | None
    escalate_at: datetime | None
    next_nudge_at: datetime | None

    accept_due_at: datetime | None
    responded_at: datetime | None
    response: str | None
    accept_seconds: int | None
    accepted_by: PersonId | None
    accepted_at: datetime | None
    contact_due_at: datetime | None
    contacted_at: datetime | None
    contact_seconds: int | None
    speed_seconds: int | None
    attempts: int

    reason: str | None
    reason_note: str
    rejected_by: PersonId | None
    contested: bool
    ruled: bool
    answered_at: datetime | None
    answer_due_at: datetime | None

    qualified_at: datetime | None
    value_cents: int | None
    currency: str
    expected_close: date | None
    closed_at: datetime | None

    moved: Move
    moved_by: PersonId
    moved_at: datetime
    voided: bool

    @property
    def number(self) -> int:
        """The number that people use, as in #42."""
        return self.id


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
    detail: Detail = {}
    before: Before | None = None
    undoes: int | None = None
