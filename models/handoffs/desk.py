"""The desk: the operations on handoffs, one transaction each.

Each operation has the same four steps: load, decide (pure), write conditionally, record (ledger, outbox, receipt). The
database decides who was first. A write of a move succeeds only if the handoff still has the version that the decision
used. Otherwise the transaction rolls back, and the desk decides again on the new facts, so the loser learns who won.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from models.errors import NothingMended, NotSetUp, Refused, Repeated
from models.handoffs import briefs, mending
from models.handoffs.briefs import HandoffBrief, standing
from models.handoffs.offering import Offering
from models.rules import flagging, messages, moves, promises
from models.rules.agreement import FEEDBACK
from models.rules.callers import Caller, program
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import OPEN_STATES, Move, Role, next_state
from models.rules.moves import Change, Situation
from models.rules.requests import (
    CommentRequest,
    EditRequest,
    FlagRequest,
    MoveRequest,
    Once,
    ReactionRequest,
    UndoRequest,
)
from models.rules.rows import Before, Columns, line_of
from models.rules.terms import Terms
from models.rules.undoing import earlier
from models.storage import changes, ledger, problems, promise_rows, receipts, rows
from models.storage.store import Store
from models.storage.tables import Comment, Feedback, Handoff, LedgerEntry, Receipt, table
from models.workspace.agreements import Agreements
from models.workspace.roster import ensure_people

# How many times the desk decides a move again because somebody else moved first. Each time one of the rivals has
# succeeded.
RACES = 10

_handoff, _entry = table(Handoff).c, table(LedgerEntry).c
_CONTACT_LOGGED_AT = sa.select(sa.func.max(_entry.at)).where(
    _entry.handoff_id == sa.bindparam("number"),
    _entry.move == Move.CONTACT.value,
    _entry.actor == sa.bindparam("person"),
    ~ledger.is_undone(_entry.id),
)

# A handoff and the later handoffs of its lead. Their cards quote its comments.
_SINCE = sa.select(_handoff.id).where(_handoff.lead_id == sa.bindparam("lead"), _handoff.id >= sa.bindparam("number"))


class Desk:
    """The operations. Each takes a request, the caller and the present moment, commits, and returns the handoff as it
    stands now."""

    def __init__(self, store: Store, agreements: Agreements, *, on_commit: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._agreements = agreements
        self._offering = Offering(store, agreements)
        self._on_commit = on_commit

    def flag(self, request: FlagRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Offers a lead to a rep. Raises NotSetUp, NotInRole, AlreadyOpen, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            terms = self._agreements.terms(session, by.workspace_id)
            terms.require(Role.MARKETER, by, verb="flag leads")
            if request.rep:
                terms.require_rep(request.rep)
            taking_part = {by.person, request.rep or by.person}
            ensure_people(self._store, session, by.workspace_id, taking_part - terms.people.keys())
            said = request.lead
            mended = self._mended(session, request, by)
            was, lead = self._offering.keep_lead(session, by.workspace_id, said, mends=mended, at=at)
            past = self._offering.past(session, lead.id)
            past.refuse_if_open()
            answered = self._keep(session, terms, lead.id, (*REPLIES, What.RECALL), at) if was else {}
            if mended and mended.lead_id != lead.id:
                answered |= self._keep(session, terms, mended.lead_id, REPLIES, at)
            handoff, promise, line = self._offering.offer(
                session,
                terms,
                flagging.flagged(said),
                lead_id=lead.id,
                given_back_by=past.given_back_by,
                flagged_by=by.person,
                named=request.rep,
                follows=request.mends,
                before=Before(lead=earlier(was, lead) if was else {}, promises=answered),
                at=at,
            )
            now, lead_now = rows.as_handoff(handoff), rows.as_lead(lead)
            return HandoffBrief(handoff=now, lead=lead_now, promises=(promise,), terms=terms, line=line)

        return self._once(request, act, by=by, at=at)

    def move(self, request: MoveRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Makes a move on a handoff. Raises what `lifecycle.next_state` and the rules of the move raise, NoSuchHandoff,
        NotSetUp, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            brief = briefs.load(session, self._agreements, request.number, by=by, their_own=True)
            was, terms = rows.handoff_row(brief.handoff), brief.terms
            to = next_state(standing(brief.handoff), request.move, by=by.person, roles=terms.roles(by))
            stamped = self._agreements.stamped(session, terms, was.agreement_version)
            situation = Situation(
                request=request,
                by=by.person,
                handoff=was,
                lead=rows.lead_row(brief.lead),
                promises=brief.promises,
                terms=terms,
                stamped=stamped,
                at=at,
                contact_logged_at=_contact_logged_at(session, request, by) if request.move is Move.CONTACT else None,
            )
            change = moves.of(situation, to)
            if change.reassign:
                past = self._offering.past(session, was.lead_id)
                if was.state not in OPEN_STATES:
                    past.refuse_if_open()
                ladder = stamped.agreement.ladder(What.ANSWER, source=was.source)
                again = self._offering.reassign(session, terms, change.handoff, past, at=at)
                answer = flagging.answer(again, terms, ladder, at=at)
                change = replace(change, handoff=again, promises=(*change.promises, answer))
            self._write(session, situation, change)
            line = self._tell(session, situation, change)
            if change.offer_again:
                self._offering.offer_again(session, terms, change.handoff, at=at)
            now, lead = rows.as_handoff(change.handoff), rows.as_lead(change.lead)
            live = promises.after(situation.promises, change.promises)
            return HandoffBrief(handoff=now, lead=lead, promises=live, terms=terms, line=line)

        return self._once(request, act, by=by, at=at)

    def edit(self, request: EditRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Corrects the fields of a lead. Raises what `mending.edit` raises, NoSuchHandoff, NotSetUp, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            return mending.edit(session, self._load(session, request.number, by), request, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def undo(self, request: UndoRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Undoes what the caller did. Raises what `mending.undo` raises, NotSetUp, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            return mending.undo(session, self._agreements, self._offering, request, by=by, at=at)

        return self._once(request, act, by=by, at=at)

    def react(self, request: ReactionRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Stores or withdraws feedback. An event older than the stored one changes nothing. Only reactions of reps and
        managers are feedback. Reactions of anybody else, and of the person who flagged the lead, are not stored."""

        def act(session: Session) -> HandoffBrief:
            brief = self._load(session, request.number, _anybody(by))
            meaning = brief.terms.agreement.meaning(request.reaction)
            counts = by.person != brief.handoff.flagged_by and brief.terms.roles(by) & {Role.REP, Role.MANAGER}
            if meaning in FEEDBACK and (counts or not request.given):  # without a role, one may still withdraw feedback
                feedback = table(Feedback)
                key = {"handoff_id": request.number, "person": by.person, "reaction": request.reaction}
                said = {"meaning": meaning.value, "given": request.given, "event_at": request.event_at, "at": at}
                row = {"workspace_id": by.workspace_id, **key, **said}
                if not (counts and self._store.insert_once(session, feedback, row)):
                    session.execute(
                        sa.update(feedback)
                        .where(*(feedback.c[name] == value for name, value in key.items()))
                        .where(feedback.c.event_at < request.event_at)
                        .values(**said)
                    )
                changes.refresh(session, request.number, at=at)
            return brief

        return self._once(request, act, by=by, at=at)

    def comment(self, request: CommentRequest, *, by: Caller, at: datetime) -> None:
        """Stores a reply in a card's thread with its present text, whoever wrote it. An event older than the stored one
        changes nothing."""
        comments = table(Comment)
        key = {"handoff_id": request.number, "ts": request.ts}
        said = {"text": request.text or "", "deleted": request.text is None, "event_at": request.event_at}
        row = {"workspace_id": by.workspace_id, **key, "person": by.person, "at": at, **said}
        with self._store.write() as session:
            lead = self._load(session, request.number, _anybody(by)).lead.key
            if not self._store.insert_once(session, comments, row):
                session.execute(
                    sa.update(comments)
                    .where(*(comments.c[name] == value for name, value in key.items()))
                    .where(comments.c.event_at < request.event_at)
                    .values(**said)
                )
            for number in session.scalars(_SINCE, {"lead": lead, "number": request.number}):
                changes.refresh(session, number, at=at)
        self._on_commit()

    def first_time(self, receipt: str, *, by: Caller, at: datetime) -> bool:
        """True if this delivery was not answered before. Records that it is answered now."""
        with self._store.write() as session:
            return receipts.keep(self._store, session, by.workspace_id, receipt, at=at)

    # The steps.

    def _once(self, request: Once, act: Callable[[Session], HandoffBrief], *, by: Caller, at: datetime) -> HandoffBrief:
        """Runs the operation, unless this delivery had its effect before. Then the answer is the same, and nothing
        happens again. Decides again after a rivalry, at most RACES times."""
        for _ in range(RACES):
            try:
                with self._store.write() as session:
                    brief = act(session)
                    if not self._keep_receipt(session, request, by, brief.number, at):
                        raise Repeated
            except changes.Rivalry:
                continue
            except sa.exc.DBAPIError as error:
                if not problems.is_rivalry(error):
                    raise
                continue
            except Refused as refusal:
                return self._answer_refused(request, refusal, by, at)
            self._on_commit()
            return brief
        raise changes.Rivalry

    def _answer_refused(self, request: Once, refusal: Refused, by: Caller, at: datetime) -> HandoffBrief:
        """Tells a refusal from a copy of a delivery that succeeded. For such a copy, returns the handoff as it stands
        now. Otherwise raises the refusal, or Repeated.

        Records the refusal as well: a late copy must not succeed if the original was refused.
        """
        if isinstance(refusal, NotSetUp):
            raise refusal
        with self._store.write() as session:
            known = session.get(Receipt, (by.workspace_id, request.receipt))
            if known is None and not request.may_repeat:
                self._keep_receipt(session, request, by, None, at)
            elif known is not None and known.handoff_id is not None:
                return self._load(session, known.handoff_id, by)
        raise refusal if known is None else Repeated

    def _keep_receipt(self, session: Session, request: Once, by: Caller, number: int | None, at: datetime) -> bool:
        return receipts.keep(self._store, session, by.workspace_id, request.receipt, at=at, number=number)

    def _mended(self, session: Session, request: FlagRequest, by: Caller) -> Handoff | None:
        """Returns the rejected handoff that this request corrects. Raises NothingMended if no field differs."""
        if request.mends is None:
            return None
        brief = self._load(session, request.mends, by)
        known, said = mending.fields_of(brief.handoff, brief.lead), mending.fields_said(request.lead)
        if all(said[name] in ("", known[name]) for name in said):
            raise NothingMended
        return brief.handoff

    def _load(self, session: Session, number: int, by: Caller) -> HandoffBrief:
        return briefs.load(session, self._agreements, number, by=by)

    def _write(self, session: Session, situation: Situation, change: Change) -> None:
        """Writes a move if the handoff is unchanged since the decision. Raises Rivalry otherwise."""
        was, now = situation.handoff, change.handoff
        taking_part = now.owner if now.owner and now.owner != was.owner else situation.by
        ensure_people(self._store, session, was.workspace_id, {taking_part} - situation.terms.people.keys())
        changes.put(session, was, now)
        changes.put_lead(session, situation.lead, change.lead)
        promise_rows.put(session, situation.promises, change.promises)

    def _tell(self, session: Session, situation: Situation, change: Change) -> int:
        """Appends the move to the ledger with the state before it, and asks for messages. What is already shown follows
        the change, and the next owner and the marketer hear of it. Returns the id of the ledger line."""
        request, was, now, at = situation.request, situation.handoff, change.handoff, situation.at
        line = ledger.append(
            session,
            line_of(now, request.move, by=situation.by, at=at)._replace(
                reason=request.reason,
                note=request.note,
                detail=change.detail,
                before=moves.before(situation, change),
            ),
        )
        changes.refresh(session, was.id, at=at)
        wanted = list(change.wanted)
        if now.owner and now.owner != was.owner:
            wanted.append(messages.yours(was.number, now.owner, version=now.version))
        hear = {was.flagged_by if change.news else None, change.gave_up} - {None, situation.by}
        wanted += [messages.news(was.number, line, person) for person in sorted(filter(None, hear))]
        changes.want(self._store, session, was.workspace_id, wanted, at=at)
        return line

    @staticmethod
    def _keep(
        session: Session, terms: Terms, lead_id: int, whats: tuple[What, ...], at: datetime
    ) -> dict[int, Columns]:
        """Keeps what marketing promised about the earlier handoffs of a lead, because flagging it again does that.
        Returns what was different in these promises before, by their ids."""
        was = [one for one in promise_rows.of_lead(session, lead_id) if one.what in whats]
        now = [promises.kept(one, terms.calendar(one.hours_of, at=at), at=at) for one in was]
        promise_rows.put(session, was, now)
        for number in sorted({one.handoff_id for one in was if one.what in REPLIES}):
            changes.refresh(session, number, at=at)
        return {before.id: earlier(before, after) for before, after in zip(was, now, strict=True)}


def _contact_logged_at(session: Session, request: MoveRequest, by: Caller) -> datetime | None:
    """Returns when the caller last logged a contact with this handoff, or None."""
    found: datetime | None = session.scalar(_CONTACT_LOGGED_AT, {"number": request.number, "person": by.person})
    return found


def _anybody(by: Caller) -> Caller:
    """Returns a caller that may see leads. A person who reacts or replies sees the card already."""
    return program(by.workspace_id, by.person)
