"""What people type after a command, over the protocol: several leads at once, names, labels, typing errors, and a
search."""

import re

import pytest

from tests.scenario.world import World, form_of

ZOE = "Zoë Kaya, Müller & Söhne GmbH, zoe@mueller.example, source=fair"


def three(world: World) -> list[int]:
    """Flags three leads, all offered to Dana."""
    return world.flag_many(3, to=world.dana)


def rows(said: str) -> list[int]:
    """Returns the leads of a list, in its order."""
    return [int(number) for number in re.findall(r"^\*?#(\d+)", said, re.MULTILINE)]


# Several at once.


@pytest.mark.parametrize("between", [", ", " ", " and #", "\u00a0& "])
def test_several_leads_are_accepted_with_one_command_and_each_is_answered(world: World, between: str) -> None:
    one, two, _ = three(world)
    said = world.command(world.dana, "/accept", f"{one}{between}{two}")
    assert f"#{one} Lead 1, Company 1 is yours." in said
    assert f"#{two} Lead 2, Company 2 is yours." in said
    assert [world.moves(number) for number in (1, 2, 3)] == [["flag", "accept"], ["flag", "accept"], ["flag"]]


def test_of_several_those_that_cannot_be_accepted_are_refused_by_themselves(world: World) -> None:
    one, two, three_ = three(world)
    world.accept(two, by=world.raj)
    said = world.command(world.dana, "/accept", f"{one}, {two}, 99, {three_}")
    assert f"#{one} Lead 1, Company 1 is yours." in said
    assert f"#{two} can't be accepted: {world.raj.mention} accepted it" in said
    assert "There is no handoff #99 here." in said
    assert f"#{three_} Lead 3, Company 3 is yours." in said
    assert world.moves(two) == ["flag", "accept"]


def test_a_second_copy_of_the_command_has_no_second_effect(world: World) -> None:
    one, two, _ = three(world)
    world.command(world.dana, "/accept", f"{one} {two}")
    world.again("slash_commands")
    assert world.moves(one) == world.moves(two) == ["flag", "accept"]


def test_a_number_that_belongs_to_the_note_is_no_second_lead(world: World) -> None:
    one, two, _ = three(world)
    world.command(world.dana, "/accept", f"{one} {two} people came, call")
    assert (world.moves(one), world.moves(two)) == (["flag", "accept"], ["flag"])
    assert world.handoff(one).history[-1].note == f"{two} people came, call"


def test_several_are_rejected_with_one_reason_and_without_any_it_is_asked_for(world: World) -> None:
    one, two, three_ = three(world)
    said = world.command(world.dana, "/reject", f"{one} {two}")
    assert "Why do you reject them?" in said
    assert world.moves(one) == ["flag"]
    said = world.command(world.dana, "/reject", f"{one}, {two} Company too small")
    assert f"#{one} Lead 1, Company 1 is rejected" in said
    assert f"#{two} Lead 2, Company 2 is rejected" in said
    assert world.handoff(two).handoff.reason == "too_small"
    assert world.moves(three_) == ["flag"]


# Names.


@pytest.mark.parametrize(
    "name", ["Zoë", "zoe kaya", "ZOË", "Kaya, Zoë", "zoe@mueller.example", "muller", "Söhne", "mueller"]
)
def test_a_lead_is_accepted_by_a_name_that_only_it_has(world: World, name: str) -> None:
    three(world)
    number = world.flag(ZOE, to=world.dana)
    assert "is yours" in world.command(world.dana, "/accept", name)
    assert world.moves(number) == ["flag", "accept"]


def test_who_is_called_so_and_no_more_is_meant_before_those_who_have_other_names_too(world: World) -> None:
    exact = world.flag("Ann Lee, Acme, ann@acme.example", to=world.dana)
    world.flag("Lee Ann Jones, Globex, lee.jones@globex.example", to=world.dana)
    world.flag("Karl Mueller, Mueller Bau GmbH, karl@mueller.example", to=world.dana)
    assert "is yours" in world.command(world.dana, "/accept", "ann lee")
    assert world.moves(exact) == ["flag", "accept"]
    assert "is yours" in world.command(world.dana, "/accept", "Müller Bau")


@pytest.mark.parametrize("words", ["lead {}", "no. {}", "nr. {}", "number {}", "{} und {}", "{}!", "{} please"])
def test_a_number_may_have_a_word_before_it_or_a_mark_behind(world: World, words: str) -> None:
    one, two, _ = three(world)
    world.command(world.dana, "/accept", words.format(one, two))
    assert world.moves(one) == ["flag", "accept"]
    assert world.handoff(one).history[-1].note == ""
    assert world.moves(two) == (["flag", "accept"] if "und" in words else ["flag"])


def test_of_a_name_that_several_have_they_are_listed_with_buttons(world: World) -> None:
    one = world.flag(ZOE, to=world.dana)
    two = world.flag("Zoe Brown, Acme, zoe@acme.example", to=world.raj)
    said = world.command(world.dana, "/accept", "zoë")
    assert "Which lead do you accept?" in said
    assert f"#{one} Zoë Kaya" in said.replace("*", "")
    assert f"#{two} Zoe Brown" in said.replace("*", "")
    assert world.moves(one) == world.moves(two) == ["flag"]


def test_a_part_of_a_name_is_asked_about_rather_than_taken(world: World) -> None:
    number = world.flag("Jane Smith, Acme, js@acme.example", to=world.dana)
    assert "Is this the lead that you accept?" in world.command(world.dana, "/accept", "jan")
    assert "No lead that you can accept is called “Jane Doe”" in world.command(world.dana, "/accept", "Jane Doe")
    assert world.moves(number) == ["flag"]


def test_of_a_lead_that_is_taken_it_is_said_where_it_is(world: World) -> None:
    number = world.flag(ZOE, to=world.dana)
    world.accept(number, by=world.raj)
    said = world.command(world.dana, "/accept", "Zoë")
    assert "No lead that you can accept is called “Zoë”." in said
    assert f"#{number} Zoë Kaya" in said.replace("*", "")


def test_a_lead_is_rejected_by_its_name_and_the_label_of_a_reason(world: World) -> None:
    number = world.flag(ZOE, to=world.dana)
    assert "is rejected" in world.command(world.dana, "/reject", "Zoë Kaya: contact data WRONG or missing, no line")
    handoff = world.handoff(number).handoff
    assert (handoff.reason, handoff.reason_note) == ("bad_data", "no line")


@pytest.mark.parametrize("text", ["zoe kaya call her at 5", "Zoë Kaya: call her at 5", "zoë\u00a0kaya - call her at 5"])
def test_what_stands_behind_a_name_is_the_note(world: World, text: str) -> None:
    number = world.flag(ZOE, to=world.dana)
    world.command(world.dana, "/accept", text)
    assert world.moves(number) == ["flag", "accept"]
    assert world.handoff(number).history[-1].note == "call her at 5"


def test_one_word_before_others_may_be_no_name_and_is_asked_about(world: World) -> None:
    number = world.flag("Will Smith, Globex, will@globex.example", to=world.dana)
    assert "Is this the lead that you accept?" in world.command(world.dana, "/accept", "will call tomorrow")
    assert world.moves(number) == ["flag"]


def test_a_reason_alone_is_for_the_only_lead_that_waits_for_one(world: World) -> None:
    assert "No lead that you can reject" in world.command(world.dana, "/reject", "bad_data")
    number = world.flag(ZOE, to=world.dana)
    world.command(world.dana, "/reject", "bad_data")
    assert world.handoff(number).handoff.reason == "bad_data"


def test_a_reason_alone_is_asked_about_where_several_wait(world: World) -> None:
    one, two, _ = three(world)
    said = world.command(world.dana, "/reject", "Timing")
    assert "Which lead do you reject?" in said
    assert rows(said) == [one, two, 3]
    assert world.moves(one) == ["flag"]


def test_a_reason_and_a_note_without_a_lead_open_the_form_of_the_only_one(world: World) -> None:
    number = world.flag(ZOE, to=world.dana)
    assert world.command(world.dana, "/reject", "bad_data number is wrong") == ""
    assert "Is this the lead that you mean?" in form_of(world.dana).plain()
    assert form_of(world.dana).values["note"]["note"]["value"] == "number is wrong"
    assert world.moves(number) == ["flag"]


# Reasons.


@pytest.mark.parametrize(
    "typed", ["{n} Timing call in May", "timing {n} call in May", "#{n}\u00a0not_now\u202fcall in May"]
)
def test_a_reason_may_be_written_as_it_is_asked_and_stand_first(world: World, typed: str) -> None:
    number = world.flag(to=world.dana)
    assert "is rejected" in world.command(world.dana, "/reject", typed.format(n=number))
    handoff = world.handoff(number).handoff
    assert (handoff.reason, handoff.reason_note) == ("not_now", "call in May")


def test_words_that_are_no_reason_are_in_the_form_and_kept_with_it(world: World) -> None:
    number = world.flag(to=world.dana)
    assert world.command(world.dana, "/reject", f"{number} because the number is wrong") == ""
    assert form_of(world.dana).values["note"]["note"]["value"] == "because the number is wrong"
    world.dana.submit(reason="bad_data")
    world.tick()
    handoff = world.handoff(number).handoff
    assert (handoff.reason, handoff.reason_note) == ("bad_data", "because the number is wrong")


def test_the_form_is_not_opened_for_a_lead_that_cannot_be_rejected(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    said = world.command(world.dana, "/reject", f"{number} because the number is wrong")
    assert "can't be rejected" in said
    assert world.dana.view is None


# Help, typing errors, and a search.


@pytest.mark.parametrize("command", ["/mql", "/accept", "/reject", "/baton"])
def test_each_command_gives_help(world: World, command: str) -> None:
    assert "/accept 42 [note]" in world.command(world.mia, command, "help")
    assert world.mia.view is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("minne", "mine"), ("stauts", "status"), ("Serch", None), ("leed 1", "lead")]
)
def test_a_slip_after_baton_is_named_and_guessed(world: World, typed: str, meant: str | None) -> None:
    said = world.command(world.dana, "/baton", typed)
    assert f"I don't know “{typed.split(maxsplit=1)[0].lower()}”." in said
    assert (f"Did you mean {meant}?" in said) == (meant is not None)


def test_a_search_finds_by_parts_of_name_company_and_address_the_open_ones_first(world: World) -> None:
    won = world.flag("Ada Acme, Initech, ada@initech.example", to=world.dana)
    world.accept(won)
    world.won(won, by=world.dana)
    first = world.flag("Bob Ray, ACME Corp, bob@ray.example", to=world.dana)
    second = world.flag("name=Cid Lee, company=Globex, email=acme@globex.example", to=world.dana)
    world.flag("Dan Ash, Umbrella, dan@umbrella.example", to=world.dana)
    said = world.command(world.raj, "/baton", "find acme")
    assert "3 leads with “acme”" in said
    assert rows(said) == [second, first, won]
    assert "1 lead with “ray corp”" in world.command(world.raj, "/baton", "find ray corp")


@pytest.mark.parametrize("typed", ["zoe", "ZOË", "muller", "Müller", "söhne gmbh", "zoe@mueller", "kaya müll"])
def test_a_search_knows_neither_case_nor_accents(world: World, typed: str) -> None:
    world.flag(ZOE)
    assert "#1 Zoë Kaya" in world.command(world.raj, "/baton", f"find {typed}").replace("*", "")


@pytest.mark.parametrize("typed", ["%", "_", "\\", "z%a", "'", "Zoë_Kaya"])
def test_signs_that_mean_something_to_a_database_mean_themselves(world: World, typed: str) -> None:
    world.flag(ZOE)
    assert "I find no lead with" in world.command(world.raj, "/baton", f"find {typed}")


def test_a_search_shows_twenty_and_says_how_many_more(world: World) -> None:
    world.flag_many(23)
    said = world.command(world.raj, "/baton", "find company")
    assert "23 leads with “company”" in said
    assert rows(said) == list(range(23, 3, -1))
    assert "and 3 more" in said


def test_a_lead_that_came_twice_is_found_once_by_its_latest_handoff(world: World) -> None:
    first = world.flag(ZOE, to=world.dana)
    world.reject(first, "bad_data", by=world.dana)
    second = world.flag(f'{ZOE} "came back"', to=world.dana)
    assert rows(world.command(world.raj, "/baton", "find zoe")) == [second]


def test_a_lead_whose_name_was_edited_is_found_by_the_new_one(world: World) -> None:
    first = world.flag(ZOE, to=world.dana)
    world.reject(first, "bad_data", by=world.dana)
    world.form(world.mia, first, "Fix…")
    world.mia.submit(name="Zoé Çelik")
    world.tick()
    assert "#2 Zoé Çelik" in world.command(world.raj, "/baton", "find celik").replace("*", "")
    assert "I find no lead" in world.command(world.raj, "/baton", "find kaya")


def test_the_number_of_a_lead_alone_shows_it(world: World) -> None:
    number = world.flag()
    assert "Jane Doe · Acme" in world.command(world.raj, "/baton", f"#{number}")
