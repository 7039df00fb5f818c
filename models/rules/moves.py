"""What each move changes besides the state: the rules of the business, one function for each move. No I/O.

A function gets the situation and returns the effect: the handoff, the lead and the promises as they are afterwards, and
messages to send. It raises a refusal if the move lacks something that the agreement asks for.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

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
from models.rules import destinations, messages, promises
from models.rules.agreement import Reason
from models.rules.ladders import REPLIES, What
from models.rules.lifecycle import RULES, Move, State, nothing_to_answer
from models.rules.messages import Wanted
from models.rules.promises import OWED, PASSED_CLOSE, end_of_work
from models.rules.requests import MoveField, MoveRequest
from models.rules.rows import Before, Detail, HandoffRow, LeadRow, PromiseRow, Release, standing
from models.rules.terms import Terms
from models.rules.undoing import earlier
from models.rules.worktime import Calendar

# If a person logs two contacts within this time, Baton asks whether the second is another contact.
ANOTHER_CONTACT = timedelta(minutes=10)
# The largest value, in cents: a hundred billion. A larger value is a typing mistake.
LARGEST_VALUE_CENTS = 10**13
# The furthest date of a close: ten years ahead. A later date is a typing mistake.
FURTHEST_CLOSE = timedelta(days=3653)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Everything that a rule may use. `promises` are those on the handoff that are live. `terms` are in force now.
    `stamped` were in force when the lead was flagged, and give the length of what was promised then."""

    request: MoveRequest
    by: PersonId
    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...]
    terms: Terms
    stamped: Terms
    at: datetime
    # When this person last logged a contact with the handoff, whatever happened since. Set only if the move logs a
    # contact.
    contact_logged_at: datetime | None = None

    def calendar(self, person: PersonId | None) -> Calendar:
        return self.terms.calendar(person, at=self.at)

    def promise(self, what: What, owner: PersonId) -> PromiseRow:
        """Returns the promise of this person that begins now."""
        ladder = self.stamped.agreement.ladder(what, source=self.handoff.source)
        return promises.within(what, ladder, self.calendar(owner), of=self.handoff, owner=owner, at=self.at)

    def promise_by(self, what: What, owner: PersonId, due_at: datetime) -> PromiseRow:
        """Returns the promise of this person that begins now and ends at this moment."""
        ladder, calendar = self.stamped.agreement.ladder(what, source=self.handoff.source), self.calendar(owner)
        return promises.until(what, ladder, calendar, of=self.handoff, owner=owner, due_at=due_at, at=self.at)

    def kept(self, *whats: What) -> tuple[PromiseRow, ...]:
        """Returns those of these promises that are live, as kept now."""
        return tuple(
            promises.kept(one, self.calendar(one.hours_of), at=self.at) for one in self.promises if one.what in whats
        )

    def released(self, why: Release, *whats: What) -> tuple[PromiseRow, ...]:
        """Returns those of these promises that are live, as released now."""
        return tuple(promises.released(one, why, at=self.at) for one in self.promises if one.what in whats)


@dataclass(frozen=True, kw_only=True)
class MoveEffect:
    """The handoff and the lead as they are after a move, and what else it calls for. `promises` are those that it
    keeps, releases or begins, as they are afterwards. `reassign`: Baton offers the handoff again, to somebody else.
    `offer_again`: the handoff has ended, and a new handoff of the same lead begins. `news`: the marketer hears about
    it. `gave_up` is the former owner, who hears about it too."""

    handoff: HandoffRow
    lead: LeadRow
    promises: tuple[PromiseRow, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    detail: Detail = field(default_factory=dict)
    news: bool = False
    gave_up: PersonId | None = None
    reassign: bool = False
    offer_again: bool = False


def of(situation: Situation, to: State) -> MoveEffect:
    """Returns the effect of the move, which leads to this state. Raises a refusal if the move lacks
    something."""
    move = situation.request.move
    effect = EFFECTS[move](situation)
    if (effect.reassign or effect.offer_again) and not RULES[move].reroutes:  # then no past and no loads were loaded
        raise ValueError(f"the rule of {move} in lifecycle.py does not say that it reroutes")
    moved = effect.handoff._replace(
        state=to,
        version=situation.handoff.version + 1,
        moved=move,
        moved_by=situation.by,
        moved_at=situation.at,
    )
    return replace(effect, handoff=moved)


def before(situation: Situation, effect: MoveEffect) -> Before:
    """Returns what undoing this effect needs."""
    now = {promise.id: promise for promise in effect.promises}
    return Before(
        handoff=earlier(situation.handoff, effect.handoff),
        lead=earlier(situation.lead, effect.lead),
        promises={was.id: earlier(was, now.get(was.id, was)) for was in situation.promises},
    )


def voided(handoff: HandoffRow, *, by: PersonId, at: datetime) -> HandoffRow:
    """Returns a handoff that was flagged by mistake: it is withdrawn, and no report counts it."""
    return handoff._replace(
        state=State.WITHDRAWN, owner=None, moved=Move.WITHDRAW, moved_by=by, moved_at=at, closed_at=at, voided=True
    )


def _accept(s: Situation) -> MoveEffect:
    handoff = _responded(s)._replace(owner=s.by, accepted_by=s.by, accepted_at=s.at)
    promised = (*s.kept(What.ANSWER), s.promise(What.CONTACT, s.by))
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, news=True)


def _reject(s: Situation) -> MoveEffect:
    code, reason = _reason(s)
    handoff = _responded(s)._replace(
        owner=None, rejected_by=s.by, reason=code, reason_note=s.request.note, closed_at=s.at
    )
    promised = s.kept(What.ANSWER)
    if owed := destinations.ENTRIES[reason.destination].owed:
        promised += (s.promise(owed, s.handoff.flagged_by),)
    return _sent_on(s, MoveEffect(handoff=handoff, lead=s.lead, promises=promised, news=True), reason)


def _withdraw(s: Situation) -> MoveEffect:
    handoff = s.handoff._replace(owner=None, closed_at=s.at)
    return MoveEffect(handoff=handoff, lead=s.lead, promises=s.released(Release.WITHDRAWN, What.ANSWER))


def _return(s: Situation) -> MoveEffect:
    if not s.request.note:
        raise NoteNeeded
    handoff = s.handoff._replace(accepted_by=None, accepted_at=None)
    promised = s.released(Release.RETURNED, What.CONTACT)
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, reassign=True, news=True)


def _hand(s: Situation) -> MoveEffect:
    """Another person owns the handoff from now on, in the same state."""
    if s.request.to is None:
        raise BadValue(field=MoveField.TO, problem="choose who gets it")
    return _give(s, s.request.to)


def _take(s: Situation) -> MoveEffect:
    return _give(s, s.by)


def _give(s: Situation, to: PersonId) -> MoveEffect:
    """The promise on the next move starts again, at full length, for the new owner. Whether it counts as kept does not
    change: handing a lead on does not delay the time by which the team first promised it."""
    number, owner, state = s.handoff.number, s.handoff.owner, s.handoff.state
    if to == owner:
        raise WithThemAlready(number=number, person=to)
    try:
        s.terms.require_rep(to)
    except NoRep as refusal:
        raise CantTakeIt(number=number, person=to) from refusal
    handoff = s.handoff._replace(owner=to)
    handoff = handoff._replace(offered_to=to) if state is State.OFFERED else handoff._replace(accepted_by=to)
    over, anew = s.released(Release.HANDED_ON, OWED[state]), _anew(s, state, to)
    promised = (*over, anew._replace(first_due_at=over[0].first_due_at if over else anew.first_due_at))
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, detail={"from": owner}, gave_up=owner)


def _anew(s: Situation, state: State, person: PersonId) -> PromiseRow:
    """Returns the promise of this state, at full length from now on, in this person's working time."""
    if state is not State.QUALIFIED:
        return s.promise(OWED[state], person)
    calendar = s.calendar(person)
    closes = end_of_work(calendar, s.handoff.expected_close or s.at.astimezone(calendar.zone).date())
    if closes > s.at:
        return s.promise_by(What.CLOSE, person, closes)
    return promises.within(What.CLOSE, PASSED_CLOSE, calendar, of=s.handoff, owner=person, at=s.at)


def _contact(s: Situation) -> MoveEffect:
    number, attempts, last = s.handoff.number, s.handoff.attempts, s.contact_logged_at
    asked = s.request.attempts_known == attempts  # Baton asks again if a person clicks the answer twice
    if last is not None and not asked and abs(s.at - last) < ANOTHER_CONTACT:
        raise ContactAgain(number=number, handoff=s.handoff.id, at=last, attempts=attempts)
    handoff, promised = s.handoff, tuple[PromiseRow, ...]()
    if handoff.state is State.ACCEPTED:
        handoff = _contacted(s)
        promised = (*s.kept(What.CONTACT), s.promise(What.OUTCOME, _owner(s)))
    handoff = handoff._replace(attempts=attempts + 1)
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, detail={"attempt": attempts + 1})


def _qualify(s: Situation) -> MoveEffect:
    close = s.request.expected_close
    if close is None:
        raise BadValue(field=MoveField.EXPECTED_CLOSE, problem="a date is needed")
    value = _value(s)
    calendar = s.calendar(s.handoff.owner)
    if close < s.at.astimezone(calendar.zone).date():
        raise BadValue(field=MoveField.EXPECTED_CLOSE, problem=f"{close.isoformat()} is in the past")
    if close > (s.at + FURTHEST_CLOSE).date():
        raise BadValue(field=MoveField.EXPECTED_CLOSE, problem=f"{close.isoformat()} is more than ten years away")
    handoff = _contacted(s)._replace(
        qualified_at=s.at, value_cents=value, currency=s.terms.agreement.currency, expected_close=close
    )
    closing = s.promise_by(What.CLOSE, _owner(s), end_of_work(calendar, close))
    promised = (*s.kept(What.CONTACT, What.OUTCOME), closing)
    detail = {"value_cents": value, "expected_close": close.isoformat()}
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, detail=detail, news=True)


def _disqualify(s: Situation) -> MoveEffect:
    code, reason = _reason(s)
    needed = s.stamped.agreement.sla.attempts
    if reason.after_attempts and s.handoff.attempts < needed:
        raise TooFewAttempts(code=code, needed=needed, number=s.handoff.number, attempts=s.handoff.attempts)
    handoff = s.handoff._replace(owner=None, reason=code, reason_note=s.request.note, closed_at=s.at)
    return _sent_on(s, MoveEffect(handoff=handoff, lead=s.lead, promises=s.kept(What.OUTCOME), news=True), reason)


def _close(s: Situation) -> MoveEffect:
    value = s.handoff.value_cents if s.request.value_cents is None else _value(s)
    handoff = s.handoff._replace(owner=None, closed_at=s.at, value_cents=value)
    promised = s.kept(What.CLOSE)
    return MoveEffect(handoff=handoff, lead=s.lead, promises=promised, detail={"value_cents": value}, news=True)


def _answer(s: Situation) -> MoveEffect:
    replied = s.kept(*REPLIES)
    if not replied:
        raise nothing_to_answer(standing(s.handoff), s.by)
    return MoveEffect(handoff=s.handoff, lead=s.lead, promises=replied)


def _contest(s: Situation) -> MoveEffect:
    if not s.request.note:
        raise NoteNeeded
    if not s.terms.managers_here:
        raise NobodyManages(number=s.handoff.number)
    wanted = tuple(messages.ruling(s.handoff.id, manager) for manager in s.terms.managers_here)
    promised = (*s.kept(*REPLIES), promises.ruling(s.handoff, at=s.at))
    return MoveEffect(handoff=s.handoff._replace(contested=True), lead=s.lead, promises=promised, wanted=wanted)


def _uphold(s: Situation) -> MoveEffect:
    return MoveEffect(handoff=s.handoff._replace(ruled=True), lead=s.lead, promises=s.kept(What.RULING), news=True)


def _overturn(s: Situation) -> MoveEffect:
    handoff = s.handoff._replace(ruled=True, rejected_by=None, reason=None, reason_note="", closed_at=None)
    promised = (*s.kept(What.RULING), *s.released(Release.OVERTURNED, *REPLIES, What.RECALL))
    return MoveEffect(handoff=handoff, lead=_live(s.lead), promises=promised, reassign=True, news=True)


EFFECTS: Mapping[Move, Callable[[Situation], MoveEffect]] = {
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
    """Returns the handoff with sales' first answer. A later one changes nothing."""
    return s.handoff._replace(response=s.handoff.response or s.request.move.value)


def _contacted(s: Situation) -> HandoffRow:
    """Returns the handoff with the first contact. Qualifying a lead counts as contact too."""
    if s.handoff.contacted_at is not None:
        return s.handoff
    return s.handoff._replace(contacted_at=s.at, speed_seconds=round((s.at - s.handoff.flagged_at).total_seconds()))


def _owner(s: Situation) -> PersonId:
    """Returns who has the handoff. An open handoff without an owner is impossible: then whoever makes the move."""
    return s.handoff.owner or s.by


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


def _sent_on(s: Situation, effect: MoveEffect, reason: Reason) -> MoveEffect:
    """Returns the effect with the destination of a reason: what happens to the lead now."""
    destination = destinations.ENTRIES[reason.destination]
    if destination.nurtures:
        until = s.at + timedelta(days=reason.nurture_days)
        back = s.promise_by(What.RECALL, s.handoff.flagged_by, until)
        effect = replace(effect, lead=effect.lead._replace(nurture_until=until), promises=(*effect.promises, back))
    if destination.archives:
        effect = replace(effect, lead=effect.lead._replace(archived=True))
    return replace(effect, offer_again=destination.offers_again)


def _value(s: Situation) -> int:
    value = s.request.value_cents
    if value is None or not 0 <= value <= LARGEST_VALUE_CENTS:
        raise BadValue(field=MoveField.VALUE, problem="an amount from 0 to 100,000,000,000 is needed")
    return value
