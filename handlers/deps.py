"""What the handlers work with. `bot.app` puts it together once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.callers import Callers
from bot.slack.gateway import Gateway
from bot.slack.parse import Place
from bot.telemetry.security import Security
from models.clock import Clock
from models.due.audit import Audit
from models.handoffs.desk import Desk
from models.handoffs.queries import Queries
from models.outbox.queue import OutboxQueue
from models.rules.callers import Caller
from models.workspace.agreements import Agreements
from models.workspace.roster import Roster


@dataclass(frozen=True, kw_only=True)
class Deps:
    clock: Clock
    desk: Desk
    agreements: Agreements
    gateway: Gateway
    queue: OutboxQueue
    audit: Audit
    callers: Callers
    queries: Queries
    roster: Roster
    security: Security
    # Calls what tells somebody of what they did, so that the answer to Slack need not wait for it.
    notices: Callable[[Callable[[], None]], None]
    # Returns the workspace to which a payload belongs.
    workspace_of: Callable[[Mapping[str, Any]], str]

    def caller_of(self, where: Place) -> Caller:
        """Returns the caller. Resolve it once for each request. Raises StillUnknown or ForeignPerson."""
        return self.callers.of(where)
