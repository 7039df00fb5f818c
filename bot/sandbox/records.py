"""The sandbox's state, as plain records. The lock of the workspace guards them all."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]


@dataclass
class User:
    """A member of the workspace, a guest, a member of another company that shares a channel, or a bot user.

    A guest is `is_restricted`; a guest in one channel is also `is_ultra_restricted`. `team_id` is the workspace of a
    member of another company. `tz` is an IANA name.
    """

    id: str
    name: str
    real_name: str
    email: str | None
    tz: str
    presence: str = "active"
    status_text: str = ""
    status_emoji: str = ""
    status_expiration: int = 0
    dnd: Json = field(default_factory=dict)
    title: str = ""
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    team_id: str | None = None
    deleted: bool = False
    app_id: str | None = None
    bot_id: str | None = None
    updated: int = 0
    views: list["View"] = field(default_factory=list)
    home: "View | None" = None
    notices: list[str] = field(default_factory=list)


@dataclass
class Message:
    """A message. If `ephemeral_to` is set, only that person sees it. `ts` is unique in the whole workspace."""

    channel: str
    ts: str
    user: str | None
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    subtype: str | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    ephemeral_to: str | None = None
    broadcast: bool = False
    username: str | None = None
    extra: Json = field(default_factory=dict)


@dataclass
class Channel:
    """A conversation. `kind` is public, private or im. `members` keeps the order in which they joined.

    `by_ts` finds each message by its ts, and `replies` finds those of a thread by the ts of its first message.
    """

    id: str
    name: str
    kind: str
    created: int
    creator: str
    members: list[str] = field(default_factory=list)
    is_archived: bool = False
    topic: str = ""
    purpose: str = ""
    messages: list[Message] = field(default_factory=list, repr=False)
    by_ts: dict[str, Message] = field(default_factory=dict, repr=False)
    replies: dict[str, list[Message]] = field(default_factory=dict, repr=False)
    ephemerals: list[Message] = field(default_factory=list, repr=False)
    is_open: bool = True


@dataclass
class View:
    """A modal or an App Home. `entries[block_id][action_id]` holds what its person has typed so far."""

    id: str
    user: str
    body: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    entries: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Trigger:
    """The permission to open one view for `user`, given at `issued`."""

    user: str
    issued: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    """A place where an app may answer one interaction, five times in thirty minutes."""

    channel: str
    user: str
    issued: datetime
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass
class UserGroup:
    """A group of people. A text mentions it as @handle."""

    id: str
    name: str
    handle: str
    users: list[str]
    date_create: int


@dataclass
class UploadedFile:
    """A file, from getUploadURLExternal on. `content` is None before the upload, and `completed` is true after
    completeUploadExternal."""

    id: str
    name: str
    length: int
    user: str
    created: int
    title: str = ""
    content: bytes | None = None
    channels: list[str] = field(default_factory=list)
    completed: bool = False
    alt_txt: str | None = None
