"""The terms: the agreement in force in a workspace with the people it names, as rules see them. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from models.errors import NobodySetsUp, NoRep, NotInRole, NotShown, PersonId, StillUnknown
from models.rules.agreement import Agreement
from models.rules.calendars import calendar_of
from models.rules.callers import MEMBERS, NOBODY, Caller, PersonKind
from models.rules.facts import Colleague
from models.rules.lifecycle import Role
from models.rules.worktime import Calendar

# Who may manage because they set up Baton. Baton asked what they are when they did, so an unknown person counts.
_MAY_MANAGE = MEMBERS | {PersonKind.UNKNOWN}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The agreement in force in a workspace, with the people it names."""

    workspace_id: str
    version: int
    people_stamp: str = ""
    agreement: Agreement
    applied_by: str
    # The members of each group that the agreement names, as the chat last reported them: empty if it has not.
    groups: Mapping[str, Sequence[str]]
    people: Mapping[str, Colleague]

    def roles(self, by: Caller) -> frozenset[Role]:
        """Returns the caller's roles. If the agreement names nobody for a role, every member has it. Guests and people
        of other companies have a role only if the agreement names them. A group stands for its members as the chat last
        reported them. A group whose members the chat has not reported has none. Bots, and people who have left, have no
        role."""
        if by.kind is PersonKind.PROGRAM:
            return frozenset(Role)
        kind = self._kind(by)
        if kind in NOBODY:
            return frozenset()
        return frozenset(
            role
            for role, people in self._named.items()
            if (by.person in people if people is not None else kind in MEMBERS)
        )

    def may_see_leads(self, by: Caller) -> bool:
        """True if the caller may see leads: they have a role, or are in the channel where all leads are shown."""
        known = self.people.get(by.person)
        return bool(self.roles(by)) or (known is not None and known.in_channel and known.is_what not in NOBODY)

    def require_sight(self, by: Caller) -> None:
        """Raises NotShown unless the caller may see leads."""
        if not self.may_see_leads(by):
            raise NotShown

    def require_setup(self, by: Caller) -> None:
        """Raises NotInRole or NobodySetsUp unless the caller may change the agreement. A manager may. If nobody
        manages, an admin or owner of the workspace may."""
        if Role.MANAGER in self.roles(by):
            return
        if self.managers_here:
            raise NotInRole(role="managers", verb="change the agreement")
        known = self.people.get(by.person)
        if known is None or known.is_what not in MEMBERS or not known.is_admin:
            raise NobodySetsUp

    def _kind(self, by: Caller) -> PersonKind:
        """Returns what the caller is now. The handler may have looked a moment ago, so the terms come first."""
        known = self.people.get(by.person)
        kind = known.is_what if known is not None else PersonKind.UNKNOWN
        return by.kind if kind is PersonKind.UNKNOWN else kind

    @cached_property
    def _named(self) -> Mapping[Role, frozenset[str] | None]:
        """Returns who has each role. None: every member."""
        named = self.agreement.people
        return {
            Role.MANAGER: frozenset(self.managers),
            Role.MARKETER: frozenset(self._expand(named.marketers)) if named.marketers else None,
            Role.REP: frozenset(self._expand(named.reps)) if named.reps else None,
        }

    @cached_property
    def managers(self) -> tuple[PersonId, ...]:
        """Returns the managers, in the agreement's order. If it names none, the member who applied it."""
        if self.agreement.people.managers:
            return self._expand(self.agreement.people.managers)
        applied = self.people.get(self.applied_by)
        return (PersonId(applied.id),) if applied is not None and applied.is_what in _MAY_MANAGE else ()

    def called(self, name: str) -> tuple[Colleague, ...]:
        """Returns the people with this name, by handle, by name, or by a part of it. If several match, returns those
        who can be offered leads, if there are any. Leaves out bots and people who have left."""
        wanted = _plain(name)
        here = [one for one in self.people.values() if not (one.deactivated or one.is_bot)]
        names = {one.id: [_plain(name) for name in (one.handle, one.name, one.real_name)] for one in here}
        whole = [one for one in here if wanted in names[one.id]]
        found = whole or [one for one in here if wanted in re.split(r"[\s._-]+", " ".join(names[one.id]))]
        found = found if wanted else []
        offered = [one for one in found if self.roles(self.caller(one.id)) & {Role.REP, Role.MANAGER}]
        return tuple(offered or found)

    @cached_property
    def managers_here(self) -> tuple[PersonId, ...]:
        """Returns the managers who can act: no bots, and nobody who has left. They hear about what goes wrong."""
        return tuple(manager for manager in self.managers if self.caller(manager).kind not in NOBODY)

    def caller(self, person: str) -> Caller:
        """Returns a person as a caller, to ask about their roles or to write to them."""
        known = self.people.get(person)
        kind = known.is_what if known is not None else PersonKind.UNKNOWN
        return Caller(workspace_id=self.workspace_id, person=PersonId(person), kind=kind)

    def has_left(self, person: str) -> bool:
        known = self.people.get(person)
        return known is not None and known.deactivated

    @cached_property
    def reps(self) -> tuple[PersonId, ...]:
        """Returns who is offered leads: the reps that the agreement names. If it names none: every member in the
        channel who has no other role by name, or all members in the channel if each has one."""
        if self.agreement.people.reps:
            named = self._expand(self.agreement.people.reps)
            return tuple(rep for rep in named if self.caller(rep).kind is not PersonKind.BOT)
        present = [PersonId(p.id) for p in self.people.values() if p.in_channel and p.is_what in MEMBERS]
        others = {*self._expand(self.agreement.people.marketers), *self._expand(self.agreement.people.managers)}
        return tuple(p for p in present if p not in others) or tuple(present)

    def require_rep(self, person: PersonId) -> None:
        """Raises NoRep unless Baton can offer leads to this person. Raises StillUnknown if the chat has not reported
        them yet."""
        asked = self.caller(person)
        if self.roles(asked) & {Role.REP, Role.MANAGER}:
            return
        raise StillUnknown(person=person) if asked.kind is PersonKind.UNKNOWN else NoRep(person=person)

    def calendar(self, person: str | None, *, at: datetime) -> Calendar:
        """Returns when this person works, as known `at` this moment."""
        known = self.people.get(person or "")
        if known is not None and known.away_until is not None:
            return calendar_of(self.agreement, known, at=at)
        zone = known.timezone if known else None
        if zone not in self._calendars:
            self._calendars[zone] = calendar_of(self.agreement, known, at=at)
        return self._calendars[zone]

    @cached_property
    def _calendars(self) -> dict[str | None, Calendar]:
        """The calendars of people who are not away, by zone."""
        return {}

    def require(self, role: Role, by: Caller, *, verb: str) -> None:
        """Raises NotInRole unless the caller has the role or is a manager."""
        roles = self.roles(by)
        if role not in roles and Role.MANAGER not in roles:
            named = {Role.MARKETER: "marketers and managers", Role.REP: "reps and managers"}
            raise NotInRole(role=named.get(role, "managers"), verb=verb)

    def _expand(self, members: Iterable[str]) -> tuple[PersonId, ...]:
        people: dict[PersonId, None] = {}
        for member in members:
            for person in self.groups.get(member, (member,)):
                people[PersonId(person)] = None
        return tuple(people)


def _plain(name: str) -> str:
    """Returns a name without case and accents, and without a leading @, for a comparison."""
    decomposed = unicodedata.normalize("NFKD", name.strip().removeprefix("@"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
