"""Looks in Slack for the cards of unknown leads: after the start, once an agreement is in force."""

import structlog

from bot.slack.gateway import Gateway, SlackError
from jobs.roster import pause
from models.clock import Clock, SteadyClock
from models.due.unknown_leads import UnknownLeads
from models.handoffs.queries import Queries
from models.workspace.roster import Roster

log = structlog.get_logger(__name__)


class UnknownLeadSearch:
    """Reads the newest messages of each handoff channel, once. If Slack does not answer or refuses, it tries again."""

    def __init__(
        self,
        *,
        unknown_leads: UnknownLeads,
        roster: Roster,
        queries: Queries,
        gateway: Gateway,
        clock: Clock,
        steady: SteadyClock,
    ) -> None:
        self._unknown_leads = unknown_leads
        self._roster = roster
        self._queries = queries
        self._gateway = gateway
        self._clock = clock
        self._steady = steady
        # The workspaces, each with the channel that was read.
        self._read: set[tuple[str, str]] = set()
        # By the steady clock, in seconds.
        self._not_before = 0.0

    def run(self) -> int:
        """Reads the channels that this process has not read. Returns in how many workspaces unknown leads are
        newly found."""
        return sum(self._search(workspace_id) for workspace_id in self._roster.workspaces_set_up())

    def _search(self, workspace_id: str) -> bool:
        channel = self._queries.terms(workspace_id).agreement.handoff_channel
        bot = self._roster.bot_user(workspace_id)
        if bot is None or (workspace_id, channel) in self._read or self._steady() < self._not_before:
            return False
        try:
            cards = self._gateway.cards(channel, by=bot)
        except SlackError as error:
            log.warning("cards not read", channel=channel, error=str(error))
            self._not_before = self._steady() + pause(error).total_seconds()
            return False
        found = self._unknown_leads.remember(workspace_id, cards, at=self._clock.now())
        self._read.add((workspace_id, channel))
        if found is not None:
            log.error("unknown leads found", workspace=workspace_id, first=found.first, last=found.last)
        return found is not None
