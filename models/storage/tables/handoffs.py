"""Leads, and their handoffs."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.rows import LeadKeyKind
from models.storage.tables.columns import EnumText, enum, id_field, moment, partial

# SQL condition: the handoff has not ended. The partial indexes use the same text.
OPEN = f"state IN ({', '.join(repr(state.value) for state in OPEN_STATES)})"
# SQL condition: marketing owes an answer to a rejection.
UNANSWERED = "state = 'rejected' AND answered_at IS NULL"


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
    leads that were last found lost, at `lost_at`: see models/rules/lost.py."""

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

    The next move: `owner` owes it since `step_at`. The owner gets a reminder at `remind_at` and is late from `due_at`
    on, and a manager hears at `escalate_at`. After a rejection, the person who flagged the lead owes an answer by
    `answer_due_at`. Everything that came up before `next_nudge_at` has been said to the people concerned.

    The measures: `response` is sales' first answer (accept or reject). `accept_seconds` and `contact_seconds` are
    business seconds of the person who owed the step. `accept_due_at` and `contact_due_at` are the deadlines that were
    promised first, and decide whether the promises were kept. `speed_seconds` is the customer's view: elapsed seconds
    from flag to first contact.
    """

    __table_args__ = (
        partial("uq_handoff_open_lead", "lead_id", where=OPEN, unique=True),
        partial("ix_handoff_open", "workspace_id", "owner", "state", where=OPEN),
        sa.Index("uq_handoff_number", "workspace_id", "number", unique=True),
        partial("ix_handoff_due", "next_nudge_at", where=OPEN),
        partial("ix_handoff_reply_due", "next_nudge_at", where=UNANSWERED),
        sa.Index("ix_handoff_flagged", "workspace_id", "flagged_at"),
        sa.Index("ix_handoff_responded", "workspace_id", "responded_at"),
        sa.Index("ix_handoff_contacted", "workspace_id", "contacted_at"),
        sa.Index("ix_handoff_accept_due", "workspace_id", "accept_due_at"),
        sa.Index("ix_handoff_contact_due", "workspace_id", "contact_due_at"),
        partial("ix_handoff_answer_due", "workspace_id", "answer_due_at", where="answer_due_at IS NOT NULL"),
        sa.Index("ix_handoff_qualified", "workspace_id", "qualified_at"),
        sa.Index("ix_handoff_closed", "workspace_id", "closed_at"),
        sa.Index("ix_handoff_lead", "lead_id"),
        partial("ix_handoff_unanswered", "workspace_id", "flagged_by", where=UNANSWERED),
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
    step_at: datetime | None = moment()
    remind_at: datetime | None = moment()
    due_at: datetime | None = moment()
    escalate_at: datetime | None = moment()
    next_nudge_at: datetime | None = moment()

    accept_due_at: datetime | None = moment()
    responded_at: datetime | None = moment()
    response: str | None = None
    accept_seconds: int | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = moment()
    contact_due_at: datetime | None = moment()
    contacted_at: datetime | None = moment()
    contact_seconds: int | None = None
    speed_seconds: int | None = None
    attempts: int = 0

    reason: str | None = None
    reason_note: str = ""
    rejected_by: str | None = None
    contested: bool = False
    ruled: bool = False
    answered_at: datetime | None = moment()
    answer_due_at: datetime | None = moment()

    qualified_at: datetime | None = moment()
    value_cents: int | None = Field(default=None, sa_type=sa.BigInteger)
    currency: str = ""
    expected_close: date | None = None
    closed_at: datetime | None = moment()

    moved: Move = enum(Move)
    moved_by: str
    moved_at: datetime = moment(nullable=False)
    voided: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
