"""What each move changes besides the state: the rules of the business, one function for each move. No I/O.

A function gets the situation and fills in the change: columns of the handoff, columns of the lead, messages to send. It
raises a refusal if the move lacks something that the agreement asks for.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

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
from models.rules.facts import MovableHandoff
from models.rules.lifecycle import Move, State
from models.rules.messages import Wanted
from models.rules.promises import REPEAT_AFTER, Promise, by_day, within
from models.rules.requests import MoveRequest
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
    handoff: MovableHandoff
    terms: Terms
    stamped: Terms
    at: datetime
    # When this person last logged a contact with the handoff, whatever happened since. Set only if the move logs a
    # contact.
    contact_logged_at: datetime | None = None

    def spent(self, person: str | None, since: datetime) -> int:
        """Returns the business seconds of this person since then."""
        return round(between(self.terms.calendar(person, at=self.at), since, self.at).total_seconds())


@dataclass(kw_only=True)
class Change:
    """What a move changes. `reassign`: Baton offers the handoff again, to somebody else. `offer_again`: the handoff has
    ended, and a new handoff of the same lead begins. `news`: the marketer hears about it. `gave_up` is the former
    owner, who hears about it too."""

    handoff: dict[str, Any] = field(default_factory=dict)
    lead: dict[str, Any] = field(default_factory=dict)
    wanted: list[Wanted] = field(default_factory=list)
    detail: dict[str, Any] = field(default_factory=dict)
    news: bool = False
    gave_up: str | None = None
    reassign: bool = False
    offer_again: bool = False


def of(situation: Situation) -> Change:
    """Returns the change that the move makes. Raises a refusal if the move lacks something."""
    change = Change()
    _EFFECTS[situation.request.move](situation, change)
    return change


def promise_columns(promise: Promise) -> dict[str, Any]:
    return {
        "step_at": promise.step_at,
        "remind_at": promise.remind_at,
        "due_at": promise.due_at,
        "escalate_at": promise.escalate_at,
        "next_nudge_at": promise.first_nudge_at,
    }


NOTHING_DUE: Mapping[str, Any] = {
    "owner": None,
    "step_at": None,
    "remind_at": None,
    "due_at": None,
    "escalate_at": None,
    "next_nudge_at": None,
}


def _accept(s: Situation, change: Change) -> None:
    me = s.by
    promise = within(s.terms.calendar(me, at=s.at), s.at, s.stamped.agreement.sla.contact_hours)
    change.handoff = {
        **promise_columns(promise),
        "owner": me,
        "accepted_by": me,
        "accepted_at": s.at,
        "contact_due_at": promise.due_at,
        **_responded(s),
    }
    change.news = True


def _reject(s: Situation, change: Change) -> None:
    code, reason = _reason(s)
    calendar = s.terms.calendar(s.handoff.flagged_by, at=s.at)
    hours = s.stamped.agreement.sla.answer_hours
    rerouted = reason.destination is Destination.REROUTE
    answer_due_at = None if rerouted else add(calendar, s.at, timedelta(hours=hours))
    change.handoff = {
        **NOTHING_DUE,
        "rejected_by": s.by,
        "reason": code,
        "reason_note": s.request.note,
        "closed_at": s.at,
        "answer_due_at": answer_due_at,
        "next_nudge_at": answer_due_at,
        "answered_at": s.at if rerouted else None,
        **_responded(s),
    }
    change.news = True
    _send_on(s, change, reason)


def _withdraw(s: Situation, change: Change) -> None:
    change.handoff = {**NOTHING_DUE, "closed_at": s.at}


def _return(s: Situation, change: Change) -> None:
    if not s.request.note:
        raise NoteNeeded
    change.handoff = {"accepted_by": None, "accepted_at": None, "contact_due_at": None}
    change.reassign = True
    change.news = True


def _hand(s: Situation, change: Change) -> None:
    """Another person owns the handoff from now on, in the same state."""
    if s.request.to is None:
        raise BadValue(field="Hand to", problem="choose who gets it")
    _give(s, change, s.request.to)


def _take(s: Situation, change: Change) -> None:
    _give(s, change, s.by)


def _give(s: Situation, change: Change, to: PersonId) -> None:
    """The promise of the present step starts again, at full length, for the new owner. What the digest measures does
    not change: handing a lead on does not delay the time by which sales first had to answer it or contact it."""
    number, owner, state = s.handoff.number, s.handoff.owner, State(s.handoff.state)
    if to == owner:
        raise WithThemAlready(number=number, person=to)
    try:
        s.terms.require_rep(to)
    except NoRep as refusal:
        raise CantTakeIt(number=number, person=to) from refusal
    takes = {"offered_to": to} if state is State.OFFERED else {"accepted_by": to}
    change.handoff = {**promise_columns(_anew(s, state, to)), "owner": to, **takes}
    change.detail = {"from": owner}
    change.gave_up = owner


def _anew(s: Situation, state: State, person: PersonId) -> Promise:
    """Returns the promise of this state, at full length from now on, in this person's working time."""
    calendar, sla = s.terms.calendar(person, at=s.at), s.stamped.agreement.sla
    if state is State.QUALIFIED:
        closes = by_day(calendar, s.at, s.handoff.expected_close or s.at.astimezone(calendar.zone).date())
        return closes if closes.due_at > s.at else within(calendar, s.at, REPEAT_AFTER / timedelta(hours=1))
    hours = {State.OFFERED: sla.accept_hours, State.ACCEPTED: sla.contact_hours, State.WORKING: sla.outcome_hours}
    return within(calendar, s.at, hours[state])


def _contact(s: Situation, change: Change) -> None:
    number, attempts, last = s.handoff.number, s.handoff.attempts, s.contact_logged_at
    asked = s.request.attempts_known == attempts  # Baton asks again if a person clicks the answer twice
    if last is not None and not asked and abs(s.at - last) < ANOTHER_CONTACT:
        raise ContactAgain(number=number, at=last, attempts=attempts)
    change.handoff = {"attempts": s.handoff.attempts + 1}
    change.detail = {"attempt": s.handoff.attempts + 1}
    if s.handoff.state == State.ACCEPTED:
        calendar = s.terms.calendar(s.handoff.owner, at=s.at)
        promise = within(calendar, s.at, s.stamped.agreement.sla.outcome_hours)
        change.handoff |= {**promise_columns(promise), **_contacted(s)}


def _qualify(s: Situation, change: Change) -> None:
    close = s.request.expected_close
    if close is None:
        raise BadValue(field="Expected close", problem="a date is needed")
    value = _value(s)
    calendar = s.terms.calendar(s.handoff.owner, at=s.at)
    if close < s.at.astimezone(calendar.zone).date():
        raise BadValue(field="Expected close", problem=f"{close.isoformat()} is in the past")
    if close > (s.at + FURTHEST_CLOSE).date():
        raise BadValue(field="Expected close", problem=f"{close.isoformat()} is more than ten years away")
    change.handoff = {
        **promise_columns(by_day(calendar, s.at, close)),
        "qualified_at": s.at,
        "value_cents": value,
        "currency": s.terms.agreement.currency,
        "expected_close": close,
        **_contacted(s),
    }
    change.detail = {"value_cents": value, "expected_close": close.isoformat()}
    change.news = True


def _disqualify(s: Situation, change: Change) -> None:
    code, reason = _reason(s)
    needed = s.stamped.agreement.sla.attempts
    if reason.after_attempts and s.handoff.attempts < needed:
        raise TooFewAttempts(code=code, needed=needed, number=s.handoff.number, attempts=s.handoff.attempts)
    change.handoff = {**NOTHING_DUE, "reason": code, "reason_note": s.request.note, "closed_at": s.at}
    change.news = True
    _send_on(s, change, reason)


def _close(s: Situation, change: Change) -> None:
    change.handoff = {**NOTHING_DUE, "closed_at": s.at}
    if s.request.value_cents is not None:
        change.handoff["value_cents"] = _value(s)
    change.detail = {"value_cents": change.handoff.get("value_cents", s.handoff.value_cents)}
    change.news = True


def _answer(s: Situation, change: Change) -> None:
    change.handoff = {"answered_at": s.handoff.answered_at or s.at, "next_nudge_at": None}


def _contest(s: Situation, change: Change) -> None:
    if not s.request.note:
        raise NoteNeeded
    if not s.terms.managers_here:
        raise NobodyManages(number=s.handoff.number)
    change.handoff = {"contested": True, "answered_at": s.handoff.answered_at or s.at, "next_nudge_at": None}
    change.wanted = [messages.ruling(s.handoff.number, manager) for manager in s.terms.managers_here]


def _uphold(_s: Situation, change: Change) -> None:
    change.handoff = {"ruled": True}
    change.news = True


def _overturn(_s: Situation, change: Change) -> None:
    change.handoff = {
        "ruled": True,
        "rejected_by": None,
        "reason": None,
        "reason_note": "",
        "closed_at": None,
        "answer_due_at": None,
    }
    change.lead = {"nurture_until": None, "archived": False}
    change.reassign = True
    change.news = True


_EFFECTS: Mapping[Move, Callable[[Situation, Change], None]] = {
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


def _responded(s: Situation) -> dict[str, Any]:
    """Returns the columns of sales' first answer. The promise is about the first answer, so a later one changes
    nothing."""
    if s.handoff.responded_at is not None or s.handoff.step_at is None:
        return {}
    return {
        "responded_at": s.at,
        "response": s.request.move.value,
        "accept_seconds": s.spent(s.handoff.owner, s.handoff.step_at),
    }


def _contacted(s: Situation) -> dict[str, Any]:
    """Returns the columns of the first contact. Qualifying a lead counts as contact too. The time is the present
    owner's: since they accepted the lead, or since they got it."""
    if s.handoff.contacted_at is not None or s.handoff.step_at is None:
        return {}
    return {
        "contacted_at": s.at,
        "contact_seconds": s.spent(s.handoff.owner, s.handoff.step_at),
        "speed_seconds": round((s.at - s.handoff.flagged_at).total_seconds()),
    }


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


def _send_on(s: Situation, change: Change, reason: Reason) -> None:
    """Applies the destination of a reason: what happens to the lead now."""
    match reason.destination:
        case Destination.NURTURE:
            until = s.at + timedelta(days=reason.nurture_days)
            change.lead = {"nurture_until": until}
            back = messages.nurture(s.handoff.number, s.handoff.flagged_by, version=s.handoff.version + 1, until=until)
            change.wanted.append(back)
        case Destination.ARCHIVE:
            change.lead = {"archived": True}
        case Destination.REROUTE:
            change.offer_again = True
        case Destination.FIX:
            pass  # the marketer hears about it, with a button to correct the lead
        case other:
            assert_never(other)


def _value(s: Situation) -> int:
    value = s.request.value_cents
    if value is None or not 0 <= value <= LARGEST_VALUE_CENTS:
        raise BadValue(field="Value", problem="an amount from 0 to 100,000,000,000 is needed")
    return value
