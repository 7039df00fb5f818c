"""Who asks: as Baton knows them from before, or else as Slack says."""

from dataclasses import replace

import structlog

from bot.slack.gateway import Gateway, SlackError, SlackRefused, person_facts
from bot.slack.ids import is_person
from bot.slack.parse import Place
from models.clock import Clock
from models.errors import ForeignPerson, NoRep, NotSetUp, PersonId, StillUnknown
from models.handoffs.queries import Queries
from models.rules.callers import MEMBERS, Caller, PersonKind
from models.workspace.roster import Roster

# Slack's error codes for an id that is nobody's here.
NOBODYS = frozenset({"user_not_found", "user_not_visible"})

log = structlog.get_logger(__name__)


class Callers:
    def __init__(self, roster: Roster, queries: Queries, gateway: Gateway, clock: Clock) -> None:
        self._roster = roster
        self._queries = queries
        self._gateway = gateway
        self._clock = clock

    def of(self, where: Place) -> Caller:
        """Returns the caller. If their kind is unknown, asks Slack. Raises StillUnknown if Slack does not say, and
        ForeignPerson if the payload contradicts what Slack said of them."""
        caller = self.known(where)
        if caller.kind is PersonKind.UNKNOWN:
            caller = self.looked_up(where)
        home = self._gateway.home
        foreign = where.team and home is not None and where.team != home.team_id and home.enterprise_id is None
        if foreign and caller.kind in MEMBERS:
            raise ForeignPerson
        return caller

    def meet(self, where: Place, person: PersonId) -> None:
        """Makes sure that the kind of a person whom the caller names is known. Raises StillUnknown, and NoRep if the
        person is a stranger whom the agreement does not name."""
        named = self.of(replace(where, person=person, team=None))
        if named.kind is PersonKind.STRANGER and not self._is_named(named):
            raise NoRep(person=person)

    def known(self, where: Place, *, anew: bool = False) -> Caller:
        """Returns the caller without asking Slack. The kind may be UNKNOWN. `anew`: reads the database, not the
        memory."""
        person = self._queries.remembered(where.workspace_id, where.person)
        if anew or person is None or person.is_what is PersonKind.UNKNOWN:
            person = self._roster.colleague(where.workspace_id, where.person)
        kind = person.is_what if person is not None else PersonKind.UNKNOWN
        return Caller(workspace_id=where.workspace_id, person=where.person, kind=kind)

    def looked_up(self, where: Place) -> Caller:
        """Returns the caller as Slack describes them now. If Slack does not say, what Baton knows counts. If Baton
        knows nothing, only a person whom the agreement names may go on. For everybody else, raises StillUnknown."""
        stranger = Caller(workspace_id=where.workspace_id, person=where.person, kind=PersonKind.STRANGER)
        if not is_person(where.person):
            return stranger  # no person's id, so there is nothing to ask Slack
        try:
            profile = self._gateway.profile(where.person)
        except SlackError as error:
            log.warning("caller not known", person=where.person, error=str(error))
            if isinstance(error, SlackRefused) and error.code in NOBODYS:
                return stranger
        else:
            facts = person_facts(profile, at=self._clock.now())
            self._roster.person_changed(where.workspace_id, where.person, **facts)
        caller = self.known(where, anew=True)
        if caller.kind is PersonKind.UNKNOWN and not self._is_named(caller):
            raise StillUnknown(person=caller.person)
        return caller

    def _is_named(self, caller: Caller) -> bool:
        try:
            return bool(self._queries.terms(caller.workspace_id).roles(caller))
        except NotSetUp:
            return False
