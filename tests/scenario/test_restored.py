"""An older backup of the database is restored. Slack still shows cards whose leads the database does not know: nothing
that people do there has an effect, people hear why, and no number is given twice."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import Baton
from bot.doctor import examine
from bot.sandbox import Fault, Person, Sandbox
from bot.slack.ids import Action
from bot.slack.moves import MOVE_OF_ACTION
from models.due.findings import TOLD_FOR
from models.rules import messages
from models.rules.lifecycle import Move, State
from models.rules.rows import NOT_NUMBERED, MessageWanted, line_of
from tests import databases
from tests.monday import MONDAY
from tests.scenario.world import JANE, Machine, Team, World, make_team, served, settings

NOT_KNOWN = "I don't know the lead of this message any more, so nothing was done."
# The buttons that are about a handoff, or about what somebody did to one.
ABOUT_A_LEAD = sorted({*Action, *MOVE_OF_ACTION} - {Action.FLAG, Action.SETUP})


class Company:
    """A team whose bot can be stopped, backed up and restored."""

    def __init__(self, team: Team, url: str, folder: Path) -> None:
        self.team = team
        self.url = url
        self._folder = folder
        self._backup = ""
        self.made: list[str] = []

    @contextmanager
    def at_work(self, *, clock_inside: bool = False) -> Iterator[World]:
        """Runs the bot for the block. Its jobs run when the world ticks, or by themselves with `clock_inside`."""
        slack, machine = self.team.slack, Machine(self.team.slack)
        baton = Baton(
            settings(slack, self.url, "http"), clock_inside=clock_inside, clock=machine, steady=machine.steady
        )
        baton.prepare()
        with served(slack, baton, "http") as address:
            yield World(self.team, baton, machine, address)

    def back_up(self) -> None:
        """Backs up the database, while the bot does not run."""
        self._backup = databases.copied(self.url, self._folder)
        self.made.append(self._backup)

    def restore(self) -> None:
        self.url = databases.copied(self._backup, self._folder)
        self.made.append(self.url)


@pytest.fixture
def company(fresh_url: str, tmp_path: Path) -> Iterator[Company]:
    """A company with one lead, #1, that Dana has accepted. The backup knows it."""
    with Sandbox(rate_limits=False) as slack:
        slack.clock.set(MONDAY)
        made = Company(make_team(slack), fresh_url, tmp_path)
        with made.at_work() as world:
            world.apply()
            world.accept(world.flag("Ann Fox, Initech, ann@initech.com", to=world.dana))
        made.back_up()
        yield made
        for url in made.made:
            databases.drop(url)


@pytest.fixture
def restored(company: Company) -> Iterator[World]:
    """The company after the backup was restored. #2 and #3 are unknown: Dana had #2 to answer, and had rejected #3."""
    with company.at_work() as world:
        world.flag(to=world.dana)
        world.reject(world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana), by=world.dana)
    company.restore()
    with company.at_work() as world:
        yield world


def everything(world: World) -> dict[str, list[Any]]:
    """Returns the rows of what is known of leads."""
    tables = ("lead", "lead_key", "handoff", "ledger", "ledger_text", "feedback", "comment")
    with world.baton.store.read() as session:
        return {name: [tuple(row) for row in session.execute(sa.text(f"SELECT * FROM {name}"))] for name in tables}  # noqa: S608 - names above


@contextmanager
def nothing_happens(world: World) -> Iterator[None]:
    before = everything(world)
    yield
    world.tick()
    assert everything(world) == before


def click_as(world: World, who: Person, number: int, action: str) -> None:
    """Clicks a button that the card may have had before, by one that it has."""
    who.click(world.card(number), "Details")
    payload = copy.deepcopy(world.slack.log.deliveries("interactive")[-1].payload)
    payload["actions"][0] |= {"action_id": str(action), "action_ts": f"{payload['actions'][0]['action_ts']}1"}
    assert world.slack.deliver("interactive", payload).status == 200
    world.slack.settle()


def test_no_button_of_an_unknown_leads_card_does_anything(restored: World) -> None:
    with nothing_happens(restored):
        for action in ABOUT_A_LEAD:
            click_as(restored, restored.olga, 2, action)
    told = [one.plain() for one in restored.olga.sees(restored.leads) if one.is_ephemeral]
    assert len(told) == 2 * len(ABOUT_A_LEAD)
    assert [one for one in told if NOT_KNOWN not in one] == []
    assert "Flag the lead again with `/mql`" in told[-1]
    assert restored.olga.view is None


FORMS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "reject": (2, "Reject…", {"reason": "bad_data", "note": "no such number"}),
    "edit": (2, "Edit…", {"company": "Acme Ltd"}),
    "fix": (3, "Fix…", {"phone": "+49 30 1234", "why_now": "the number is right now"}),
    "contest": (3, "Contest…", {"note": "it is right"}),
}


@pytest.mark.parametrize(("number", "button", "entered"), FORMS.values(), ids=FORMS)
def test_a_form_that_was_open_says_that_the_lead_is_not_known_and_shows_what_was_entered(
    company: Company, number: int, button: str, entered: dict[str, Any]
) -> None:
    with company.at_work() as world:
        world.flag(to=world.dana)
        world.reject(world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana), by=world.dana)
        who = world.dana if number == 2 else world.mia
        world.form(who, number, button)
    company.restore()
    with company.at_work() as world, nothing_happens(world):
        assert who.submit(entered).ok
        assert who.view is not None
        shown = who.view.plain()
        assert NOT_KNOWN in shown
        assert all(str(value) in shown for name, value in entered.items() if name != "reason"), shown


def test_the_undo_button_and_other_messages_of_an_unknown_lead_say_the_same(company: Company) -> None:
    with company.at_work() as world:
        number = world.flag(to=world.dana)
        home = world.dana.open_home()
        asked = world.dm(world.dana)
        world.click(world.dana, number, "Accept")
        undo = world.whisper(world.dana)
        assert "Undo" in undo.buttons
    company.restore()
    with company.at_work() as world, nothing_happens(world):
        world.dana.click(undo, "Undo", stale=True)
        assert NOT_KNOWN in world.told(world.dana)
        world.dana.click(asked, "Accept", stale=True)
        assert NOT_KNOWN in [one for one in world.dana.sees(world.dana.dm) if one.is_ephemeral][-1].plain()
        assert home is not None
        world.dana.click(home, "Accept", stale=True)
        assert world.dana.view is not None
        assert NOT_KNOWN in world.dana.view.plain()


def test_reactions_and_replies_at_an_unknown_lead_are_passed_over(restored: World) -> None:
    restored.slack.clock.advance(timedelta(minutes=15))
    told = restored.told(restored.dana)
    with nothing_happens(restored):
        restored.dana.react(restored.card(2), "white_check_mark")
        restored.dana.react(restored.card(2), "thumbsup")
        restored.dana.say(restored.leads, "called them", thread=restored.card(2))
        restored.slack.settle()
    assert restored.told(restored.dana) == told
    restored.slack.wait_for(
        lambda: [one.status for one in restored.slack.log.deliveries("events_api")][-3:] == [200] * 3
    )


def test_new_leads_get_higher_numbers_and_the_managers_hear_for_a_week(restored: World) -> None:
    restored.tick()
    assert restored.flag() == 4
    with nothing_happens(restored):
        restored.dana.click(restored.card(2), "Accept")
    restored.watch(minutes=2)
    [alarm] = [one for one in restored.dms(restored.olga) if "any more" in one.plain()]
    assert alarm.plain().startswith("*I don't know leads #2 to #3 any more, though the cards are there (found")
    assert "have them flagged again with `/mql`" in alarm.plain()
    assert "I don't know leads #2 to #3 any more" in restored.command(restored.olga, "/baton", "status")
    assert restored.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 2
    restored.at(MONDAY + TOLD_FOR + timedelta(days=1))
    assert restored.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 0
    restored.watch(minutes=2)
    assert restored.slack.now(alarm) is not None
    assert "any more" not in restored.command(restored.olga, "/baton", "status")


def test_the_doctor_lists_the_cards_of_unknown_leads(restored: World) -> None:
    restored.tick()
    found = {one.subject: one for one in examine(restored.baton) if not one.well}
    assert {"lead #2", "lead #3", "lost"} <= found.keys()
    assert "lead #1" not in found
    assert f"archives/{restored.leads.id}/p{restored.card(2).ts.replace('.', '')}" in found["lead #2"].state
    assert found["lead #2"].mend.startswith("flag it again: the card says who it is")


def test_another_start_finds_nothing_new(company: Company, restored: World) -> None:
    restored.tick()
    with company.at_work() as again:
        again.later(hours=1)
        assert again.baton.unknown_search.run() == 0
        with again.baton.store.read() as session:
            [(last, first, to)] = session.execute(sa.text("SELECT handoffs, lost_from, lost_to FROM counter"))
        assert (last, first, to) == (3, 2, 3)


def unknown_leads(world: World) -> float | None:
    """Returns what the metrics say of the leads that Slack shows and the database does not know."""
    return world.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"})


def test_a_bot_that_starts_finds_them_by_itself(company: Company) -> None:
    with company.at_work() as world:
        world.flag()
    company.restore()
    with company.at_work(clock_inside=True) as world:
        world.slack.wait_for(lambda: unknown_leads(world))
        assert unknown_leads(world) == 1


def test_a_bot_starts_and_answers_while_slack_does_not_answer_its_question(company: Company) -> None:
    slack = company.team.slack
    slack.faults.add("conversations.history", Fault.silent(), times=None)
    with company.at_work(clock_inside=True) as world:
        slack.wait_for(lambda: world.baton.installation.identity)
        assert "Ann Fox" in world.command(world.dana, "/baton", "1")
        slack.faults.clear()


def test_a_new_database_in_an_old_channel_begins_above_its_cards(company: Company, kind: str, tmp_path: Path) -> None:
    company.url = databases.sqlite(tmp_path) if kind.startswith("sqlite") else databases.postgres()
    company.made.append(company.url)
    with company.at_work() as world:
        world.tick()
        world.apply()
        assert world.flag() == 2
        world.dana.click(world.card(1), "Log contact")
        assert NOT_KNOWN in world.told(world.dana)


FAULTS: dict[str, tuple[Callable[[], Fault], int]] = {
    "rate limit": (lambda: Fault.rate_limited(30), 31),
    "no scope": (lambda: Fault.refused("missing_scope"), 61),
    "not in the channel": (lambda: Fault.refused("not_in_channel"), 61),
    "no answer": (Fault.server_error, 61),
    "no connection": (Fault.drop_before, 61),
}


@pytest.mark.parametrize(("fault", "pause"), FAULTS.values(), ids=FAULTS)
def test_while_the_channel_cant_be_read_all_else_goes_on_and_it_is_tried_again(
    restored: World, fault: Callable[[], Fault], pause: int
) -> None:
    restored.slack.faults.add("conversations.history", fault(), times=None)
    restored.tick()
    restored.tick()
    assert len(restored.slack.log.calls("conversations.history")) == 3, "two good ones of earlier starts"
    assert restored.command(restored.dana, "/baton", "1")
    cards = next(one for one in examine(restored.baton) if one.subject == "cards")
    assert "unknown leads can't be looked for" in cards.mend
    restored.slack.faults.clear()
    restored.tick()
    assert restored.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 0
    restored.machine.passed += pause
    restored.tick()
    assert restored.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 2


def test_a_number_that_was_given_before_the_channel_could_be_read_is_found_too(restored: World) -> None:
    restored.slack.faults.add("conversations.history", Fault.refused("missing_scope"), times=None)
    assert "Flagged as #2" in restored.mia.command("/mql", JANE, channel=restored.leads).text
    restored.tick()
    old, new = (one for one in restored.cards() if one.text.startswith("#2 "))
    with nothing_happens(restored):
        restored.dana.click(old, "Accept")
    assert NOT_KNOWN in restored.told(restored.dana)
    restored.dana.click(new, "Accept")
    restored.tick()
    assert restored.moves(2) == ["flag", "accept"]
    restored.slack.faults.clear()
    restored.machine.passed += 61
    restored.tick()
    assert restored.flag("Cid Lee, Umbrella, cid@umbrella.com") == 4
    assert restored.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 2


def from_before(world: World) -> int:
    """Stores a lead as a database of before has it, whose id is its number, and shows its card. Returns the number."""
    was = world.handoff(1)
    number = 2
    with world.baton.store.change() as change:
        lead = was.lead._replace(id=number, version=1, email="eve@old.com", email_key="eve@old.com", name="Eve Older")
        handoff = was.handoff._replace(
            id=number, lead_id=number, number=NOT_NUMBERED, version=1, state=State.OFFERED, moved=Move.FLAG
        )
        card = messages.card(number, world.leads.id)
        change.save(
            (
                lead,
                handoff,
                line_of(handoff, Move.FLAG, id=number, by=handoff.flagged_by, at=world.now),
                MessageWanted(lead.workspace_id, card.key, card.kind, card.lane, number, world.now, world.now),
            )
        )
    world.tick()
    for record in world.slack.workspace.channels[world.leads.id].messages:
        if record.ts == world.card(number).ts:
            assert record.metadata is not None
            assert record.metadata["event_payload"].pop("handoff") == str(number)
            assert record.metadata["event_payload"].pop("number") == number
    return number


def test_buttons_and_forms_from_before_carry_a_number_and_still_work(company: Company) -> None:
    with company.at_work() as world:
        number = from_before(world)
        world.form(world.dana, number, "Edit…")
        world.dana.submit(company="Acme Ltd")
        world.click(world.dana, number, "Accept")
        assert world.moves(number) == ["flag", "edit", "accept"]
        assert world.handoff(number).lead.company == "Acme Ltd"


def test_a_number_of_an_unknown_lead_from_before_is_no_other_lead(company: Company) -> None:
    with company.at_work() as world:
        number = from_before(world)
        old = world.card(number)
        world.form(world.dana, number, "Reject…")
    company.restore()
    with company.at_work() as world:
        assert world.flag(to=world.dana) == number
        with nothing_happens(world):
            world.dana.click(old, "Accept")
            assert NOT_KNOWN in world.told(world.dana)
            world.dana.submit(reason="bad_data", note="no such number")
            assert world.dana.view is not None
            assert NOT_KNOWN in world.dana.view.plain()


def test_cards_that_the_database_knows_and_messages_of_others_are_no_loss(company: Company) -> None:
    with company.at_work() as world:
        world.dana.say(world.leads, "#99 is mine")
        world.tick()
        found = world.baton.gateway.cards(world.leads.id, by=world.slack.bot_user_id)
        assert [one.number for one in found] == [1]
        metadata = world.card(1).metadata
        assert metadata is not None
        assert world.card(1).edited, "an edit keeps the metadata"
        assert metadata["event_payload"].keys() == {"token", "handoff", "number"}
        assert metadata["event_payload"]["handoff"] == str(world.handoff(1).id)
        assert world.baton.gateway.cards(world.leads.id, by=world.dana.id) == []
        assert world.baton.registry.get_sample_value("baton_alarms", {"problem": "lost"}) == 0
        assert world.flag() == 2
