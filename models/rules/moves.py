"""What each move changes besides the state: the rules of the business, one function for each move. No I/O.

A function gets the situation and returns the change: the handoff and the lead as they are afterwards, and messages to
send. It raises a refusal if the move lacks something that the agreement asks for.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from models.errors import (
    BadValue,
    CantTakeIt,
    ContactAgain,
    NobodyManages,
    NoRep,
    NoteNeeded,
    PersonId,
    ReasonNeeded,
    TooFewAttempts,
    UnknownReason,
    WithThemAlready,
    WrongStage,
)
from models.rules import messages
from models.rules.agreement import Destination, Reason
from models.rules.lifecycle import Move, State
from models.rules.messages import Wanted
from models.rules.promises import REPEAT_AFTER, Promise, by_day, within
from models.rules.requests import MoveRequest
from models.rules.rows import Detail, HandoffRow, LeadRow
from models.rules.terms import Terms
from models.rules.worktime import add, between

# If a person logs two contacts within this time, Baton asks whether the second is another contact.
ANOTHER_CONTACT = timedelta(minutes=10)
# The largest value, in cents: a hundred billion. A larger value is a typing mistake.
LARGEST_VALUE_CENTS = 10**13
# The furthest date of a close: ten years ahead. A later date is a typing mistake.
FURTHEST_CLOSE = timedelta(days=3653)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything that a rule may use. `terms` are in force now. `stamped` were in force when the lead was flagged, and
    give the length of what was promised then."""

    request: MoveRequest
    by: PersonId
    handoff: HandoffRow
    lead: LeadRow
    terms: Terms
    stamped: Terms
    at: datetime
    # When this person last logged a contact with the handoff, whatever happened since. Set only if the move logs a
    # contact.
    contact_logged_at: datetime | None = None

    def spent(self, person: str | None, since: datetime) -> int:
        """Returns the business seconds of this person since then."""
        return round(between(self.terms.calendar(person, at=self.at), since, self.at).total_seconds())


@dataclass(frozen=True, kw_only=True)
class Change:
    """The handoff and the lead as they are after a move, and what else it calls for. `reassign`: Baton offers the
    handoff again, to somebody else. `offer_again`: the handoff has ended, and a new handoff of the same lead begins.
    `news`: the marketer hears about it. `gave_up` is the former owner, who hears about it too."""

    handoff: HandoffRow
    lead: LeadRow
    wanted: tuple[Wanted, ...] = ()
    detail: Detail = field(default_factory=dict)
    news: bool = False
    gave_up: PersonId | None = None
    reassign: bool = False
    offer_again: bool = False


def of(situation: Situation, to: State) -> Change:
    """Returns the change that the move makes, which leads to this state. Raises a refusal if the move lacks
    something."""
    change = _EFFECTS[situation.request.move](situation)
    moved = change.handoff._replace(
        state=to,
        version=situation.handoff.version + 1,
        moved=situation.request.move,
        moved_by=situation.by,
        moved_at=situation.at,
    )
    return replace(change, handoff=moved)


def promised(handoff: HandoffRow, promise: Promise) -> HandoffRow:
    """Returns the handoff with this promise on its next move."""
    return handoff._replace(
        step_at=promise.step_at,
        remind_at=promise.remind_at,
        due_at=promise.due_at,
        escalate_at=promise.escalate_at,
        next_nudge_at=promise.first_nudge_at,
    )


def nothing_due(handoff: HandoffRow) -> HandoffRow:
    """Returns the handoff without an owner and without a promise on a next move."""
    return handoff._replace(owner=None, step_at=None, remind_at=None, due_at=None, escalate_at=None, next_nudge_at=None)


def voided(handoff: HandoffRow, *, by: PersonId, at: datetime) -> HandoffRow:
    """Returns a handoff that was flagged by mistake: it is withdrawn, and no report counts it."""
    return nothing_due(handoff)._replace(
        state=State.WITHDRAWN, moved=Move.WITHDRAW, moved_by=by, moved_at=at, closed_at=at, voided=True
    )


def _accept(s: Situation) -> Change:
    promise = within(s.terms.calendar(s.by, at=s.at), s.at, s.stamped.agreement.sla.contact_hours)
    handoff = promised(_responded(s), promise)._replace(
        owner=s.by, accepted_by=s.by, accepted_at=s.at, contact_due_at=promise.due_at
    )
    return Change(handoff=handoff, lead=s.lead, news=True)


def _reject(s: Situation) -> Change:
    code, reason = _reason(s)
    calendar = s.terms.calendar(s.handoff.flagged_by, at=s.at)
    hours = s.stamped.agreement.sla.answer_hours
    rerouted = reason.destination is Destination.REROUTE
    answer_due_at = None if rerouted else add(calendar, s.at, timedelta(hours=hours))
    handoff = nothing_due(_responded(s))._replace(
        rejected_by=s.by,
        reason=code,
        reason_note=s.request.note,
        closed_at=s.at,
        answer_due_at=answer_due_at,
        next_nudge_at=answer_due_at,
        answered_at=s.at if rerouted else None,
    )
    return _sent_on(s, Change(handoff=handoff, lead=s.lead, news=True), reason)


def _withdraw(s: Situation) -> Change:
    return Change(handoff=nothing_due(s.handoff)._replace(closed_at=s.at), lead=s.lead)


def _return(s: Situation) -> Change:
    if not s.request.note:
        raise NoteNeeded
    handoff = s.handoff._replace(accepted_by=None, accepted_at=None, contact_due_at=None)
    return Change(handoff=handoff, lead=s.lead, reassign=True, news=True)


def _hand(s: Situation) -> Change:
    """Another person owns the handoff from now on, in the same state."""
    if s.request.to is None:
        raise BadValue(field="Hand to", problem="choose who gets it")
    return _give(s, s.request.to)


def _take(s: Situation) -> Change:
    return _give(s, s.by)


def _give(s: Situation, to: PersonId) -> Change:
    """The promise of the present step starts again, at full length, for the new owner. What the digest measures does
    not change: handing a lead on does not delay the time by which sales first had to answer it or contact it."""
    number, owner, state = s.handoff.number, s.handoff.owner, s.handoff.state
    if to == owner:
        raise WithThemAlready(number=number, person=to)
    try:
        s.terms.require_rep(to)
    except NoRep as refusal:
        raise CantTakeIt(number=number, person=to) from refusal
    handoff = promised(s.handoff, _anew(s, state, to))._replace(owner=to)
    handoff = handoff._replace(offered_to=to) if state is State.OFFERED else handoff._replace(accepted_by=to)
    return Change(handoff=handoff, lead=s.lead, detail={"from": owner}, gave_up=owner)


def _anew(s: Situation, state: State, person: PersonId) -> Promise:
    """Returns the promise of this state, at full length from now on, in this person's working time."""
    calendar, sla = s.terms.calendar(person, at=s.at), s.stamped.agreement.sla
    if state is State.QUALIFIED:
        closes = by_day(calendar, s.at, s.handoff.expected_close or s.at.astimezone(calendar.zone).date())
        return closes if closes.due_at > s.at else within(calendar, s.at, REPEAT_AFTER / timedelta(hours=1))
    hours = {State.OFFERED: sla.accept_hours, State.ACCEPTED: sla.contact_hours, State.WORKING: sla.outcome_hours}
    return within(calendar, s.at, hours[state])


def _contact(s: Situation) -> Change:
    number, attempts, last = s.handoff.number, s.handoff.attempts, s.contact_logged_at
    asked = s.request.attempts_known == attempts  # Baton asks again if a person clicks the answer twice
    if last is not None and not asked and abs(s.at - last) < ANOTHER_CONTACT:
        raise ContactAgain(number=number, handoff=s.handoff.id, at=last, attempts=attempts)
    handoff = s.handoff
    if handoff.state is State.ACCEPTED:
        calendar = s.terms.calendar(handoff.owner, at=s.at)
        handoff = promised(_contacted(s), within(calendar, s.at, s.stamped.agreement.sla.outcome_hours))
    handoff = handoff._replace(attempts=attempts + 1)
    return Change(handoff=handoff, lead=s.lead, detail={"attempt": attempts + 1})


def _qualify(s: Situation) -> Change:
    close = s.request.expected_close
    if close is None:
        raise BadValue(field="Expected close", problem="a date is needed")
    value = _value(s)
    calendar = s.terms.calendar(s.handoff.owner, at=s.at)
    if close < s.at.astimezone(calendar.zone).date():
        raise BadValue(field="Expected close", problem=f"{close.isoformat()} is in the past")
    if close > (s.at + FURTHEST_CLOSE).date():
        raise BadValue(field="Expected close", problem=f"{close.isoformat()} is more than ten years away")
    handoff = promised(_contacted(s), by_day(calendar, s.at, close))._replace(
        qualified_at=s.at, value_cents=value, currency=s.terms.agreement.currency, expected_close=close
    )
    detail = {"value_cents": value, "expected_close": close.isoformat()}
    return Change(handoff=handoff, lead=s.lead, detail=detail, news=True)


def _disqualify(s: Situation) -> Change:
    code, reason = _reason(s)
    needed = s.stamped.agreement.sla.attempts
    if reason.after_attempts and s.handoff.attempts < needed:
        raise TooFewAttempts(code=code, needed=needed, number=s.handoff.number, attempts=s.handoff.attempts)
    handoff = nothing_due(s.handoff)._replace(reason=code, reason_note=s.request.note, closed_at=s.at)
    return _sent_on(s, Change(handoff=handoff, lead=s.lead, news=True), reason)


def _close(s: Situation) -> Change:
    value = s.handoff.value_cents if s.request.value_cents is None else _value(s)
    handoff = nothing_due(s.handoff)._replace(closed_at=s.at, value_cents=value)
    return Change(handoff=handoff, lead=s.lead, detail={"value_cents": value}, news=True)


def _answer(s: Situation) -> Change:
    return Change(handoff=_answered(s), lead=s.lead)


def _contest(s: Situation) -> Change:
    if not s.request.note:
        raise NoteNeeded
    if not s.terms.managers_here:
        raise NobodyManages(number=s.handoff.number)
    wanted = tuple(messages.ruling(s.handoff.id, manager) for manager in s.terms.managers_here)
    return Change(handoff=_answered(s)._replace(contested=True), lead=s.lead, wanted=wanted)


def _uphold(s: Situation) -> Change:
    return Change(handoff=s.handoff._replace(ruled=True), lead=s.lead, news=True)


def _overturn(s: Situation) -> Change:
    handoff = s.handoff._replace(
        ruled=True, rejected_by=None, reason=None, reason_note="", closed_at=None, answer_due_at=None
    )
    return Change(handoff=handoff, lead=_live(s.lead), reassign=True, news=True)


_EFFECTS: Mapping[Move, Callable[[Situation], Change]] = {
    Move.ACCEPT: _accept,
    Move.REJECT: _reject,
    Move.WITHDRAW: _withdraw,
    Move.RETURN: _return,
    Move.HAND: _hand,
    Move.TAKE: _take,
    Move.CONTACT: _contact,
    Move.QUALIFY: _qualify,
    Move.DISQUALIFY: _disqualify,
    Move.WIN: _close,
    Move.LOSE: _close,
    Move.ANSWER: _answer,
    Move.CONTEST: _contest,
    Move.UPHOLD: _uphold,
    Move.OVERTURN: _overturn,
}


def _responded(s: Situation) -> HandoffRow:
    """Returns the handoff with sales' first answer. The promise is about the first answer, so a later one changes
    nothing."""
    if s.handoff.responded_at is not None or s.handoff.step_at is None:
        return s.handoff
    return s.handoff._replace(
        responded_at=s.at,
        response=s.request.move.value,
        accept_seconds=s.spent(s.handoff.owner, s.handoff.step_at),
    )


def _contacted(s: Situation) -> HandoffRow:
    """Returns the handoff with the first contact. Qualifying a lead counts as contact too. The time is the present
    owner's: since they accepted the lead, or since they got it."""
    if s.handoff.contacted_at is not None or s.handoff.step_at is None:
        return s.handoff
    return s.handoff._replace(
        contacted_at=s.at,
        contact_seconds=s.spent(s.handoff.owner, s.handoff.step_at),
        speed_seconds=round((s.at - s.handoff.flagged_at).total_seconds()),
    )


def _answered(s: Situation) -> HandoffRow:
    """Returns the handoff with marketing's answer to its rejection."""
    return s.handoff._replace(answered_at=s.handoff.answered_at or s.at, next_nudge_at=None)


def _live(lead: LeadRow) -> LeadRow:
    """Returns the lead neither in nurture nor archived."""
    return lead._replace(nurture_until=None, archived=False)


def _reason(s: Situation) -> tuple[str, Reason]:
    """Returns the reason, if the agreement knows it and allows it for this move. Raises ReasonNeeded, UnknownReason or
    WrongStage."""
    agreement, move, code = s.terms.agreement, s.request.move, s.request.reason
    codes = agreement.codes(move)
    if not code:
        raise ReasonNeeded(number=s.handoff.number, verb=str(move), codes=", ".join(codes))
    if code not in agreement.reasons:
        close = difflib.get_close_matches(code.lower(), codes, n=1, cutoff=0.5) or [
            known for known in codes if code.lower() in known
        ]
        guess = f"Did you mean {close[0]}? " if close else ""
        raise UnknownReason(given=code, guess=guess, codes=", ".join(codes))
    if code not in codes:
        raise WrongStage(code=code, verb=str(move), codes=", ".join(codes))
    return code, agreement.reasons[code]


def _sent_on(s: Situation, change: Change, reason: Reason) -> Change:
    """Returns the change with the destination of a reason: what happens to the lead now."""
    match reason.destination:
        case Destination.NURTURE:
            until = s.at + timedelta(days=reason.nurture_days)
            back = messages.nurture(s.handoff.id, s.handoff.flagged_by, version=s.handoff.version + 1, until=until)
            return replace(change, lead=s.lead._replace(nurture_until=until), wanted=(back,))
        case Destination.ARCHIVE:
            return replace(change, lead=s.lead._replace(archived=True))
        case Destination.REROUTE:
            return replace(change, offer_again=True)
        case Destination.FIX:
            return change  # the marketer hears about it, with a button to correct the lead
        case _:
            assert_never(reason.destination)


def _value(s: Situation) -> int:
    value = s.request.value_cents
    if value is None or not 0 <= value <= LARGEST_VALUE_CENTS:
        raise BadValue(field="Value", problem="an amount from 0 to 100,000,000,000 is needed")
    return value
