"""The agreement in force in a workspace, with its people, their roles and their calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.errors import ChangedMeanwhile, NotSetUp, PersonId
from models.outbox import queue
from models.rules.agreement import Agreement, stored
from models.rules.callers import Caller
from models.rules.facts import Colleague
from models.rules.members import KindOf, MemberKind
from models.rules.messages import To, going
from models.rules.rows import HappeningRow, LineKind, ReceiptRow
from models.rules.terms import Terms
from models.storage import ledger
from models.storage.change import Look
from models.storage.ids import new_id
from models.storage.store import Store
from models.storage.tables import AgreementVersion, Person, Receipt, UserGroup, Workspace, table
from models.storage.upsert import insert_once
from models.workspace.roster import ensure_people, ensure_workspace

_person, _group, _version = table(Person).c, table(UserGroup).c, table(AgreementVersion).c
_IN_FORCE = sa.select(table(Workspace).c.agreement_version, table(Workspace).c.people_stamp).where(
    table(Workspace).c.id == sa.bindparam("id")
)
_PEOPLE = sa.select(*(_person[fact] for fact in Colleague._fields)).where(
    _person.workspace_id == sa.bindparam("workspace")
)
_VERSION = sa.select(_version.document, _version.applied_by).where(
    _version.workspace_id == sa.bindparam("workspace"), _version.version == sa.bindparam("version")
)
_GROUPS = sa.select(_group.id, _group.members).where(_group.workspace_id == sa.bindparam("workspace"))
# What terms are read with.
Reads = Session | Look
# The most versions that memory keeps, about 30 KB each. Open handoffs use far fewer versions.
MOST_AGREEMENTS = 100


class Agreements:
    """Reads and writes agreements, and reads the people of a workspace. `kind_of` says whether an id in an agreement
    names a person or a group."""

    def __init__(self, store: Store, *, kind_of: KindOf, most_agreements: int = MOST_AGREEMENTS) -> None:
        self._store = store
        self._kind_of = kind_of
        self._most_agreements = most_agreements
        self._agreements: dict[tuple[str, int], tuple[Agreement, str]] = {}
        self._terms: dict[str, Terms] = {}

    def terms(self, session: Reads, workspace_id: str, *, in_force: tuple[int, str] | None = None) -> Terms:
        """Returns the agreement in force with its people. Reads them again only if either has changed. `in_force` is
        the version and the stamp, for a caller that has just read them. Raises NotSetUp before the first agreement."""
        now = in_force or session.execute(_IN_FORCE, {"id": workspace_id}).one_or_none()
        if now is None or not now[0]:
            raise NotSetUp
        known = self._terms.get(workspace_id)
        if known is None or (known.version, known.people_stamp) != tuple(now):
            known = self._read_terms(session, workspace_id, *now)
            self._terms[workspace_id] = known
        return known

    def remembered(self, workspace_id: str, person: str) -> Colleague | None:
        """Returns a person as of the last read of the terms, without a query to the database. None if unknown."""
        terms = self._terms.get(workspace_id)
        return terms.people.get(person) if terms is not None else None

    def stamped(self, session: Reads, terms: Terms, version: int) -> Terms:
        """Returns the same people under this version of the agreement."""
        if version == terms.version:
            return terms
        agreement, applied_by = self._agreement(session, terms.workspace_id, version)
        groups = self._groups(agreement, terms.groups)
        return replace(terms, version=version, agreement=agreement, applied_by=applied_by, groups=groups)

    def _read_terms(self, session: Reads, workspace_id: str, version: int, people_stamp: str) -> Terms:
        agreement, applied_by = self._agreement(session, workspace_id, version)
        groups = session.execute(_GROUPS, {"workspace": workspace_id})
        people = session.execute(_PEOPLE, {"workspace": workspace_id})
        return Terms(
            workspace_id=workspace_id,
            version=version,
            people_stamp=people_stamp,
            agreement=agreement,
            applied_by=applied_by,
            groups=self._groups(agreement, {group.id: group.members for group in groups}),
            people={person.id: Colleague._make(person) for person in people},
        )

    def _groups(self, agreement: Agreement, reported: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """Returns the members of each group. A group that the agreement names and the chat has not reported has none.
        Otherwise its id would pass for a person."""
        named = (one for one in _named(agreement) if self._kind_of(one) is MemberKind.GROUP)
        return {**dict.fromkeys(named, ()), **reported}

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
        """Puts this agreement in force and returns its version. Applying the agreement in force again changes nothing.

        A later change stays in force in two cases: if a copy of an earlier delivery, with the same `receipt`, arrives;
        and, with `unless_seen`, if this agreement is the one that `by` applied last (a file that Baton reads at every
        start). `opened_on` is the version that the caller looked at (0: none).

        Raises NotInRole, NobodySetsUp or NotAMember if the caller may not do it. Raises ChangedMeanwhile if another
        version is in force than the one that the caller looked at.
        """
        document, workspace_id = agreement.model_dump(mode="json"), by.workspace_id
        with self._store.write(alone=True) as session:
            ensure_workspace(session, workspace_id)
            named = {*_named(agreement), by.person}
            ensure_people(session, workspace_id, {one for one in named if self._kind_of(one) is MemberKind.PERSON})
            workspace = session.exec(select(Workspace).where(col(Workspace.id) == workspace_id).with_for_update()).one()
            if receipt and not insert_once(
                session, table(Receipt), ReceiptRow(workspace_id, receipt, None, at)._asdict()
            ):
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
                        person=PersonId(who) if self._kind_of(who) is MemberKind.PERSON else "Whoever runs Baton",
                        version=workspace.agreement_version,
                    )
            version = workspace.agreement_version + 1
            session.add(
                AgreementVersion(
                    workspace_id=workspace_id, version=version, document=document, applied_by=by.person, applied_at=at
                )
            )
            ledger.append(
                session,
                HappeningRow(new_id(), workspace_id, None, at, by.person, LineKind.AGREEMENT, {"version": version}),
            )
            workspace.agreement_version = version
            if workspace.next_digest_at is None or workspace.next_digest_at > at:  # an overdue digest is still sent
                workspace.next_digest_at = agreement.next_digest(at)
            queue.move_unsent(session, workspace_id, agreement.handoff_channel, going(To.HANDOFFS), at=at)
            queue.move_unsent(session, workspace_id, agreement.digests_to, going(To.DIGESTS), at=at)
            workspace.roster_synced_at = None  # the new agreement may name other channels and groups
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
        """Returns one version of the agreement, or None if it does not exist."""
        with self._store.read() as session:
            if session.get(AgreementVersion, (workspace_id, version)) is None:
                return None
            return self._agreement(session, workspace_id, version)[0]

    def applied_by(self, workspace_id: str, version: int) -> PersonId | None:
        """Returns who put this version of the agreement in force, or None if it does not exist."""
        with self._store.read() as session:
            row = session.get(AgreementVersion, (workspace_id, version))
            return PersonId(row.applied_by) if row is not None else None

    def _agreement(self, session: Reads, workspace_id: str, version: int) -> tuple[Agreement, str]:
        """Returns one version and who applied it. A version never changes, so memory keeps it after one read."""
        key = (workspace_id, version)
        known = self._agreements.get(key)
        if known is None:
            row = session.execute(_VERSION, {"workspace": workspace_id, "version": version}).one()
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


def _named(agreement: Agreement) -> tuple[str, ...]:
    """Returns the ids of the people and groups that the agreement names."""
    people = agreement.people
    return (*people.marketers, *people.reps, *people.managers)
