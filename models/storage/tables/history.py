"""What happened to a handoff, and what people said about it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.rules.lifecycle import Move, State
from models.storage.tables.columns import enum, id_field, moment, partial


class LedgerEntry(SQLModel, table=True):
    """One ledger line: one thing that happened to a handoff. Lines are only added: the database refuses to change or
    remove one. `version` is the handoff's after it: a handoff has one line for each of its versions. `before` holds the
    earlier values, as models/rules/undoing.py keeps them. `undoes` is the id of the line that this one undoes."""

    __tablename__ = "ledger"
    __table_args__ = (
        sa.Index("uq_ledger_version", "handoff_id", "version", unique=True),
        sa.Index("ix_ledger_actor", "workspace_id", "actor", "at"),
        partial("ix_ledger_undoes", "undoes", where="undoes IS NOT NULL"),
    )

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    handoff_id: int = id_field(foreign_key="handoff.id")
    version: int = Field(sa_column_kwargs={"server_default": "0"})
    at: datetime = moment(nullable=False)
    actor: str
    move: Move = enum(Move)
    state: State = enum(State)
    owner: str | None = None
    reason: str | None = None
    note: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    before: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True), nullable=True)
    undoes: int | None = id_field(nullable=True)


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
