"""Rows that decisions read and return: the lead, the handoff, its promises, and the ledger line, one immutable type
each. Pure.

A field has the name and the type of its column in `models/storage/tables`; a test compares them. So mypy finds a
misspelled field, and a rule can say with `_replace` what is different afterwards. A row that the database has not
stored yet has the id NOT_STORED.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from models.errors import PersonId
from models.rules.ladders import Hearer, What
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
    response: str | None = None
    accepted_by: PersonId | None = None
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    speed_seconds: int | None = None
    attempts: int = 0

    reason: str | None = None
    reason_note: str = ""
    rejected_by: PersonId | None = None
    contested: bool = False
    ruled: bool = False

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


class PromiseState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    RELEASED = "released"


# The states in which somebody owes what was promised.
LIVE_STATES = (PromiseState.RUNNING, PromiseState.PAUSED)


class Part(StrEnum):
    """A part that owes a promise, if no person does."""

    MANAGERS = "managers"
    POOL = "pool"


class Release(StrEnum):
    """Why nobody owes a promise any more that was not kept. No report counts it."""

    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    HANDED_ON = "handed on"
    OVERTURNED = "overturned"
    UNDONE = "undone"


class StepAt(NamedTuple):
    """A step of a promise's ladder: from `at` on these hear of it."""

    at: datetime
    hear: tuple[Hearer, ...]


class PromiseRow(NamedTuple):
    """A promise about a handoff. The table `Promise` explains each field."""

    id: int
    workspace_id: str
    handoff_id: int
    what: What
    since: datetime
    state: PromiseState = PromiseState.RUNNING

    owner: PersonId | None = None
    part: Part | None = None
    hours_of: PersonId | None = None
    away_until: datetime | None = None
    promised_seconds: int | None = None
    due_at: datetime | None = None
    first_due_at: datetime | None = None
    steps: tuple[StepAt, ...] = ()
    next_step_at: datetime | None = None

    broken_at: datetime | None = None
    kept_at: datetime | None = None
    taken_seconds: int | None = None
    released: Release | None = None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES


class Before(BaseModel):
    """The values before a ledger line: the columns that it changed, of the handoff, of the lead, and of each promise by
    its id. All promises that were live are there, those that it left as they were without columns. So a live promise
    that is missing began with the line. `promises` is None in lines of Baton 0.1, which had none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    handoff: Columns = {}
    lead: Columns = {}
    promises: Mapping[int, Columns] | None = None

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
