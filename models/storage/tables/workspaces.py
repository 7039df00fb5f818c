"""A workspace: its agreement, its people, its groups."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.storage.tables.columns import UtcDateTime, moment


class Workspace(SQLModel, table=True):
    """A chat workspace. `agreement_version` 0: no agreement yet. `people_stamp` changes with each change to the
    workspace's people and groups. It is random, so that nobody takes a stamp that was rolled back for the next one.
    `shut_out_at` and `shut_out_why`: since when and why the chat accepts nothing from Baton there, because it revoked
    the token. `url` is the workspace's own address, for links to its messages."""

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
    """One version of a workspace's agreement, as it was applied. It never changes afterwards."""

    __tablename__ = "agreement_version"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    document: dict[str, Any] = Field(sa_type=sa.JSON)
    applied_by: str
    applied_at: datetime = moment(nullable=False)


class Person(SQLModel, table=True):
    """A person of the workspace, as far as the chat has reported them. Unknown columns are empty, and nothing waits for
    them. `name` is what a mention of the person shows. `real_name` and `handle` are the other names in the chat.
    `profile_updated` is when the chat says that the profile last changed, in whole seconds since 1970."""

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
    profile_updated: int | None = Field(default=None, sa_type=sa.BigInteger)


class UserGroup(SQLModel, table=True):
    """A user group that the agreement names, with its members as last reported."""

    __tablename__ = "user_group"

    workspace_id: str = Field(primary_key=True, foreign_key="workspace.id")
    id: str = Field(primary_key=True)
    members: list[str] = Field(sa_type=sa.JSON)
    synced_at: datetime = moment(nullable=False)
