"""The facts about people that rules use. Pure. Those about handoffs are in rows.py."""

from datetime import datetime
from typing import NamedTuple, TypedDict

from models.rules.callers import PersonKind


class PersonFacts(TypedDict, total=False):
    """What the chat reports about a person: columns of `Person`. (A test compares them.)"""

    timezone: str | None
    name: str
    real_name: str
    handle: str
    is_bot: bool
    deactivated: bool
    in_channel: bool
    away_until: datetime | None
    dm_channel: str | None
    synced_at: datetime | None
    kind: str | None
    is_admin: bool | None
    profile_updated: int | None


class Colleague(NamedTuple):
    """A person in memory. A large company has thousands of them, and full rows would take ten times as long to read."""

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
