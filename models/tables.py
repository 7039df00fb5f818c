"""The tables. Every row but the heartbeat belongs to one workspace; all times are aware and in UTC.

Rows of facts (lead, handoff, ledger, feedback, comment) and rows of work to do (outbox, receipt, digest_run) are apart.
Partial indexes name their states as literals, so that queries that name them the same way can use them.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from models.callers import PersonKind
from models.lifecycle import OPEN_STATES

Model = TypeVar("Model", bound=SQLModel)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. A naive one is refused at the door."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored moment must be aware, got {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(*, nullable: bool = True) -> Any:
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, nullable=nullable)


OPEN = f"state IN ({', '.join(repr(state.value) for state in OPEN_STATES)})"
"""SQL: the handoff has not ended. The same words stand in the partial indexes."""
LARGEST_NUMBER = 2**31 - 1
"""The largest number a handoff can have; to ask the database for a larger one, typed by a person, is an error."""
UNANSWERED = "state = 'rejected' AND answered_at IS NULL"
"""SQL: marketing owes an answer to a rejection."""


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


class Workspace(SQLModel, table=True):
    """A chat workspace. `agreement_version` 0: none applied yet. `people_stamp` is another after each change to its
    people and groups; it is random, so that one that was rolled back is never taken for the next. `shut_out_at`, and
    why: since when the chat takes nothing from us there, as it took the token away. `url` is the
    workspace's own address, for links to its messages."""

    id: str = Field(primary_key=True)
    agreement_version: int = 0
    people_stamp: str = Field(default="", sa_column_kwargs={"server_default": ""})
    bot_user_id: str | None = None
    url: str | None = None
    app_id: str | None = None
    next_digest_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    roster_synced_at: datetime | None = moment()
    shut_out_at: datetime | None = moment()
    shut_out_why: str | None = None


class AgreementVersion(SQLModel, table=True):
    """One version of a workspace's agreement, as it was applied. Never changed afterwards."""

    __tablename__ = "agreement_version"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    document: dict[str, Any] = Field(sa_type=sa.JSON)
    applied_by: str
    applied_at: datetime = moment(nullable=False)


class Person(SQLModel, table=True):
    """Somebody of the workspace, as far as the chat told. What is unknown is empty and holds nothing up. `name` is what
    a mention of them shows, `real_name` and `handle` are the names that the chat keeps beside it."""

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    id: str = Field(primary_key=True)
    timezone: str | None = None
    name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    real_name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    handle: str = Field(default="", sa_column_kwargs={"server_default": ""})
    is_bot: bool = False
    deactivated: bool = False
    in_channel: bool = False
    away_until: datetime | None = moment()
    dm_channel: str | None = None
    synced_at: datetime | None = moment()
    kind: str | None = None
    is_admin: bool | None = None


class Colleague(NamedTuple):
    """A person as kept in memory: of a large company thousands, whose rows would take ten times as long to read."""

    id: str
    timezone: str | None = None
    name: str = ""
    real_name: str = ""
    handle: str = ""
    is_bot: bool = False
    deactivated: bool = False
    in_channel: bool = False
    away_until: datetime | None = None
    dm_channel: str | None = None
    synced_at: datetime | None = None
    kind: str | None = None
    is_admin: bool | None = None

    @property
    def is_what(self) -> PersonKind:
        if self.deactivated:
            return PersonKind.DEACTIVATED
        if self.is_bot:
            return PersonKind.BOT
        return PersonKind(self.kind) if self.kind else PersonKind.UNKNOWN


class UserGroup(SQLModel, table=True):
    """A user group that the agreement names, with its members as last seen."""

    __tablename__ = "user_group"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    id: str = Field(primary_key=True)
    members: list[str] = Field(sa_type=sa.JSON)
    synced_at: datetime = moment(nullable=False)


class Lead(SQLModel, table=True):
    """A person at a company who showed interest. One row per e-mail address and workspace, whatever the case of it.
    `search_text`: see models/search.py."""

    __table_args__ = (sa.UniqueConstraint("workspace_id", "email_key", name="uq_lead_email"),)

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
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

    @property
    def key(self) -> int:
        if self.id is None:
            raise ValueError("a lead has no key before it is stored")
        return self.id


class Handoff(SQLModel, table=True):
    """One passing of a lead from marketing to sales; its id is the number that people see.

    `version` grows with each move, and a move is written only where it finds the version it was decided on. `owner`
    owes the next move since `step_at`: they are reminded at `remind_at`, late from `due_at`, and a manager hears of it
    at `escalate_at`. Once it is rejected, whoever flagged it owes an answer by `answer_due_at`. All that came up before
    `next_nudge_at` has been said to whom it concerns. `response` is sales' first answer (accept or reject).
    `accept_seconds` and `contact_seconds` are business time of the person who was on the clock, `accept_due_at` and
    `contact_due_at` the promises that were made first, by which it is judged whether they were kept; `speed_seconds` is
    the customer's view, elapsed time from flag to first contact. One that is `voided` was
    flagged by mistake and taken back: it counts nowhere.
    """

    __table_args__ = (
        _partial("uq_handoff_open_lead", "lead_id", where=OPEN, unique=True),
        _partial("ix_handoff_open", "workspace_id", "owner", "state", where=OPEN),
        sa.Index("ix_handoff_offered", "workspace_id", "offered_to", "id"),
        _partial("ix_handoff_due", "next_nudge_at", where=OPEN),
        _partial("ix_handoff_reply_due", "next_nudge_at", where=UNANSWERED),
        sa.Index("ix_handoff_flagged", "workspace_id", "flagged_at"),
        sa.Index("ix_handoff_responded", "workspace_id", "responded_at"),
        sa.Index("ix_handoff_contacted", "workspace_id", "contacted_at"),
        sa.Index("ix_handoff_accept_due", "workspace_id", "accept_due_at"),
        sa.Index("ix_handoff_contact_due", "workspace_id", "contact_due_at"),
        _partial("ix_handoff_answer_due", "workspace_id", "answer_due_at", where="answer_due_at IS NOT NULL"),
        sa.Index("ix_handoff_qualified", "workspace_id", "qualified_at"),
        sa.Index("ix_handoff_closed", "workspace_id", "closed_at"),
        sa.Index("ix_handoff_lead", "lead_id"),
        _partial("ix_handoff_unanswered", "workspace_id", "flagged_by", where=UNANSWERED),
    )

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    lead_id: int = Field(foreign_key="lead.id")
    follows: int | None = None
    agreement_version: int
    state: str
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

    moved: str
    moved_by: str
    moved_at: datetime = moment(nullable=False)
    voided: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})

    @property
    def number(self) -> int:
        """What people call it: #42."""
        if self.id is None:
            raise ValueError("a handoff has no number before it is stored")
        return self.id


class LedgerEntry(SQLModel, table=True):
    """One thing that happened to a handoff. Only ever added: the database refuses to change or remove a row. `before`:
    how things were, as models/undoing.py keeps them; `undoes`: the line that this one takes back."""

    __tablename__ = "ledger"
    __table_args__ = (
        sa.Index("ix_ledger_handoff", "handoff_id", "id"),
        _partial("ix_ledger_undoes", "undoes", where="undoes IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = Field(foreign_key="handoff.id")
    at: datetime = moment(nullable=False)
    actor: str
    move: str
    state: str
    owner: str | None = None
    reason: str | None = None
    note: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True), nullable=True)
    undoes: int | None = None


class Feedback(SQLModel, table=True):
    """A reaction with a meaning. `event_at` is the chat's order of events: an older one never undoes a newer one."""

    __table_args__ = (sa.Index("ix_feedback_at", "workspace_id", "at"),)

    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = Field(primary_key=True, foreign_key="handoff.id")
    person: str = Field(primary_key=True)
    reaction: str = Field(primary_key=True)
    meaning: str
    given: bool
    event_at: str
    at: datetime = moment(nullable=False)


class Comment(SQLModel, table=True):
    """A reply in the thread of a card, by its timestamp in the chat. `event_at` is the chat's order of events: an older
    one changes nothing. A deleted one stays without its text, so that a late copy does not bring it back."""

    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = Field(primary_key=True, foreign_key="handoff.id")
    ts: str = Field(primary_key=True)
    person: str
    text: str
    deleted: bool = False
    event_at: str
    at: datetime = moment(nullable=False)


class Outbox(SQLModel, table=True):
    """A message that the chat should show: an intention, rendered from the facts of the moment in which it is sent.

    `wanted` grows with each change worth showing and `shown` follows it, so a burst of changes costs one edit;
    `wanted_at` is since when there is something to show, however often it was put off since. `token` is put in the
    message's metadata and found there after a crash. `fingerprint` is of what was shown last, so that an
    edit that would change nothing is not made. `uncertain`: a post may have happened without our
    having heard of it, in `channel` if one is named, else where the lane leads, and not before `tried_at` by the chat's
    own clock (None: not known). `lease` names the worker that holds the row until `leased_until`.
    """

    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "key", name="uq_outbox_key"),
        _partial("ix_outbox_pending", "due_at", where="state = 'pending'"),
        _partial("ix_outbox_dead", "workspace_id", where="state = 'dead'"),
        sa.Index("ix_outbox_message", "workspace_id", "channel", "ts"),
        sa.Index("ix_outbox_subject", "handoff_id"),
        sa.Index("ix_outbox_lane", "workspace_id", "lane", "kind", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    key: str
    kind: str
    lane: str
    handoff_id: int | None = Field(default=None, foreign_key="handoff.id")
    token: str
    state: str = "pending"
    wanted: int = 1
    shown: int = 0
    due_at: datetime = moment(nullable=False)
    wanted_at: datetime | None = moment()
    created_at: datetime = moment(nullable=False)
    channel: str | None = None
    ts: str | None = None
    uncertain: bool = False
    tried_at: datetime | None = moment()
    attempts: int = 0
    last_error: str = ""
    fingerprint: str = ""
    lease: str | None = None
    leased_until: datetime | None = moment()


class NudgeItem(SQLModel, table=True):
    """What a reminder is about: a handoff, and which promise on it, by the time at which that was due. `live`: the
    reminder says so still; once a newer one is there it is folded."""

    __tablename__ = "nudge_item"
    __table_args__ = (
        _partial("ix_nudge_item_live", "handoff_id", where="live"),
        sa.Index("ix_nudge_item_handoff", "handoff_id"),
    )

    outbox_id: int = Field(primary_key=True, foreign_key="outbox.id")
    handoff_id: int = Field(primary_key=True, foreign_key="handoff.id")
    workspace_id: str = Field(foreign_key="workspace.id")
    due_at: datetime = moment(nullable=False)
    live: bool = True


class Receipt(SQLModel, table=True):
    """Something that the chat delivered and that had its effect. A second copy of it has none."""

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    key: str = Field(primary_key=True)
    handoff_id: int | None = None
    at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)


class DigestRun(SQLModel, table=True):
    """A week's digest that was put in the outbox. The key makes it happen once."""

    __tablename__ = "digest_run"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    week: str = Field(primary_key=True)
    due_at: datetime = moment(nullable=False)
    ran_at: datetime = moment(nullable=False)


class Heartbeat(SQLModel, table=True):
    """The sign of life of the clock: it ran last at `beat_at`, and since `since` without a gap worth speaking of."""

    name: str = Field(primary_key=True)
    beat_at: datetime = moment(nullable=False)
    since: datetime = moment(nullable=False)


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a model, for statements that go without objects."""
    found = SQLModel.metadata.tables[str(model.__tablename__)]
    assert isinstance(found, sa.Table)  # noqa: S101 - narrows the type for the reader and the checker
    return found


def as_read(model: type[Model], columns: Mapping[str, Any]) -> Model:
    """The object that reading a row of these columns would give. SQLModel takes forty times as long to make one."""
    made: Model = sa.inspect(model).class_manager.new_instance()
    made.__dict__.update(columns)
    return made
