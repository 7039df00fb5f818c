"""The agreement is made and changed: by the form, by a file, while handoffs are open."""

from datetime import UTC, datetime

import pytest

from tests.scenario.world import World

# On one kind only, because much of it is about words. Other scenarios test the database's part on both.
KINDS = ("postgres-http",)


def _open_setup(world: World) -> None:
    world.command(world.olga, "/baton", "setup")
    assert world.olga.view is not None
    assert world.olga.view.title == "Set up Baton"


def test_mistakes_in_the_set_up_are_said_at_their_fields_and_nothing_typed_is_lost(empty: World) -> None:
    world = empty
    _open_setup(world)
    world.olga.submit(timezone="Europe/Berln", accept_hours="soon", contact_hours="0", country="XX")
    form = world.olga.view
    assert form is not None
    assert set(form.errors) == {"timezone", "accept_hours", "contact_hours", "country"}
    assert "there is no time zone “Europe/Berln”" in form.errors["timezone"]
    assert "greater than 0" in form.errors["contact_hours"]
    assert "no calendar is known for the country" in form.errors["country"]
    assert form.values["accept_hours"]["accept_hours"]["value"] == "soon"
    assert "not set up here yet" in world.command(world.mia, "/accept", "1")
    world.olga.submit(timezone="Europe/Berlin", accept_hours="2,5", contact_hours="6", country="de")
    assert world.olga.view is not None
    assert "set up (agreement version 1)" in world.olga.view.plain()
    assert "accept or reject in 2.5 business hours, first contact in 6" in world.command(world.olga, "/baton", "status")


@pytest.mark.parametrize(
    ("entered", "fields"),
    [
        ({"accept_hours": "999"}, {"accept_hours"}),
        ({"contact_hours": "999"}, {"contact_hours"}),
        ({"accept_hours": "900", "contact_hours": "999"}, {"accept_hours", "contact_hours"}),
        ({"accept_hours": "1001"}, {"accept_hours"}),
        ({"accept_hours": "-1", "contact_hours": "1e9"}, {"accept_hours", "contact_hours"}),
        ({"opens": "09:00", "closes": "09:30"}, {"working_days"}),
        ({"country": "QQ", "contact_hours": "999"}, {"country"}),
    ],
)
def test_hours_that_can_not_be_kept_are_said_at_their_own_field(
    world: World, entered: dict[str, str], fields: set[str]
) -> None:
    _open_setup(world)
    world.olga.submit({"working_days": ["Monday"], **entered})
    form = world.olga.view
    assert form is not None
    assert set(form.errors) == fields, form.errors
    assert all("hours" in said or "than" in said or "country" in said for said in form.errors.values()), form.errors


def test_the_set_up_suggests_this_channel_and_the_callers_zone(empty: World) -> None:
    empty.tick()
    _open_setup(empty)
    form = empty.olga.view
    assert form is not None
    assert form.values["handoff_channel"]["handoff_channel"]["selected_conversation"] == empty.leads.id


def test_only_managers_change_an_agreement_that_names_them(world: World) -> None:
    said = world.command(world.dana, "/baton", "setup")
    assert said.startswith("Only managers can change the agreement.")
    assert world.dana.view is None


def test_changing_one_thing_by_the_form_leaves_the_rest_as_agreed(world: World) -> None:
    world.apply(sla={"accept_hours": 3, "outcome_hours": 33}, emoji={"tada": "great"})
    _open_setup(world)
    world.olga.submit(accept_hours="5")
    agreement = world.baton.queries.terms(world.slack.team_id).agreement
    assert (agreement.sla.accept_hours, agreement.sla.outcome_hours) == (5, 33)
    assert set(agreement.emoji) == {"tada"}
    assert agreement.people.reps == (world.dana.id, world.raj.id)


def test_an_old_handoff_keeps_its_promise_and_a_new_one_gets_the_new(world: World) -> None:
    old = world.flag(to=world.dana)
    world.apply(sla={"accept_hours": 1, "contact_hours": 2})
    new = world.flag("Bob Ray, Globex, bob@globex.com", to=world.dana)
    assert "2026-11-16 13:00 UTC" in world.card(old).plain()
    assert "2026-11-16 10:00 UTC" in world.card(new).plain()
    world.accept(old)
    world.accept(new)
    assert "first contact by" in world.card(old).plain()
    assert "2026-11-17 09:00 UTC" in world.card(old).plain(), "eight hours, as agreed when it was flagged"
    assert "2026-11-16 11:00 UTC" in world.card(new).plain()


def test_a_reason_that_was_removed_while_its_form_was_open_is_refused_at_its_field(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.dana, number, "Reject…")
    reasons = {
        code: reason.model_dump(mode="json")
        for code, reason in world.team.agreement().reasons.items()
        if code != "too_small"
    }
    world.apply(reasons=reasons)
    world.dana.submit(reason="too_small", note="three people")
    form = world.dana.view
    assert form is not None
    assert "I know no reason “too_small”" in form.errors["reason"]
    assert form.values["note"]["note"]["value"] == "three people"
    assert "Waiting for" in world.card(number).plain()
    world.dana.submit(reason="bad_data")
    world.tick()
    assert "Rejected by" in world.card(number).plain()


def test_a_reason_that_is_gone_from_the_agreement_is_still_shown_by_its_code(world: World) -> None:
    number = world.flag(to=world.dana)
    world.reject(number, "too_small", by=world.dana)
    reasons = {"bad_data": {"asked_as": "Wrong data", "stage": "either", "destination": "fix"}}
    world.apply(reasons=reasons)
    world.react(world.dana, number, "snowflake")
    assert "too_small" in world.card(number).plain()


def test_when_the_channel_moves_new_cards_go_there_and_old_ones_are_edited_where_they_are(world: World) -> None:
    old = world.flag(to=world.dana)
    elsewhere = world.slack.channel("new-leads")
    world.slack.invite(elsewhere, *world.team.everyone)
    world.apply(handoff_channel=elsewhere.id)
    assert world.command(world.mia, "/mql", f"Bob Ray, Globex, bob@globex.com {world.dana.mention}")
    moved = [one for one in world.slack.messages(elsewhere) if one.user == world.slack.bot_user_id]
    assert [one.text.split()[0] for one in moved if one.text.startswith("#")] == ["#2"]
    world.accept(old)
    assert f"{world.dana.mention} has it" in world.card(old).plain()
    assert len(world.cards()) == 1


def test_other_emoji_can_be_agreed_on(world: World) -> None:
    world.apply(emoji={"handshake": "accept", "gem": "great"})
    number = world.flag(to=world.dana)
    world.react(world.dana, number, "white_check_mark")
    assert "Waiting for" in world.card(number).plain()
    world.react(world.dana, number, "handshake")
    world.react(world.dana, number, "gem")
    assert f"{world.dana.mention} has it" in world.card(number).plain()
    assert "great lead 1" in world.card(number).plain()


def test_a_user_group_can_be_the_reps(world: World) -> None:
    group = world.slack.usergroup("sales", world.raj)
    people = {"marketers": [world.mia.id], "reps": [group.id], "managers": [world.olga.id]}
    world.apply(people=people)
    number = world.flag()
    assert world.handoff(number).handoff.owner == world.raj.id
    assert "Only reps and managers can accept leads" in world.command(world.dana, "/accept", str(number))


def test_public_holidays_and_time_zones_move_the_promise(world: World) -> None:
    world.at(datetime(2026, 12, 24, 14, 0, tzinfo=UTC))
    world.apply(holidays={"country": "DE", "region": ""})
    berlin = world.flag(to=world.dana)
    assert "2026-12-28 10:00 UTC" in world.card(berlin).plain(), "two hours on Christmas Eve, then Monday the 28th"
    london = world.flag("Bob Ray, Globex, bob@globex.com", to=world.raj)
    assert "2026-12-28 10:00 UTC" in world.card(london).plain()


# Typing errors.


def test_an_unknown_reason_suggests_the_one_that_was_meant(world: World) -> None:
    number = world.flag(to=world.dana)
    for typed, doubt in (
        ("bad-date the number", "I know no reason “bad-date”. Did you mean bad_data?"),
        ("no_budget", "“no_budget” (No budget) can't be used to reject."),
    ):
        assert world.command(world.dana, "/reject", f"{number} {typed}") == ""
        form = world.dana.view
        assert form is not None
        assert doubt in form.plain()
        assert form.values["note"]["note"]["value"] == typed
        world.dana.close()
    assert world.moves(number) == ["flag"]


def test_wrong_amounts_and_past_dates_are_said_at_their_fields_and_nothing_typed_is_lost(world: World) -> None:
    number = world.flag(to=world.dana)
    world.accept(number)
    world.form(world.dana, number, "Qualify…")
    for value in ("a lot", "-5", "1,2,3", "1" * 19, "٣"):
        world.dana.submit(value=value)
        form = world.dana.view
        assert form is not None
        assert "value" in form.errors, value
        assert form.values["value"]["value"]["value"] == value
    world.dana.submit(value="12k", expected_close="2026-11-15")
    form = world.dana.view
    assert form is not None
    assert "2026-11-15 is in the past" in form.errors["expected_close"]
    world.dana.submit(expected_close="2036-12-31")
    form = world.dana.view
    assert form is not None
    assert "more than ten years away" in form.errors["expected_close"]
    world.dana.submit(expected_close="2026-12-01")
    world.tick()
    assert "12,000 € · expected to close 2026-12-01" in world.card(number).plain()
