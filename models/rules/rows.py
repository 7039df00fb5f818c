"""Rows that decisions read and return, one immutable type for each way to write. Pure.

A row that is stored as it is has the names and the types of its table's columns (`models/storage/tables`); a test
compares them. So mypy finds a misspelled field, and a rule can say with `_replace` what is different afterwards. Other
rows say what changes: `models/storage/change.py` has a statement for each.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, TypedDict

from models.errors import PersonId
from models.rules.ladders import Hearer, What
from models.rules.lifecycle import OPEN_STATES, Move, Standing, State

# The id of a promise that begins with a decision, until the decision gets its ids.
NOT_STORED = 0
# The number of a handoff that is not stored yet: the database counts.
NOT_NUMBERED = 0
# The largest number that a handoff can have.
LARGEST_NUMBER = 2**31 - 1
# The ids that the program makes: see models/storage/ids.py. A handoff from before that has its number as its id.
SMALLEST_ID, LARGEST_ID = 10**15, 2**63 - 1
# What a ledger line says beside its columns, as JSON keeps it.
Detail = Mapping[str, Any]
NO_DETAIL: Detail = MappingProxyType({})
Value = str | int | bool | None
# Columns of a row by name, as JSON keeps them. Moments and days are in ISO format.
Columns = Mapping[str, Value]
NOTHING: Columns = MappingProxyType({})


class CarriedId(int):
    """An id that a button or a form carries along. It names by id even if it is as small as a number. (After a backup
    was restored, a new handoff may have the number that is the id of an unknown one.)"""


class LeadKeyKind(StrEnum):
    """What a lead can be known by."""

    EMAIL = "email"


class LeadRow(NamedTuple):
    """A lead. The table `Lead` explains each field."""

    id: int
    workspace_id: str
    version: int
    email: str
    email_key: str
    name: str
    company: str
    nurture_until: datetime | None
    archived: bool
    search_text: str | None
    created_at: datetime

    title: str = ""
    phone: str = ""
    website: str = ""
    employees: int | None = None


class HandoffRow(NamedTuple):
    """A handoff. The table `Handoff` explains each field."""

    id: int
    workspace_id: str
    number: int
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
    def open_owner(self) -> PersonId | None:
        """Returns who owes the next move, or None after the handoff has ended."""
        return self.owner if self.state in OPEN_STATES else None


class PromiseState(StrEnum):
    # Somebody owes what was promised.
    RUNNING = "running"
    KEPT = "kept"
    RELEASED = "released"


class Part(StrEnum):
    """A part that owes a promise, if no person does."""

    MANAGERS = "managers"


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
        return self.state is PromiseState.RUNNING


def standing(handoff: HandoffRow) -> Standing:
    """Returns what the lifecycle needs to know about a handoff."""
    return Standing(
        number=handoff.number,
        state=handoff.state,
        owner=PersonId(handoff.owner) if handoff.owner else None,
        flagged_by=PersonId(handoff.flagged_by),
        moved=handoff.moved,
        moved_by=PersonId(handoff.moved_by),
        moved_at=handoff.moved_at,
        contested=handoff.contested,
        ruled=handoff.ruled,
    )


class Before(NamedTuple):
    """The values before a ledger line: the columns that it changed, of the handoff, of the lead, and of each promise by
    its id. All promises that were live are there, those that it left as they were without columns. So a live promise
    that is missing began with the line. `promises` is None in lines of Baton 0.1, which had none. `new_address`: nobody
    was known by the lead's address until this line gave it to a known lead."""

    handoff: Columns = NOTHING
    lead: Columns = NOTHING
    promises: Mapping[int, Columns] | None = None
    new_address: bool = False

    def as_json(self) -> "BeforeSaid":
        said: BeforeSaid = {"handoff": dict(self.handoff)} if self.handoff else {}
        if self.lead:
            said["lead"] = dict(self.lead)
        if self.promises is not None:
            said["promises"] = {str(promise): dict(columns) for promise, columns in self.promises.items()}
        if self.new_address:
            said["new_address"] = True
        return said


class BeforeSaid(TypedDict, total=False):
    """The same as JSON keeps it. What is empty is left out."""

    handoff: Columns
    lead: Columns
    promises: Mapping[str, Columns]
    new_address: bool


def before_of(said: BeforeSaid) -> Before:
    """Returns what `as_json` made."""
    promises = said.get("promises")
    return Before(
        handoff=said.get("handoff", NOTHING),
        lead=said.get("lead", NOTHING),
        promises={int(promise): columns for promise, columns in promises.items()} if promises is not None else None,
        new_address=said.get("new_address", False),
    )


class Promised(NamedTuple):
    """What a ledger line says of a promise that it began, kept, released or put back: how it is afterwards."""

    id: int
    handoff_id: int
    what: What
    state: PromiseState
    owner: PersonId | None = None
    part: Part | None = None
    due_at: datetime | None = None
    first_due_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return self.state is PromiseState.RUNNING


def promised(promise: PromiseRow) -> Promised:
    """Returns what a ledger line says of this promise."""
    return Promised(
        id=promise.id,
        handoff_id=promise.handoff_id,
        what=promise.what,
        state=promise.state,
        owner=promise.owner,
        part=promise.part,
        due_at=promise.due_at,
        first_due_at=promise.first_due_at,
    )


class LineKind(StrEnum):
    """What a ledger line is about."""

    # Somebody made a move. The line is a `LedgerRow`, all others are a `HappeningRow`.
    MOVE = "move"
    # A person gave feedback by a reaction, or took it back. Detail: reaction, meaning, event_at.
    FEEDBACK = "feedback"
    FEEDBACK_WITHDRAWN = "feedback withdrawn"
    # A person replied in the thread of a card, or edited or deleted the reply. Detail: ts of the reply, event_at.
    COMMENT = "comment"
    COMMENT_EDITED = "comment edited"
    COMMENT_DELETED = "comment deleted"
    # A version of the agreement was put in force. Detail: version.
    AGREEMENT = "agreement"
    # A person was reminded of a promise: the chat took the message. Detail: to (the person), what (was promised), why
    # (as models/rules/nudging.py says; None if an earlier version of Baton added the message), due_at.
    REMINDER = "reminder"


class LedgerRow(NamedTuple):
    """The ledger line of a move, with its texts. The tables `LedgerEntry` and `LedgerText` explain each field."""

    id: int
    workspace_id: str
    handoff_id: int
    at: datetime
    actor: PersonId
    version: int
    move: Move
    state: State
    owner: PersonId | None
    reason: str | None = None
    value_cents: int | None = None
    currency: str = ""
    expected_close: date | None = None
    attempts: int | None = None
    promises: tuple[Promised, ...] = ()
    undoes: int | None = None
    note: str = ""
    detail: Detail = NO_DETAIL
    before: Before | None = None


class HappeningRow(NamedTuple):
    """The ledger line of something that is no move, with its text. It leaves every handoff as it stands."""

    id: int
    workspace_id: str
    handoff_id: int | None
    at: datetime
    actor: PersonId
    kind: LineKind
    detail: Detail
    note: str = ""


def line_of(handoff: HandoffRow, move: Move, *, id: int, by: PersonId, at: datetime) -> LedgerRow:  # noqa: A002 - the column
    """Returns the ledger line that says that `by` made this move, after which the handoff is as this row."""
    return LedgerRow(
        id=id,
        workspace_id=handoff.workspace_id,
        handoff_id=handoff.id,
        version=handoff.version,
        at=at,
        actor=by,
        move=move,
        state=handoff.state,
        owner=handoff.owner,
        value_cents=handoff.value_cents,
        currency=handoff.currency,
        expected_close=handoff.expected_close,
        attempts=handoff.attempts,
    )


class ReceiptRow(NamedTuple):
    """A delivery that was answered: with this handoff, or with a refusal (None)."""

    workspace_id: str
    key: str
    handoff_id: int | None
    at: datetime


class NewPerson(NamedTuple):
    """A person who takes part from now on. Changes nothing if they are known."""

    workspace_id: str
    id: str


class PeopleChanged(NamedTuple):
    """A new stamp, by which every process notices that it has to read the people again."""

    workspace_id: str
    people_stamp: str


class LeadChanged(NamedTuple):
    """A lead as it is now. Its version is the next one after that which the decision used."""

    lead: LeadRow


class LeadKeyRow(NamedTuple):
    """From now on the lead is known by this key. A key belongs to one lead."""

    workspace_id: str
    kind: LeadKeyKind
    key: str
    lead_id: int


class KeyFreed(NamedTuple):
    """The lead is not known by this key any more."""

    workspace_id: str
    kind: LeadKeyKind
    key: str
    lead_id: int


class Moved(NamedTuple):
    """A handoff as it was when the decision read it, and as it is now. Its version now is the next one."""

    was: HandoffRow
    now: HandoffRow


class PromiseChanged(NamedTuple):
    """A promise as it was when the decision read it, and as it is now: kept, released, or put back."""

    was: PromiseRow
    now: PromiseRow


class FeedbackRow(NamedTuple):
    """A reaction with a meaning, given or withdrawn. The table `Feedback` explains each field."""

    workspace_id: str
    handoff_id: int
    person: str
    reaction: str
    meaning: str
    given: bool
    event_at: str
    at: datetime


class FeedbackChanged(NamedTuple):
    """A reaction as it was when the decision read it, and as it is after a newer event."""

    was: FeedbackRow
    now: FeedbackRow


class CommentRow(NamedTuple):
    """A reply in the thread of a card. The table `Comment` explains each field."""

    workspace_id: str
    handoff_id: int
    ts: str
    person: str
    text: str
    deleted: bool
    event_at: str
    at: datetime


class CommentChanged(NamedTuple):
    """A reply as it was when the decision read it, and as it is after a newer event."""

    was: CommentRow
    now: CommentRow


class TextDeleted(NamedTuple):
    """The ledger line with this id has no texts any more."""

    id: int


class ShownAgain(NamedTuple):
    """Every message that shows this handoff follows it, reminders too. What could not be shown is tried again."""

    handoff_id: int
    at: datetime


class LeadShownAgain(NamedTuple):
    """The same for the handoffs of a lead that have this number or a later one."""

    lead_id: int
    since: int
    at: datetime


class MessageWanted(NamedTuple):
    """A message that the chat should show from `due_at` on. If it is there already, it follows the facts."""

    workspace_id: str
    key: str
    kind: str
    lane: str
    handoff_id: int | None
    due_at: datetime
    at: datetime


# What a change writes.
Row = (
    ReceiptRow
    | NewPerson
    | PeopleChanged
    | LeadRow
    | LeadChanged
    | LeadKeyRow
    | KeyFreed
    | HandoffRow
    | Moved
    | PromiseRow
    | PromiseChanged
    | LedgerRow
    | HappeningRow
    | TextDeleted
    | FeedbackRow
    | FeedbackChanged
    | CommentRow
    | CommentChanged
    | ShownAgain
    | LeadShownAgain
    | MessageWanted
)
