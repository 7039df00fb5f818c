"""The outbox: a burst becomes one message, one worker at a time has a row, and no wanted message is lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from models.outbox import queue
from models.outbox.queue import ATTEMPTS, LEASE, LONGEST_SKEW
from models.rules.lifecycle import Move
from models.rules.messages import MessageKind, Wanted
from models.storage import wanted as outbox_wanted
from models.storage.store import Store
from models.storage.tables import Outbox
from tests.monday import TEN
from tests.unit.office import DANA, Office, hours
from tests.unit.processes import threads

SECOND = timedelta(seconds=1)


def want(office: Office, *keys: str, lane: str = "C0LEADS", **parts: object) -> None:
    due_at = parts.get("due_at")
    assert due_at is None or isinstance(due_at, type(TEN))
    with office.store.write() as session:
        wanted = [Wanted(kind=MessageKind.CARD, key=key, lane=lane, due_at=due_at) for key in keys]
        outbox_wanted.want(session, office.id, wanted, at=TEN)


def claim_one(office: Office, *, at: timedelta = timedelta()) -> Outbox:
    (row,) = office.queue.claim(at=TEN + at, limit=10)
    return row


def move(office: Office, lane: str) -> None:
    with office.store.write() as session:
        queue.move_unsent(session, office.id, lane, [MessageKind.CARD], at=TEN)


def shown(office: Office, row: Outbox) -> None:
    office.queue.shown(row, channel="C0LEADS", ts="1700.1", fingerprint="f")


def test_a_burst_of_changes_costs_one_message(office: Office) -> None:
    for _ in range(5):
        want(office, "card:1")
    row = claim_one(office)
    shown(office, row)
    assert office.outbox()["card:1"].state == "done"
    assert office.queue.claim(at=TEN + 2 * LEASE, limit=10) == []


def test_what_is_wanted_while_a_message_is_being_sent_is_shown_afterwards(office: Office) -> None:
    want(office, "card:1")
    row = claim_one(office)
    want(office, "card:1")
    shown(office, row)
    again = claim_one(office)
    assert (again.channel, again.ts, again.wanted) == ("C0LEADS", "1700.1", 2)
    shown(office, again)
    assert office.outbox()["card:1"].state == "done"


def test_a_message_that_was_shown_is_edited_when_it_is_wanted_again(office: Office) -> None:
    want(office, "card:1")
    shown(office, claim_one(office))
    want(office, "card:1")
    row = claim_one(office)
    assert (row.ts, row.shown, row.wanted, row.uncertain) == ("1700.1", 1, 2, False)


def test_news_that_went_out_before_the_card_had_a_place_follows_once_it_has_one(office: Office) -> None:
    number = office.flag()
    office.move(Move.ACCEPT, number, DANA)
    rows = {row.kind: row for row in office.queue.claim(at=TEN, limit=10)}
    office.queue.shown(rows[MessageKind.NEWS], channel="D0MIA", ts="1700.2", fingerprint="without a link")
    assert office.outbox(kind=MessageKind.NEWS).popitem()[1].state == "done"
    shown(office, rows[MessageKind.CARD])
    news = claim_one(office)
    assert (news.kind, news.ts, news.wanted) == (MessageKind.NEWS, "1700.2", 2)
    office.queue.shown(news, channel="D0MIA", ts="1700.2", fingerprint="with one")
    want(office, f"card:{number}")
    shown(office, claim_one(office))
    assert office.queue.claim(at=TEN, limit=10) == [], "an edit of the card moves it nowhere"


def test_a_message_waits_until_it_is_due(office: Office) -> None:
    want(office, "card:1", due_at=TEN + 5 * SECOND)
    assert office.queue.claim(at=TEN + 4 * SECOND, limit=10) == []
    assert claim_one(office, at=5 * SECOND).key == "card:1"


def test_of_many_lanes_no_more_are_taken_than_asked_for(office: Office) -> None:
    for number in range(4):
        want(office, f"card:{number}", f"card:1{number}", lane=f"C{number}")
    taken = office.queue.claim(at=TEN, limit=10, lanes=2, per_lane=1)
    assert [row.key for row in taken] == ["card:0", "card:1"]


def test_a_lease_is_held_until_somebody_else_has_it_whatever_clocks_say(office: Office) -> None:
    want(office, "card:1")
    row = claim_one(office)
    assert office.queue.holds(row)
    other = claim_one(office, at=LEASE + SECOND)
    assert not office.queue.holds(row)
    assert office.queue.holds(other)


def test_what_was_refused_where_it_was_to_go_is_not_given_up_where_it_is_to_go_now(office: Office) -> None:
    want(office, "card:1")
    row = claim_one(office)
    move(office, "C0NEW")
    office.queue.dead(row, "is_archived")
    assert (office.outbox()["card:1"].state, office.outbox()["card:1"].lane) == ("pending", "C0NEW")


def test_where_a_message_may_have_been_posted_is_kept_however_often_it_is_to_go_elsewhere(office: Office) -> None:
    want(office, "card:1")
    office.queue.later(claim_one(office), "timeout", at=TEN, maybe_done=True)
    move(office, "C0NEW")
    move(office, "C0NEWER")
    row = claim_one(office)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEWER", "C0LEADS", True)
    office.queue.not_there(row)
    row = claim_one(office)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEWER", None, False)


def test_so_is_that_of_one_under_way_until_it_certainly_was_not_posted(office: Office) -> None:
    want(office, "card:1")
    row = claim_one(office)
    move(office, "C0NEW")
    assert office.outbox()["card:1"].channel == "C0LEADS"
    office.queue.dead(row, "is_archived")
    row = claim_one(office)
    assert (row.lane, row.channel, row.uncertain) == ("C0NEW", None, False)
    again = claim_one(office, at=LEASE + SECOND)
    assert (again.channel, again.uncertain) == (None, True), "now it may be in the new one, and nowhere else"


def test_what_is_due_first_is_taken_first_and_no_more_than_asked_for(office: Office) -> None:
    want(office, "card:1", due_at=TEN - SECOND)
    want(office, "card:2", due_at=TEN - 2 * SECOND)
    want(office, "card:3", due_at=TEN - 3 * SECOND)
    assert sorted(row.key for row in office.queue.claim(at=TEN, limit=2)) == ["card:2", "card:3"]


def test_a_claimed_row_is_nobody_elses_until_its_lease_has_run_out(office: Office) -> None:
    want(office, "card:1")
    first = claim_one(office)
    assert office.queue.claim(at=TEN + LEASE, limit=10) == []
    second = claim_one(office, at=LEASE + SECOND)
    assert second.lease != first.lease


def test_after_a_lost_worker_the_next_one_knows_that_it_may_have_been_posted(office: Office) -> None:
    want(office, "card:1")
    assert not claim_one(office).uncertain
    assert claim_one(office, at=LEASE + SECOND).uncertain


def test_a_definite_no_leaves_no_doubt_and_a_lost_connection_does(office: Office) -> None:
    want(office, "card:1")
    office.queue.later(claim_one(office), "ratelimited", at=TEN, maybe_done=False)
    row = claim_one(office, at=timedelta(minutes=10))
    assert not row.uncertain
    office.queue.later(row, "timeout", at=TEN, maybe_done=True)
    assert claim_one(office, at=timedelta(minutes=10)).uncertain


def test_a_worker_whose_lease_ran_out_changes_nothing_any_more(office: Office) -> None:
    want(office, "card:1")
    late = claim_one(office)
    holder = claim_one(office, at=LEASE + SECOND)
    before = office.outbox()["card:1"]
    office.queue.later(late, "late", at=TEN, maybe_done=True)
    office.queue.dead(late, "late")
    office.queue.repost(late, at=TEN)
    office.queue.postpone(late, until=TEN + timedelta(days=1))
    assert office.outbox()["card:1"] == before
    shown(office, holder)
    assert office.outbox()["card:1"].ts == "1700.1"


def test_what_a_message_shows_is_not_known_after_a_worker_died_while_editing_it(office: Office) -> None:
    want(office, "card:1")
    shown(office, claim_one(office))
    want(office, "card:1")
    assert claim_one(office).fingerprint == "f"
    again = claim_one(office, at=LEASE + SECOND)
    assert again.fingerprint == ""
    shown(office, again)
    assert office.outbox()["card:1"].fingerprint == "f"


def test_what_a_worker_sent_after_its_lease_had_run_out_is_shown_once_more_by_whoever_holds_it(office: Office) -> None:
    want(office, "card:1")
    shown(office, claim_one(office))
    want(office, "card:1")
    late = claim_one(office)
    holder = claim_one(office, at=LEASE + SECOND)
    assert not office.queue.shown(late, channel="C0LEADS", ts="1700.1", fingerprint="late")
    assert office.queue.shown(holder, channel="C0LEADS", ts="1700.1", fingerprint="f")
    again = claim_one(office, at=2 * LEASE)
    assert again.fingerprint not in ("f", "late"), "nobody knows which of the two edits stands"
    shown(office, again)
    assert office.outbox()["card:1"].state == "done"


def test_an_edit_of_an_overtaken_worker_that_got_no_answer_is_followed_by_one_more(office: Office) -> None:
    want(office, "card:1")
    shown(office, claim_one(office))
    want(office, "card:1")
    late = claim_one(office)
    shown(office, claim_one(office, at=LEASE + SECOND))
    office.queue.later(late, "timeout", at=TEN + LEASE, maybe_done=False)
    assert office.queue.claim(at=TEN + 2 * LEASE, limit=10) == []
    office.queue.later(late, "timeout", at=TEN + LEASE, maybe_done=True)
    again = claim_one(office, at=2 * LEASE)
    assert again.fingerprint != "f"
    shown(office, again)
    assert office.outbox()["card:1"].state == "done"


def test_what_a_worker_sent_after_another_was_done_with_it_is_shown_once_more(office: Office) -> None:
    want(office, "card:1")
    late = claim_one(office)
    shown(office, claim_one(office, at=LEASE + SECOND))
    assert not office.queue.shown(late, channel="C0LEADS", ts="1700.2", fingerprint="f")
    again = claim_one(office, at=2 * LEASE)
    assert again.ts == "1700.1"
    assert again.fingerprint != "f"


def test_each_attempt_waits_longer_up_to_a_limit_and_in_the_end_the_message_is_dead(office: Office) -> None:
    want(office, "card:1")
    at = TEN
    for attempt in range(12):
        (row,) = office.queue.claim(at=at, limit=1)
        assert office.queue.later(row, f"error {attempt}", at=at, maybe_done=False)
        kept = office.outbox()["card:1"]
        pause = (kept.due_at - at).total_seconds()
        assert min(300, 2**attempt) * 0.5 <= pause <= min(300, 2**attempt) * 1.5
        at = kept.due_at
    (row,) = office.queue.claim(at=at, limit=1)
    row.attempts = ATTEMPTS - 1
    assert not office.queue.later(row, "the last error", at=at, maybe_done=False)
    kept = office.outbox()["card:1"]
    assert (kept.state, kept.attempts, kept.last_error) == ("dead", ATTEMPTS, "the last error")


def test_a_success_forgets_the_failures_before_it(office: Office) -> None:
    want(office, "card:1")
    office.queue.later(claim_one(office), "timeout", at=TEN, maybe_done=True)
    shown(office, claim_one(office, at=timedelta(minutes=1)))
    kept = office.outbox()["card:1"]
    assert (kept.attempts, kept.last_error, kept.uncertain, kept.lease) == (0, "", False, None)


def test_the_dead_are_listed_and_tried_again_when_revived_or_when_something_changes(office: Office) -> None:
    number = office.flag()
    for row in office.queue.claim(at=TEN, limit=10):
        office.queue.dead(row, "channel_not_found")
    assert [row.last_error for row in office.queue.dead_messages()] == ["channel_not_found"] * 2
    assert office.queue.counts(at=TEN) == {"waiting": 0, "due": 0, "dead": 2}
    assert office.queue.revive("TELSEWHERE", at=TEN) == 0
    assert office.queue.revive(office.id, at=TEN) == 2
    assert office.queue.counts(at=TEN) == {"waiting": 2, "due": 2, "dead": 0}
    for row in office.queue.claim(at=TEN, limit=10):
        assert row.attempts == 0
        office.queue.dead(row, "channel_not_found")
    assert office.queue.revive(office.id, "CELSEWHERE", at=TEN) == 0
    office.react(number, DANA, "star", event_at="1.1")
    assert office.queue.counts(at=TEN) == {"waiting": 2, "due": 2, "dead": 0}


def test_who_asks_for_the_counts_hears_of_their_own_workspace_and_the_program_of_all(
    office: Office, store: Store
) -> None:
    elsewhere = Office(store, "T2")
    want(office, "card:1", "card:2")
    want(elsewhere, "card:1")
    assert office.queue.counts(at=TEN, by=office.caller(DANA))["waiting"] == 2
    assert office.queue.counts(at=TEN, by=elsewhere.caller(DANA))["waiting"] == 1
    assert office.queue.counts(at=TEN)["waiting"] == 3


def test_a_pause_of_one_lane_holds_everything_in_it_and_lets_the_others_flow(office: Office, store: Store) -> None:
    elsewhere = Office(store, "T2")
    want(office, "card:1", "card:2")
    want(office, "card:3", lane="C0OTHER")
    want(elsewhere, "card:1")
    first = next(row for row in office.queue.claim(at=TEN, limit=1))
    office.queue.hold_lane(first, until=TEN + 30 * SECOND)
    claimed = office.queue.claim(at=TEN + SECOND, limit=10)
    assert {(row.workspace_id, row.key) for row in claimed} == {("T1", "card:3"), ("T2", "card:1")}
    later = office.queue.claim(at=TEN + 30 * SECOND, limit=10)
    assert {(row.key, row.attempts) for row in later} == {("card:1", 0), ("card:2", 0)}


def test_a_lease_of_a_clock_that_was_ahead_ends_after_its_length_and_its_holder_keeps_it_so_long(
    office: Office,
) -> None:
    want(office, "card:1")
    ahead = hours(2)
    held = claim_one(office, at=ahead)
    assert office.queue.mend_times(at=TEN) == 1
    assert office.queue.mend_times(at=TEN) == 0
    assert office.queue.claim(at=TEN + LEASE - SECOND, limit=10) == []
    shown(office, held)
    assert office.outbox()["card:1"].state == "done"
    want(office, "card:2")
    claim_one(office, at=ahead)
    office.queue.mend_times(at=TEN)
    assert claim_one(office, at=LEASE + SECOND).uncertain


def test_a_lease_of_another_machine_whose_clock_is_a_little_ahead_is_left_alone(office: Office) -> None:
    want(office, "card:1")
    claim_one(office, at=LONGEST_SKEW)
    assert office.queue.mend_times(at=TEN) == 0


def test_a_pause_of_a_clock_that_was_ahead_is_over_but_an_appointment_stays(office: Office) -> None:
    want(office, "card:1")
    office.queue.later(claim_one(office, at=hours(2)), "HTTP 503", at=TEN + hours(2), maybe_done=False)
    with office.store.write() as session:
        nudge = Wanted(kind=MessageKind.NUDGE, key="nudge:1", lane="UMIA", due_at=TEN + hours(2))
        outbox_wanted.want(session, office.id, [nudge], at=TEN)
    assert office.queue.mend_times(at=TEN) == 1
    assert [row.key for row in office.queue.claim(at=TEN, limit=10)] == ["card:1"]


def test_since_when_a_message_is_wanted_is_kept_however_often_it_is_put_off(office: Office) -> None:
    want(office, "card:1")
    office.queue.later(claim_one(office), "HTTP 503", at=TEN, maybe_done=False)
    office.queue.hold_lane(claim_one(office, at=hours(1)), until=TEN + hours(2))
    want(office, "card:1")
    row = claim_one(office, at=hours(3))
    assert row.wanted_at == TEN
    shown(office, row)
    assert office.outbox()["card:1"].wanted_at is None


def test_what_is_gone_from_the_chat_is_posted_anew_under_another_token(office: Office) -> None:
    want(office, "card:1")
    row = claim_one(office)
    shown(office, row)
    want(office, "card:1")
    office.queue.repost(claim_one(office), at=TEN)
    again = claim_one(office)
    assert (again.ts, again.channel, again.fingerprint, again.uncertain) == (None, None, "", False)
    assert again.token != row.token


def test_a_message_is_found_by_its_place_and_by_its_key(office: Office) -> None:
    want(office, "card:1")
    shown(office, claim_one(office))
    found = office.queue.message(office.id, "C0LEADS", "1700.1")
    assert found is not None
    assert found.key == "card:1"
    row = office.queue.by_key(office.id, "card:1")
    assert row is not None
    assert (row.key, row.kind, row.handoff_id) == found
    assert office.queue.message("TELSEWHERE", "C0LEADS", "1700.1") is None
    assert office.queue.by_key(office.id, "card:2") is None


def test_a_change_of_a_handoff_brings_what_is_shown_of_it_up_to_date(office: Office) -> None:
    number = office.flag()
    for row in office.queue.claim(at=TEN, limit=10):
        shown(office, row)
    office.react(number, DANA, "star", event_at="1.1", at=TEN + SECOND)
    this = office.id_of(number)
    claimed = office.queue.claim(at=TEN + SECOND, limit=10)
    assert {row.key for row in claimed} == {f"card:{this}", f"turn:{this}:1"}


def test_many_workers_take_each_row_once(office: Office) -> None:
    want(office, *(f"card:{number}" for number in range(60)))

    def work() -> list[str]:
        taken = []
        while rows := office.queue.claim(at=TEN, limit=7):
            taken += [row.key for row in rows]
            for row in rows:
                shown(office, row)
        return taken

    taken = [key for keys in threads([work] * 6) for key in keys]
    assert sorted(taken) == sorted(f"card:{number}" for number in range(60))


@pytest.mark.parametrize("rounds", [3])
def test_wanting_and_sending_at_once_loses_no_change(office: Office, rounds: int) -> None:
    """In whatever order the two come, the last thing that was wanted is shown or still due."""
    keys = [f"card:{number}" for number in range(5)]
    want(office, *keys)

    def send() -> None:
        for _ in range(rounds):
            for row in office.queue.claim(at=TEN, limit=3):
                shown(office, row)

    acts: list[Callable[[], None]] = [send, partial(want, office, *keys), partial(want, office, *keys), send]
    threads(acts)
    while rows := office.queue.claim(at=TEN, limit=10):
        for row in rows:
            shown(office, row)
    assert {(row.state, row.wanted, row.shown) for row in office.outbox().values()} == {("done", 3, 3)}
