"""Asks Slack about people now and then. The answers only refine: what Slack does not say stays unknown, and delays
nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import structlog

from bot.slack.gateway import Gateway, RateLimited, SlackError, SlackRefused, person_facts
from bot.slack.ids import is_group
from models.clock import Clock
from models.handoffs.queries import Queries
from models.rules.facts import PersonFacts
from models.rules.terms import Terms
from models.workspace.roster import STALE_AFTER, Overtaken, Roster

# The most profiles asked for in a minute. users.info allows about a hundred, and two clocks may run.
PER_MINUTE = 40
MINUTE = timedelta(minutes=1)
# Slack's error codes for a user group that does not exist any more. Then nobody is in it.
GONE = frozenset({"no_such_subteam", "subteam_disabled"})

log = structlog.get_logger(__name__)


class Pace:
    """Allows at most PER_MINUTE calls in a minute, and none during a pause. Each process that runs the clock has its
    own, because answers that only refine are not worth a row that processes share."""

    def __init__(self) -> None:
        self._since = self._until = datetime.min.replace(tzinfo=UTC)
        self._left = 0

    def allows(self, now: datetime) -> bool:
        """True if one more call may be made. Counts it."""
        if not self._since <= now < self._until:  # the minute is over, or the machine's time went back
            self._since, self._until, self._left = now, now + MINUTE, PER_MINUTE
        self._left -= 1
        return self._left >= 0

    def pause(self, now: datetime, pause: timedelta) -> None:
        """Allows no calls for this long."""
        self._since, self._until, self._left = now, now + pause, 0


def pause(error: SlackError) -> timedelta:
    """Returns how long not to ask Slack again: as long as Slack wants, or a minute if it could not answer."""
    return timedelta(seconds=error.retry_after) if isinstance(error, RateLimited) else MINUTE


def _is_answer(error: SlackError) -> bool:
    """True if Slack has said all that it will say about the question."""
    return isinstance(error, SlackRefused) and not error.passes


def _is_nobody(error: SlackError) -> bool:
    """True if Slack says that this id is nobody's. An agreement may have a slip in an id."""
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
        """Looks up channel members, groups and profiles that are unknown or old. Returns how many profiles it
        learnt."""
        now = self._clock.now()
        for workspace_id in self._roster.stale_workspaces(before=now - STALE_AFTER):
            if self._members.allows(now):
                self._look_up_members(workspace_id)
        return sum(self._look_up_people(workspace_id) for workspace_id in self._roster.workspaces_set_up())

    def _look_up_members(self, workspace_id: str) -> None:
        """Asks who is in the channel and in the groups. If Slack could not answer, or the answer may be old, asks for
        everything again soon. A refusal is an answer, if it is about them."""
        now = self._clock.now()
        terms = self._queries.terms(workspace_id)
        try:
            errors = [*self._look_up_groups(terms, now), *self._look_up_channels(terms)]
        except Overtaken:
            log.info("channel members not known yet: people changed meanwhile", workspace=workspace_id)
            self._members.pause(now, MINUTE)
            return
        unanswered = [error for error in errors if not _is_answer(error)]
        if unanswered:
            self._members.pause(now, max(pause(error) for error in unanswered))
        else:
            self._roster.looked_up(workspace_id, version=terms.version, at=now)

    def _look_up_groups(self, terms: Terms, now: datetime) -> Iterator[SlackError]:
        """Learns who is in the groups that the agreement names. Yields what went wrong."""
        named = terms.agreement.people
        members = (*named.marketers, *named.reps, *named.managers)
        for group in set(filter(is_group, members)):
            try:
                told = self._gateway.group_members(group)
            except SlackError as error:
                log.warning("user group not known", group=group, error=str(error))
                yield error
                if not (isinstance(error, SlackRefused) and error.code in GONE):
                    continue  # nothing is learnt: the people whom Slack told last count
                told = []
            self._roster.group_synced(terms.workspace_id, group, told, at=now)

    def _look_up_channels(self, terms: Terms) -> Iterator[SlackError]:
        """Joins the channels, and learns who is in the one for handoffs. Yields what went wrong."""
        for channel in dict.fromkeys((terms.agreement.handoff_channel, terms.agreement.digests_to)):
            try:
                self._gateway.join(channel)
            except SlackError as error:  # Baton can't join a private channel: somebody must invite it
                log.info("channel not joined", channel=channel, error=str(error))
                yield error
        channel = terms.agreement.handoff_channel
        before = self._queries.terms(terms.workspace_id).people_stamp  # the groups may have changed it
        try:
            self._roster.members_synced(terms.workspace_id, self._gateway.members(channel), since=before)
        except SlackError as error:
            log.warning("channel members not known", channel=channel, error=str(error))
            yield error

    def _look_up_people(self, workspace_id: str) -> int:
        now = self._clock.now()
        if self._gateway.home is None:  # Baton can't tell yet who belongs to another company
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
                    self._profiles.pause(now, pause(error))
                    break
                facts: PersonFacts = {"synced_at": now}
                if _is_nobody(error):
                    facts["deactivated"] = True
                self._roster.person_changed(workspace_id, person, **facts)
                continue
            self._roster.person_changed(workspace_id, person, **person_facts(profile, at=now))
            learnt += 1
        return learnt
