"""Who is who in a workspace: the agreement in force, people, the parts they play, and their calendars."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import mail, receipts
from models.agreement import Agreement, stored
from models.calendars import calendar_of
from models.callers import Caller, PersonKind
from models.errors import NoRep, NotInRole, NotSetUp, PersonId
from models.lifecycle import Role
from models.mail import Kind
from models.roster import ensure_people, ensure_workspace
from models.routing import Candidate
from models.store import Store
from models.tables import (
    OPEN,
    AgreementVersion,
    Colleague,
    Handoff,
    Person,
    UserGroup,
    Workspace,
    table,
)
from models.worktime import Calendar

_handoff, _person, _group = table(Handoff).c, table(Person).c, table(UserGroup).c
_IN_FORCE = sa.select(table(Workspace).c.agreement_version, table(Workspace).c.people_stamp).where(
    table(Workspace).c.id == sa.bindparam("id")
)
_PEOPLE = sa.select(*(_person[fact] for fact in Colleague._fields)).where(
    _person.workspace_id == sa.bindparam("workspace")
)
_GROUPS = sa.select(_group.id, _group.members).where(_group.workspace_id == sa.bindparam("workspace"))
_LOAD = sa.select(
    _person.id,
    sa.select(sa.func.count())
    .where(_handoff.workspace_id == _person.workspace_id, _handoff.owner == _person.id, sa.text(OPEN))
    .scalar_subquery(),
    sa.select(sa.func.coalesce(sa.func.max(_handoff.id), 0))
    .where(_handoff.workspace_id == _person.workspace_id, _handoff.offered_to == _person.id)
    .scalar_subquery(),
).where(_person.workspace_id == sa.bindparam("workspace"), _person.id.in_(sa.bindparam("people", expanding=True)))
"""Of each person the open handoffs, and the latest handoff that they were offered (0: none yet)."""

MOST_NAMES = 10_000
"""So many people at most are named in one statement: SQLite takes some 32,000 parameters, Postgres twice as many."""
MOST_AGREEMENTS = 100
"""So many versions are kept in memory at most, some 30 KB each. Open handoffs stand under far fewer."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The agreement in force in a workspace, with the people it names."""

    workspace_id: str
    version: int
    people_stamp: str = ""
    agreement: Agreement
    applied_by: str
    groups: Mapping[str, Sequence[str]]
    people: Mapping[str, Colleague]

    def roles(self, by: Caller) -> frozenset[Role]:
        """The parts the caller may play. Where the agreement names nobody for a part, everybody may play it; a group
        whose members are not known yet stops nobody."""
        named, person = self.agreement.people, by.person
        roles = {Role.MANAGER} if person in self.managers else set()
        for role, members in ((Role.MARKETER, named.marketers), (Role.REP, named.reps)):
            unknown = any(member not in self.groups for member in members if member.startswith("S"))
            if not members or unknown or person in self._expand(members):
                roles.add(role)
        return frozenset(roles)

    @cached_property
    def managers(self) -> tuple[PersonId, ...]:
        """The managers, in the agreement's order; where it names none, whoever applied it."""
        named = self._expand(self.agreement.people.managers)
        return named or ((PersonId(self.applied_by),) if self.applied_by in self.people else ())

    def called(self, name: str) -> tuple[Colleague, ...]:
        """Who is called so, by handle, by name, or by a part of it; where several are, those of them who can be offered
        leads, if there are any. Nobody who has left."""
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
        """The managers who have not left: those who hear of what goes wrong."""
        return tuple(manager for manager in self.managers if not self.has_left(manager))

    def caller(self, person: str) -> Caller:
        """Somebody of whom it is asked what they may do, or who is written to."""
        return Caller(workspace_id=self.workspace_id, person=PersonId(person), kind=PersonKind.MEMBER)

    def has_left(self, person: str) -> bool:
        known = self.people.get(person)
        return known is not None and known.deactivated

    @cached_property
    def reps(self) -> tuple[PersonId, ...]:
        """Who is offered leads: the reps named, else everyone in the channel who is not named for another part."""
        named = self._expand(self.agreement.people.reps)
        if named:
            return named
        people = [p for p in self.people.values() if p.in_channel and not p.is_bot]
        looked_up = [p for p in people if p.synced_at]  # of the others it is not known yet whether they are bots
        present = [PersonId(p.id) for p in looked_up or people]
        others = {*self._expand(self.agreement.people.marketers), *self._expand(self.agreement.people.managers)}
        return tuple(p for p in present if p not in others) or tuple(present)

    def require_rep(self, person: PersonId) -> None:
        """Raises NoRep unless leads can be offered to this person."""
        known = self.people.get(person)
        gone = known is not None and (known.is_bot or known.deactivated)
        if gone or not self.roles(self.caller(person)) & {Role.REP, Role.MANAGER}:
            raise NoRep(person=person)

    def calendar(self, person: str | None, *, at: datetime) -> Calendar:
        """When this person works, as known `at` this moment."""
        known = self.people.get(person or "")
        if known is not None and known.away_until is not None:
            return calendar_of(self.agreement, known, at=at)
        zone = known.timezone if known else None
        if zone not in self._calendars:
            self._calendars[zone] = calendar_of(self.agreement, known, at=at)
        return self._calendars[zone]

    @cached_property
    def _calendars(self) -> dict[str | None, Calendar]:
        """Of those who are not away, by their zone."""
        return {}

    def require(self, role: Role, by: Caller, *, verb: str) -> None:
        """Raises NotInRole unless the caller, or as a manager anyone, may do it."""
        roles = self.roles(by)
        if role not in roles and Role.MANAGER not in roles:
            named = {Role.MARKETER: "marketers and managers", Role.REP: "reps and managers"}
            raise NotInRole(role=named.get(role, "managers"), verb=verb)

    def _expand(self, members: Iterable[str]) -> tuple[PersonId, ...]:
        people: dict[PersonId, None] = {}
        for member in members:
            for person in self.groups.get(member, ()) if member.startswith("S") else (member,):
                people[PersonId(person)] = None
        return tuple(people)


def _plain(name: str) -> str:
    """A name as people type it to find somebody: whatever its case and its accents."""
    decomposed = unicodedata.normalize("NFKD", name.strip().removeprefix("@"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


class Directory:
    """Reads and writes what is known of workspaces and people."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._agreements: dict[tuple[str, int], tuple[Agreement, str]] = {}
        self._terms: dict[str, Terms] = {}

    def terms(self, session: Session, workspace_id: str, *, in_force: tuple[int, str] | None = None) -> Terms:
        """The agreement in force with the people, read anew when either has changed. `in_force`: version and stamp, for
        who has just read them. Raises NotSetUp before the first agreement."""
        now = in_force or session.execute(_IN_FORCE, {"id": workspace_id}).one_or_none()
        if now is None or not now[0]:
            raise NotSetUp
        known = self._terms.get(workspace_id)
        if known is None or (known.version, known.people_stamp) != tuple(now):
            known = self._read_terms(session, workspace_id, *now)
            self._terms[workspace_id] = known
        return known

    def stamped(self, session: Session, terms: Terms, version: int) -> Terms:
        """The same people under the agreement of that version."""
        if version == terms.version:
            return terms
        agreement, applied_by = self._agreement(session, terms.workspace_id, version)
        return replace(terms, version=version, agreement=agreement, applied_by=applied_by)

    def _read_terms(self, session: Session, workspace_id: str, version: int, people_stamp: str) -> Terms:
        agreement, applied_by = self._agreement(session, workspace_id, version)
        groups = session.execute(_GROUPS, {"workspace": workspace_id})
        people = session.execute(_PEOPLE, {"workspace": workspace_id})
        return Terms(
            workspace_id=workspace_id,
            version=version,
            people_stamp=people_stamp,
            agreement=agreement,
            applied_by=applied_by,
            groups={group.id: group.members for group in groups},
            people={person.id: Colleague._make(person) for person in people},
        )

    def apply(
        self,
        agreement: Agreement,
        *,
        by: Caller,
        at: datetime,
        receipt: str | None = None,
        unless_seen: bool = False,
    ) -> int:
        """Make this the agreement in force; its version. Applying the one in force again changes nothing. What was
        changed since is undone neither by a copy of an earlier delivery, which has the same `receipt`, nor, if
        `unless_seen`, by what `by` applied last: a file that is read at every start."""
        document, workspace_id = agreement.model_dump(mode="json"), by.workspace_id
        with self._store.write(alone=True) as session:
            ensure_workspace(self._store, session, workspace_id)
            named = (*agreement.people.marketers, *agreement.people.reps, *agreement.people.managers, by.person)
            ensure_people(self._store, session, workspace_id, {member for member in named if member[:1] in "UW"})
            workspace = session.exec(select(Workspace).where(col(Workspace.id) == workspace_id).with_for_update()).one()
            if receipt and not receipts.keep(self._store, session, workspace_id, receipt, at=at):
                return workspace.agreement_version
            if workspace.agreement_version:
                current, _ = self._agreement(session, workspace_id, workspace.agreement_version)
                if current == agreement or (
                    unless_seen and self._last_applied(session, workspace_id, by.person) == agreement
                ):
                    return workspace.agreement_version
            version = workspace.agreement_version + 1
            session.add(
                AgreementVersion(
                    workspace_id=workspace_id, version=version, document=document, applied_by=by.person, applied_at=at
                )
            )
            workspace.agreement_version = version
            if workspace.next_digest_at is None or workspace.next_digest_at > at:  # one that is overdue is still owed
                workspace.next_digest_at = agreement.next_digest(at)
            mail.move_unsent(session, workspace_id, agreement.handoff_channel, (Kind.CARD,), at=at)
            mail.move_unsent(session, workspace_id, agreement.digests_to, (Kind.DIGEST, Kind.DIGEST_DETAILS), at=at)
            workspace.roster_synced_at = None  # other channels and groups may count now
            session.add(workspace)
            return version

    def candidates(
        self, session: Session, terms: Terms, people: Iterable[PersonId], *, at: datetime
    ) -> dict[PersonId, Candidate]:
        """These people as routing sees them: their calendars, open handoffs, and when they last had a turn."""
        asked = list(people)
        load = {
            person: (open_handoffs, last_turn)
            for first in range(0, len(asked), MOST_NAMES)
            for person, open_handoffs, last_turn in session.execute(
                _LOAD, {"workspace": terms.workspace_id, "people": asked[first : first + MOST_NAMES]}
            )
        }
        return {
            person: Candidate(
                person=person,
                calendar=terms.calendar(person, at=at),
                open_handoffs=open_handoffs,
                last_turn=last_turn,
                deactivated=bool(known and (known.deactivated or known.is_bot)),
                away_until=known.away_until if known else None,
            )
            for person in asked
            for known in [terms.people.get(person)]
            for open_handoffs, last_turn in [load.get(person, (0, 0))]
        }

    def _agreement(self, session: Session, workspace_id: str, version: int) -> tuple[Agreement, str]:
        """A version never changes, so it is read once, and kept for a while."""
        key = (workspace_id, version)
        known = self._agreements.get(key)
        if known is None:
            row = session.get_one(AgreementVersion, key)
            if len(self._agreements) >= MOST_AGREEMENTS:
                self._agreements.clear()
            known = self._agreements[key] = (stored(row.document), row.applied_by)
        return known

    def _last_applied(self, session: Session, workspace_id: str, by: str) -> Agreement | None:
        version = session.exec(
            select(sa.func.max(AgreementVersion.version)).where(
                col(AgreementVersion.workspace_id) == workspace_id, col(AgreementVersion.applied_by) == by
            )
        ).one()
        return self._agreement(session, workspace_id, version)[0] if version else None
