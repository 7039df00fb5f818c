"""Baton tells only the person who tried what the state or the rules forbid, and who did what when."""

import pytest

from bot.sandbox import Person
from models.rules.callers import program
from models.rules.fields import LeadDetails
from models.rules.requests import FlagRequest
from tests.scenario.world import EVERYWHERE, World

# On one kind only, because much of it is about words. Other scenarios test the database's part on both.
KINDS = ("postgres-http",)


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_the_second_of_two_reps_is_told_who_was_first_and_when(world: World) -> None:
    number = world.flag(to=world.dana)
    before = world.card(number)
    world.accept(number)
    world.later(minutes=4)
    assert world.raj.click(before, "Accept", stale=True).ok
    told = world.told(world.raj)
    assert told.startswith(f"#{number} can't be accepted: {world.dana.mention} accepted it 4 minutes ago.")
    assert "next step is the first contact" in told
    assert "can't be accepted" not in world.told(world.dana)
    said = world.command(world.raj, "/accept", str(number))
    assert f"{world.dana.mention} accepted it 4 minutes ago" in said
    assert world.moves(number) == ["flag", "accept"]


def test_who_did_it_before_is_told_that_it_is_done(world: World) -> None:
    number = world.flag(to=world.dana)
    before = world.card(number)
    world.accept(number)
    world.later(hours=2)
    world.dana.click(before, "Accept", stale=True)
    assert world.told(world.dana).startswith(f"You accepted #{number} 2 hours ago.")


def test_a_button_that_is_gone_says_what_happened_meanwhile(world: World) -> None:
    number = world.flag(to=world.dana)
    before = world.card(number)
    world.accept(number)
    world.click(world.dana, number, "Log contact")
    for name, refusal in (("Accept", "accepted"), ("Reject…", "rejected"), ("Withdraw", "withdrawn")):
        world.olga.click(before, name, stale=True)
        told = world.told(world.olga)
        assert f"#{number} can't be {refusal}: {world.dana.mention} logged contact with it just now" in told
        assert world.olga.view is None, "no form for what can't be done"


def test_a_form_that_was_overtaken_says_so_in_its_place(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.raj, number, "Reject…")
    world.accept(number)
    world.raj.submit(reason="too_small")
    assert world.raj.view is not None
    assert f"can't be rejected: {world.dana.mention} accepted it" in world.raj.view.plain()
    assert f"{world.dana.mention} has it" in world.card(number).plain()


def _play(world: World, who: Person, number: int, name: str) -> str:
    world.click(who, number, name)
    return world.told(who)


def test_only_the_owner_or_a_manager_works_an_accepted_lead(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    for name, verb in (("Log contact", "log contact with"), ("Qualify…", "qualify"), ("Return…", "return")):
        told = _play(world, world.raj, number, name)
        assert told == f"#{number} is with {world.dana.mention}; only they or a manager can {verb} it."
        assert world.raj.view is None
    assert f"Contact logged for #{number}" in _play(world, world.olga, number, "Log contact"), "a manager may"
    assert "1 attempt" in world.card(number).plain()


def test_only_reps_and_managers_accept_and_only_the_flagger_withdraws(world: World) -> None:
    number = world.flag(to=world.dana)
    assert "Only reps and managers can accept leads" in _play(world, world.mia, number, "Accept")
    assert f"was flagged by {world.mia.mention}" in _play(world, world.dana, number, "Withdraw")
    world.react(world.mia, number, "white_check_mark")
    assert "Only reps and managers can accept leads" in world.told(world.mia)
    assert world.moves(number) == ["flag"]


def test_a_rejection_is_contested_by_its_marketer_once_and_ruled_on_by_managers_once(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, by=world.dana)
    assert f"was flagged by {world.mia.mention}" in _play(world, world.dana, number, "Contest…")
    world.form(world.mia, number, "Contest…")
    world.mia.submit(note="it works")
    world.tick()
    ruling = world.dm(world.olga)
    world.olga.click(ruling, "Uphold")
    world.tick()
    world.olga.click(ruling, "Overturn", stale=True)
    assert "a manager has ruled on it" in world.dm(world.olga).plain() + _last_whisper(world, world.olga)
    assert world.moves(number)[-1] == "uphold"


def _last_whisper(world: World, who: Person) -> str:
    return "\n".join(one.plain() for one in who.direct_messages() if one.is_ephemeral)


def test_an_unknown_number_is_said_to_be_unknown_and_what_is_none_gets_the_usage(world: World) -> None:
    for text in ("99", "#99", "0", "99999999999", "2147483648", "9" * 15):
        said = world.command(world.dana, "/accept", text)
        assert said == f"There is no handoff #{int(text.lstrip('#'))} here. `/baton mine` lists yours."
    for text in ("Jane", "four", "-1", "٤٢", "1" * 20, "²"):
        said = world.command(world.dana, "/accept", text)
        assert said.startswith("No lead that you can accept is called")
        assert "`/accept 42` takes the number of a lead" in said


def test_another_workspaces_number_is_as_good_as_none(world: World) -> None:
    number = world.flag(to=world.dana)
    card = world.card(number)
    there = "T0OTHER"
    world.baton.agreements.apply(world.team.agreement(), by=program(there, "file"), at=world.now)
    theirs = []
    for name in ("Ann", "Bob"):
        lead = LeadDetails(name=name, company="Globex", email=f"{name.lower()}@globex.com")
        request = FlagRequest(receipt=f"theirs {name}", lead=lead)
        theirs.append(world.baton.desk.flag(request, by=program(there, world.mia.id), at=world.now))
    foreign = theirs[1].number
    assert [one.number for one in theirs] == [number, number + 1], "each workspace counts its own handoffs"
    assert world.command(world.dana, "/accept", str(foreign)).startswith(f"There is no handoff #{foreign} here.")
    assert world.command(world.dana, "/baton", f"lead {foreign}").startswith(f"There is no handoff #{foreign} here.")
    for value in (foreign, *(one.id for one in theirs)):  # a button carries an id, as theirs do
        assert world.dana.click(card, "Accept", value=str(value)).ok
        assert "I don't know the lead of this message any more" in world.told(world.dana)
    assert world.moves(number) == ["flag"]
    assert "Bob" not in (world.command(world.dana, "/accept"))


def test_a_forged_value_of_a_button_is_refused_like_any_other(world: World) -> None:
    number = world.flag(to=world.dana)
    for value in ("99", "-1", "1; DROP TABLE handoff", "", "9" * 15, "²"):
        assert world.raj.click(world.card(number), "Accept", value=value).ok
    assert world.moves(number) == ["flag"]
    assert "I don't know the lead of this message any more" in world.told(world.raj)


def test_a_deactivated_rep_is_offered_nothing(world: World) -> None:
    world.raj.change(deleted=True)
    owners = {world.handoff(number).handoff.owner for number in world.flag_many(3)}
    assert owners == {world.dana.id}


def test_nothing_can_be_done_before_the_set_up(empty: World) -> None:
    for command, text in (("/accept", "1"), ("/reject", "1 bad_data"), ("/baton", "mine"), ("/baton", "status")):
        assert "not set up here yet" in empty.command(empty.dana, command, text)
    assert empty.mia.shortcut("flag_lead").ok
    assert empty.mia.view is not None
    assert "not set up here yet" in empty.mia.view.plain()
