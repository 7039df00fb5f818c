"""The facts about people that rules use. Pure. Those about handoffs are in rows.py."""

from datetime import datetime
from typing import NamedTuple

from models.rules.callers import PersonKind


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
