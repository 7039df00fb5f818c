"""What the program stores about its own work: deliveries, digests, its heartbeat."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.storage.tables.columns import UtcDateTime, id_field, moment


class Receipt(SQLModel, table=True):
    """A delivery from the chat that had its effect. A second copy of it has none."""

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    key: str = Field(primary_key=True)
    handoff_id: int | None = id_field(nullable=True)
    at: datetime = Field(sa_type=UtcDateTime, nullable=False, index=True)


class DigestRun(SQLModel, table=True):
    """A week's digest that was added to the outbox. The key ensures that this happens once."""

    __tablename__ = "digest_run"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    week: str = Field(primary_key=True)
    due_at: datetime = moment(nullable=False)
    ran_at: datetime = moment(nullable=False)


class Heartbeat(SQLModel, table=True):
    """The heartbeat of the clock job: it last ran at `beat_at`, and has run since `since` without a break longer than
    the audit allows."""

    name: str = Field(primary_key=True)
    beat_at: datetime = moment(nullable=False)
    since: datetime = moment(nullable=False)
