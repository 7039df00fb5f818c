"""Offering a lead: stores its row, chooses a person for it, and starts the time of the first promise."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import AlreadyOpen, PersonId
from models.handoffs import addresses
from models.rules import flagging, messages
from models.rules.fields import LeadDetails
from models.rules.ladders import What
from models.rules.lifecycle import OPEN_STATES, Move
from models.rules.routing import Choice, choose
from models.rules.rows import Before, Flagged, HandoffRow, LeadRow, PromiseRow, line_of
from models.rules.terms import Terms
from models.storage import changes, ledger, promise_rows, rows
from models.storage.store import Store
from models.storage.tables import Handoff, Lead, LedgerEntry, table
from models.workspace.agreements import Agreements

_lead, _handoff, _ledger = table(Lead).c, table(Handoff).c, table(LedgerEntry).c
_LEAD = sa.select(*(_lead[name] for name in LeadRow._fields))
_BY_ID = _LEAD.where(_lead.id == sa.bindparam("lead")).with_for_update()
_INSERT_LEAD = sa.insert(table(Lead)).returning(_lead.id)
_INSERT_HANDOFF = sa.insert(table(Handoff)).returning(_handoff.id)
_PAST = (
    sa.select(
        _handoff.id,
        _handoff.state,
        _handoff.flagged_by,
        _handoff.flagged_at,
        _handoff.owner,
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
    """The earlier handoffs of a lead: the open one if there is one, and everybody who rejected or returned it."""

    open: sa.Row[Any] | None
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
        self, session: Session, workspace_id: str, said: LeadDetails, *, mends: Handoff | None, at: datetime
    ) -> tuple[LeadRow | None, LeadRow]:
        """Inserts or updates the lead. Returns it as it was (None: nobody flagged it before), and as it is now. Locks
        its row, so that only one person at a time flags a lead. Raises InNurture if the nurture time is not over and
        the request does not say why now."""
        was = addresses.known_by(session, workspace_id, said.email_key)
        if mends and (was is None or was.id == mends.lead_id):  # it keeps its history under a new address
            was = LeadRow._make(session.execute(_BY_ID, {"lead": mends.lead_id}).one())
            now = flagging.mended(was, said)
        elif was is not None:
            now = flagging.flagged_again(was, said, at=at)
        else:
            new = flagging.new_lead(said, workspace_id, at=at)
            return None, new._replace(id=_insert(session, _INSERT_LEAD, new))
        changes.put_lead(session, was, now)
        addresses.corrected(session, was, now, at=at)
        return was, now

    @staticmethod
    def past(session: Session, lead_id: int) -> Past:
        """Returns the earlier handoffs of this lead."""
        rows = session.execute(_PAST, {"lead": lead_id}).all()
        return Past(
            open=next((row for row in rows if row.state in OPEN_STATES), None),
            given_back_by=frozenset(PersonId(row.given_back_by) for row in rows if row.given_back_by),
        )

    def offer(
        self,
        session: Session,
        terms: Terms,
        said: Flagged,
        *,
        lead_id: int,
        given_back_by: frozenset[PersonId],
        flagged_by: PersonId,
        at: datetime,
        named: PersonId | None = None,
        follows: int | None = None,
        before: Before | None = None,
    ) -> tuple[HandoffRow, PromiseRow, int]:
        """Inserts a new handoff and the promise to answer it: chooses its owner, appends the ledger line and asks for
        the messages. Returns both, and the id of the ledger line. `before` holds the earlier values, if the flag can be
        undone."""
        choice = self._route(session, terms, flagged_by, given_back_by, at=at, named=named)
        new = flagging.offered(terms, said, choice, lead_id=lead_id, flagged_by=flagged_by, follows=follows, at=at)
        handoff = new._replace(id=_insert(session, _INSERT_HANDOFF, new))
        promise = flagging.answer(handoff, terms, terms.agreement.ladder(What.ANSWER, source=new.source), at=at)
        promise_rows.put(session, (), (promise,))
        line = ledger.append(
            session,
            line_of(handoff, Move.FLAG, by=flagged_by, at=at)._replace(
                note=said.why_now, detail=flagging.why(choice, follows=follows), before=before
            ),
        )
        shown = [
            messages.card(handoff.number, terms.agreement.handoff_channel),
            messages.yours(handoff.number, choice.person, version=1),
        ]
        changes.want(self._store, session, terms.workspace_id, shown, at=at)
        return handoff, promise, line

    def offer_again(self, session: Session, terms: Terms, handoff: HandoffRow, *, at: datetime) -> None:
        """Opens a new handoff of the same lead for the next person, after a rejection that reroutes it."""
        self.offer(
            session,
            terms,
            Flagged(handoff.source, handoff.campaign, handoff.score, handoff.why_now),
            lead_id=handoff.lead_id,
            given_back_by=self.past(session, handoff.lead_id).given_back_by,
            flagged_by=handoff.flagged_by,
            follows=handoff.number,
            at=at,
        )

    def reassign(self, session: Session, terms: Terms, handoff: HandoffRow, past: Past, *, at: datetime) -> HandoffRow:
        """Returns a handoff that is offered again, to a person who has not given it back before. The present owner
        counts as one who gave it back, because the ledger line of that is not written yet."""
        given_back_by = past.given_back_by | ({handoff.owner} if handoff.owner else set())
        choice = self._route(session, terms, handoff.flagged_by, given_back_by, at=at)
        return flagging.offered_again(handoff, choice)

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


def _insert(session: Session, statement: sa.Executable, row: LeadRow | HandoffRow) -> int:
    """Inserts a row. Returns the id that the database gives it."""
    columns = rows.stored(row)
    del columns["id"]
    return int(session.execute(statement, columns).scalar_one())
