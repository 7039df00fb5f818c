"""What happened to a handoff, and what people said about it."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.rules.lifecycle import Move, State
from models.rules.rows import LineKind
from models.storage.tables.columns import EnumText, PromisesSaid, enum, id_field, moment, partial

# SQL condition: the line of a move has everything that a move says.
MOVE_IS_WHOLE = (
    "kind <> 'move' OR (handoff_id IS NOT NULL AND version IS NOT NULL AND move IS NOT NULL AND state IS NOT NULL)"
)


class LedgerEntry(SQLModel, table=True):
    """One ledger line: one thing that happened. Lines are only added: the database refuses to change or remove one.

    The line of a move has the handoff's `version` after it: a handoff has one line for each of its versions. Lines of
    the other kinds change nothing of a handoff: they have no version, and say in `detail` what happened (see
    `LineKind`). Those about no handoff have no `handoff_id`. `before` holds the earlier values, as
    models/rules/undoing.py keeps them. `undoes` is the id of the line that this one undoes.

    The line of a move says how the handoff is after it (`state`, `owner`, `value_cents` in `currency`, `expected_close`
    and `attempts`) and which `promises` it began, kept, released or put back. So models/rules/replay.py knows from
    lines alone how a handoff stands. Lines of Baton 0.1 do not say as much (their `attempts` is NULL). The line with
    the move STOOD, which the migration added to each handoff, does.

    No text that a person typed and no field of a lead stands here: they stand in `LedgerText`. `text_hash` is the
    SHA-256 of its salt and text (NULL: the line has no text)."""

    __tablename__ = "ledger"
    __table_args__ = (
        sa.Index("uq_ledger_version", "handoff_id", "version", unique=True),
        sa.Index("ix_ledger_actor", "workspace_id", "actor", "at"),
        partial("ix_ledger_undoes", "undoes", where="undoes IS NOT NULL"),
        sa.CheckConstraint(MOVE_IS_WHOLE, name="ck_ledger_move"),
    )

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    kind: LineKind = Field(
        default=LineKind.MOVE, sa_type=EnumText(LineKind), sa_column_kwargs={"server_default": "move"}
    )
    handoff_id: int | None = id_field(foreign_key="handoff.id", nullable=True)
    version: int | None = None
    at: datetime = moment(nullable=False)
    actor: str
    move: Move | None = enum(Move, nullable=True)
    state: State | None = enum(State, nullable=True)
    owner: str | None = None
    reason: str | None = None
    value_cents: int | None = Field(default=None, sa_type=sa.BigInteger)
    currency: str = Field(default="", sa_column_kwargs={"server_default": ""})
    expected_close: date | None = None
    attempts: int | None = None
    promises: tuple[Any, ...] = Field(
        default=(), sa_type=PromisesSaid, sa_column_kwargs={"server_default": sa.text("'[]'")}
    )
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True), nullable=True)
    undoes: int | None = id_field(nullable=True)
    text_hash: str | None = None


class LedgerText(SQLModel, table=True):
    """The texts of the ledger line with this id: what people typed, and fields of the lead. These are the note, the
    texts before and after an edit, and the earlier values of the lead and of the handoff's words. `text` is JSON with
    sorted names and without spaces. `salt` is random. A row may be deleted, which erases the texts. The database
    refuses to change one."""

    __tablename__ = "ledger_text"

    id: int = id_field(primary_key=True, foreign_key="ledger.id")
    salt: str
    text: str


class Feedback(SQLModel, table=True):
    """A reaction with a meaning. `event_at` orders the chat's events: an older event never replaces a newer one."""

    __table_args__ = (sa.Index("ix_feedback_at", "workspace_id", "at"),)

    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = id_field(primary_key=True, foreign_key="handoff.id")
    person: str = Field(primary_key=True)
    reaction: str = Field(primary_key=True)
    meaning: str
    given: bool
    event_at: str
    at: datetime = moment(nullable=False)


class Comment(SQLModel, table=True):
    """A reply in the thread of a card, by its timestamp in the chat. `event_at` orders the chat's events: an older
    event changes nothing. The row of a deleted reply stays, without its text, so that a late copy does not bring the
    reply back."""

    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = id_field(primary_key=True, foreign_key="handoff.id")
    ts: str = Field(primary_key=True)
    person: str
    text: str
    deleted: bool = False
    event_at: str
    at: datetime = moment(nullable=False)
