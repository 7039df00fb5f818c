"""The desk: the operations on handoffs, one transaction each.

Each does the same four steps: load, decide (pure), write conditionally, record (ledger, outbox, receipt). The database
decides who was first: a move is written only where it finds the version it was decided on, otherwise everything is
rolled back and decided again on what is there now, so the loser is told who won.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import briefs, effects, mail, receipts, record, trouble
from models.agreement import FEEDBACK
from models.briefs import HandoffBrief, standing
from models.callers import Caller, program
from models.directory import Directory
from models.effects import Change, Situation
from models.errors import NotSetUp, Refused, Repeated
from models.lifecycle import OPEN_STATES, Move, Role, State, next_state
from models.offering import Offering, Past
from models.requests import CommentRequest, FlagRequest, MoveRequest, Once, ReactionRequest
from models.roster import ensure_people
from models.store import Store
from models.tables import Comment, Feedback, Handoff, Lead, LedgerEntry, Receipt, table

RACES = 10
"""So often a move is decided again because somebody else moved first. Each time one of the rivals has got through."""

_handoff, _entry = table(Handoff).c, table(LedgerEntry).c
_MOVE = (
    sa.update(table(Handoff))
    .where(_handoff.id == sa.bindparam("this"))
    .where(_handoff.state == sa.bindparam("state_then"), _handoff.version == sa.bindparam("version_then"))
)
_CONTACT_LOGGED_AT = sa.select(sa.func.max(_entry.at)).where(
    _entry.handoff_id == sa.bindparam("number"),
    _entry.move == Move.CONTACT.value,
    _entry.actor == sa.bindparam("person"),
)

_SINCE = sa.select(_handoff.id).where(_handoff.lead_id == sa.bindparam("lead"), _handoff.id >= sa.bindparam("number"))
"""A handoff and the later ones of its lead, whose cards quote what was said of it."""


class Rivalry(Exception):  # noqa: N818 - an event between two transactions, handled right here
    """Somebody else changed the handoff between our look and our write."""


class Desk:
    """The operations. Each takes a request, who asks and the present moment, commits, and returns how the handoff
    stands now."""

    def __init__(self, store: Store, directory: Directory, *, on_commit: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._directory = directory
        self._offering = Offering(store, directory)
        self._on_commit = on_commit

    def flag(self, request: FlagRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Offer a lead to a rep. Raises NotSetUp, NotInRole, AlreadyOpen, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            terms = self._directory.terms(session, by.workspace_id)
            terms.require(Role.MARKETER, by, verb="flag leads")
            if request.rep:
                terms.require_rep(request.rep)
            taking_part = {by.person, request.rep or by.person}
            ensure_people(self._store, session, by.workspace_id, taking_part - terms.people.keys())
            mends = self._load(session, request.mends, by).handoff if request.mends else None
            said = request.lead
            lead = self._offering.keep_lead(session, by.workspace_id, said, mends=mends, at=at)
            past = self._offering.past(session, lead.key)
            past.refuse_if_open()
            self._answer_rejections(session, past, at)
            if mends and mends.lead_id != lead.key:
                self._answer_rejections(session, self._offering.past(session, mends.lead_id), at)
            handoff = self._offering.offer(
                session,
                terms,
                lead_id=lead.key,
                given_back_by=past.given_back_by,
                flagged_by=by.person,
                flagged={name: getattr(said, name) for name in ("source", "campaign", "score", "why_now")},
                named=request.rep,
                follows=request.mends,
                at=at,
            )
            return HandoffBrief(handoff=handoff, lead=lead, terms=terms)

        return self._once(request, act, by=by, at=at)

    def move(self, request: MoveRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Move a handoff on. Raises what `lifecycle.next_state` and the rules of the move raise, NoSuchHandoff,
        NotSetUp, or Repeated."""

        def act(session: Session) -> HandoffBrief:
            brief = briefs.load(session, self._directory, request.number, by=by, their_own=True)
            handoff, terms = brief.handoff, brief.terms
            to = next_state(standing(handoff), request.move, by=by.person, roles=terms.roles(by))
            stamped = self._directory.stamped(session, terms, handoff.agreement_version)
            situation = Situation(
                request=request,
                by=by.person,
                handoff=handoff,
                terms=terms,
                stamped=stamped,
                at=at,
                contact_logged_at=_contact_logged_at(session, request, by) if request.move is Move.CONTACT else None,
            )
            change = effects.of(situation)
            if change.reassign:
                past = self._offering.past(session, handoff.lead_id)
                if handoff.state not in OPEN_STATES:
                    past.refuse_if_open()
                hours = stamped.agreement.sla.accept_hours
                change.handoff |= self._offering.reassign(session, terms, handoff, past, hours=hours, at=at)
            owner = change.handoff.get("owner") or by.person
            ensure_people(self._store, session, by.workspace_id, {owner} - terms.people.keys())
            moved = self._write(session, situation, to, change)
            self._tell(session, situation, to, change)
            if change.offer_again:
                self._offering.offer_again(session, terms, handoff, at=at)
            for name, value in moved.items():
                setattr(handoff, name, value)
            return brief

        return self._once(request, act, by=by, at=at)

    def react(self, request: ReactionRequest, *, by: Caller, at: datetime) -> HandoffBrief:
        """Keep or take back feedback. An event that is older than what is known of the reaction changes nothing. What
        reps and managers made of a lead is feedback; of anybody else, and of who flagged it, nothing is kept."""

        def act(session: Session) -> HandoffBrief:
            brief = self._load(session, request.number, _anybody(by))
            meaning = brief.terms.agreement.meaning(request.reaction)
            counts = by.person != brief.handoff.flagged_by and brief.terms.roles(by) & {Role.REP, Role.MANAGER}
            if meaning in FEEDBACK and (counts or not request.given):  # taken back by who plays no part any more, too
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
                record.refresh(session, request.number, at=at)
            return brief

        return self._once(request, act, by=by, at=at)

    def comment(self, request: CommentRequest, *, by: Caller, at: datetime) -> None:
        """Keep a reply in a card's thread as it reads now, whoever wrote it. An event older than what is known changes
        nothing."""
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
                record.refresh(session, number, at=at)
        self._on_commit()

    def first_time(self, receipt: str, *, by: Caller, at: datetime) -> bool:
        """Whether this delivery has not been answered yet; remembers that it is now."""
        with self._store.write() as session:
            return receipts.keep(self._store, session, by.workspace_id, receipt, at=at)

    # The steps.

    def _once(self, request: Once, act: Callable[[Session], HandoffBrief], *, by: Caller, at: datetime) -> HandoffBrief:
        """Do it, unless this delivery had its effect before: then the answer is the same and nothing happens again."""
        for _ in range(RACES):
            try:
                with self._store.write() as session:
                    brief = act(session)
                    if not self._keep_receipt(session, request, by, brief.number, at):
                        raise Repeated
            except Rivalry:
                continue
            except sa.exc.DBAPIError as error:
                if not trouble.is_rivalry(error):
                    raise
                continue
            except Refused as refusal:
                return self._answer_refused(request, refusal, by, at)
            self._on_commit()
            return brief
        raise Rivalry

    def _answer_refused(self, request: Once, refusal: Refused, by: Caller, at: datetime) -> HandoffBrief:
        """Tell a refusal from the echo of a success. Returns how the handoff stands that an earlier copy was about.

        A refusal is remembered as well: a copy that arrives late must not succeed where the original was refused.
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

    def _load(self, session: Session, number: int, by: Caller) -> HandoffBrief:
        return briefs.load(session, self._directory, number, by=by)

    @staticmethod
    def _write(session: Session, situation: Situation, to: State, change: Change) -> dict[str, Any]:
        """Write a move where the handoff still is as it was when the move was decided; the columns that changed. Raises
        Rivalry otherwise."""
        handoff = situation.handoff
        moved = {
            **change.handoff,
            "state": to.value,
            "version": handoff.version + 1,
            "moved": situation.request.move.value,
            "moved_by": situation.by,
            "moved_at": situation.at,
        }
        as_it_was = {"this": handoff.id, "state_then": handoff.state, "version_then": handoff.version}
        result = session.execute(_MOVE, moved | as_it_was)
        if not result.rowcount:  # type: ignore[attr-defined]
            raise Rivalry
        if change.lead:
            leads = table(Lead)
            session.execute(sa.update(leads).where(leads.c.id == handoff.lead_id).values(**change.lead))
        return moved

    def _tell(self, session: Session, situation: Situation, to: State, change: Change) -> None:
        """Enter the move in the ledger, and have it shown: what is on screen already follows, and who owes the next
        move and the marketer hear of it."""
        request, handoff, at = situation.request, situation.handoff, situation.at
        number, workspace_id = handoff.number, handoff.workspace_id
        owner = change.handoff.get("owner", handoff.owner)
        entry = record.enter(
            session,
            workspace_id,
            number,
            request.move,
            by=situation.by,
            to=to,
            owner=owner,
            at=at,
            reason=request.reason,
            note=request.note,
            detail=change.detail,
        )
        record.refresh(session, number, at=at)
        letters = list(change.letters)
        if owner and owner != handoff.owner:
            letters.append(record.turn(number, owner, version=handoff.version + 1))
        hear = {handoff.flagged_by if change.news else None, change.gave_up} - {None, situation.by}
        letters += [record.news(number, entry, person) for person in sorted(filter(None, hear))]
        mail.want(self._store, session, workspace_id, letters, at=at)

    @staticmethod
    def _answer_rejections(session: Session, past: Past, at: datetime) -> None:
        """Flagging a rejected lead again answers its rejections."""
        handoffs = table(Handoff)
        for number in past.unanswered:
            answered = {"answered_at": at, "next_nudge_at": None}
            session.execute(sa.update(handoffs).where(handoffs.c.id == number).values(answered))
            record.refresh(session, number, at=at)


def _contact_logged_at(session: Session, request: MoveRequest, by: Caller) -> datetime | None:
    """When the person who asks last logged a contact with this handoff."""
    found: datetime | None = session.scalar(_CONTACT_LOGGED_AT, {"number": request.number, "person": by.person})
    return found


def _anybody(by: Caller) -> Caller:
    """For what needs no sight of leads: who reacts or replies stands before the card already."""
    return program(by.workspace_id, by.person)
