"""What handlers work with, put together once by `bot.app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.security import Security
from bot.slack.callers import Callers
from bot.slack.gateway import Gateway
from bot.slack.parse import Place
from models.audit import Audit
from models.callers import Caller
from models.clock import Clock
from models.desk import Desk
from models.directory import Directory
from models.mail import Mailroom
from models.reading import Reading
from models.roster import Roster


@dataclass(frozen=True, kw_only=True)
class Deps:
    clock: Clock
    desk: Desk
    directory: Directory
    gateway: Gateway
    mailroom: Mailroom
    audit: Audit
    callers: Callers
    reading: Reading
    roster: Roster
    security: Security
    workspace_of: Callable[[Mapping[str, Any]], str]
    """The workspace that a payload belongs to."""

    def caller_of(self, where: Place) -> Caller:
        """Who asks, resolved once a request. Raises StillUnknown, ForeignPerson."""
        return self.callers.of(where)
