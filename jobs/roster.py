"""Asks Slack about people now and then. It only refines: what is not told stays unknown and holds nothing up."""

import structlog

from bot.slack.gateway import Gateway, SlackError, SlackRefused, person_facts
from models.clock import Clock
from models.reading import Reading
from models.roster import STALE_AFTER, Roster

PER_RUN = 50
"""Profiles asked for in one run: users.info allows about a hundred a minute."""

log = structlog.get_logger(__name__)


class RosterSync:
    def __init__(self, *, roster: Roster, reading: Reading, gateway: Gateway, clock: Clock) -> None:
        self._roster = roster
        self._reading = reading
        self._gateway = gateway
        self._clock = clock

    def run(self) -> int:
        """Look up channel members, groups and profiles that are unknown or old; how many profiles were learnt."""
        now = self._clock.now()
        for workspace_id in self._roster.stale_workspaces(before=now - STALE_AFTER):
            self._look_up_members(workspace_id)
        return sum(self._look_up_people(workspace_id) for workspace_id in self._roster.workspaces_set_up())

    def _look_up_members(self, workspace_id: str) -> None:
        now = self._clock.now()
        agreement = self._reading.terms(workspace_id).agreement
        named = (*agreement.people.marketers, *agreement.people.reps, *agreement.people.managers)
        for group in {member for member in named if member.startswith("S")}:
            try:
                self._roster.group_synced(workspace_id, group, self._gateway.group_members(group), at=now)
            except SlackError as error:
                log.warning("user group not known", group=group, error=str(error))
        for channel in dict.fromkeys((agreement.handoff_channel, agreement.digests_to)):
            try:
                self._gateway.join(channel)
            except SlackError as error:  # a private one can't be joined, only be invited to
                log.info("channel not joined", channel=channel, error=str(error))
        people = [member for member in named if not member.startswith("S")]
        try:
            members = self._gateway.members(agreement.handoff_channel)
        except SlackError as error:
            log.warning("channel members not known", channel=agreement.handoff_channel, error=str(error))
            members = None
        self._roster.roster_synced(workspace_id, members=members, known=people, at=now)

    def _look_up_people(self, workspace_id: str) -> int:
        now = self._clock.now()
        learnt = 0
        for person in self._roster.stale_people(workspace_id, before=now - STALE_AFTER)[:PER_RUN]:
            try:
                profile = self._gateway.profile(person)
            except SlackRefused as refusal:
                log.info("profile not known", person=person, error=str(refusal))
                self._roster.person_changed(workspace_id, person, synced_at=now)
                continue
            except SlackError as error:
                log.info("profiles not known", error=str(error))
                break
            self._roster.person_changed(workspace_id, person, **person_facts(profile, at=now))
            learnt += 1
        return learnt
