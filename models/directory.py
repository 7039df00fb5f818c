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
from models.callers import MEMBERS, NOBODY, Caller, PersonKind
from models.errors import ChangedMeanwhile, NobodySetsUp, NoRep, NotInRole, NotSetUp, NotShown, PersonId, StillUnknown
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

_MAY_MANAGE = MEMBERS | {PersonKind.UNKNOWN}
"""The member who set up; they were asked what they are when they did."""
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
        """The parts the caller may play. Where the agreement names nobody for a part, every member may play it; guests
        and strangers only if they are named. A group stands for its members as the chat last told them: one of which it
        told none is nobody. Bots, and who has left, play none."""
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
        """Whether leads are shown to the caller: they have a part, or are in the channel where all are shown."""
        known = self.people.get(by.person)
        return bool(self.roles(by)) or (known is not None and known.in_channel and known.is_what not in NOBODY)

    def require_sight(self, by: Caller) -> None:
        """Raises NotShown unless leads are shown to the caller."""
        if not self.may_see_leads(by):
            raise NotShown

    def require_setup(self, by: Caller) -> None:
        """Raises NotInRole or NobodySetsUp unless the caller may change the agreement: a manager, or where nobody
        manages, an admin or owner of the workspace."""
        if Role.MANAGER in self.roles(by):
            return
        if self.managers_here:
            raise NotInRole(role="managers", verb="change the agreement")
        known = self.people.get(by.person)
        if known is None or known.is_what not in MEMBERS or not known.is_admin:
            raise NobodySetsUp

    def _kind(self, by: Caller) -> PersonKind:
        """What the caller is: as it is known now, for the door may have looked a moment ago."""
        known = self.people.get(by.person)
        kind = known.is_what if known is not None else PersonKind.UNKNOWN
        return by.kind if kind is PersonKind.UNKNOWN else kind

    @cached_property
    def _named(self) -> Mapping[Role, frozenset[str] | None]:
        """Who may play each part; None: every member."""
        named = self.agreement.people
        return {
            Role.MANAGER: frozenset(self.managers),
            Role.MARKETER: frozenset(self._expand(named.marketers)) if named.marketers else None,
            Role.REP: frozenset(self._expand(named.reps)) if named.reps else None,
        }

    @cached_property
    def managers(self) -> tuple[PersonId, ...]:
        """The managers, in the agreement's order; where it names none, the member who applied it."""
        if self.agreement.people.managers:
            return self._expand(self.agreement.people.managers)
        applied = self.people.get(self.applied_by)
        return (PersonId(applied.id),) if applied is not None and applied.is_what in _MAY_MANAGE else ()

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
        """The managers who can act, so no bots, and nobody who has left: those who hear of what goes wrong."""
        return tuple(manager for manager in self.managers if self.caller(manager).kind not in NOBODY)

    def caller(self, person: str) -> Caller:
        """Somebody of whom it is asked what they may do, or who is written to."""
        known = self.people.get(person)
        kind = known.is_what if known is not None else PersonKind.UNKNOWN
        return Caller(workspace_id=self.workspace_id, person=PersonId(person), kind=kind)

    def has_left(self, person: str) -> bool:
        known = self.people.get(person)
        return known is not None and known.deactivated

    @cached_property
    def reps(self) -> tuple[PersonId, ...]:
        """Who is offered leads: the reps named, else every member in the channel who is not named for another part."""
        if self.agreement.people.reps:
            named = self._expand(self.agreement.people.reps)
            return tuple(rep for rep in named if self.caller(rep).kind is not PersonKind.BOT)
        present = [PersonId(p.id) for p in self.people.values() if p.in_channel and p.is_what in MEMBERS]
        others = {*self._expand(self.agreement.people.marketers), *self._expand(self.agreement.people.managers)}
        return tuple(p for p in present if p not in others) or tuple(present)

    def require_rep(self, person: PersonId) -> None:
        """Raises NoRep unless leads can be offered to this person, StillUnknown where the chat has yet to tell."""
        asked = self.caller(person)
        if self.roles(asked) & {Role.REP, Role.MANAGER}:
            return
        raise StillUnknown(person=person) if asked.kind is PersonKind.UNKNOWN else NoRep(person=person)

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

    def __init__(self, store: Store, *, most_agreements: int = MOST_AGREEMENTS) -> None:
        self._store = store
        self._most_agreements = most_agreements
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

    def remembered(self, workspace_id: str, person: str) -> Colleague | None:
        """Somebody as they were when the terms were last read, without asking the database."""
        terms = self._terms.get(workspace_id)
        return terms.people.get(person) if terms is not None else None

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
        opened_on: int | None = None,
    ) -> int:
        """Make this the agreement in force; its version. Applying the one in force again changes nothing. What was
        changed since is undone neither by a copy of an earlier delivery, which has the same `receipt`, nor, if
        `unless_seen`, by what `by` applied last: a file that is read at every start. `opened_on` is the version that
        the caller looked at (0: none).

        Raises NotInRole, NobodySetsUp or NotAMember where the caller may not, and ChangedMeanwhile where another
        version is in force than the one they looked at.
        """
        document, workspace_id = agreement.model_dump(mode="json"), by.workspace_id
        with self._store.write(alone=True) as session:
            ensure_workspace(self._store, session, workspace_id)
            named = (*agreement.people.marketers, *agreement.people.reps, *agreement.people.managers, by.person)
            ensure_people(self._store, session, workspace_id, {member for member in named if member[:1] in "UW"})
            workspace = session.exec(select(Workspace).where(col(Workspace.id) == workspace_id).with_for_update()).one()
            if receipt and not receipts.keep(self._store, session, workspace_id, receipt, at=at):
                return workspace.agreement_version
            self._require_setup(session, workspace, by)
            if workspace.agreement_version:
                current, who = self._agreement(session, workspace_id, workspace.agreement_version)
                if current == agreement or (
                    unless_seen and self._last_applied(session, workspace_id, by.person) == agreement
                ):
                    return workspace.agreement_version
                if opened_on not in (None, workspace.agreement_version):
                    raise ChangedMeanwhile(
                        person=PersonId(who) if who[:1] in "UW" else "Whoever runs Baton",
                        version=workspace.agreement_version,
                    )
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

    def _require_setup(self, session: Session, workspace: Workspace, by: Caller) -> None:
        """Raises NotInRole, NobodySetsUp or NotAMember unless the caller may put an agreement in force."""
        if workspace.agreement_version:
            in_force = (workspace.agreement_version, workspace.people_stamp)
            self.terms(session, workspace.id, in_force=in_force).require_setup(by)
        else:
            by.require_member()

    def version(self, workspace_id: str, version: int) -> Agreement | None:
        """One version of the agreement, if there is such."""
        with self._store.read() as session:
            if session.get(AgreementVersion, (workspace_id, version)) is None:
                return None
            return self._agreement(session, workspace_id, version)[0]

    def applied_by(self, workspace_id: str, version: int) -> PersonId | None:
        """Who put this version of the agreement in force, if there is such."""
        with self._store.read() as session:
            row = session.get(AgreementVersion, (workspace_id, version))
            return PersonId(row.applied_by) if row is not None else None

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
            if len(self._agreements) >= self._most_agreements:
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
