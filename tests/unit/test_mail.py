"""The outbox: bursts become one message, a row is one worker's at a time, and nothing that was wanted is lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from models import mail
from models.lifecycle import Move
from models.mail import ATTEMPTS, LEASE, LONGEST_SKEW, Kind, Letter
from models.store import Store
from models.tables import Outbox
from tests.unit.processes import threads
from tests.unit.world import DANA, MONDAY, World, hours

SECOND = timedelta(seconds=1)


def want(world: World, *keys: str, lane: str = "C0LEADS", **parts: object) -> None:
    due_at = parts.get("due_at")
    assert due_at is None or isinstance(due_at, type(MONDAY))
    with world.store.write() as session:
        letters = [Letter(kind=Kind.CARD, key=key, lane=lane, due_at=due_at) for key in keys]
        mail.want(world.store, session, world.id, letters, at=MONDAY)


def claim_one(world: World, *, at: timedelta = timedelta()) -> Outbox:
    (row,) = world.mailroom.claim(at=MONDAY + at, limit=10)
    return row


def move(world: World, lane: str) -> None:
    with world.store.write() as session:
        mail.move_unsent(session, world.id, lane, [Kind.CARD], at=MONDAY)


def shown(world: World, row: Outbox) -> None:
    world.mailroom.shown(row, channel="C0LEADS", ts="1700.1", fingerprint="f")


def test_a_burst_of_changes_costs_one_message(world: World) -> None:
    for _ in range(5):
        want(world, "card:1")
    row = claim_one(world)
    shown(world, row)
    assert world.outbox()["card:1"].state == "done"
    assert world.mailroom.claim(at=MONDAY + 2 * LEASE, limit=10) == []


def test_what_is_wanted_while_a_message_is_being_sent_is_shown_afterwards(world: World) -> None:
    want(world, "card:1")
    row = claim_one(world)
    want(world, "card:1")
    shown(world, row)
    again = claim_one(world)
    assert (again.channel, again.ts, again.wanted) == ("C0LEADS", "1700.1", 2)
    shown(world, again)
    assert world.outbox()["card:1"].state == "done"


def test_a_message_that_was_shown_is_edited_when_it_is_wanted_again(world: World) -> None:
    want(world, "card:1")
    shown(world, claim_one(world))
    want(world, "card:1")
    row = claim_one(world)
    assert (row.ts, row.shown, row.wanted, row.uncertain) == ("1700.1", 1, 2, False)


def test_news_that_went_out_before_the_card_had_a_place_follows_once_it_has_one(world: World) -> None:
    number = world.flag()
    world.move(Move.ACCEPT, number, DANA)
    rows = {row.kind: row for row in world.mailroom.claim(at=MONDAY, limit=10)}
    world.mailroom.shown(rows[Kind.NEWS], channel="D0MIA", ts="1700.2", fingerprint="without a link")
    assert world.outbox(kind=Kind.NEWS).popitem()[1].state == "done"
    shown(world, rows[Kind.CARD])
    news = claim_one(world)
    assert (news.kind, news.ts, news.wanted) == (Kind.NEWS, "1700.2", 2)
    world.mailroom.shown(news, channel="D0MIA", ts="1700.2", fingerprint="with one")
    want(world, f"card:{number}")
    shown(world, claim_one(world))
    assert world.mailroom.claim(at=MONDAY, limit=10) == [], "an edit of the card moves it nowhere"


def test_a_message_waits_until_it_is_due(world: World) -> None:
    want(world, "card:1", due_at=MONDAY + 5 * SECOND)
    assert world.mailroom.claim(at=MONDAY + 4 * SECOND, limit=10) == []
    assert claim_one(world, at=5 * SECOND).key == "card:1"


def test_of_many_lanes_no_more_are_taken_than_asked_for(world: World) -> None:
    for number in range(4):
        want(world, f"card:{number}", f"card:1{number}", lane=f"C{number}")
    taken = world.mailroom.claim(at=MONDAY, limit=10, lanes=2, per_lane=1)
    assert [row.key for row in taken] == ["card:0", "card:1"]


def test_a_lease_is_held_until_somebody_else_has_it_whatever_clocks_say(world: World) -> None:
    want(world, "card:1")
    row = claim_one(world)
    assert world.mailroom.holds(row)
    other = claim_one(world, at=LEASE + SECOND)
    assert not world.mailroom.holds(row)
    assert world.mailroom.holds(other)


def test_what_was_refused_where_it_was_to_go_is_not_given_up_where_it_is_to_go_now(world: World) -> None:
    want(world, "card:1")
    row = claim_one(world)
    move(world, "C0NEW")
    world.mailroom.dead(row, "is_archived")
    assert (world.outbox()["card:1"].state, world.outbox()["card:1"].lane) == ("pending", "C0NEW")


def test_where_a_message_may_have_been_posted_is_kept_however_often_it_is_to_go_elsewhere(world: World) -> None:
    want(world, "card:1")
    world.mailroom.later(claim_one(world), "timeout", at=MONDAY, maybe_done=True)
    move(world, "C0NEW")
    move(world, "C0NEWER")
    row = claim_one(world)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEWER", "C0LEADS", True)
    world.mailroom.not_there(row)
    row = claim_one(world)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEWER", None, False)


def test_so_is_that_of_one_under_way_until_it_certainly_was_not_posted(world: World) -> None:
    want(world, "card:1")
    row = claim_one(world)
    move(world, "C0NEW")
    assert world.outbox()["card:1"].channel == "C0LEADS"
    world.mailroom.dead(row, "is_archived")
    row = claim_one(world)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEW", None, False)
    again = claim_one(world, at=LEASE + SECOND)
    assert (again.channel, again.uncertain) == (None, True), "now it may be in the new one, and nowhere else"


def test_what_is_due_first_is_taken_first_and_no_more_than_asked_for(world: World) -> None:
    want(world, "card:1", due_at=MONDAY - SECOND)
    want(world, "card:2", due_at=MONDAY - 2 * SECOND)
    want(world, "card:3", due_at=MONDAY - 3 * SECOND)
    assert sorted(row.key for row in world.mailroom.claim(at=MONDAY, limit=2)) == ["card:2", "card:3"]


def test_a_claimed_row_is_nobody_elses_until_its_lease_has_run_out(world: World) -> None:
    want(world, "card:1")
    first = claim_one(world)
    assert world.mailroom.claim(at=MONDAY + LEASE, limit=10) == []
    second = claim_one(world, at=LEASE + SECOND)
    assert second.lease != first.lease


def test_after_a_lost_worker_the_next_one_knows_that_it_may_have_been_posted(world: World) -> None:
    want(world, "card:1")
    assert not claim_one(world).uncertain
    assert claim_one(world, at=LEASE + SECOND).uncertain


def test_a_definite_no_leaves_no_doubt_and_a_lost_connection_does(world: World) -> None:
    want(world, "card:1")
    world.mailroom.later(claim_one(world), "ratelimited", at=MONDAY, maybe_done=False)
    row = claim_one(world, at=timedelta(minutes=10))
    assert not row.uncertain
    world.mailroom.later(row, "timeout", at=MONDAY, maybe_done=True)
    assert claim_one(world, at=timedelta(minutes=10)).uncertain


def test_a_worker_whose_lease_ran_out_changes_nothing_any_more(world: World) -> None:
    want(world, "card:1")
    late = claim_one(world)
    holder = claim_one(world, at=LEASE + SECOND)
    before = world.outbox()["card:1"]
    world.mailroom.later(late, "late", at=MONDAY, maybe_done=True)
    world.mailroom.dead(late, "late")
    world.mailroom.repost(late, at=MONDAY)
    world.mailroom.postpone(late, until=MONDAY + timedelta(days=1))
    assert world.outbox()["card:1"] == before
    shown(world, holder)
    assert world.outbox()["card:1"].ts == "1700.1"


def test_what_a_message_shows_is_not_known_after_a_worker_died_while_editing_it(world: World) -> None:
    want(world, "card:1")
    shown(world, claim_one(world))
    want(world, "card:1")
    assert claim_one(world).fingerprint == "f"
    again = claim_one(world, at=LEASE + SECOND)
    assert again.fingerprint == ""
    shown(world, again)
    assert world.outbox()["card:1"].fingerprint == "f"


def test_what_a_worker_sent_after_its_lease_had_run_out_is_shown_once_more_by_whoever_holds_it(world: World) -> None:
    want(world, "card:1")
    shown(world, claim_one(world))
    want(world, "card:1")
    late = claim_one(world)
    holder = claim_one(world, at=LEASE + SECOND)
    assert not world.mailroom.shown(late, channel="C0LEADS", ts="1700.1", fingerprint="late")
    assert world.mailroom.shown(holder, channel="C0LEADS", ts="1700.1", fingerprint="f")
    again = claim_one(world, at=2 * LEASE)
    assert again.fingerprint not in ("f", "late"), "nobody knows which of the two edits stands"
    shown(world, again)
    assert world.outbox()["card:1"].state == "done"


def test_an_edit_of_an_overtaken_worker_that_got_no_answer_is_followed_by_one_more(world: World) -> None:
    want(world, "card:1")
    shown(world, claim_one(world))
    want(world, "card:1")
    late = claim_one(world)
    shown(world, claim_one(world, at=LEASE + SECOND))
    world.mailroom.later(late, "timeout", at=MONDAY + LEASE, maybe_done=False)
    assert world.mailroom.claim(at=MONDAY + 2 * LEASE, limit=10) == []
    world.mailroom.later(late, "timeout", at=MONDAY + LEASE, maybe_done=True)
    again = claim_one(world, at=2 * LEASE)
    assert again.fingerprint != "f"
    shown(world, again)
    assert world.outbox()["card:1"].state == "done"


def test_what_a_worker_sent_after_another_was_done_with_it_is_shown_once_more(world: World) -> None:
    want(world, "card:1")
    late = claim_one(world)
    shown(world, claim_one(world, at=LEASE + SECOND))
    assert not world.mailroom.shown(late, channel="C0LEADS", ts="1700.2", fingerprint="f")
    again = claim_one(world, at=2 * LEASE)
    assert again.ts == "1700.1"
    assert again.fingerprint != "f"


def test_each_attempt_waits_longer_up_to_a_limit_and_in_the_end_the_message_is_dead(world: World) -> None:
    want(world, "card:1")
    at = MONDAY
    for attempt in range(12):
        (row,) = world.mailroom.claim(at=at, limit=1)
        assert world.mailroom.later(row, f"error {attempt}", at=at, maybe_done=False)
        kept = world.outbox()["card:1"]
        pause = (kept.due_at - at).total_seconds()
        assert min(300, 2**attempt) * 0.5 <= pause <= min(300, 2**attempt) * 1.5
        at = kept.due_at
    (row,) = world.mailroom.claim(at=at, limit=1)
    row.attempts = ATTEMPTS - 1
    assert not world.mailroom.later(row, "the last error", at=at, maybe_done=False)
    kept = world.outbox()["card:1"]
    assert (kept.state, kept.attempts, kept.last_error) == ("dead", ATTEMPTS, "the last error")


def test_a_success_forgets_the_failures_before_it(world: World) -> None:
    want(world, "card:1")
    world.mailroom.later(claim_one(world), "timeout", at=MONDAY, maybe_done=True)
    shown(world, claim_one(world, at=timedelta(minutes=1)))
    kept = world.outbox()["card:1"]
    assert (kept.attempts, kept.last_error, kept.uncertain, kept.lease) == (0, "", False, None)


def test_the_dead_are_listed_and_tried_again_when_revived_or_when_something_changes(world: World) -> None:
    number = world.flag()
    for row in world.mailroom.claim(at=MONDAY, limit=10):
        world.mailroom.dead(row, "channel_not_found")
    assert [row.last_error for row in world.mailroom.dead_letters()] == ["channel_not_found"] * 2
    assert world.mailroom.counts(at=MONDAY) == {"waiting": 0, "due": 0, "dead": 2}
    assert world.mailroom.revive("TELSEWHERE", at=MONDAY) == 0
    assert world.mailroom.revive(world.id, at=MONDAY) == 2
    assert world.mailroom.counts(at=MONDAY) == {"waiting": 2, "due": 2, "dead": 0}
    for row in world.mailroom.claim(at=MONDAY, limit=10):
        assert row.attempts == 0
        world.mailroom.dead(row, "channel_not_found")
    assert world.mailroom.revive(world.id, "CELSEWHERE", at=MONDAY) == 0
    world.react(number, DANA, "star", event_at="1.1")
    assert world.mailroom.counts(at=MONDAY) == {"waiting": 2, "due": 2, "dead": 0}


def test_a_pause_of_one_lane_holds_everything_in_it_and_lets_the_others_flow(world: World, store: Store) -> None:
    elsewhere = World(store, "T2")
    want(world, "card:1", "card:2")
    want(world, "card:3", lane="C0OTHER")
    want(elsewhere, "card:1")
    first = next(row for row in world.mailroom.claim(at=MONDAY, limit=1))
    world.mailroom.hold_lane(first, until=MONDAY + 30 * SECOND)
    claimed = world.mailroom.claim(at=MONDAY + SECOND, limit=10)
    assert {(row.workspace_id, row.key) for row in claimed} == {("T1", "card:3"), ("T2", "card:1")}
    later = world.mailroom.claim(at=MONDAY + 30 * SECOND, limit=10)
    assert {(row.key, row.attempts) for row in later} == {("card:1", 0), ("card:2", 0)}


def test_a_lease_of_a_clock_that_was_ahead_ends_after_its_length_and_its_holder_keeps_it_so_long(world: World) -> None:
    want(world, "card:1")
    ahead = hours(2)
    held = claim_one(world, at=ahead)
    assert world.mailroom.mend_times(at=MONDAY) == 1
    assert world.mailroom.mend_times(at=MONDAY) == 0
    assert world.mailroom.claim(at=MONDAY + LEASE - SECOND, limit=10) == []
    shown(world, held)
    assert world.outbox()["card:1"].state == "done"
    want(world, "card:2")
    claim_one(world, at=ahead)
    world.mailroom.mend_times(at=MONDAY)
    assert claim_one(world, at=LEASE + SECOND).uncertain


def test_a_lease_of_another_machine_whose_clock_is_a_little_ahead_is_left_alone(world: World) -> None:
    want(world, "card:1")
    claim_one(world, at=LONGEST_SKEW)
    assert world.mailroom.mend_times(at=MONDAY) == 0


def test_a_pause_of_a_clock_that_was_ahead_is_over_but_an_appointment_stays(world: World) -> None:
    want(world, "card:1")
    world.mailroom.later(claim_one(world, at=hours(2)), "HTTP 503", at=MONDAY + hours(2), maybe_done=False)
    with world.store.write() as session:
        nurture = Letter(kind=Kind.NURTURE, key="nurture:1", lane="UMIA", due_at=MONDAY + hours(2))
        mail.want(world.store, session, world.id, [nurture], at=MONDAY)
    assert world.mailroom.mend_times(at=MONDAY) == 1
    assert [row.key for row in world.mailroom.claim(at=MONDAY, limit=10)] == ["card:1"]


def test_since_when_a_message_is_wanted_is_kept_however_often_it_is_put_off(world: World) -> None:
    want(world, "card:1")
    world.mailroom.later(claim_one(world), "HTTP 503", at=MONDAY, maybe_done=False)
    world.mailroom.hold_lane(claim_one(world, at=hours(1)), until=MONDAY + hours(2))
    want(world, "card:1")
    row = claim_one(world, at=hours(3))
    assert row.wanted_at == MONDAY
    shown(world, row)
    assert world.outbox()["card:1"].wanted_at is None


def test_what_is_gone_from_the_chat_is_posted_anew_under_another_token(world: World) -> None:
    want(world, "card:1")
    row = claim_one(world)
    shown(world, row)
    want(world, "card:1")
    world.mailroom.repost(claim_one(world), at=MONDAY)
    again = claim_one(world)
    assert (again.ts, again.channel, again.fingerprint, again.uncertain) == (None, None, "", False)
    assert again.token != row.token


def test_a_message_is_found_by_its_place_and_by_its_key(world: World) -> None:
    want(world, "card:1")
    shown(world, claim_one(world))
    found = world.mailroom.message(world.id, "C0LEADS", "1700.1")
    assert found is not None
    assert found.key == "card:1"
    assert world.mailroom.by_key(world.id, "card:1") == found
    assert world.mailroom.message("TELSEWHERE", "C0LEADS", "1700.1") is None
    assert world.mailroom.by_key(world.id, "card:2") is None


def test_a_change_of_a_handoff_brings_what_is_shown_of_it_up_to_date(world: World) -> None:
    number = world.flag()
    for row in world.mailroom.claim(at=MONDAY, limit=10):
        shown(world, row)
    world.react(number, DANA, "star", event_at="1.1", at=MONDAY + SECOND)
    claimed = world.mailroom.claim(at=MONDAY + SECOND, limit=10)
    assert {row.key for row in claimed} == {f"card:{number}", f"turn:{number}:1"}


def test_many_workers_take_each_row_once(world: World) -> None:
    want(world, *(f"card:{number}" for number in range(60)))

    def work() -> list[str]:
        taken = []
        while rows := world.mailroom.claim(at=MONDAY, limit=7):
            taken += [row.key for row in rows]
            for row in rows:
                shown(world, row)
        return taken

    taken = [key for keys in threads([work] * 6) for key in keys]
    assert sorted(taken) == sorted(f"card:{number}" for number in range(60))


@pytest.mark.parametrize("rounds", [3])
def test_wanting_and_sending_at_once_loses_no_change(world: World, rounds: int) -> None:
    """Whatever order the two come in, the last thing that was wanted is shown or still due."""
    keys = [f"card:{number}" for number in range(5)]
    want(world, *keys)

    def send() -> None:
        for _ in range(rounds):
            for row in world.mailroom.claim(at=MONDAY, limit=3):
                shown(world, row)

    acts: list[Callable[[], None]] = [send, partial(want, world, *keys), partial(want, world, *keys), send]
    threads(acts)
    while rows := world.mailroom.claim(at=MONDAY, limit=10):
        for row in rows:
            shown(world, row)
    assert {(row.state, row.wanted, row.shown) for row in world.outbox().values()} == {("done", 3, 3)}
