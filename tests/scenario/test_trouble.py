"""Slack fails: nothing is lost, nothing comes twice, and a channel that must wait delays no other."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from bot.app import Baton
from bot.doctor import examine
from bot.sandbox import Fault
from bot.sandbox.records import Channel
from jobs.compose import Composed, Composer
from jobs.deliver import MARGIN, Deliverer
from jobs.roster import PER_MINUTE
from models.outbox.queue import ATTEMPTS, LEASE
from models.rules.messages import MessageKind
from models.storage.tables import LedgerText, Outbox, table
from tests.scenario.processes import wait_until
from tests.scenario.world import World

# On one kind only, because Slack's faults do not depend on the database.
KINDS = ("sqlite-http",)


def _dead(world: World) -> list[str]:
    """Returns what the doctor says of dead messages."""
    return [f"{one.subject}: {one.state}" for one in examine(world.baton) if one.subject.startswith("message ")]


def _unreconciled(world: World) -> float:
    return world.baton.registry.get_sample_value("baton_messages_unreconciled_total") or 0.0


def _check_arrives_once(world: World, number: int) -> None:
    """Asserts that in the end the card and the message to the owner are there, once."""
    for _ in range(8):
        world.later(seconds=30)
    assert "Waiting for" in world.card(number).plain()
    assert len(world.dms(world.dana)) == 1
    assert _dead(world) == []


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_a_channel_that_slack_holds_up_waits_as_long_as_slack_says_and_the_others_flow(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.rate_limited(30), channel=world.leads)
    answer = world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)
    assert "Flagged as #1" in answer.text
    world.tick()
    assert world.cards() == []
    assert len(world.dms(world.dana)) == 1, "direct messages are another lane"
    posts = len(world.slack.log.calls("chat.postMessage", channel=world.leads.id))
    world.later(seconds=25)
    assert len(world.slack.log.calls("chat.postMessage", channel=world.leads.id)) == posts, "Retry-After is honoured"
    world.later(seconds=10)
    assert "Waiting for" in world.card(1).plain()


@pytest.mark.parametrize(
    "fault",
    [Fault.server_error(), Fault.refused("internal_error"), Fault.drop_before(), Fault.drop_after()],
    ids=["5xx", "internal error", "dropped before", "dropped after"],
)
def test_a_post_that_failed_once_check_arrives_once(world: World, fault: Fault) -> None:
    world.slack.faults.add("chat.postMessage", fault, times=2)
    number = world.flag(to=world.dana)
    _check_arrives_once(world, number)


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_a_post_whose_answer_was_lost_is_found_again_and_not_doubled(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    assert len(world.cards()) == 1
    _check_arrives_once(world, number)
    assert len(world.slack.log.calls("chat.postMessage", channel=world.leads.id)) == 1
    world.accept(number)
    assert "has it" in world.card(number).plain(), "the adopted message is edited like any other"


def test_an_edit_whose_answer_was_lost_is_undone_when_what_it_showed_is_taken_back(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.faults.add("chat.update", Fault.drop_after(), channel=world.leads)
    world.react(world.dana, number, "star")
    assert "great lead" in world.card(number).plain(), "nobody heard that it is shown"
    world.unreact(world.dana, number, "star")
    world.later(seconds=30)
    assert "great lead" not in world.card(number).plain()


def test_an_edit_that_failed_is_made_good(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.faults.add("chat.update", Fault.server_error(), times=2)
    world.accept(number)
    for _ in range(4):
        world.later(seconds=30)
    assert "has it" in world.card(number).plain()
    assert world.dm(world.dana).plain().startswith("*Yours to contact:*")


def test_slack_that_does_not_answer_at_all_costs_a_delay_and_nothing_else(world: World) -> None:
    world.slack.faults.add(None, Fault.drop_before(), times=None)
    answer = world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)
    assert "Flagged as #1" in answer.text, "the person hears at once, whatever Slack's Web API does"
    world.tick()
    assert world.cards() == []
    world.slack.faults.clear()
    _check_arrives_once(world, 1)


def test_an_archived_channel_makes_a_dead_message_that_comes_back_when_the_channel_does(world: World) -> None:
    world.slack.archive(world.leads)
    elsewhere = world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}")
    assert "Flagged as #1" in elsewhere.text
    world.tick()
    assert len(world.dms(world.dana)) == 1
    assert _dead(world) == ["message card of #1: is_archived"]
    assert any(one.subject.startswith("channel") and one.state == "archived" for one in examine(world.baton))
    assert "given up: 1 (see `baton doctor`)" in world.mia.command("/baton", "status").text

    world.slack.unarchive(world.leads)
    world.slack.invite_bot(world.leads)
    world.tick()
    assert "Waiting for" in world.card(1).plain()
    assert _dead(world) == []


def test_a_bot_that_was_removed_joins_again_by_itself(world: World) -> None:
    world.slack.bot_scopes.discard("chat:write.public")
    world.slack.remove_bot(world.leads)
    number = world.flag(to=world.dana)
    assert "Waiting for" in world.card(number).plain()


def test_baton_is_in_the_channel_before_its_first_card_so_that_no_reaction_on_one_is_missed(world: World) -> None:
    world.slack.remove_bot(world.leads)
    world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)
    world.baton.deliverer.settle()
    world.react(world.dana, 1, "star")
    assert "great lead" in world.card(1).plain()


def test_a_revoked_token_keeps_everything_until_it_is_mended(world: World) -> None:
    world.slack.revoke_token()
    answer = world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)
    assert "Flagged as #1" in answer.text
    world.tick()
    assert world.cards() == []
    token = next(one for one in examine(world.baton) if one.subject == "token")
    assert "token_revoked" in token.state
    assert "SLACK_BOT_TOKEN" in token.mend
    world.slack.workspace.token_fault = None
    _check_arrives_once(world, 1)


def test_a_message_that_somebody_deleted_is_shown_anew_when_it_changes(world: World) -> None:
    number = world.flag(to=world.dana)
    card = world.card(number)
    world.slack.faults.add("chat.update", Fault.refused("message_not_found"), channel=world.leads)
    world.accept(number)
    shown = [one for one in world.cards() if "has it" in one.plain()]
    assert len(shown) == 1
    assert shown[0].ts != card.ts


def test_without_the_history_a_lost_answer_may_double_a_message_and_the_metric_says_so(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    world.slack.faults.add("conversations.history", Fault.method_missing(), times=None)
    world.flag(to=world.dana)
    for _ in range(4):
        world.later(seconds=30)
    assert len(world.cards()) == 2
    assert _unreconciled(world) == 1


def test_a_conversation_that_could_not_be_opened_is_opened_before_its_message_is_posted_again(world: World) -> None:
    world.slack.faults.add("conversations.open", Fault.drop_before(), times=2)
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.dana.dm)
    number = world.flag(to=world.dana)
    _check_arrives_once(world, number)
    assert _unreconciled(world) == 0


@pytest.mark.parametrize("failed_joins", [0, 2])
def test_a_bot_removed_after_a_post_whose_answer_was_lost_joins_again_to_look_for_it(
    world: World, failed_joins: int
) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    world.slack.remove_bot(world.leads)
    if failed_joins:
        world.slack.faults.add("conversations.join", Fault.drop_before(), times=failed_joins)
    _check_arrives_once(world, number)
    assert _unreconciled(world) == 0


def test_where_it_can_not_join_the_managers_hear_and_it_looks_once_it_is_invited(world: World) -> None:
    private = world.slack.channel("deals", private=True)
    world.slack.invite(private, *world.team.everyone)
    world.slack.invite_bot(private)
    world.apply(handoff_channel=private.id)
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=private)
    number = world.flag(to=world.dana, elsewhere=True)
    world.slack.remove_bot(private)
    for _ in range(4):
        world.later(seconds=30)
    [alarm] = world.alarms(world.olga)
    assert "I am not in that channel. Write `/invite @Baton` there" in alarm.plain()
    world.slack.invite_bot(private)
    world.later(seconds=30)
    assert [one.text.split()[0] for one in world.slack.messages(private) if not one.subtype] == [f"#{number}"]
    assert _unreconciled(world) == 0
    assert _dead(world) == []


def _elsewhere(world: World) -> Channel:
    """Returns another channel, which can also be the handoff channel."""
    channel = world.slack.channel("leads-2")
    world.slack.invite_bot(channel)
    world.slack.invite(channel, *world.team.everyone)
    return channel


def _cards_in(world: World, *channels: Channel) -> list[list[str]]:
    """Returns the words of the cards in each of the channels."""
    bot = world.slack.bot_user_id
    return [[one.plain() for one in world.slack.messages(channel) if one.user == bot] for channel in channels]


def test_a_card_whose_answer_was_lost_before_the_channel_changed_stays_where_it_is_and_is_kept_up_to_date(
    world: World,
) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    elsewhere = _elsewhere(world)
    world.apply(handoff_channel=elsewhere.id)
    _check_arrives_once(world, number)
    world.accept(number)
    [[card], none] = _cards_in(world, world.leads, elsewhere)
    assert "has it" in card
    assert none == []


@pytest.mark.parametrize("left", [False, True], ids=["readable", "left for good"])
def test_a_card_that_was_not_posted_where_it_may_have_been_goes_to_the_channel_that_is_agreed_on_now(
    world: World, left: bool
) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_before(), channel=world.leads)
    world.flag(to=world.dana)
    elsewhere = _elsewhere(world)
    if left:
        world.slack.faults.add("conversations.history", Fault.refused("channel_not_found"), channel=world.leads)
        world.slack.faults.add("conversations.join", Fault.refused("channel_not_found"), channel=world.leads)
    world.apply(handoff_channel=elsewhere.id)
    for _ in range(4):
        world.later(seconds=30)
    [none, cards] = _cards_in(world, world.leads, elsewhere)
    assert (len(none), len(cards)) == (0, 1)
    assert _unreconciled(world) == left, "what can't be read any more may hold the card"
    assert _dead(world) == []


def test_the_digests_details_follow_it_into_the_channel_in_which_it_is(world: World) -> None:
    world.accept(world.flag(to=world.dana))
    world.slack.clock.advance(timedelta(days=7))
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.digests)
    world.tick()
    world.apply(digest_channel=_elsewhere(world).id)
    for _ in range(8):
        world.later(seconds=30)
    [digest] = world.digest_messages()
    assert world.slack.thread(digest)
    assert _dead(world) == []


def test_while_the_token_is_revoked_nothing_counts_as_there_twice(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    number = world.flag(to=world.dana)
    world.slack.revoke_token()
    for _ in range(4):
        world.later(seconds=30)
    world.slack.workspace.token_fault = None
    _check_arrives_once(world, number)
    assert _unreconciled(world) == 0


class Composing(Composer):
    """Composes messages as Baton does. Calls `meanwhile` the first time that it composes a card."""

    def __init__(self, baton: Baton, meanwhile: Callable[[], object]) -> None:
        super().__init__(baton.queries, baton.digests, baton.queue, baton.audit)
        self.times = 0
        self._meanwhile = meanwhile

    def compose(self, row: Outbox, *, now: datetime) -> Composed:
        composed = super().compose(row, now=now)
        if row.kind == MessageKind.CARD:
            self.times += 1
            if self.times == 1:
                self._meanwhile()
        return composed


def deliver_with(world: World, composer: Composer) -> None:
    """Delivers what is due, by a worker that uses this composer."""
    baton = world.baton
    worker = Deliverer(
        queue=baton.queue,
        composer=composer,
        queries=baton.queries,
        roster=baton.roster,
        gateway=baton.gateway,
        clock=world.machine,
        steady=world.machine.steady,
        counters=baton.counters,
        post_interval=0,
        remind_until=lambda _moment: None,
    )
    worker.settle()
    worker.stop()


def flag_unseen(world: World) -> None:
    """Flags a lead. Nothing of it is delivered yet."""
    world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)


def test_what_another_worker_has_taken_over_is_not_posted(world: World) -> None:
    """A worker takes it over on a machine whose clock is ahead. By this machine's clock the lease has not ended."""
    ahead = world.now + LEASE + timedelta(seconds=1)
    composing = Composing(world.baton, lambda: world.baton.queue.claim(at=ahead, limit=10))
    flag_unseen(world)
    deliver_with(world, composing)
    assert composing.times == 1
    assert world.cards() == []
    world.at(ahead + LEASE)
    assert len(world.cards()) == 1


def test_what_took_too_long_to_put_together_is_not_posted_but_taken_anew(world: World) -> None:
    long = LEASE - MARGIN + timedelta(seconds=1)
    composing = Composing(world.baton, lambda: world.slack.clock.advance(long))
    flag_unseen(world)
    deliver_with(world, composing)
    assert composing.times == 2
    assert len(world.cards()) == 1


def test_so_is_what_took_too_long_by_the_steady_clock_while_the_machine_s_time_stood_still(world: World) -> None:
    def stand_still() -> None:
        world.machine.passed = LEASE.total_seconds()

    composing = Composing(world.baton, stand_still)
    flag_unseen(world)
    deliver_with(world, composing)
    assert composing.times == 2
    assert len(world.cards()) == 1


def test_many_messages_of_one_channel_come_in_order_however_often_somebody_looks_for_more(world: World) -> None:
    for number in range(1, 26):
        world.mia.command("/mql", f"Lead {number}, Acme, lead{number}@acme.com", channel=world.leads)
    deliverer = world.baton.deliverer
    while world.baton.queue.counts(at=world.now)["due"]:
        deliverer.run()
        deliverer.wait(patience=0.002)
    assert [card.text.split()[0] for card in world.cards()] == [f"#{number}" for number in range(1, 26)]


def test_a_reply_to_a_card_whose_end_nobody_knows_yet_is_kept(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.drop_after(), channel=world.leads)
    world.mia.command("/mql", f"Jane Doe, Acme, jane@acme.com {world.dana.mention}", channel=world.leads)
    world.tick()
    world.dana.say(world.leads, "Is she the new buyer?", thread=world.card(1))
    for _ in range(8):
        world.later(seconds=60)
    assert [comment.text for comment in world.handoff(1).comments] == ["Is she the new buyer?"]


def test_an_edit_by_a_worker_that_was_held_up_past_its_lease_is_counted_and_made_good(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.faults.add("chat.update", Fault.slow(1), channel=world.leads)
    world.dana.click(world.card(number), "Accept")
    world.baton.deliverer.run()
    world.slack.wait_for(lambda: "has it" in world.card(number).plain())
    wait_until(lambda: world.baton.queue.counts(at=world.now)["waiting"] == 1)
    world.slack.clock.advance(LEASE + timedelta(seconds=1))
    [taken_over] = [
        row for row in world.baton.queue.claim(at=world.now, limit=10) if row.key == f"card:{world.id_of(number)}"
    ]
    world.baton.deliverer.settle()  # the slow answer arrives now
    assert world.baton.registry.get_sample_value("baton_messages_overtaken_total", {"how": "edited"}) == 1
    assert world.baton.queue.shown(taken_over, channel=taken_over.channel, ts=taken_over.ts, fingerprint="other")
    edits = len(world.slack.log.calls("chat.update", channel=world.leads.id))
    world.tick()
    assert len(world.slack.log.calls("chat.update", channel=world.leads.id)) == edits + 1


OPTIONAL = (
    "conversations.members",
    "users.info",
    "dnd.info",
    "dnd.teamInfo",
    "conversations.open",
    "conversations.history",
    "conversations.replies",
    "conversations.join",
    "conversations.info",
    "usergroups.users.list",
    "views.publish",
    "chat.postEphemeral",
)


@pytest.fixture(params=["missing", "not allowed"])
def poor(empty: World, request: pytest.FixtureRequest) -> Iterator[World]:
    """A workspace in which everything but posting and editing is missing or not allowed."""
    fault = Fault.method_missing() if request.param == "missing" else Fault.refused("missing_scope")
    for method in OPTIONAL:
        empty.slack.faults.add(method, fault, times=None)
    empty.apply()
    yield empty
    assert _dead(empty) == []


def test_a_workspace_that_allows_little_else_than_posting_still_hands_leads_over(poor: World) -> None:
    world = poor
    number = world.flag(to=world.dana)
    assert len(world.dms(world.dana)) == 1
    world.later(hours=2, minutes=5)
    assert "One lead waits for you" in world.dm(world.dana).plain()
    world.react(world.dana, number, "white_check_mark")
    world.dana.open_home()
    world.click(world.raj, number, "Log contact")
    world.click(world.dana, number, "Log contact")
    world.won(number, by=world.dana)
    assert "*Won*" in world.card(number).plain()
    world.later(days=7)
    assert len(world.digest_messages()) == 1


def test_the_digest_is_sent_without_its_chart_where_slack_does_not_know_charts(world: World) -> None:
    world.accept(world.flag(to=world.dana))
    world.later(days=7)
    world.accept(world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana))
    world.slack.clock.advance(timedelta(days=7))
    world.slack.faults.add("chat.postMessage", Fault.refused("invalid_blocks"), channel=world.digests)
    world.tick()
    [_, digest] = world.digest_messages()
    assert "data_visualization" not in {block["type"] for block in digest.blocks}
    assert "MQLs, 2 weeks:" in digest.plain()
    assert world.slack.thread(digest)
    assert _dead(world) == []


def test_a_form_that_slack_is_slow_to_open_does_not_cost_the_person_their_answer(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.faults.add("views.open", Fault.silent())
    answer = world.dana.click(world.card(number), "Reject…")
    assert answer.ok, "acknowledged within Slack's three seconds"
    assert "I could not open the form. Write `/reject 1 REASON note`" in world.told(world.dana)


# If something can't be shown in one place, it is said in another.


def test_of_an_archived_channel_the_managers_hear_what_to_do_and_the_owner_hears_of_the_lead(world: World) -> None:
    world.slack.archive(world.leads)
    number = world.flag(to=world.dana, elsewhere=True)
    world.later(seconds=30)
    assert len(world.dms(world.dana)) == 1
    [alarm] = world.alarms(world.olga)
    assert f"Slack does not take one message for <#{world.leads.id}>" in alarm.plain()
    assert "Unarchive it, or name another one with `/baton setup`" in alarm.plain()
    assert f"#{number} Jane Doe, Acme" in alarm.plain()
    assert world.dana.click(world.dm(world.dana), "Accept").ok
    assert world.handoff(number).state == "accepted", "the lead goes on without its card"

    elsewhere = world.slack.channel("leads-2")
    world.apply(handoff_channel=elsewhere.id)
    world.later(seconds=30)
    assert [one.text.split()[0] for one in world.slack.messages(elsewhere) if not one.subtype] == [f"#{number}"]
    assert [one.plain() for one in world.alarms(world.olga)] == ["This is over: all is well again."]


def test_removed_from_a_private_channel_baton_asks_the_managers_to_be_let_in_again(world: World) -> None:
    private = world.slack.channel("deals", private=True)
    world.slack.invite(private, *world.team.everyone)
    world.slack.invite_bot(private)
    world.apply(handoff_channel=private.id)
    world.slack.remove_bot(private)
    number = world.flag(to=world.dana, elsewhere=True)
    world.later(seconds=30)
    assert len(world.dms(world.dana)) == 1
    [alarm] = world.alarms(world.olga)
    assert "I am not in that channel. Write `/invite @Baton` there" in alarm.plain()
    world.slack.invite_bot(private)
    world.later(seconds=30)
    assert [one.text.split()[0] for one in world.slack.messages(private) if not one.subtype] == [f"#{number}"]
    assert [one.plain() for one in world.alarms(world.olga)] == ["This is over: all is well again."]


def test_a_renamed_channel_is_the_same_channel(world: World) -> None:
    number = world.flag(to=world.dana)
    world.slack.rename(world.leads, "pipeline")
    world.accept(number)
    assert "has it" in world.card(number).plain()
    world.flag("Bob Ray, Globex, bob@globex.com")
    assert len(world.cards()) == 2
    assert _dead(world) == []


def test_the_leads_of_a_person_who_left_are_shown_to_the_managers_and_go_to_the_next_rep(world: World) -> None:
    offered = world.flag(to=world.dana)
    accepted = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    world.accept(accepted)
    room = world.dana.dm.id
    written = len(world.slack.log.calls("chat.postMessage", channel=room))
    world.dana.change(deleted=True)
    world.later(seconds=30)
    [alarm] = world.alarms(world.olga)
    assert f"{world.dana.mention} has left, and has the next move on 2 leads." in alarm.plain()
    assert world.dm(world.olga).buttons == ["Accept", "Reject…", "Log contact", "Return…"]
    assert world.olga.click(world.dm(world.olga), "Return…").ok
    world.olga.submit(note="dana has left")
    world.tick()
    assert world.handoff(accepted).handoff.owner == world.raj.id
    assert len(world.dms(world.raj)) == 1
    assert world.olga.click(world.dm(world.olga), "Accept").ok
    world.later(minutes=1)
    assert world.handoff(offered).handoff.owner == world.olga.id
    assert "This is over" in world.dms(world.olga)[0].plain()
    world.later(days=1)
    assert len(world.slack.log.calls("chat.postMessage", channel=room)) == written, (
        "Slack takes messages to who has left, and nobody reads them"
    )
    assert _dead(world) == []


def test_that_a_person_has_left_is_learnt_from_slacks_refusal_too(world: World) -> None:
    world.slack.subscribe("message")
    world.raj.change(deleted=True)
    number = world.flag(to=world.raj)
    world.later(seconds=30)
    assert f"{world.raj.mention} has left, and has the next move on one lead." in world.alarms(world.olga)[-1].plain()
    assert "Waiting for" in world.card(number).plain()
    assert world.flag("Bob Ray, Globex, bob@globex.com")
    assert world.handoff(number + 1).handoff.owner == world.dana.id, "nothing more is offered to them"
    assert _dead(world) == []


def test_when_no_manager_is_left_whoever_flagged_a_late_lead_hears_of_it(world: World) -> None:
    number = world.flag(to=world.dana)
    world.olga.change(deleted=True)
    world.later(hours=6, minutes=1)
    assert "A lead of somebody else's is late" in world.dm(world.mia).plain()
    assert f"#{number}" in world.dm(world.mia).plain()


def test_slow_and_silent_answers_in_two_channels_hold_up_no_third_and_double_nothing(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.silent_after(), channel=world.leads)
    world.slack.faults.add("chat.postMessage", Fault.slow(1), channel=world.raj.dm)
    number = world.flag(to=world.raj)
    assert len(world.dms(world.raj)) == 1
    for _ in range(4):
        world.later(seconds=30)
    assert "Waiting for" in world.card(number).plain()
    assert len(world.dms(world.raj)) == 1
    assert len(world.slack.log.calls("chat.postMessage", channel=world.leads.id)) == 1, "found again, not sent again"


def test_nothing_is_tried_for_ever_and_giving_up_is_told(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.server_error(), channel=world.leads, times=None)
    number = world.flag(to=world.dana)
    _tried(world, ATTEMPTS - 2)
    world.later(minutes=10)
    assert _dead(world) == []
    world.later(minutes=10)
    assert _dead(world) == [f"message card of #{number}: HTTP 503"]
    world.later(minutes=10)
    assert "The reason given is `HTTP 503`" in world.alarms(world.olga)[0].plain()
    posts = len(world.slack.log.calls("chat.postMessage", channel=world.leads.id))
    world.later(days=1)
    assert len(world.slack.log.calls("chat.postMessage", channel=world.leads.id)) == posts
    assert world.handoff(number).state == "offered", "the lead stays open"


def _tried(world: World, attempts: int) -> None:
    """Sets the number of attempts to send the card."""
    with world.baton.store.write() as session:
        outbox = table(Outbox)
        session.execute(sa.update(outbox).where(outbox.c.kind == MessageKind.CARD.value).values(attempts=attempts))


@pytest.mark.parametrize(
    "code", ["invalid_auth", "account_inactive", "message_limit_exceeded", "org_login_required", "ekm_access_denied"]
)
def test_a_workspace_that_takes_nothing_from_the_bot_for_a_while_costs_a_delay(world: World, code: str) -> None:
    world.slack.faults.add("chat.postMessage", Fault.refused(code), times=6)
    number = world.flag(to=world.dana)
    _check_arrives_once(world, number)


def test_messages_that_failed_together_are_not_tried_again_together(world: World) -> None:
    world.slack.faults.add("chat.postMessage", Fault.server_error(), times=None)
    world.flag(to=world.dana)
    world.flag("Bob Ray, Globex, bob@globex.com", to=world.raj)
    with world.baton.store.read() as session:
        rows = session.exec(select(Outbox).where(col(Outbox.attempts) > 0)).all()
    assert len(rows) >= 3, "a card and two direct messages"
    assert len({row.due_at for row in rows}) == len(rows)


def test_asked_to_end_while_another_job_waits_for_slack_nothing_more_is_sent(world: World) -> None:
    for n in range(10):
        world.mia.command("/mql", f"Lead {n}, Company {n}, lead{n}@company{n}.com", channel=world.leads)
    world.slack.clock.advance(timedelta(hours=7))  # then Baton looks up every profile again
    world.slack.faults.add("users.info", Fault.slow(1.5), times=2)
    world.slack.faults.add("chat.postMessage", Fault.slow(0.3), channel=world.leads, times=None)
    clock = Baton(world.baton.settings, listening=False, clock=world.slack.clock)
    clock.start()
    world.slack.wait_for(lambda: world.slack.log.calls("users.info") and world.cards())
    posted = len(world.cards())
    clock.stop()
    assert len(world.cards()) <= posted + 2, "what was under way, and none of the others"


def _strangers_arrive(world: World, count: int) -> None:
    """Adds this number of unknown people to the channel."""
    world.baton.roster.members_synced(world.slack.team_id, [f"UNEW{number}" for number in range(count)])


def _asked_within(world: World, method: str, *, seconds: int) -> int:
    """Returns how often Baton calls this method, in this number of seconds, if the clock ticks every five seconds."""
    before = len(world.slack.log.calls(method))
    for _ in range(seconds // 5):
        world.slack.clock.advance(timedelta(seconds=5))
        world.baton.roster_sync.run()
    return len(world.slack.log.calls(method)) - before


def test_slack_is_asked_of_people_at_a_pace_that_it_allows(world: World) -> None:
    world.slack.clock.advance(timedelta(minutes=1))  # the minute before, Baton asked for the four of the team
    _strangers_arrive(world, 200)
    assert _asked_within(world, "users.info", seconds=120) == 2 * PER_MINUTE
    world.machine.wrong_by = -timedelta(hours=2)
    assert _asked_within(world, "users.info", seconds=60) == PER_MINUTE, "a time set back holds nobody up"


@pytest.mark.parametrize(
    ("fault", "pause"),
    [(Fault.rate_limited(120), 120), (Fault.server_error(), 60), (Fault.token_revoked(), 60)],
    ids=["429", "5xx", "another token"],
)
def test_people_are_not_asked_of_while_slack_is_not_to_be_asked(world: World, fault: Fault, pause: int) -> None:
    _strangers_arrive(world, 10)
    world.slack.faults.add("users.info", fault, times=1)
    assert _asked_within(world, "users.info", seconds=pause) == 1
    assert _asked_within(world, "users.info", seconds=5) == 10


@pytest.mark.parametrize(
    "fault", [Fault.rate_limited(60), Fault.server_error(), Fault.token_revoked()], ids=["429", "5xx", "another token"]
)
@pytest.mark.parametrize("method", ["usergroups.users.list", "conversations.members"])
def test_groups_and_channels_that_slack_could_not_tell_are_asked_for_again(
    world: World, method: str, fault: Fault
) -> None:
    group = world.slack.usergroup("sales", world.raj)
    world.slack.faults.add(method, fault, times=1)
    world.apply(people={"marketers": [world.mia.id], "reps": [group.id], "managers": [world.olga.id]})
    assert _asked_within(world, method, seconds=55) == 0
    assert _asked_within(world, method, seconds=300) == 1
    assert world.baton.queries.terms(world.slack.team_id).reps == (world.raj.id,)


def test_a_group_that_slack_refuses_is_not_asked_for_again_and_again(world: World) -> None:
    group = world.slack.usergroup("sales", world.raj)
    world.slack.faults.add("usergroups.users.list", Fault.refused("no_such_subteam"), times=None)
    world.apply(people={"marketers": [world.mia.id], "reps": [group.id], "managers": [world.olga.id]})
    assert _asked_within(world, "usergroups.users.list", seconds=300) == 0


# The ledger.


@pytest.mark.parametrize("kind", ["sqlite-http", "postgres-http"])
def test_the_doctor_names_the_leads_whose_texts_were_changed_after_they_were_written(world: World) -> None:
    number = world.flag(to=world.dana)
    world.tick()
    said = {one.subject: one for one in examine(world.baton)}[f"ledger of {world.slack.team_id}"]
    assert said.well
    assert said.state.endswith("none was changed")
    words = table(LedgerText)
    with world.baton.store.write() as session:
        (line,) = session.execute(sa.select(words)).all()
        session.execute(sa.delete(words))
        session.execute(sa.insert(words).values(id=line.id, salt=line.salt, text='{"note":"something else"}'))
    said = {one.subject: one for one in examine(world.baton)}[f"ledger of {world.slack.team_id}"]
    assert not said.well
    assert said.state.endswith(f"texts were changed after they were written, of #{number}")
    assert "compare these leads with a backup" in said.mend
