"""Messages that the chat should show, and the items of reminders."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.rules.ladders import What
from models.rules.nudging import Why
from models.storage.tables.columns import enum, id_field, moment, partial


class Outbox(SQLModel, table=True):
    """A message that the chat should show. The row says that it is wanted. Its text comes from the facts at the moment
    of sending.

    `wanted` grows with each change worth showing, and `shown` follows it, so a burst of changes costs one edit.
    `wanted_at` is the time since which there is something to show, however often the message was put off. `token` goes
    into the message's metadata, so that Baton finds the message after a crash. `fingerprint` describes what was shown
    last, so that Baton makes no edit that would change nothing.

    `uncertain`: the message may have been posted without Baton's knowledge. If so, it is in `channel` (or if that is
    None, where the lane leads), and no older than `tried_at` by the chat's own clock (None: unknown). `lease` names the
    worker that holds the row until `leased_until`.
    """

    __table_args__ = (
        sa.UniqueConstraint("workspace_id", "key", name="uq_outbox_key"),
        partial("ix_outbox_pending", "due_at", where="state = 'pending'"),
        partial("ix_outbox_dead", "workspace_id", where="state = 'dead'"),
        sa.Index("ix_outbox_message", "workspace_id", "channel", "ts"),
        sa.Index("ix_outbox_subject", "handoff_id"),
        sa.Index("ix_outbox_lane", "workspace_id", "lane", "kind", "created_at"),
    )

    id: int = id_field(primary_key=True)
    workspace_id: str = Field(foreign_key="workspace.id")
    key: str
    kind: str
    lane: str
    handoff_id: int | None = id_field(foreign_key="handoff.id", nullable=True)
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
    """One item of a reminder: a handoff, and the promise on it, named by the deadline `due_at`. `what` was promised,
    and `why` the person hears of it (NULL: an earlier version of Baton added it). `live`: the reminder still mentions
    it. Once there is a newer reminder, the older one is folded."""

    __tablename__ = "nudge_item"
    __table_args__ = (
        partial("ix_nudge_item_live", "handoff_id", where="live"),
        sa.Index("ix_nudge_item_handoff", "handoff_id"),
    )

    outbox_id: int = id_field(primary_key=True, foreign_key="outbox.id")
    handoff_id: int = id_field(primary_key=True, foreign_key="handoff.id")
    workspace_id: str = Field(foreign_key="workspace.id")
    due_at: datetime = moment(nullable=False)
    what: What | None = enum(What, nullable=True)
    why: Why | None = enum(Why, nullable=True)
    live: bool = True
