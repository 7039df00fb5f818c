"""The desk, operation by operation, on both databases: what changes, who hears of it, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.slack.ids import member_kind
from models.errors import (
    AlreadyContested,
    AlreadyDone,
    AlreadyMoved,
    AlreadyOpen,
    BadValue,
    ContactAgain,
    EditedLast,
    EmailTaken,
    HandedOverAgain,
    InNurture,
    MovedSince,
    NoSuchHandoff,
    NotContested,
    NoteNeeded,
    NotFlaggedByYou,
    NotInRole,
    NotKnownAnyMore,
    NotSetUp,
    NotShown,
    NotYours,
    PersonId,
    ReasonNeeded,
    Refused,
    Repeated,
    TooFewAttempts,
    UnknownReason,
    WrongStage,
    YouMovedSince,
)
from models.rules.agreement import People
from models.rules.ladders import Hearer, What
from models.rules.lifecycle import Move, State
from models.rules.requests import CommentRequest
from models.rules.search_text import search_text
from models.storage.store import Store
from models.workspace.agreements import Agreements
from tests.monday import TEN
from tests.unit.office import DANA, MARK, MAX, MIA, REX, Office, agreement, hours, lead

LATER = TEN + hours(1)


# Flag.


def test_a_flagged_lead_is_offered_to_a_rep_who_owes_an_answer_by_a_time(office: Office) -> None:
    number = office.flag(lead(source="webinar", campaign="autumn", score=72, why_now="asked for pricing"))
    handoff = office.handoff(number)
    assert (handoff.state, handoff.owner, handoff.offered_to, handoff.flagged_by) == ("offered", DANA, DANA, MIA)
    (promise,) = office.promises(number)
    assert (promise.what, promise.owner, promise.since, promise.is_live) == (What.ANSWER, DANA, TEN, True)
    assert (promise.due_at, promise.first_due_at, promise.promised_seconds) == (*(TEN + hours(4),) * 2, 4 * 3600)
    assert [(step.at - TEN, *step.hear) for step in promise.steps] == [
        (hours(2), Hearer.OWNER),
        (hours(4), Hearer.OWNER),
        (hours(6), Hearer.MANAGER),
    ]
    assert promise.next_step_at == TEN + hours(2)
    assert (handoff.source, handoff.campaign, handoff.score) == ("webinar", "autumn", 72)
    assert handoff.agreement_version == 1


def test_a_flag_is_in_the_ledger_with_the_reason_of_its_route_and_shown_in_channel_and_to_the_rep(
    office: Office,
) -> None:
    number = office.flag(lead(why_now="asked for pricing"))
    (entry,) = office.ledger(number)
    assert (entry.move, entry.state, entry.actor, entry.owner, entry.at) == ("flag", "offered", MIA, DANA, TEN)
    assert entry.note == "asked for pricing"
    assert entry.detail == {
        "rule": "whose turn it is",
        "passed_over": {"had a turn more recently": [REX]},
        "follows": None,
    }
    assert {key: row.lane for key, row in office.outbox().items()} == {
        f"card:{number}": "C0LEADS",
        f"turn:{number}:1": DANA,
    }


def test_reps_take_turns(office: Office) -> None:
    assert [office.handoff(office.flag()).owner for _ in range(4)] == [DANA, REX, DANA, REX]


def test_a_named_rep_gets_the_lead(office: Office) -> None:
    assert office.handoff(office.flag(rep=REX)).owner == REX


def test_only_marketers_and_managers_flag(office: Office) -> None:
    with pytest.raises(NotInRole, match="Only marketers and managers can flag leads"):
        office.flag(by=DANA)
    assert office.handoff(office.flag(by=MAX)).flagged_by == MAX


def test_before_the_set_up_nothing_can_be_flagged(store: Store) -> None:
    office = Office(store)
    office.id = "TELSEWHERE"
    with pytest.raises(NotSetUp):
        office.flag()


def test_a_lead_is_handed_over_once_at_a_time_whatever_the_case_of_its_address(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    with pytest.raises(AlreadyOpen) as refused:
        office.flag(lead("JANE@acme.com", name="J. Doe"), by=MARK, at=LATER)
    assert refused.value.facts == {
        "name": "J. Doe",
        "number": number,
        "handoff": office.id_of(number),
        "flagger": MIA,
        "at": TEN,
        "owner": DANA,
        "state": "offered",
    }
    assert office.lead_of(number).name == "Jane Doe"


def test_the_same_lead_in_another_workspace_is_another_lead(office: Office, store: Store) -> None:
    elsewhere = Office(store, "T2")
    first, second = office.flag(lead("jane@acme.com")), elsewhere.flag(lead("jane@acme.com"))
    assert (first, second) == (1, 1), "each workspace counts its own handoffs"
    assert office.handoff(first).lead_id != elsewhere.handoff(second).lead_id
    with pytest.raises(NotKnownAnyMore):
        elsewhere.move(Move.ACCEPT, office.id_of(first), DANA)


def test_a_lead_that_comes_back_gets_a_new_handoff_and_keeps_its_history(office: Office) -> None:
    first = office.flag(lead("jane@acme.com", title="CTO"))
    office.move(Move.WITHDRAW, first, MIA)
    second = office.flag(lead("jane@acme.com", name="Jane Roe"), at=LATER)
    assert second != first
    assert office.handoff(second).lead_id == office.handoff(first).lead_id
    assert (office.lead_of(second).name, office.lead_of(second).title) == ("Jane Roe", "CTO")
    facts = office.queries.handoff(second, by=office.program)
    assert [handoff.number for handoff in facts.earlier] == [first]


# Accept, contact, qualify, close.


def test_whoever_accepts_owns_it_and_the_second_clock_starts(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, REX, at=LATER)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.owner, handoff.accepted_by, handoff.accepted_at) == ("accepted", REX, REX, LATER)
    answer, contact = office.promises(number)
    assert (handoff.response, answer.state, answer.kept_at, answer.taken_seconds) == ("accept", "kept", LATER, 3600)
    assert (contact.what, contact.owner, contact.since) == (What.CONTACT, REX, LATER)
    assert (contact.due_at, contact.first_due_at) == (TEN + timedelta(days=1, hours=1),) * 2
    assert [entry.move for entry in office.ledger(number)] == ["flag", "accept"]
    entry = office.ledger(number)[-1].id
    assert f"news:{number}:{entry}" in office.outbox()
    assert office.outbox()[f"card:{number}"].wanted == 2


def test_time_away_counts_neither_for_when_an_answer_is_due_nor_for_how_long_it_took(office: Office) -> None:
    back = TEN + timedelta(days=2)
    office.roster.person_changed(office.id, DANA, away_until=back)
    number = office.flag(rep=DANA)
    assert office.live(number)[What.ANSWER].due_at == back + hours(4)
    office.roster.person_changed(office.id, DANA, away_until=None)
    office.move(Move.ACCEPT, number, DANA, at=back + hours(4))
    answer = office.promise(number, What.ANSWER)
    assert (answer.taken_seconds, answer.promised_seconds, answer.broken_at) == (4 * 3600, 4 * 3600, None)


def test_the_second_to_accept_is_told_who_was_first(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, REX, at=LATER)
    with pytest.raises(AlreadyMoved, match=f"#{number} can't be accepted: {REX} accepted it"):
        office.move(Move.ACCEPT, number, DANA, at=LATER)


def test_whoever_accepts_twice_is_told_that_it_was_they(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, REX)
    with pytest.raises(AlreadyDone, match=f"You accepted #{number}"):
        office.move(Move.ACCEPT, number, REX)


def test_the_first_contact_is_measured_in_both_ways_and_later_ones_are_counted(office: Office) -> None:
    number = office.flag(at=TEN.replace(hour=16))
    accepted = TEN + timedelta(days=1)
    office.move(Move.ACCEPT, number, DANA, at=accepted)
    office.move(Move.CONTACT, number, DANA, at=accepted + hours(1))
    office.move(Move.CONTACT, number, DANA, at=accepted + hours(3))
    handoff = office.handoff(number)
    assert (handoff.state, handoff.attempts, handoff.contacted_at) == ("working", 2, accepted + hours(1))
    taken = [promise.taken_seconds for promise in office.promises(number)]
    assert (taken, handoff.speed_seconds) == ([2 * 3600, 3600, None], 19 * 3600)
    assert [entry.detail for entry in office.ledger(number)[2:]] == [{"attempt": 1}, {"attempt": 2}]


def test_only_the_owner_or_a_manager_works_on_it(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    with pytest.raises(NotYours):
        office.move(Move.CONTACT, number, REX)
    office.move(Move.CONTACT, number, MAX)
    assert office.handoff(number).owner == DANA


def test_qualifying_without_a_call_before_counts_as_the_first_contact(office: Office) -> None:
    number = office.flag()
    office.qualified(number, at=LATER, value_cents=1_000_00)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.value_cents, handoff.currency) == ("qualified", 1_000_00, "EUR")
    assert (handoff.contacted_at, handoff.qualified_at) == (LATER, LATER)
    assert office.promise(number, What.CONTACT).kept_at == LATER
    assert {what: one.due_at for what, one in office.live(number).items()} == {
        What.CLOSE: datetime(2026, 12, 16, 17, tzinfo=UTC)
    }
    assert office.ledger(number)[-1].detail == {"value_cents": 1_000_00, "expected_close": "2026-12-16"}


@pytest.mark.parametrize(
    ("value_cents", "close", "field"),
    [
        (1, None, "Expected close"),
        (1, date(2026, 11, 15), "Expected close"),
        (1, date.max, "Expected close"),
        (1, date(2037, 1, 1), "Expected close"),
        (None, date(2026, 12, 1), "Value"),
        (-1, date(2026, 12, 1), "Value"),
        (10**13 + 1, date(2026, 12, 1), "Value"),
        (10**400, date(2026, 12, 1), "Value"),
    ],
)
def test_to_qualify_a_value_and_a_close_date_that_can_be_are_needed(
    office: Office, value_cents: int | None, close: date | None, field: str
) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    with pytest.raises(BadValue, match=field):
        office.move(Move.QUALIFY, number, DANA, value_cents=value_cents, expected_close=close)
    assert office.handoff(number).state == "accepted"


def test_the_close_date_may_be_today_in_the_zone_of_the_owner(office: Office) -> None:
    office.roster.person_changed(office.id, DANA, timezone="America/Los_Angeles")
    number = office.flag()
    at = datetime(2026, 11, 17, 2, tzinfo=UTC)  # it is still Monday evening in that zone
    office.move(Move.ACCEPT, number, DANA, at=at)
    office.move(Move.QUALIFY, number, DANA, at=at, value_cents=0, expected_close=date(2026, 11, 16))
    assert office.live(number)[What.CLOSE].due_at == at


@pytest.mark.parametrize(("move", "state"), [(Move.WIN, State.WON), (Move.LOSE, State.LOST)])
def test_a_closed_opportunity_is_owed_by_nobody_and_marketing_hears_of_it(
    office: Office, move: Move, state: State
) -> None:
    number = office.flag()
    office.qualified(number, value_cents=500)
    office.move(move, number, DANA, at=LATER, value_cents=700)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.closed_at, handoff.value_cents) == (state, LATER, 700)
    close = office.promise(number, What.CLOSE)
    assert (handoff.owner, close.state, close.kept_at, close.next_step_at) == (None, "kept", LATER, None)
    assert office.live(number) == {}
    assert f"news:{number}:{office.ledger(number)[-1].id}" in office.outbox()


def test_the_value_stays_when_none_is_given_at_the_close(office: Office) -> None:
    number = office.flag()
    office.qualified(number, value_cents=500)
    office.move(Move.WIN, number, DANA)
    assert office.handoff(number).value_cents == 500
    assert office.ledger(number)[-1].detail == {"value_cents": 500}


# Return, withdraw.


def test_a_returned_lead_goes_to_somebody_else_even_if_they_have_more_to_do(office: Office) -> None:
    number = office.flag(rep=DANA)
    for _ in range(3):
        office.flag(rep=REX)
    office.move(Move.ACCEPT, number, DANA)
    office.move(Move.RETURN, number, DANA, note="on holiday from tomorrow", at=LATER)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.owner, handoff.offered_to) == ("offered", REX, REX)
    assert (handoff.accepted_by, handoff.accepted_at) == (None, None)
    assert office.promise(number, What.CONTACT).released == "returned"
    assert {what: (one.owner, one.due_at) for what, one in office.live(number).items()} == {
        What.ANSWER: (REX, LATER + hours(4))
    }
    assert office.outbox()[f"turn:{number}:3"].lane == REX


def test_what_a_manager_returns_for_a_rep_does_not_come_back_to_that_rep(office: Office) -> None:
    number = office.flag(rep=DANA)
    office.flag(rep=REX)
    office.move(Move.ACCEPT, number, DANA)
    office.move(Move.RETURN, number, MAX, note="she is ill")
    assert office.handoff(number).owner == REX


def test_a_lead_that_every_rep_gave_back_goes_to_the_manager(office: Office) -> None:
    number = office.flag(rep=DANA)
    for rep in (DANA, REX):
        office.move(Move.ACCEPT, number, rep)
        office.move(Move.RETURN, number, rep, note="not mine")
    assert office.handoff(number).owner == MAX


def test_to_return_a_lead_a_word_is_needed(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    with pytest.raises(NoteNeeded):
        office.move(Move.RETURN, number, DANA)


def test_whoever_flagged_it_may_withdraw_it_until_somebody_accepts(office: Office) -> None:
    number = office.flag()
    with pytest.raises(NotFlaggedByYou):
        office.move(Move.WITHDRAW, number, MARK)
    office.move(Move.WITHDRAW, number, MIA)
    assert (office.handoff(number).state, office.handoff(number).owner) == ("withdrawn", None)
    with pytest.raises(AlreadyMoved, match="withdrew it"):
        office.move(Move.ACCEPT, number, DANA)


# Reject, and where the lead goes.


def test_a_rejection_needs_a_reason_that_the_agreement_knows_for_it(office: Office) -> None:
    number = office.flag()
    with pytest.raises(ReasonNeeded, match="bad_data"):
        office.move(Move.REJECT, number, DANA)
    with pytest.raises(UnknownReason, match=r"“to_small”\. Did you mean too_small\?"):
        office.move(Move.REJECT, number, DANA, reason="to_small")
    with pytest.raises(UnknownReason, match=r"“zzzz”\. The reasons:"):
        office.move(Move.REJECT, number, DANA, reason="zzzz")
    with pytest.raises(WrongStage, match="“no_budget” can't be used to reject"):
        office.move(Move.REJECT, number, DANA, reason="no_budget")
    assert office.handoff(number).version == 1


def test_a_rejected_lead_is_with_marketing_who_owe_an_answer(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, REX, reason="bad_data", note="the number is dead", at=LATER)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.owner, handoff.closed_at) == ("rejected", None, LATER)
    assert (handoff.rejected_by, handoff.reason, handoff.reason_note) == (REX, "bad_data", "the number is dead")
    assert (handoff.response, office.promise(number, What.ANSWER).taken_seconds) == ("reject", 3600)
    assert {what: (one.owner, one.due_at) for what, one in office.live(number).items()} == {
        What.FIX: (MIA, TEN + timedelta(days=1, hours=1))
    }
    unanswered = office.queries.waiting(by=office.caller(MIA), at=LATER).unanswered
    assert [listed.number for listed in unanswered] == [number]


def test_an_archived_lead_may_be_flagged_again_and_is_no_longer_archived(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="too_small")
    assert office.lead_of(number).archived
    assert not office.lead_of(office.flag(lead("jane@acme.com"))).archived


def test_a_lead_in_nurture_waits_unless_something_new_is_said(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="not_now")
    until = TEN + timedelta(days=60)
    assert office.lead_of(number).nurture_until == until
    with pytest.raises(InNurture) as refused:
        office.flag(lead("jane@acme.com"), at=LATER)
    assert refused.value.facts["until"] == until
    again = office.flag(lead("jane@acme.com", why_now="called us"), at=LATER)
    assert office.lead_of(again).nurture_until is None


def test_when_the_nurturing_is_over_the_marketer_hears_of_it_and_may_flag_again(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="not_now")
    office.move(Move.ANSWER, number, MIA)
    until = TEN + timedelta(days=60)
    assert {what: (one.owner, one.due_at) for what, one in office.live(number).items()} == {What.RECALL: (MIA, until)}
    assert office.reminders.remind(at=until - timedelta(microseconds=1)) == 0
    assert office.outbox(kind="nurture") == {}
    for days in range(3):
        office.reminders.remind(at=until + timedelta(days=days))
    (message,) = office.outbox(kind="nurture").values()
    assert (message.lane, message.due_at, message.state) == (MIA, until, "pending")
    assert office.handoff(office.flag(lead("jane@acme.com"), at=until)).state == "offered"
    assert office.promise(number, What.RECALL).kept_at == until


def test_somebody_elses_lead_goes_on_to_the_next_rep_in_a_new_handoff(office: Office) -> None:
    number = office.flag(lead(source="webinar", why_now="pricing"), rep=DANA)
    office.move(Move.REJECT, number, DANA, reason="wrong_region", at=LATER)
    rejected = office.handoff(number)
    assert (rejected.state, office.live(number)) == ("rejected", {})
    following = office.handoffs()[-1]
    assert (following.follows, following.lead_id, following.owner) == (rejected.id, rejected.lead_id, REX)
    assert (following.flagged_by, following.flagged_at, following.source) == (MIA, LATER, "webinar")
    assert office.ledger(following.number)[0].detail["passed_over"] == {"gave this lead back before": [DANA]}
    assert office.queries.waiting(by=office.caller(MIA), at=LATER).unanswered == ()


def test_a_lead_that_belongs_to_no_rep_ends_with_the_manager_and_not_in_a_circle(office: Office) -> None:
    number = office.flag(rep=DANA)
    for rep in (DANA, REX):
        office.move(Move.REJECT, office.handoffs()[-1].number, rep, reason="wrong_region")
    assert office.handoffs()[-1].owner == MAX
    assert len(office.handoffs()) == 3
    assert office.handoff(number).state == "rejected"


def test_unreachable_counts_only_after_the_agreed_attempts(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    for attempt in range(1, 7):
        office.move(Move.CONTACT, number, DANA, at=TEN + timedelta(minutes=10 * attempt))
        if attempt < 6:
            with pytest.raises(TooFewAttempts, match=f"counts after 6 logged attempts; #{number} has {attempt}"):
                office.move(Move.DISQUALIFY, number, DANA, reason="unreachable")
    office.move(Move.DISQUALIFY, number, DANA, reason="unreachable")
    assert office.handoff(number).state == "disqualified"
    assert office.lead_of(number).nurture_until == TEN + timedelta(days=60)


# Answer, contest, rule, correct.


def test_an_answer_ends_what_marketing_owes_and_the_first_one_counts(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, DANA, reason="too_small")
    office.move(Move.ANSWER, number, MIA, note="understood", at=LATER)
    with pytest.raises(AlreadyDone):
        office.move(Move.ANSWER, number, MIA, note="once more", at=LATER + hours(1))
    assert office.promise(number, What.REPLY).kept_at == LATER
    assert office.queries.waiting(by=office.caller(MIA), at=LATER).unanswered == ()


def test_a_contested_rejection_comes_before_the_managers(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, DANA, reason="too_small")
    with pytest.raises(NoteNeeded):
        office.move(Move.CONTEST, number, MIA)
    with pytest.raises(NotFlaggedByYou):
        office.move(Move.CONTEST, number, MARK, note="why?")
    office.move(Move.CONTEST, number, MIA, note="they have 900 people", at=LATER)
    assert office.handoff(number).contested
    assert office.promise(number, What.REPLY).kept_at == LATER
    assert {what: (one.owner, one.part, one.due_at) for what, one in office.live(number).items()} == {
        What.RULING: (None, "managers", None)
    }
    assert office.outbox()[f"ruling:{number}:{MAX}"].lane == MAX
    with pytest.raises(AlreadyContested):
        office.move(Move.CONTEST, number, MIA, note="again")


def test_an_overturned_rejection_is_offered_to_another_rep(office: Office) -> None:
    number = office.flag(rep=DANA)
    office.move(Move.REJECT, number, DANA, reason="too_small")
    office.move(Move.CONTEST, number, MIA, note="they have 900 people")
    with pytest.raises(NotInRole):
        office.move(Move.OVERTURN, number, REX)
    office.move(Move.OVERTURN, number, MAX, at=LATER)
    handoff = office.handoff(number)
    assert (handoff.state, handoff.owner, office.live(number)[What.ANSWER].due_at) == ("offered", REX, LATER + hours(4))
    assert (handoff.rejected_by, handoff.reason, handoff.closed_at) == (None, None, None)
    ended = {one.what: (one.state, one.kept_at) for one in office.promises(number) if not one.is_live}
    assert ended == {What.ANSWER: ("kept", TEN), What.REPLY: ("kept", TEN), What.RULING: ("kept", LATER)}
    assert not office.lead_of(number).archived
    with pytest.raises(AlreadyMoved):
        office.move(Move.UPHOLD, number, MAX)


def test_an_upheld_rejection_stays_and_is_not_ruled_on_again(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, DANA, reason="too_small")
    with pytest.raises(NotContested):
        office.move(Move.UPHOLD, number, MAX)
    office.move(Move.CONTEST, number, MIA, note="they have 900 people")
    office.move(Move.UPHOLD, number, MAX)
    with pytest.raises(NotContested):
        office.move(Move.OVERTURN, number, MAX)
    assert office.handoff(number).state == "rejected"


def test_a_rejection_is_not_overturned_once_the_lead_is_on_its_way_again(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="too_small")
    office.move(Move.CONTEST, number, MIA, note="they have 900 people")
    office.flag(lead("jane@acme.com"))
    with pytest.raises(AlreadyOpen):
        office.move(Move.OVERTURN, number, MAX)


def test_the_second_rejection_after_an_overturned_one_has_to_be_answered_again(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, DANA, reason="too_small")
    office.move(Move.CONTEST, number, MIA, note="they have 900 people")
    office.move(Move.OVERTURN, number, MAX)
    office.move(Move.REJECT, number, REX, reason="no_intent", at=LATER)
    assert office.live(number).keys() == {What.REPLY}
    answers = [one.kept_at for one in office.promises(number) if one.what is What.ANSWER]
    assert answers == [TEN, LATER], "each time that sales was asked it promised to answer"


def test_a_fix_corrects_the_lead_answers_the_rejection_and_offers_it_again(office: Office) -> None:
    number = office.flag(lead("jnae@acme.com", phone="123"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("jane@acme.com"), fixes=number, at=LATER)
    assert office.promise(number, What.FIX).kept_at == LATER
    assert office.handoff(fixed).follows == office.id_of(number)
    assert office.handoff(fixed).lead_id == office.handoff(number).lead_id
    assert (office.lead_of(fixed).email, office.lead_of(fixed).phone) == ("jane@acme.com", "123")


def test_a_fix_to_the_address_of_another_lead_flags_that_one_and_leaves_both_as_they_are(office: Office) -> None:
    other = office.flag(lead("jane@acme.com"))
    office.move(Move.WITHDRAW, other, MIA)
    number = office.flag(lead("jnae@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("jane@acme.com"), fixes=number)
    assert office.handoff(fixed).lead_id == office.handoff(other).lead_id
    assert office.lead_of(number).email == "jnae@acme.com"
    assert office.promise(number, What.FIX).kept_at == TEN


def test_a_lead_stays_known_by_the_address_that_was_fixed(office: Office) -> None:
    number = office.flag(lead("jnae@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("jane@acme.com"), fixes=number, at=LATER)
    for address in ("jnae@acme.com", "JNAE@acme.com", "jane@acme.com"):
        with pytest.raises(AlreadyOpen, match=f"#{fixed}"):
            office.flag(lead(address), at=LATER)
    office.move(Move.WITHDRAW, fixed, MIA, at=LATER)
    again = office.flag(lead("jnae@acme.com"), at=LATER)
    assert office.handoff(again).lead_id == office.handoff(number).lead_id
    assert office.lead_of(again).email == "jane@acme.com", "the correction stays"


def test_a_lead_stays_known_by_the_address_that_was_edited_and_no_other_lead_may_have_it(office: Office) -> None:
    number = office.flag(lead("jnae@acme.com"))
    office.edit(number, MIA, email="jane@acme.com")
    with pytest.raises(AlreadyOpen):
        office.flag(lead("jnae@acme.com"))
    other = office.flag(lead("bob@acme.com"))
    with pytest.raises(EmailTaken, match=f"#{number}"):
        office.edit(other, MIA, email="jnae@acme.com")
    office.edit(number, MIA, email="jnae@acme.com")
    office.edit(number, MIA, email="jane@acme.com")
    with pytest.raises(AlreadyOpen):
        office.flag(lead("jnae@acme.com"))


def test_an_address_that_was_a_mistake_and_undone_is_free_again(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    office.flag(lead("bob@acme.com"), fixes=number)
    office.undo(None, MIA)
    assert office.lead_of(number).email == "jane@acme.com"
    bob = office.flag(lead("bob@acme.com"))
    assert office.handoff(bob).lead_id != office.handoff(number).lead_id
    assert office.handoff(office.flag(lead("jane@acme.com"))).lead_id == office.handoff(number).lead_id


@pytest.mark.parametrize(("by", "refusal"), [(MIA, YouMovedSince), (MAX, MovedSince)])
def test_a_fix_is_not_undone_while_the_rejection_is_contested_and_then_the_reply_is_owed_again(
    office: Office, by: PersonId, refusal: type[Refused]
) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("jane@acme.com", phone="1"), fixes=number, at=TEN + timedelta(minutes=59))
    office.move(Move.CONTEST, number, by, note="it was right", at=LATER)
    with pytest.raises(refusal, match=f"contested (#{number}|it)"):
        office.undo(office.ledger(fixed)[0].id, MIA, at=LATER)
    office.undo(office.ledger(number)[-1].id, by, at=LATER)
    assert office.live(number) == {}, "the fix is the reply"
    office.undo(office.ledger(fixed)[0].id, MIA, at=LATER)
    assert office.live(number).keys() == {What.FIX}


def test_who_answers_a_rejection_for_which_nobody_waits_hears_why(office: Office) -> None:
    fixed, elsewhere, contested = (office.flag(lead(f"{name}@acme.com"), rep=DANA) for name in ("a", "b", "c"))
    for number, reason in ((fixed, "bad_data"), (elsewhere, "wrong_region"), (contested, "bad_data")):
        office.move(Move.REJECT, number, DANA, reason=reason)
    office.flag(lead("a@acme.com", phone="1"), fixes=fixed)
    for number in (fixed, elsewhere):
        with pytest.raises(HandedOverAgain, match=f"#{number} waits for no answer: the lead was handed over again"):
            office.move(Move.ANSWER, number, MIA)
    office.move(Move.CONTEST, contested, MAX, note="it was right")
    with pytest.raises(AlreadyMoved, match=f"{MAX} contested it .* A manager rules on it. Marketing may fix it"):
        office.move(Move.ANSWER, contested, MIA)
    office.move(Move.UPHOLD, contested, MAX)
    with pytest.raises(AlreadyMoved, match=r"upheld the rejection of it .* Marketing may fix it and flag"):
        office.move(Move.ANSWER, contested, MIA)


def test_who_is_second_to_answer_a_rejection_hears_who_was_first(office: Office) -> None:
    number = office.flag()
    office.move(Move.REJECT, number, DANA, reason="too_small")
    office.move(Move.ANSWER, number, MAX)
    lines = len(office.ledger(number))
    with pytest.raises(AlreadyMoved, match=f"#{number} can't be answered: {MAX} answered it"):
        office.move(Move.ANSWER, number, MIA)
    assert len(office.ledger(number)) == lines


def test_a_lead_stays_known_by_its_first_address_when_the_way_back_to_it_is_undone(office: Office) -> None:
    first = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, first, DANA, reason="bad_data")
    second = office.flag(lead("bob@acme.com"), fixes=first)
    office.move(Move.REJECT, second, DANA, reason="bad_data")
    office.flag(lead("jane@acme.com"), fixes=second)
    office.undo(None, MIA)
    assert office.lead_of(first).email == "bob@acme.com"
    again = office.flag(lead("jane@acme.com"))
    assert office.handoff(again).lead_id == office.handoff(first).lead_id
    for address in ("jane@acme.com", "bob@acme.com"):
        with pytest.raises(AlreadyOpen, match=f"#{again}"):
            office.flag(lead(address))


@pytest.mark.parametrize(("editor", "refusal"), [(MIA, EditedLast), (MAX, MovedSince)])
def test_a_flag_is_not_undone_over_a_later_edit_of_what_it_changed(
    office: Office, editor: PersonId, refusal: type[Refused]
) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("jnae@acme.com"), fixes=number)
    office.edit(number, editor, email="joan@acme.com")
    with pytest.raises(refusal, match=f"#{fixed}"):
        office.undo(office.ledger(fixed)[0].id, MIA)
    assert office.lead_of(fixed).email == "joan@acme.com"


def test_a_flag_is_undone_beside_an_edit_of_something_else(office: Office) -> None:
    number = office.flag(lead("jane@acme.com"))
    office.edit(number, MIA, email="jnae@acme.com")
    office.move(Move.REJECT, number, DANA, reason="bad_data")
    fixed = office.flag(lead("joan@acme.com"), fixes=number)
    office.edit(fixed, MAX, company="Zürich AG")
    office.undo(office.ledger(fixed)[0].id, MIA)
    known = office.lead_of(number)
    assert (known.email, known.company) == ("jnae@acme.com", "Zürich AG")
    assert known.search_text == search_text(known.name, known.company, known.email)
    assert office.handoff(office.flag(lead("joan@acme.com"))).lead_id != office.handoff(number).lead_id


def test_what_does_not_exist_cannot_be_moved_fixed_or_commented_on(office: Office) -> None:
    for number in (0, -1, 999, 10**30):
        with pytest.raises(NoSuchHandoff):
            office.move(Move.ACCEPT, number, DANA)
        with pytest.raises(NoSuchHandoff):
            office.queries.handoff(number, by=office.program)
        with pytest.raises(NoSuchHandoff):
            office.desk.comment(
                CommentRequest(handoff=number, ts="1", text="?", event_at="1"), by=office.caller(DANA), at=TEN
            )
    with pytest.raises(NoSuchHandoff):
        office.flag(fixes=999)
    with pytest.raises(NoSuchHandoff):
        office.react(999, DANA, "star", event_at="1.0")


# Receipts.


def test_the_same_delivery_twice_has_one_effect_and_the_same_answer(office: Office) -> None:
    details = lead()
    number = office.flag(details, receipt="Ev1")
    assert office.flag(details, receipt="Ev1") == number
    assert office.move(Move.ACCEPT, number, DANA, receipt="Ev2") == number
    assert office.move(Move.ACCEPT, number, DANA, receipt="Ev2") == number
    assert [entry.move for entry in office.ledger(number)] == ["flag", "accept"]
    assert len(office.handoffs()) == 1


def test_a_move_that_could_be_made_again_is_made_once_per_delivery(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    for hour, receipt in enumerate(("Ev1", "Ev1", "Ev2", "Ev1")):
        office.move(Move.CONTACT, number, DANA, receipt=receipt, at=TEN + timedelta(hours=hour))
    assert office.handoff(number).attempts == 2
    assert office.handoff(number).version == 4


def test_a_double_click_on_log_contact_counts_once(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    office.move(Move.CONTACT, number, DANA)
    with pytest.raises(ContactAgain, match=f"Again. You logged a contact with #{number}"):
        office.move(Move.CONTACT, number, DANA, at=TEN + timedelta(seconds=3))
    assert office.handoff(number).attempts == 1


def test_a_late_copy_of_what_was_refused_does_not_succeed(office: Office) -> None:
    number = office.flag(rep=DANA)
    with pytest.raises(NotYours):
        office.move(Move.CONTACT, office.move(Move.ACCEPT, number, DANA), REX, receipt="Ev1")
    office.move(Move.RETURN, number, DANA, note="for Rex")
    office.move(Move.ACCEPT, number, REX)
    with pytest.raises(Repeated):
        office.move(Move.CONTACT, number, REX, receipt="Ev1")
    assert office.handoff(number).attempts == 0


def test_a_form_that_was_refused_may_be_sent_again(office: Office) -> None:
    number = office.flag()
    with pytest.raises(ReasonNeeded):
        office.move(Move.REJECT, number, DANA, receipt="V1", may_repeat=True)
    office.move(Move.REJECT, number, DANA, reason="too_small", receipt="V1", may_repeat=True)
    assert office.handoff(number).state == "rejected"


def test_a_copy_that_comes_when_the_handoff_has_moved_on_is_answered_as_the_first_one(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA, receipt="Ev1")
    office.move(Move.CONTACT, number, DANA)
    assert office.move(Move.ACCEPT, number, DANA, receipt="Ev1") == number


def test_a_delivery_before_the_set_up_leaves_no_trace_and_counts_afterwards(store: Store) -> None:
    office = Office(store)
    office.id = "TNEW"
    details = lead()
    with pytest.raises(NotSetUp):
        office.flag(details, receipt="Ev1")
    office.apply(agreement(), at=TEN)
    assert office.flag(details, receipt="Ev1")


def test_a_refused_move_leaves_nothing_behind(office: Office) -> None:
    number = office.flag()
    before = (office.handoff(number), office.ledger(number), office.outbox(), office.committed)
    with pytest.raises(Refused):
        office.move(Move.REJECT, number, DANA, reason="nonsense")
    assert (office.handoff(number), office.ledger(number), office.outbox(), office.committed) == before


# Reactions and comments.


def test_the_latest_reaction_counts_in_whatever_order_they_arrive(office: Office) -> None:
    number = office.flag()
    office.react(number, DANA, "star", given=False, event_at="1700000002.000100")
    office.react(number, DANA, "star", given=True, event_at="1700000001.000200")
    assert office.queries.handoff(number, by=office.program).feedback == ()
    office.react(number, DANA, "star", given=True, event_at="1700000003.000000")
    assert [said.meaning for said in office.queries.handoff(number, by=office.program).feedback] == ["great"]


def test_each_persons_feedback_is_their_own(office: Office) -> None:
    number = office.flag()
    office.react(number, DANA, "star", event_at="1.1")
    office.react(number, REX, "snowflake", event_at="1.2")
    office.react(number, DANA, "star", given=False, event_at="1.3")
    kept = office.queries.handoff(number, by=office.program).feedback
    assert [(said.person, said.meaning) for said in kept] == [(REX, "cold")]


def test_a_reaction_without_a_meaning_says_nothing(office: Office) -> None:
    number = office.flag()
    office.react(number, DANA, "tada", event_at="1.1")
    assert office.queries.handoff(number, by=office.program).feedback == ()
    assert office.outbox()[f"card:{number}"].wanted == 1


def test_a_comment_is_kept_as_it_reads_now(office: Office) -> None:
    number = office.flag()

    def say(text: str | None, event_at: str) -> list[str]:
        request = CommentRequest(handoff=number, ts="1700.1", text=text, event_at=event_at)
        office.desk.comment(request, by=office.caller(DANA), at=TEN)
        return [comment.text for comment in office.queries.handoff(number, by=office.program).comments]

    assert say("called her", "1700.1") == ["called her"]
    assert say("called her", "1700.1") == ["called her"]
    assert say("called her twice", "1700.3") == ["called her twice"]
    assert say("called here", "1700.2") == ["called her twice"], "an edit that arrives late"
    assert say(None, "1700.4") == []
    assert say(None, "1700.4") == []
    assert say("called her", "1700.1") == [], "a late copy does not bring back what was deleted"


# Versions of the agreement.


def test_a_promise_made_under_one_agreement_is_not_moved_by_the_next(office: Office) -> None:
    number = office.flag()
    office.apply(agreement(sla={"contact_hours": 1}), at=TEN)
    office.move(Move.ACCEPT, number, DANA)
    assert office.live(number)[What.CONTACT].due_at == TEN + timedelta(days=1)
    assert office.handoff(office.flag()).agreement_version == 2


def test_applying_the_agreement_in_force_again_changes_nothing(office: Office) -> None:
    assert [office.apply(agreement()), office.apply(agreement(currency="USD")), office.apply(agreement())] == [1, 2, 3]
    assert office.apply(agreement()) == 3


def test_a_group_that_is_named_stands_for_its_members(office: Office) -> None:
    office.apply(agreement(people=People(marketers=(MIA,), reps=("SREPS",), managers=(MAX,))))
    office.roster.group_synced(office.id, "SREPS", [REX], at=TEN)
    assert office.handoff(office.flag()).owner == REX
    with pytest.raises(NotShown):
        office.move(Move.ACCEPT, office.flag(), DANA)


def test_without_named_reps_whoever_is_in_the_channel_and_plays_no_other_part_is_offered_leads(office: Office) -> None:
    office.apply(agreement(people=People(marketers=(MIA,), managers=(MAX,))))
    office.roster.members_synced(office.id, [MIA, MAX, "UNEW", "UBOT"])
    office.roster.person_changed(office.id, "UNEW", kind="member")
    office.roster.person_changed(office.id, "UBOT", kind="member", is_bot=True)
    assert office.handoff(office.flag()).owner == "UNEW"


def test_a_lead_flagged_where_nobody_is_known_goes_to_the_manager_and_never_nowhere(office: Office) -> None:
    office.apply(agreement(people=People(managers=(MAX,))))
    assert office.handoff(office.flag()).owner == MAX


def test_an_open_handoff_is_never_without_owner_or_time_even_when_its_rep_is_away_for_good(office: Office) -> None:
    office.roster.person_changed(office.id, DANA, away_until=datetime(2099, 1, 1, tzinfo=UTC))
    assert office.live(office.flag(rep=DANA))[What.ANSWER].due_at is not None
    assert office.handoff(office.flag()).owner == REX


def test_names_are_looked_up_for_everybody_alike(store: Store) -> None:
    """Two caches on one database give the same agreement and the same roles, whatever each holds."""
    office = Office(store)
    with store.read() as session:
        first = office.agreements.terms(session, office.id)
        second = Agreements(store, kind_of=member_kind).terms(session, office.id)
    assert first.agreement == second.agreement
    assert (
        first.roles(office.caller(PersonId("UNOBODY")))
        == second.roles(office.caller(PersonId("UNOBODY")))
        == frozenset()
    )
