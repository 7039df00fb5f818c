"""Asks Slack about people now and then. It only refines: what is not told stays unknown and holds nothing up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog

from bot.slack.gateway import Gateway, RateLimited, SlackError, SlackRefused, person_facts
from models.clock import Clock
from models.handoffs.queries import Queries
from models.rules.members import is_group
from models.rules.terms import Terms
from models.workspace.roster import STALE_AFTER, Roster

PER_MINUTE = 40
"""Profiles asked for in a minute: users.info allows about a hundred, and two clocks may run."""
MINUTE = timedelta(minutes=1)
GONE = frozenset({"no_such_subteam", "subteam_disabled"})
"""What Slack says of a user group that is no more: then it is nobody."""

log = structlog.get_logger(__name__)


class Pace:
    """At most PER_MINUTE calls in a minute, and none while Slack is not to be asked. Every process that runs the clock
    has its own, for what only refines is not worth a row that they share."""

    def __init__(self) -> None:
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._left = 0

    def allows(self, now: datetime) -> bool:
        """Whether one more call may be made."""
        if not self._since <= now < self._until:  # over, or the machine's time went back
            self._since, self._until, self._left = now, now + MINUTE, PER_MINUTE
        self._left -= 1
        return self._left >= 0

    def pause(self, now: datetime, pause: timedelta) -> None:
        self._since, self._until, self._left = now, now + pause, 0


def _pause(error: SlackError) -> timedelta:
    """For how long Slack is not asked again: as long as it wants, or if it could not answer, a minute."""
    return timedelta(seconds=error.retry_after) if isinstance(error, RateLimited) else MINUTE


def _is_answer(error: SlackError) -> bool:
    """Whether Slack has said all that it will say of what was asked."""
    return isinstance(error, SlackRefused) and not error.passes


def _is_nobody(error: SlackError) -> bool:
    """Whether Slack says that this id is nobody's: an agreement may name one with a slip in it."""
    return isinstance(error, SlackRefused) and error.code == "user_not_found"


class RosterSync:
    def __init__(self, *, roster: Roster, queries: Queries, gateway: Gateway, clock: Clock) -> None:
        self._roster = roster
        self._queries = queries
        self._gateway = gateway
        self._clock = clock
        self._profiles = Pace()
        self._members = Pace()

    def run(self) -> int:
        """Look up channel members, groups and profiles that are unknown or old; how many profiles were learnt."""
        now = self._clock.now()
        for workspace_id in self._roster.stale_workspaces(before=now - STALE_AFTER):
            if self._members.allows(now):
                self._look_up_members(workspace_id)
        return sum(self._look_up_people(workspace_id) for workspace_id in self._roster.workspaces_set_up())

    def _look_up_members(self, workspace_id: str) -> None:
        """Ask who is in the channel and in the groups. If Slack could not answer, all is asked again before long; a
        refusal is an answer, if it is about them."""
        now = self._clock.now()
        terms = self._queries.terms(workspace_id)
        errors = [*self._look_up_groups(terms, now), *self._look_up_channels(terms)]
        unanswered = [error for error in errors if not _is_answer(error)]
        if unanswered:
            self._members.pause(now, max(_pause(error) for error in unanswered))
        else:
            self._roster.looked_up(workspace_id, version=terms.version, at=now)

    def _look_up_groups(self, terms: Terms, now: datetime) -> Iterator[SlackError]:
        """Learn who is in the groups that the agreement names; what went wrong."""
        named = terms.agreement.people
        members = (*named.marketers, *named.reps, *named.managers)
        for group in set(filter(is_group, members)):
            try:
                told = self._gateway.group_members(group)
            except SlackError as error:
                log.warning("user group not known", group=group, error=str(error))
                yield error
                if not (isinstance(error, SlackRefused) and error.code in GONE):
                    continue  # nothing is learnt: it stands for those whom Slack told last
                told = []
            self._roster.group_synced(terms.workspace_id, group, told, at=now)

    def _look_up_channels(self, terms: Terms) -> Iterator[SlackError]:
        """Come into the channels, and learn who is in the one for handoffs; what went wrong."""
        for channel in dict.fromkeys((terms.agreement.handoff_channel, terms.agreement.digests_to)):
            try:
                self._gateway.join(channel)
            except SlackError as error:  # a private one can't be joined, only be invited to
                log.info("channel not joined", channel=channel, error=str(error))
                yield error
        channel = terms.agreement.handoff_channel
        try:
            self._roster.members_synced(terms.workspace_id, self._gateway.members(channel))
        except SlackError as error:
            log.warning("channel members not known", channel=channel, error=str(error))
            yield error

    def _look_up_people(self, workspace_id: str) -> int:
        now = self._clock.now()
        if self._gateway.home is None:  # who is of another company can't be told yet
            return 0
        learnt = 0
        for person in self._roster.stale_people(workspace_id, before=now - STALE_AFTER):
            if not self._profiles.allows(now):
                break
            try:
                profile = self._gateway.profile(person)
            except SlackError as error:
                log.info("profile not known", person=person, error=str(error))
                if not _is_answer(error):
                    self._profiles.pause(now, _pause(error))
                    break
                gone = {"deactivated": True} if _is_nobody(error) else {}
                self._roster.person_changed(workspace_id, person, synced_at=now, **gone)
                continue
            self._roster.person_changed(workspace_id, person, **person_facts(profile, at=now))
            learnt += 1
        return learnt
