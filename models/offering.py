"""Offering a lead: its row is kept, somebody is chosen for it, and the clock of the first promise starts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import mail, record
from models.directory import Directory, Terms
from models.effects import promise_columns
from models.errors import AlreadyOpen, InNurture, PersonId
from models.intake import LeadDetails
from models.lifecycle import Move, State
from models.mail import Kind, Letter
from models.promises import within
from models.routing import Choice, choose
from models.store import Store
from models.tables import OPEN, Handoff, Lead, LedgerEntry, table


class Offering:
    """Opens handoffs and offers them, within the caller's transaction."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def keep_lead(
        self, session: Session, workspace_id: str, lead: LeadDetails, *, mends: Handoff | None, at: datetime
    ) -> int:
        """The id of the lead's row, made or brought up to date. Locks it, so that one lead is flagged by one person at
        a time. Raises InNurture where it is too early and nothing new is said."""
        said = {
            "name": lead.name,
            "company": lead.company,
            "email": lead.email,
            "title": lead.title,
            "phone": lead.phone,
            "website": lead.website,
            "employees": lead.employees,
        }
        changed = {name: value for name, value in said.items() if value not in ("", None)}
        if mends and (lead_id := self._mend(session, mends.lead_id, lead.email_key, changed)):
            return lead_id
        leads = table(Lead)
        new = {"workspace_id": workspace_id, "email_key": lead.email_key, "created_at": at, "archived": False}
        row = self._store.upsert(
            session,
            leads,
            new | said,
            key=["workspace_id", "email_key"],
            change=changed,
            returning=[leads.c.id, leads.c.nurture_until, leads.c.archived],
        )
        if row.nurture_until and row.nurture_until > at and not lead.why_now:
            raise InNurture(name=lead.name, until=row.nurture_until)
        if row.nurture_until or row.archived:
            session.execute(sa.update(leads).where(leads.c.id == row.id).values(nurture_until=None, archived=False))
        return int(row.id)

    @staticmethod
    def _mend(session: Session, lead_id: int, email_key: str, changed: dict[str, Any]) -> int | None:
        """Correct a lead that was rejected for its data; it keeps its history under a new address, unless that address
        is another lead's: then None."""
        leads = table(Lead)
        this = session.get_one(Lead, lead_id)
        rival = sa.select(leads.c.id).where(
            leads.c.workspace_id == this.workspace_id, leads.c.email_key == email_key, leads.c.id != lead_id
        )
        if session.execute(rival).first():
            return None
        session.execute(
            sa.update(leads)
            .where(leads.c.id == lead_id)
            .values(**changed, email_key=email_key, nurture_until=None, archived=False)
        )
        return lead_id

    @staticmethod
    def refuse_if_open(session: Session, lead_id: int) -> None:
        """A lead is handed over once at a time. Raises AlreadyOpen, which tells where it is."""
        found = session.exec(
            select(Handoff, Lead.name)
            .join(Lead, col(Lead.id) == col(Handoff.lead_id))
            .where(col(Handoff.lead_id) == lead_id, sa.text(OPEN))
        ).first()
        if found:
            handoff, name = found
            raise AlreadyOpen(
                name=name,
                number=handoff.number,
                flagger=PersonId(handoff.flagged_by),
                at=handoff.flagged_at,
                owner=PersonId(handoff.owner or handoff.flagged_by),
                state=handoff.state,
            )

    def offer(
        self,
        session: Session,
        terms: Terms,
        *,
        lead_id: int,
        flagged_by: PersonId,
        flagged: dict[str, Any],
        at: datetime,
        named: PersonId | None = None,
        follows: int | None = None,
    ) -> int:
        """A new handoff: routed, promised, recorded, announced; its number. `flagged`: what the marketer said of it."""
        choice = self._route(session, terms, lead_id, flagged_by, at=at, named=named)
        promise = within(terms.calendar(choice.person, at=at), at, terms.agreement.sla.accept_hours)
        handoffs = table(Handoff)
        number = int(
            session.execute(
                sa.insert(handoffs)
                .values(
                    workspace_id=terms.workspace_id,
                    lead_id=lead_id,
                    follows=follows,
                    agreement_version=terms.version,
                    state=State.OFFERED.value,
                    version=1,
                    flagged_by=flagged_by,
                    flagged_at=at,
                    owner=choice.person,
                    offered_to=choice.person,
                    accept_due_at=promise.due_at,
                    attempts=0,
                    reason_note="",
                    contested=False,
                    ruled=False,
                    currency="",
                    moved=Move.FLAG.value,
                    moved_by=flagged_by,
                    moved_at=at,
                    **promise_columns(promise),
                    **flagged,
                )
                .returning(handoffs.c.id)
            ).scalar_one()
        )
        record.enter(
            session,
            terms.workspace_id,
            number,
            Move.FLAG,
            by=flagged_by,
            to=State.OFFERED,
            owner=choice.person,
            at=at,
            note=flagged["why_now"],
            detail={**_why(choice), "follows": follows},
        )
        card = Letter(kind=Kind.CARD, key=f"card:{number}", lane=terms.agreement.handoff_channel, handoff_id=number)
        mail.want(
            self._store, session, terms.workspace_id, [card, record.turn(number, choice.person, version=1)], at=at
        )
        return number

    def offer_again(self, session: Session, terms: Terms, handoff: Handoff, *, at: datetime) -> int:
        """A handoff was refused as somebody else's: a new one of the same lead goes to the next."""
        flagged = {name: getattr(handoff, name) for name in ("source", "campaign", "score", "why_now")}
        return self.offer(
            session,
            terms,
            lead_id=handoff.lead_id,
            flagged_by=PersonId(handoff.flagged_by),
            flagged=flagged,
            follows=handoff.number,
            at=at,
        )

    def reassign(
        self, session: Session, terms: Terms, handoff: Handoff, *, hours: float, at: datetime
    ) -> dict[str, Any]:
        """The columns of a handoff that goes back on offer, to somebody who has not given it back before. Whoever has
        it gives it back now, which the ledger does not know yet."""
        giving_back = frozenset({PersonId(handoff.owner)} if handoff.owner else ())
        flagged_by = PersonId(handoff.flagged_by)
        choice = self._route(session, terms, handoff.lead_id, flagged_by, at=at, giving_back=giving_back)
        promise = within(terms.calendar(choice.person, at=at), at, hours)
        return {**promise_columns(promise), "owner": choice.person, "offered_to": choice.person}

    def _route(
        self,
        session: Session,
        terms: Terms,
        lead_id: int,
        flagged_by: PersonId,
        *,
        at: datetime,
        named: PersonId | None = None,
        giving_back: frozenset[PersonId] = frozenset(),
    ) -> Choice:
        reps = [rep for rep in terms.reps if rep != flagged_by] or list(terms.reps)
        known = self._directory.candidates(session, terms, {*reps, *terms.managers}, at=at)
        return choose(
            [known[rep] for rep in reps],
            managers=[known[manager] for manager in terms.managers],
            named=named,
            refused_by=_refused_by(session, lead_id) | giving_back,
            last_resort=flagged_by,
            at=at,
        )


def _refused_by(session: Session, lead_id: int) -> frozenset[PersonId]:
    """Who rejected or returned this lead before: it does not come back to them of itself."""
    rows = session.exec(
        select(LedgerEntry.actor)
        .join(Handoff, col(Handoff.id) == col(LedgerEntry.handoff_id))
        .where(col(Handoff.lead_id) == lead_id)
        .where(col(LedgerEntry.move).in_([Move.REJECT.value, Move.RETURN.value]))
    )
    return frozenset(PersonId(actor) for actor in rows)


def _why(choice: Choice) -> dict[str, Any]:
    """A routing decision as the ledger keeps it."""
    return {"rule": choice.rule, "passed_over": {rep.person: rep.rule for rep in choice.passed_over}}
