"""The same person logs a contact again within minutes: Baton asks whether it is another one."""

from datetime import timedelta

import pytest

from tests.scenario.world import World


@pytest.fixture
def worked(world: World) -> World:
    """A world in which Dana has lead #1 and has just logged a contact with it."""
    world.flag(to=world.dana)
    world.accept(1)
    world.click(world.dana, 1, "Log contact")
    assert world.moves(1) == ["flag", "accept", "contact"]
    return world


def test_a_contact_that_is_logged_again_is_asked_about_and_logged_if_it_is_another_one(worked: World) -> None:
    logged_at = f"|{worked.handoff(1).history[-1].at:%H:%M} UTC>"
    worked.later(minutes=3)
    worked.click(worked.dana, 1, "Log contact")
    asked = worked.whisper(worked.dana)
    assert asked.plain().startswith("Again? You logged a contact with #1 at ")
    assert logged_at in asked.plain(), "in the zone of whoever reads it; without one, in UTC"
    assert asked.buttons == ["Log another one"]
    assert "1 attempt ·" in worked.card(1).plain()
    assert worked.dana.click(asked, "Log another one").ok
    worked.tick()
    assert "2 attempts" in worked.card(1).plain()
    assert worked.moves(1) == ["flag", "accept", "contact", "contact"]


def test_a_double_click_on_the_answer_logs_one(worked: World) -> None:
    worked.click(worked.dana, 1, "Log contact")
    asked = worked.whisper(worked.dana)
    for _ in range(2):
        assert worked.dana.click(asked, "Log another one").ok
    worked.tick()
    assert "2 attempts" in worked.card(1).plain()
    assert "Again? You logged a contact" in worked.told(worked.dana), "the second is asked about as well"


def test_a_reaction_asks_as_well(worked: World) -> None:
    worked.later(minutes=9)
    worked.react(worked.dana, 1, "telephone_receiver")
    assert "Again? You logged a contact with #1" in worked.told(worked.dana)
    worked.dana.click(worked.whisper(worked.dana), "Log another one")
    worked.tick()
    assert "2 attempts" in worked.card(1).plain()


def test_after_ten_minutes_and_for_another_person_nothing_is_asked(worked: World) -> None:
    worked.click(worked.olga, 1, "Log contact")
    assert "2 attempts" in worked.card(1).plain()
    worked.later(minutes=10)
    worked.click(worked.dana, 1, "Log contact")
    assert "3 attempts" in worked.card(1).plain()


def test_what_others_do_in_between_does_not_hide_the_contact(worked: World) -> None:
    worked.later(minutes=1)
    worked.click(worked.olga, 1, "Log contact")
    worked.later(minutes=1)
    worked.click(worked.dana, 1, "Log contact")
    assert "Again? You logged a contact with #1" in worked.told(worked.dana)
    assert "2 attempts" in worked.card(1).plain()


@pytest.mark.parametrize("wrong_by", [timedelta(minutes=-3), timedelta(minutes=3)])
def test_a_machine_whose_time_was_corrected_meanwhile_asks_all_the_same(worked: World, wrong_by: timedelta) -> None:
    worked.machine.wrong_by = wrong_by
    worked.click(worked.dana, 1, "Log contact")
    assert "Again? You logged a contact with #1" in worked.told(worked.dana)
    assert "1 attempt ·" in worked.card(1).plain()
