"""Offering a lead: its row is kept, somebody is chosen for it, and the clock of the first promise starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import mail, record, undoing
from models.directory import Directory, Terms
from models.effects import promise_columns
from models.errors import AlreadyOpen, InNurture, PersonId
from models.intake import LeadDetails
from models.lifecycle import OPEN_STATES, Move, State
from models.mail import Kind, Letter
from models.promises import within
from models.routing import Choice, choose
from models.search import search_text
from models.store import Columns, Store, Upsert
from models.tables import Handoff, Lead, LedgerEntry, as_read, table

_SAID = ("name", "company", "email", "title", "phone", "website", "employees")
_lead, _handoff, _ledger = table(Lead).c, table(Handoff).c, table(LedgerEntry).c


def _said_again(row: Columns, said: Columns) -> dict[str, Any]:
    """What is said of a lead anew counts; what is left out this time stays as it was known."""
    known = {name: sa.func.nullif(said[name], "") if name != "employees" else said[name] for name in _SAID}
    return {name: sa.func.coalesce(value, row[name]) for name, value in known.items()}


_KEEP = Upsert(
    into=table(Lead),
    key=("workspace_id", "email_key"),
    change=_said_again,
    returning=tuple(_lead.keys()),
)
_CHANGED = (*_SAID, "email_key", "nurture_until", "archived", "search_text")
"""What flagging a lead may change of it."""
_AS_IT_WAS = (
    sa.select(*(_lead[name] for name in _CHANGED))
    .where(_lead.workspace_id == sa.bindparam("workspace"), _lead.email_key == sa.bindparam("key"))
    .with_for_update()
)
_OFFER = sa.insert(table(Handoff)).returning(_handoff.id)
_PAST = (
    sa.select(
        _handoff.id,
        _handoff.state,
        _handoff.flagged_by,
        _handoff.flagged_at,
        _handoff.owner,
        _handoff.answered_at,
        _handoff.next_nudge_at,
        _lead.name,
        _ledger.actor.label("given_back_by"),
    )
    .join_from(table(Handoff), table(Lead), _lead.id == _handoff.lead_id)
    .outerjoin(
        table(LedgerEntry),
        (_ledger.handoff_id == _handoff.id)
        & _ledger.move.in_([Move.REJECT.value, Move.RETURN.value])
        & ~record.is_undone(_ledger.id),
    )
    .where(_handoff.lead_id == sa.bindparam("lead"))
)


@dataclass(frozen=True, kw_only=True)
class Past:
    """What became of a lead before: the handoff that is open, if one is, the rejections that marketing has not answered
    yet, and everybody who rejected or returned it."""

    open: sa.Row[Any] | None
    unanswered: Mapping[int, sa.Row[Any]]
    given_back_by: frozenset[PersonId]

    def refuse_if_open(self) -> None:
        """A lead is handed over once at a time. Raises AlreadyOpen, which tells where it is."""
        if self.open is not None:
            raise AlreadyOpen(
                name=self.open.name,
                number=self.open.id,
                flagger=PersonId(self.open.flagged_by),
                at=self.open.flagged_at,
                owner=PersonId(self.open.owner or self.open.flagged_by),
                state=self.open.state,
            )


class Offering:
    """Opens handoffs and offers them, within the caller's transaction."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def keep_lead(
        self, session: Session, workspace_id: str, lead: LeadDetails, *, mends: Handoff | None, at: datetime
    ) -> tuple[Lead, undoing.Columns]:
        """The lead as it is stored now, made or brought up to date, and what of it was otherwise before. Locks its row,
        so that one lead is flagged by one person at a time. Raises InNurture where it is too early and nothing new is
        said."""
        said = {name: getattr(lead, name) for name in _SAID}
        if mends:
            changed = {name: value for name, value in said.items() if value not in ("", None)}
            if mended := self._mend(session, mends.lead_id, lead.email_key, changed):
                return mended
        leads = table(Lead)
        was = session.execute(_AS_IT_WAS, {"workspace": workspace_id, "key": lead.email_key}).first()
        new = {"workspace_id": workspace_id, "email_key": lead.email_key, "created_at": at, "archived": False}
        new["search_text"] = search_text(lead.name, lead.company, lead.email)
        row = self._store.upsert(session, _KEEP, new | said).mappings().one()
        if row["nurture_until"] and row["nurture_until"] > at and not lead.why_now:
            raise InNurture(name=lead.name, until=row["nurture_until"])
        found_by = search_text(row["name"], row["company"], row["email"])
        anew = {"nurture_until": None, "archived": False, "search_text": found_by}
        if any(row[name] != value for name, value in anew.items()):
            session.execute(sa.update(leads).where(leads.c.id == row["id"]).values(anew))
        now = as_read(Lead, {**row, **anew})
        differs = [name for name in _CHANGED if getattr(was, name) != getattr(now, name)] if was else []
        return now, undoing.kept(was, differs)

    @staticmethod
    def _mend(
        session: Session, lead_id: int, email_key: str, changed: dict[str, Any]
    ) -> tuple[Lead, undoing.Columns] | None:
        """Correct a lead that was rejected for its data; it keeps its history under a new address, unless that address
        is another lead's: then None."""
        leads = table(Lead)
        this = session.get_one(Lead, lead_id)
        rival = sa.select(leads.c.id).where(
            leads.c.workspace_id == this.workspace_id, leads.c.email_key == email_key, leads.c.id != lead_id
        )
        if session.execute(rival).first():
            return None
        before = undoing.kept(this, _CHANGED)
        session.execute(
            sa.update(leads)
            .where(leads.c.id == lead_id)
            .values(**changed, email_key=email_key, nurture_until=None, archived=False)
        )
        session.refresh(this)
        found_by = search_text(this.name, this.company, this.email)
        session.execute(sa.update(leads).where(leads.c.id == lead_id).values(search_text=found_by))
        session.expunge(this)
        return this, {name: value for name, value in before.items() if value != undoing.kept(this, [name])[name]}

    @staticmethod
    def past(session: Session, lead_id: int) -> Past:
        """What became of this lead so far."""
        rows = session.execute(_PAST, {"lead": lead_id}).all()
        return Past(
            open=next((row for row in rows if row.state in OPEN_STATES), None),
            unanswered={row.id: row for row in rows if row.state == State.REJECTED and row.answered_at is None},
            given_back_by=frozenset(PersonId(row.given_back_by) for row in rows if row.given_back_by),
        )

    def offer(
        self,
        session: Session,
        terms: Terms,
        *,
        lead_id: int,
        given_back_by: frozenset[PersonId],
        flagged_by: PersonId,
        flagged: dict[str, Any],
        at: datetime,
        named: PersonId | None = None,
        follows: int | None = None,
        before: undoing.Before | None = None,
    ) -> tuple[Handoff, int]:
        """A new handoff: routed, promised, recorded, announced; and its line of the ledger. `flagged`: what the
        marketer said of it; `before`: how things were, if that can be taken back."""
        choice = self._route(session, terms, flagged_by, given_back_by, at=at, named=named)
        promise = within(terms.calendar(choice.person, at=at), at, terms.agreement.sla.accept_hours)
        handoff = {
            "workspace_id": terms.workspace_id,
            "lead_id": lead_id,
            "follows": follows,
            "agreement_version": terms.version,
            "state": State.OFFERED.value,
            "version": 1,
            "flagged_by": flagged_by,
            "flagged_at": at,
            "owner": choice.person,
            "offered_to": choice.person,
            "accept_due_at": promise.due_at,
            "attempts": 0,
            "reason_note": "",
            "contested": False,
            "ruled": False,
            "voided": False,
            "currency": "",
            "moved": Move.FLAG.value,
            "moved_by": flagged_by,
            "moved_at": at,
            **promise_columns(promise),
            **flagged,
        }
        number = int(session.execute(_OFFER, handoff).scalar_one())
        line = record.enter(
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
            before=before,
        )
        card = Letter(kind=Kind.CARD, key=f"card:{number}", lane=terms.agreement.handoff_channel, handoff_id=number)
        mail.want(
            self._store, session, terms.workspace_id, [card, record.turn(number, choice.person, version=1)], at=at
        )
        return as_read(Handoff, {"id": number, **handoff}), line

    def offer_again(self, session: Session, terms: Terms, handoff: Handoff, *, at: datetime) -> None:
        """A handoff was refused as somebody else's: a new one of the same lead goes to the next."""
        flagged = {name: getattr(handoff, name) for name in ("source", "campaign", "score", "why_now")}
        self.offer(
            session,
            terms,
            lead_id=handoff.lead_id,
            given_back_by=self.past(session, handoff.lead_id).given_back_by,
            flagged_by=PersonId(handoff.flagged_by),
            flagged=flagged,
            follows=handoff.number,
            at=at,
        )

    def reassign(
        self, session: Session, terms: Terms, handoff: Handoff, past: Past, *, hours: float, at: datetime
    ) -> dict[str, Any]:
        """The columns of a handoff that goes back on offer, to somebody who has not given it back before. Whoever has
        it gives it back now, which the ledger does not know yet."""
        given_back_by = past.given_back_by | ({PersonId(handoff.owner)} if handoff.owner else set())
        choice = self._route(session, terms, PersonId(handoff.flagged_by), given_back_by, at=at)
        promise = within(terms.calendar(choice.person, at=at), at, hours)
        return {**promise_columns(promise), "owner": choice.person, "offered_to": choice.person}

    def _route(
        self,
        session: Session,
        terms: Terms,
        flagged_by: PersonId,
        given_back_by: frozenset[PersonId],
        *,
        at: datetime,
        named: PersonId | None = None,
    ) -> Choice:
        """To whom the lead is offered; to nobody who gave it back before, it does not return to them of itself."""
        reps = [rep for rep in terms.reps if rep != flagged_by] or list(terms.reps)
        known = self._directory.candidates(session, terms, {*reps, *terms.managers}, at=at)
        return choose(
            [known[rep] for rep in reps],
            managers=[known[manager] for manager in terms.managers],
            named=named,
            refused_by=given_back_by,
            last_resort=flagged_by,
            at=at,
        )


def _why(choice: Choice) -> dict[str, Any]:
    """A routing decision as the ledger keeps it."""
    return {"rule": choice.rule, "passed_over": {rep.person: rep.rule for rep in choice.passed_over}}
