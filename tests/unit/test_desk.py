"""The desk, operation by operation, on both databases: what changes, who hears of it, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models.agreement import People
from models.directory import Directory
from models.errors import (
    AlreadyContested,
    AlreadyDone,
    AlreadyMoved,
    AlreadyOpen,
    BadValue,
    ContactAgain,
    InNurture,
    NoSuchHandoff,
    NotContested,
    NoteNeeded,
    NotFlaggedByYou,
    NotInRole,
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
)
from models.lifecycle import Move, State
from models.requests import CommentRequest
from models.store import Store
from tests.unit.world import DANA, MARK, MAX, MIA, MONDAY, REX, World, agreement, hours, lead

LATER = MONDAY + hours(1)


# Flag.


def test_a_flagged_lead_is_offered_to_a_rep_who_owes_an_answer_by_a_time(world: World) -> None:
    number = world.flag(lead(source="webinar", campaign="autumn", score=72, why_now="asked for pricing"))
    handoff = world.handoff(number)
    assert (handoff.state, handoff.owner, handoff.offered_to, handoff.flagged_by) == ("offered", DANA, DANA, MIA)
    assert (handoff.remind_at, handoff.due_at, handoff.escalate_at) == (
        MONDAY + hours(2),
        MONDAY + hours(4),
        MONDAY + hours(6),
    )
    assert (handoff.next_nudge_at, handoff.accept_due_at) == (handoff.remind_at, handoff.due_at)
    assert (handoff.source, handoff.campaign, handoff.score) == ("webinar", "autumn", 72)
    assert handoff.agreement_version == 1


def test_a_flag_is_in_the_ledger_with_the_reason_of_its_route_and_shown_in_channel_and_to_the_rep(world: World) -> None:
    number = world.flag(lead(why_now="asked for pricing"))
    (entry,) = world.ledger(number)
    assert (entry.move, entry.state, entry.actor, entry.owner, entry.at) == ("flag", "offered", MIA, DANA, MONDAY)
    assert entry.note == "asked for pricing"
    assert entry.detail == {
        "rule": "whose turn it is",
        "passed_over": {REX: "had a turn more recently"},
        "follows": None,
    }
    assert {key: row.lane for key, row in world.outbox().items()} == {
        f"card:{number}": "C0LEADS",
        f"turn:{number}:1": DANA,
    }


def test_reps_take_turns(world: World) -> None:
    assert [world.handoff(world.flag()).owner for _ in range(4)] == [DANA, REX, DANA, REX]


def test_a_named_rep_gets_the_lead(world: World) -> None:
    assert world.handoff(world.flag(rep=REX)).owner == REX


def test_only_marketers_and_managers_flag(world: World) -> None:
    with pytest.raises(NotInRole, match="Only marketers and managers can flag leads"):
        world.flag(by=DANA)
    assert world.handoff(world.flag(by=MAX)).flagged_by == MAX


def test_before_the_set_up_nothing_can_be_flagged(store: Store) -> None:
    world = World(store)
    world.id = "TELSEWHERE"
    with pytest.raises(NotSetUp):
        world.flag()


def test_a_lead_is_handed_over_once_at_a_time_whatever_the_case_of_its_address(world: World) -> None:
    number = world.flag(lead("jane@acme.com"))
    with pytest.raises(AlreadyOpen) as refused:
        world.flag(lead("JANE@acme.com", name="J. Doe"), by=MARK, at=LATER)
    assert refused.value.facts == {
        "name": "J. Doe",
        "number": number,
        "flagger": MIA,
        "at": MONDAY,
        "owner": DANA,
        "state": "offered",
    }
    assert world.lead_of(number).name == "Jane Doe"


def test_the_same_lead_in_another_workspace_is_another_lead(world: World, store: Store) -> None:
    elsewhere = World(store, "T2")
    first, second = world.flag(lead("jane@acme.com")), elsewhere.flag(lead("jane@acme.com"))
    assert world.handoff(first).lead_id != world.handoff(second).lead_id
    with pytest.raises(NoSuchHandoff):
        elsewhere.move(Move.ACCEPT, first, DANA)


def test_a_lead_that_comes_back_gets_a_new_handoff_and_keeps_its_history(world: World) -> None:
    first = world.flag(lead("jane@acme.com", title="CTO"))
    world.move(Move.WITHDRAW, first, MIA)
    second = world.flag(lead("jane@acme.com", name="Jane Roe"), at=LATER)
    assert second != first
    assert world.handoff(second).lead_id == world.handoff(first).lead_id
    assert (world.lead_of(second).name, world.lead_of(second).title) == ("Jane Roe", "CTO")
    facts = world.reading.handoff(second, by=world.program)
    assert [handoff.id for handoff in facts.earlier] == [first]


# Accept, contact, qualify, close.


def test_whoever_accepts_owns_it_and_the_second_clock_starts(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, REX, at=LATER)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.owner, handoff.accepted_by, handoff.accepted_at) == ("accepted", REX, REX, LATER)
    assert (handoff.response, handoff.responded_at, handoff.accept_seconds) == ("accept", LATER, 3600)
    assert (handoff.due_at, handoff.contact_due_at) == (MONDAY + timedelta(days=1, hours=1),) * 2
    assert [entry.move for entry in world.ledger(number)] == ["flag", "accept"]
    entry = world.ledger(number)[-1].id
    assert f"news:{number}:{entry}" in world.outbox()
    assert world.outbox()[f"card:{number}"].wanted == 2


def test_the_second_to_accept_is_told_who_was_first(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, REX, at=LATER)
    with pytest.raises(AlreadyMoved, match=f"#{number} can't be accepted: {REX} accepted it"):
        world.move(Move.ACCEPT, number, DANA, at=LATER)


def test_whoever_accepts_twice_is_told_that_it_was_they(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, REX)
    with pytest.raises(AlreadyDone, match=f"You accepted #{number}"):
        world.move(Move.ACCEPT, number, REX)


def test_the_first_contact_is_measured_in_both_ways_and_later_ones_are_counted(world: World) -> None:
    number = world.flag(at=MONDAY.replace(hour=16))
    accepted = MONDAY + timedelta(days=1)
    world.move(Move.ACCEPT, number, DANA, at=accepted)
    world.move(Move.CONTACT, number, DANA, at=accepted + hours(1))
    world.move(Move.CONTACT, number, DANA, at=accepted + hours(3))
    handoff = world.handoff(number)
    assert (handoff.state, handoff.attempts, handoff.contacted_at) == ("working", 2, accepted + hours(1))
    assert (handoff.accept_seconds, handoff.contact_seconds, handoff.speed_seconds) == (2 * 3600, 3600, 19 * 3600)
    assert [entry.detail for entry in world.ledger(number)[2:]] == [{"attempt": 1}, {"attempt": 2}]


def test_only_the_owner_or_a_manager_works_on_it(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    with pytest.raises(NotYours):
        world.move(Move.CONTACT, number, REX)
    world.move(Move.CONTACT, number, MAX)
    assert world.handoff(number).owner == DANA


def test_qualifying_without_a_call_before_counts_as_the_first_contact(world: World) -> None:
    number = world.flag()
    world.qualified(number, at=LATER, value_cents=1_000_00)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.value_cents, handoff.currency) == ("qualified", 1_000_00, "EUR")
    assert (handoff.contacted_at, handoff.qualified_at) == (LATER, LATER)
    assert handoff.due_at == datetime(2026, 12, 16, 17, tzinfo=UTC)
    assert world.ledger(number)[-1].detail == {"value_cents": 1_000_00, "expected_close": "2026-12-16"}


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
    world: World, value_cents: int | None, close: date | None, field: str
) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    with pytest.raises(BadValue, match=field):
        world.move(Move.QUALIFY, number, DANA, value_cents=value_cents, expected_close=close)
    assert world.handoff(number).state == "accepted"


def test_the_close_date_may_be_today_in_the_zone_of_the_owner(world: World) -> None:
    world.roster.person_changed(world.id, DANA, timezone="America/Los_Angeles")
    number = world.flag()
    at = datetime(2026, 11, 17, 2, tzinfo=UTC)  # still Monday evening there
    world.move(Move.ACCEPT, number, DANA, at=at)
    world.move(Move.QUALIFY, number, DANA, at=at, value_cents=0, expected_close=date(2026, 11, 16))
    assert world.handoff(number).due_at == at


@pytest.mark.parametrize(("move", "state"), [(Move.WIN, State.WON), (Move.LOSE, State.LOST)])
def test_a_closed_opportunity_is_owed_by_nobody_and_marketing_hears_of_it(
    world: World, move: Move, state: State
) -> None:
    number = world.flag()
    world.qualified(number, value_cents=500)
    world.move(move, number, DANA, at=LATER, value_cents=700)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.closed_at, handoff.value_cents) == (state, LATER, 700)
    assert (handoff.owner, handoff.due_at, handoff.next_nudge_at) == (None, None, None)
    assert f"news:{number}:{world.ledger(number)[-1].id}" in world.outbox()


def test_the_value_stays_when_none_is_given_at_the_close(world: World) -> None:
    number = world.flag()
    world.qualified(number, value_cents=500)
    world.move(Move.WIN, number, DANA)
    assert world.handoff(number).value_cents == 500
    assert world.ledger(number)[-1].detail == {"value_cents": 500}


# Return, withdraw.


def test_a_returned_lead_goes_to_somebody_else_even_if_they_have_more_to_do(world: World) -> None:
    number = world.flag(rep=DANA)
    for _ in range(3):
        world.flag(rep=REX)
    world.move(Move.ACCEPT, number, DANA)
    world.move(Move.RETURN, number, DANA, note="on holiday from tomorrow", at=LATER)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.owner, handoff.offered_to) == ("offered", REX, REX)
    assert (handoff.accepted_by, handoff.accepted_at, handoff.contact_due_at) == (None, None, None)
    assert handoff.due_at == LATER + hours(4)
    assert world.outbox()[f"turn:{number}:3"].lane == REX


def test_what_a_manager_returns_for_a_rep_does_not_come_back_to_that_rep(world: World) -> None:
    number = world.flag(rep=DANA)
    world.flag(rep=REX)
    world.move(Move.ACCEPT, number, DANA)
    world.move(Move.RETURN, number, MAX, note="she is ill")
    assert world.handoff(number).owner == REX


def test_a_lead_that_every_rep_gave_back_goes_to_the_manager(world: World) -> None:
    number = world.flag(rep=DANA)
    for rep in (DANA, REX):
        world.move(Move.ACCEPT, number, rep)
        world.move(Move.RETURN, number, rep, note="not mine")
    assert world.handoff(number).owner == MAX


def test_to_return_a_lead_a_word_is_needed(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    with pytest.raises(NoteNeeded):
        world.move(Move.RETURN, number, DANA)


def test_whoever_flagged_it_may_withdraw_it_until_somebody_accepts(world: World) -> None:
    number = world.flag()
    with pytest.raises(NotFlaggedByYou):
        world.move(Move.WITHDRAW, number, MARK)
    world.move(Move.WITHDRAW, number, MIA)
    assert (world.handoff(number).state, world.handoff(number).owner) == ("withdrawn", None)
    with pytest.raises(AlreadyMoved, match="withdrew it"):
        world.move(Move.ACCEPT, number, DANA)


# Reject, and where the lead goes.


def test_a_rejection_needs_a_reason_that_the_agreement_knows_for_it(world: World) -> None:
    number = world.flag()
    with pytest.raises(ReasonNeeded, match="bad_data"):
        world.move(Move.REJECT, number, DANA)
    with pytest.raises(UnknownReason, match=r"“to_small”\. Did you mean too_small\?"):
        world.move(Move.REJECT, number, DANA, reason="to_small")
    with pytest.raises(UnknownReason, match=r"“zzzz”\. The reasons:"):
        world.move(Move.REJECT, number, DANA, reason="zzzz")
    with pytest.raises(WrongStage, match="“no_budget” can't be used to reject"):
        world.move(Move.REJECT, number, DANA, reason="no_budget")
    assert world.handoff(number).version == 1


def test_a_rejected_lead_is_with_marketing_who_owe_an_answer(world: World) -> None:
    number = world.flag()
    world.move(Move.REJECT, number, REX, reason="bad_data", note="the number is dead", at=LATER)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.owner, handoff.closed_at) == ("rejected", None, LATER)
    assert (handoff.rejected_by, handoff.reason, handoff.reason_note) == (REX, "bad_data", "the number is dead")
    assert (handoff.response, handoff.accept_seconds) == ("reject", 3600)
    assert (handoff.answered_at, handoff.answer_due_at) == (None, MONDAY + timedelta(days=1, hours=1))
    unanswered = world.reading.waiting(by=world.caller(MIA), at=LATER).unanswered
    assert [listed.handoff.id for listed in unanswered] == [number]


def test_an_archived_lead_may_be_flagged_again_and_is_no_longer_archived(world: World) -> None:
    number = world.flag(lead("jane@acme.com"))
    world.move(Move.REJECT, number, DANA, reason="too_small")
    assert world.lead_of(number).archived
    assert not world.lead_of(world.flag(lead("jane@acme.com"))).archived


def test_a_lead_in_nurture_waits_unless_something_new_is_said(world: World) -> None:
    number = world.flag(lead("jane@acme.com"))
    world.move(Move.REJECT, number, DANA, reason="not_now")
    until = MONDAY + timedelta(days=60)
    assert world.lead_of(number).nurture_until == until
    with pytest.raises(InNurture) as refused:
        world.flag(lead("jane@acme.com"), at=LATER)
    assert refused.value.facts["until"] == until
    again = world.flag(lead("jane@acme.com", why_now="called us"), at=LATER)
    assert world.lead_of(again).nurture_until is None


def test_when_the_nurturing_is_over_the_marketer_hears_of_it_and_may_flag_again(world: World) -> None:
    number = world.flag(lead("jane@acme.com"))
    world.move(Move.REJECT, number, DANA, reason="not_now")
    until = MONDAY + timedelta(days=60)
    letter = world.outbox()[f"nurture:{number}:2"]
    assert (letter.lane, letter.due_at, letter.state) == (MIA, until, "pending")
    assert world.handoff(world.flag(lead("jane@acme.com"), at=until)).state == "offered"


def test_somebody_elses_lead_goes_on_to_the_next_rep_in_a_new_handoff(world: World) -> None:
    number = world.flag(lead(source="webinar", why_now="pricing"), rep=DANA)
    world.move(Move.REJECT, number, DANA, reason="wrong_region", at=LATER)
    rejected = world.handoff(number)
    assert (rejected.state, rejected.answered_at, rejected.answer_due_at) == ("rejected", LATER, None)
    following = world.handoffs()[-1]
    assert (following.follows, following.lead_id, following.owner) == (number, rejected.lead_id, REX)
    assert (following.flagged_by, following.flagged_at, following.source) == (MIA, LATER, "webinar")
    assert world.ledger(following.number)[0].detail["passed_over"] == {DANA: "gave this lead back before"}
    assert world.reading.waiting(by=world.caller(MIA), at=LATER).unanswered == ()


def test_a_lead_that_belongs_to_no_rep_ends_with_the_manager_and_not_in_a_circle(world: World) -> None:
    number = world.flag(rep=DANA)
    for rep in (DANA, REX):
        world.move(Move.REJECT, world.handoffs()[-1].number, rep, reason="wrong_region")
    assert world.handoffs()[-1].owner == MAX
    assert len(world.handoffs()) == 3
    assert world.handoff(number).state == "rejected"


def test_unreachable_counts_only_after_the_agreed_attempts(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    for attempt in range(1, 7):
        world.move(Move.CONTACT, number, DANA, at=MONDAY + timedelta(minutes=10 * attempt))
        if attempt < 6:
            with pytest.raises(TooFewAttempts, match=f"counts after 6 logged attempts; #{number} has {attempt}"):
                world.move(Move.DISQUALIFY, number, DANA, reason="unreachable")
    world.move(Move.DISQUALIFY, number, DANA, reason="unreachable")
    assert world.handoff(number).state == "disqualified"
    assert world.lead_of(number).nurture_until == MONDAY + timedelta(days=60)


# Answer, contest, rule, mend.


def test_an_answer_ends_what_marketing_owes_and_the_first_one_counts(world: World) -> None:
    number = world.flag()
    world.move(Move.REJECT, number, DANA, reason="too_small")
    world.move(Move.ANSWER, number, MIA, note="understood", at=LATER)
    world.move(Move.ANSWER, number, MIA, note="once more", at=LATER + hours(1))
    assert world.handoff(number).answered_at == LATER
    assert world.reading.waiting(by=world.caller(MIA), at=LATER).unanswered == ()


def test_a_contested_rejection_comes_before_the_managers(world: World) -> None:
    number = world.flag()
    world.move(Move.REJECT, number, DANA, reason="too_small")
    with pytest.raises(NoteNeeded):
        world.move(Move.CONTEST, number, MIA)
    with pytest.raises(NotFlaggedByYou):
        world.move(Move.CONTEST, number, MARK, note="why?")
    world.move(Move.CONTEST, number, MIA, note="they have 900 people", at=LATER)
    assert world.handoff(number).contested
    assert world.handoff(number).answered_at == LATER
    assert world.outbox()[f"ruling:{number}:{MAX}"].lane == MAX
    with pytest.raises(AlreadyContested):
        world.move(Move.CONTEST, number, MIA, note="again")


def test_an_overturned_rejection_is_offered_to_another_rep(world: World) -> None:
    number = world.flag(rep=DANA)
    world.move(Move.REJECT, number, DANA, reason="too_small")
    world.move(Move.CONTEST, number, MIA, note="they have 900 people")
    with pytest.raises(NotInRole):
        world.move(Move.OVERTURN, number, REX)
    world.move(Move.OVERTURN, number, MAX, at=LATER)
    handoff = world.handoff(number)
    assert (handoff.state, handoff.owner, handoff.due_at) == ("offered", REX, LATER + hours(4))
    assert (handoff.rejected_by, handoff.reason, handoff.closed_at, handoff.answer_due_at) == (None, None, None, None)
    assert not world.lead_of(number).archived
    with pytest.raises(AlreadyMoved):
        world.move(Move.UPHOLD, number, MAX)


def test_an_upheld_rejection_stays_and_is_not_ruled_on_again(world: World) -> None:
    number = world.flag()
    world.move(Move.REJECT, number, DANA, reason="too_small")
    with pytest.raises(NotContested):
        world.move(Move.UPHOLD, number, MAX)
    world.move(Move.CONTEST, number, MIA, note="they have 900 people")
    world.move(Move.UPHOLD, number, MAX)
    with pytest.raises(NotContested):
        world.move(Move.OVERTURN, number, MAX)
    assert world.handoff(number).state == "rejected"


def test_a_rejection_is_not_overturned_once_the_lead_is_on_its_way_again(world: World) -> None:
    number = world.flag(lead("jane@acme.com"))
    world.move(Move.REJECT, number, DANA, reason="too_small")
    world.move(Move.CONTEST, number, MIA, note="they have 900 people")
    world.flag(lead("jane@acme.com"))
    with pytest.raises(AlreadyOpen):
        world.move(Move.OVERTURN, number, MAX)


def test_the_second_rejection_after_an_overturned_one_has_to_be_answered_again(world: World) -> None:
    number = world.flag()
    world.move(Move.REJECT, number, DANA, reason="too_small")
    world.move(Move.CONTEST, number, MIA, note="they have 900 people")
    world.move(Move.OVERTURN, number, MAX)
    world.move(Move.REJECT, number, REX, reason="no_intent", at=LATER)
    assert world.handoff(number).answered_at is None
    assert world.handoff(number).responded_at == MONDAY  # the first answer is the one that was promised


def test_mending_corrects_the_lead_answers_the_rejection_and_offers_it_again(world: World) -> None:
    number = world.flag(lead("jnae@acme.com", phone="123"))
    world.move(Move.REJECT, number, DANA, reason="bad_data")
    mended = world.flag(lead("jane@acme.com"), mends=number, at=LATER)
    assert world.handoff(number).answered_at == LATER
    assert world.handoff(mended).follows == number
    assert world.handoff(mended).lead_id == world.handoff(number).lead_id
    assert (world.lead_of(mended).email, world.lead_of(mended).phone) == ("jane@acme.com", "123")


def test_mending_to_the_address_of_another_lead_flags_that_one_and_leaves_both_as_they_are(world: World) -> None:
    other = world.flag(lead("jane@acme.com"))
    world.move(Move.WITHDRAW, other, MIA)
    number = world.flag(lead("jnae@acme.com"))
    world.move(Move.REJECT, number, DANA, reason="bad_data")
    mended = world.flag(lead("jane@acme.com"), mends=number)
    assert world.handoff(mended).lead_id == world.handoff(other).lead_id
    assert world.lead_of(number).email == "jnae@acme.com"
    assert world.handoff(number).answered_at == MONDAY


def test_what_does_not_exist_cannot_be_moved_mended_or_commented_on(world: World) -> None:
    for number in (0, -1, 999, 10**30):
        with pytest.raises(NoSuchHandoff):
            world.move(Move.ACCEPT, number, DANA)
        with pytest.raises(NoSuchHandoff):
            world.reading.handoff(number, by=world.program)
        with pytest.raises(NoSuchHandoff):
            world.desk.comment(
                CommentRequest(number=number, ts="1", text="?", event_at="1"), by=world.caller(DANA), at=MONDAY
            )
    with pytest.raises(NoSuchHandoff):
        world.flag(mends=999)
    with pytest.raises(NoSuchHandoff):
        world.react(999, DANA, "star", event_at="1.0")


# Receipts.


def test_the_same_delivery_twice_has_one_effect_and_the_same_answer(world: World) -> None:
    details = lead()
    number = world.flag(details, receipt="Ev1")
    assert world.flag(details, receipt="Ev1") == number
    assert world.move(Move.ACCEPT, number, DANA, receipt="Ev2") == number
    assert world.move(Move.ACCEPT, number, DANA, receipt="Ev2") == number
    assert [entry.move for entry in world.ledger(number)] == ["flag", "accept"]
    assert len(world.handoffs()) == 1


def test_a_move_that_could_be_made_again_is_made_once_per_delivery(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    for hour, receipt in enumerate(("Ev1", "Ev1", "Ev2", "Ev1")):
        world.move(Move.CONTACT, number, DANA, receipt=receipt, at=MONDAY + timedelta(hours=hour))
    assert world.handoff(number).attempts == 2
    assert world.handoff(number).version == 4


def test_a_double_click_on_log_contact_counts_once(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    world.move(Move.CONTACT, number, DANA)
    with pytest.raises(ContactAgain, match=f"Again. You logged a contact with #{number}"):
        world.move(Move.CONTACT, number, DANA, at=MONDAY + timedelta(seconds=3))
    assert world.handoff(number).attempts == 1


def test_a_late_copy_of_what_was_refused_does_not_succeed(world: World) -> None:
    number = world.flag(rep=DANA)
    with pytest.raises(NotYours):
        world.move(Move.CONTACT, world.move(Move.ACCEPT, number, DANA), REX, receipt="Ev1")
    world.move(Move.RETURN, number, DANA, note="for Rex")
    world.move(Move.ACCEPT, number, REX)
    with pytest.raises(Repeated):
        world.move(Move.CONTACT, number, REX, receipt="Ev1")
    assert world.handoff(number).attempts == 0


def test_a_form_that_was_refused_may_be_sent_again(world: World) -> None:
    number = world.flag()
    with pytest.raises(ReasonNeeded):
        world.move(Move.REJECT, number, DANA, receipt="V1", may_repeat=True)
    world.move(Move.REJECT, number, DANA, reason="too_small", receipt="V1", may_repeat=True)
    assert world.handoff(number).state == "rejected"


def test_a_copy_that_comes_when_the_handoff_has_moved_on_is_answered_as_the_first_one(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA, receipt="Ev1")
    world.move(Move.CONTACT, number, DANA)
    assert world.move(Move.ACCEPT, number, DANA, receipt="Ev1") == number


def test_a_delivery_before_the_set_up_leaves_no_trace_and_counts_afterwards(store: Store) -> None:
    world = World(store)
    world.id = "TNEW"
    details = lead()
    with pytest.raises(NotSetUp):
        world.flag(details, receipt="Ev1")
    world.apply(agreement(), at=MONDAY)
    assert world.flag(details, receipt="Ev1")


def test_a_refused_move_leaves_nothing_behind(world: World) -> None:
    number = world.flag()
    before = (world.handoff(number), world.ledger(number), world.outbox(), world.committed)
    with pytest.raises(Refused):
        world.move(Move.REJECT, number, DANA, reason="nonsense")
    assert (world.handoff(number), world.ledger(number), world.outbox(), world.committed) == before


# Reactions and comments.


def test_the_latest_reaction_counts_in_whatever_order_they_arrive(world: World) -> None:
    number = world.flag()
    world.react(number, DANA, "star", given=False, event_at="1700000002.000100")
    world.react(number, DANA, "star", given=True, event_at="1700000001.000200")
    assert world.reading.handoff(number, by=world.program).feedback == ()
    world.react(number, DANA, "star", given=True, event_at="1700000003.000000")
    assert [said.meaning for said in world.reading.handoff(number, by=world.program).feedback] == ["great"]


def test_each_persons_feedback_is_their_own(world: World) -> None:
    number = world.flag()
    world.react(number, DANA, "star", event_at="1.1")
    world.react(number, REX, "snowflake", event_at="1.2")
    world.react(number, DANA, "star", given=False, event_at="1.3")
    kept = world.reading.handoff(number, by=world.program).feedback
    assert [(said.person, said.meaning) for said in kept] == [(REX, "cold")]


def test_a_reaction_without_a_meaning_says_nothing(world: World) -> None:
    number = world.flag()
    world.react(number, DANA, "tada", event_at="1.1")
    assert world.reading.handoff(number, by=world.program).feedback == ()
    assert world.outbox()[f"card:{number}"].wanted == 1


def test_a_comment_is_kept_as_it_reads_now(world: World) -> None:
    number = world.flag()

    def say(text: str | None, event_at: str) -> list[str]:
        request = CommentRequest(number=number, ts="1700.1", text=text, event_at=event_at)
        world.desk.comment(request, by=world.caller(DANA), at=MONDAY)
        return [comment.text for comment in world.reading.handoff(number, by=world.program).comments]

    assert say("called her", "1700.1") == ["called her"]
    assert say("called her", "1700.1") == ["called her"]
    assert say("called her twice", "1700.3") == ["called her twice"]
    assert say("called here", "1700.2") == ["called her twice"], "an edit that arrives late"
    assert say(None, "1700.4") == []
    assert say(None, "1700.4") == []
    assert say("called her", "1700.1") == [], "a late copy does not bring back what was deleted"


# Versions of the agreement.


def test_a_promise_made_under_one_agreement_is_not_moved_by_the_next(world: World) -> None:
    number = world.flag()
    world.apply(agreement(sla={"contact_hours": 1}), at=MONDAY)
    world.move(Move.ACCEPT, number, DANA)
    assert world.handoff(number).contact_due_at == MONDAY + timedelta(days=1)
    assert world.handoff(world.flag()).agreement_version == 2


def test_applying_the_agreement_in_force_again_changes_nothing(world: World) -> None:
    assert [world.apply(agreement()), world.apply(agreement(currency="USD")), world.apply(agreement())] == [1, 2, 3]
    assert world.apply(agreement()) == 3


def test_a_group_that_is_named_stands_for_its_members(world: World) -> None:
    world.apply(agreement(people=People(marketers=(MIA,), reps=("SREPS",), managers=(MAX,))))
    world.roster.group_synced(world.id, "SREPS", [REX], at=MONDAY)
    assert world.handoff(world.flag()).owner == REX
    with pytest.raises(NotShown):
        world.move(Move.ACCEPT, world.flag(), DANA)


def test_without_named_reps_whoever_is_in_the_channel_and_plays_no_other_part_is_offered_leads(world: World) -> None:
    world.apply(agreement(people=People(marketers=(MIA,), managers=(MAX,))))
    world.roster.members_synced(world.id, [MIA, MAX, "UNEW", "UBOT"])
    world.roster.person_changed(world.id, "UNEW", kind="member")
    world.roster.person_changed(world.id, "UBOT", kind="member", is_bot=True)
    assert world.handoff(world.flag()).owner == "UNEW"


def test_a_lead_flagged_where_nobody_is_known_goes_to_the_manager_and_never_nowhere(world: World) -> None:
    world.apply(agreement(people=People(managers=(MAX,))))
    assert world.handoff(world.flag()).owner == MAX


def test_an_open_handoff_is_never_without_owner_or_time_even_when_its_rep_is_away_for_good(world: World) -> None:
    world.roster.person_changed(world.id, DANA, away_until=datetime(2099, 1, 1, tzinfo=UTC))
    named = world.handoff(world.flag(rep=DANA))
    assert named.due_at is not None
    assert world.handoff(world.flag()).owner == REX


def test_names_are_looked_up_for_everybody_alike(store: Store) -> None:
    """Two directories on one database agree, whatever each has cached."""
    world = World(store)
    with store.read() as session:
        first = world.directory.terms(session, world.id)
        second = Directory(store).terms(session, world.id)
    assert first.agreement == second.agreement
    assert (
        first.roles(world.caller(PersonId("UNOBODY"))) == second.roles(world.caller(PersonId("UNOBODY"))) == frozenset()
    )
