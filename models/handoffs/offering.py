"""Offering a lead: stores its row, chooses a person for it, and starts the time of the first promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import AlreadyOpen, InNurture, PersonId
from models.rules import messages, undoing
from models.rules.fields import LeadDetails
from models.rules.lifecycle import OPEN_STATES, Move, State
from models.rules.moves import promise_columns
from models.rules.promises import within
from models.rules.routing import Choice, choose
from models.rules.search_text import search_text
from models.rules.terms import Terms
from models.storage import changes, ledger
from models.storage.store import Columns, Store, Upsert
from models.storage.tables import Handoff, Lead, LedgerEntry, as_read, table
from models.workspace.agreements import Agreements

_SAID = ("name", "company", "email", "title", "phone", "website", "employees")
_lead, _handoff, _ledger = table(Lead).c, table(Handoff).c, table(LedgerEntry).c


def _said_again(row: Columns, said: Columns) -> dict[str, Any]:
    """Returns the columns of a lead that is flagged again. New values replace old ones. Empty values leave the old
    ones."""
    known = {name: sa.func.nullif(said[name], "") if name != "employees" else said[name] for name in _SAID}
    return {name: sa.func.coalesce(value, row[name]) for name, value in known.items()}


_KEEP = Upsert(
    into=table(Lead),
    key=("workspace_id", "email_key"),
    change=_said_again,
    returning=tuple(_lead.keys()),
)
# The columns of a lead that flagging it may change.
_CHANGED = (*_SAID, "email_key", "nurture_until", "archived", "search_text")
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
        & ~ledger.is_undone(_ledger.id),
    )
    .where(_handoff.lead_id == sa.bindparam("lead"))
)


@dataclass(frozen=True, kw_only=True)
class Past:
    """The earlier handoffs of a lead: the open one if there is one, the rejections that marketing has not answered yet,
    and everybody who rejected or returned it."""

    open: sa.Row[Any] | None
    unanswered: Mapping[int, sa.Row[Any]]
    given_back_by: frozenset[PersonId]

    def refuse_if_open(self) -> None:
        """Raises AlreadyOpen, which names the open handoff. A lead has at most one open handoff."""
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
    """Opens handoffs and offers them, in the caller's transaction."""

    def __init__(self, store: Store, agreements: Agreements) -> None:
        self._store = store
        self._agreements = agreements

    def keep_lead(
        self, session: Session, workspace_id: str, lead: LeadDetails, *, mends: Handoff | None, at: datetime
    ) -> tuple[Lead, undoing.Columns]:
        """Inserts or updates the lead. Returns it as it is stored now, and the earlier values of the columns that
        changed. Locks its row, so that only one person at a time flags a lead. Raises InNurture if the nurture time is
        not over and the request does not say why now."""
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
        """Corrects a lead that was rejected for its data. The lead keeps its history under a new address. Returns None
        if another lead has that address."""
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
        """Returns the earlier handoffs of this lead."""
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
        """Inserts a new handoff: chooses its owner, sets its promise, appends the ledger line and asks for the
        messages. Returns the handoff and the id of the ledger line. `flagged` holds what the marketer said about the
        lead. `before` holds the earlier values, if the flag can be undone."""
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
        line = ledger.append(
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
        shown = [
            messages.card(number, terms.agreement.handoff_channel),
            messages.yours(number, choice.person, version=1),
        ]
        changes.want(self._store, session, terms.workspace_id, shown, at=at)
        return as_read(Handoff, {"id": number, **handoff}), line

    def offer_again(self, session: Session, terms: Terms, handoff: Handoff, *, at: datetime) -> None:
        """Opens a new handoff of the same lead for the next person, after a rejection that reroutes it."""
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
        """Returns the columns of a handoff that is offered again, to a person who has not given it back before. The
        present owner counts as one who gave it back, because the ledger line of that is not written yet."""
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
        """Chooses the person to whom the lead is offered. Routing never picks a person who gave it back."""
        reps = [rep for rep in terms.reps if rep != flagged_by] or list(terms.reps)
        known = self._agreements.candidates(session, terms, {*reps, *terms.managers}, at=at)
        return choose(
            [known[rep] for rep in reps],
            managers=[known[manager] for manager in terms.managers],
            named=named,
            refused_by=given_back_by,
            last_resort=flagged_by,
            at=at,
        )


def _why(choice: Choice) -> dict[str, Any]:
    """Returns a routing decision as the ledger keeps it."""
    return {"rule": choice.rule, "passed_over": {rep.person: rep.rule for rep in choice.passed_over}}
