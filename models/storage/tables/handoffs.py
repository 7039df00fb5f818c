"""Leads, their handoffs, and what is promised about these."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.rules.ladders import What
from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.rows import LeadKeyKind, Part, PromiseState, Release, StepAt
from models.storage.tables.columns import EnumText, Steps, enum, id_field, moment, partial

# SQL condition: the handoff has not ended. The partial indexes use the same text, without the table's name.
OPEN = f"handoff.state IN ({', '.join(repr(state.value) for state in OPEN_STATES)})"
# SQL conditions: somebody owes the promise; and its time runs. Nothing pauses a promise, but the partial indexes were
# made with this text, which a query has to have to use them.
LIVE = "promise.state IN ('running', 'paused')"
RUNNING = "promise.state = 'running'"


class Lead(SQLModel, table=True):
    """A person at a company who showed interest. `LeadKey` has the addresses by which Baton knows the lead.
    `search_text`: see models/handoffs/search.py. `version` grows with each change. A change succeeds only if the lead
    still has the version that the decision used."""

    __table_args__ = (sa.UniqueConstraint("workspace_id", "email_key", name="uq_lead_email"),)

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    email: str
    email_key: str
    name: str
    company: str
    title: str = ""
    phone: str = ""
    website: str = ""
    employees: int | None = None
    nurture_until: datetime | None = moment()
    archived: bool = False
    search_text: str | None = None
    created_at: datetime = moment(nullable=False)


class LeadKey(SQLModel, table=True):
    """A key by which Baton knows a lead: its present e-mail address, or one that it had before it was corrected. Nobody
    else in the workspace can have it. Whoever is flagged with it is that lead."""

    __tablename__ = "lead_key"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    kind: LeadKeyKind = Field(sa_type=EnumText(LeadKeyKind), primary_key=True)
    key: str = Field(primary_key=True)
    lead_id: int = id_field(foreign_key="lead.id")


class Counter(SQLModel, table=True):
    """The latest number that a handoff of the workspace got. The numbers from `lost_from` to `lost_to` are those of the
    unknown leads that were last found, at `lost_at`: see models/rules/unknown_leads.py."""

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    handoffs: int
    lost_from: int | None = None
    lost_to: int | None = None
    lost_at: datetime | None = moment()


class RepLoad(SQLModel, table=True):
    """What routing knows of a person: how many open handoffs they own, and the number of the latest handoff that was
    offered to them (0: none). Follows from the handoffs. It is kept so that routing need not count."""

    __tablename__ = "rep_load"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    person: str = Field(primary_key=True)
    open_handoffs: int
    last_turn: int


class Handoff(SQLModel, table=True):
    """One handover of a lead from marketing to sales. People see its `number`, which counts within the workspace.

    `version` grows with each move. A write of a move succeeds only if the handoff still has the version that the
    decision used. `voided`: the lead was flagged by mistake, and the flag was undone, so nothing counts the handoff.

    `owner` has the handoff and owes the next move. By when, and what else is promised about it, is in `Promise`.
    `response` is sales' first answer (accept or reject). `speed_seconds` is the customer's view: elapsed seconds from
    flag to first contact.
    """

    __table_args__ = (
        partial("uq_handoff_open_lead", "lead_id", where=OPEN, unique=True),
        partial("ix_handoff_open", "workspace_id", "owner", "state", where=OPEN),
        sa.Index("uq_handoff_number", "workspace_id", "number", unique=True),
        sa.Index("ix_handoff_flagged", "workspace_id", "flagged_at"),
        sa.Index("ix_handoff_contacted", "workspace_id", "contacted_at"),
        sa.Index("ix_handoff_qualified", "workspace_id", "qualified_at"),
        sa.Index("ix_handoff_closed", "workspace_id", "closed_at"),
        sa.Index("ix_handoff_lead", "lead_id"),
    )

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    number: int = Field(sa_column_kwargs={"server_default": "0"})
    lead_id: int = id_field(foreign_key="lead.id")
    follows: int | None = id_field(nullable=True)
    agreement_version: int
    state: State = enum(State)
    version: int = 1

    flagged_by: str
    flagged_at: datetime = moment(nullable=False)
    source: str = ""
    campaign: str = ""
    score: int | None = None
    why_now: str = ""

    owner: str | None = None
    offered_to: str

    response: str | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = moment()
    contacted_at: datetime | None = moment()
    speed_seconds: int | None = None
    attempts: int = 0

    reason: str | None = None
    reason_note: str = ""
    rejected_by: str | None = None
    contested: bool = False
    ruled: bool = False

    qualified_at: datetime | None = moment()
    value_cents: int | None = Field(default=None, sa_type=sa.BigInteger)
    currency: str = ""
    expected_close: date | None = None
    closed_at: datetime | None = moment()

    moved: Move = enum(Move)
    moved_by: str
    moved_at: datetime = moment(nullable=False)
    voided: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class Promise(SQLModel, table=True):
    """What somebody promised about a handoff.

    `owner` owes it, or a `part` (managers) if no person does. It runs since `since`, in the business time of
    `hours_of` (None: in that of the agreement), and is due at `due_at` (None: no time was agreed on). At `away_until`
    ends an absence that was known when the promise began, which counts neither for when it is due nor for how long it
    took. `promised_seconds` is the business time that was promised (None: it ends at a moment of its own).

    `first_due_at` decides whether the promise was kept in time: the time by which the team first promised it. To hand a
    lead on releases the owner's promise and begins another one, which keeps this time.

    `steps` are the moments of its ladder, each with who hears. Everything that came up before `next_step_at` has been
    said (None: nothing is left to say). `broken_at` is set once Baton has spoken of the lateness, or the promise ended
    late. A broken promise runs on until it is kept or released. `kept_at` is set also if that was late.
    `taken_seconds` is the business time to there. `released` says why nobody owes it any more.
    """

    __table_args__ = (
        partial("uq_promise_live", "handoff_id", "what", where=LIVE, unique=True),
        partial("ix_promise_step", "next_step_at", where=RUNNING),
        partial("ix_promise_owed", "workspace_id", "what", "owner", where=LIVE),
        sa.Index("ix_promise_first_due", "workspace_id", "what", "first_due_at"),
        sa.Index("ix_promise_kept", "workspace_id", "what", "kept_at"),
    )

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = id_field(foreign_key="handoff.id")
    what: What = enum(What)
    state: PromiseState = enum(PromiseState)

    owner: str | None = None
    part: Part | None = enum(Part, nullable=True)
    since: datetime = moment(nullable=False)
    hours_of: str | None = None
    away_until: datetime | None = moment()
    promised_seconds: int | None = None
    due_at: datetime | None = moment()
    first_due_at: datetime | None = moment()
    steps: tuple[StepAt, ...] = Field(default=(), sa_type=Steps)
    next_step_at: datetime | None = moment()

    broken_at: datetime | None = moment()
    kept_at: datetime | None = moment()
    taken_seconds: int | None = None
    released: Release | None = enum(Release, nullable=True)
