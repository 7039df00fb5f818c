"""Two people change the same thing at once: neither undoes what the other did, and both hear what came of theirs."""

from typing import Any

from bot.sandbox import Person
from models.rules.agreement import Agreement
from tests.scenario.world import World


def agreed(world: World) -> Agreement:
    return world.baton.queries.terms(world.slack.team_id).agreement


def open_setup(person: Person, world: World) -> None:
    assert person.command("/baton", "setup", channel=world.leads).ok
    assert person.view is not None


def people(world: World, **parts: list[str]) -> dict[str, Any]:
    named = {"marketers": [world.mia.id], "reps": [world.dana.id, world.raj.id], "managers": [world.olga.id]}
    return {"people": named | parts}


def test_a_set_up_form_that_came_back_keeps_what_another_manager_changed(world: World) -> None:
    world.apply(**people(world, managers=[world.olga.id, world.raj.id]))
    open_setup(world.raj, world)
    open_setup(world.olga, world)
    world.raj.submit(accept_hours="3", working_days=["monday"], marketers=[world.mia.id, world.dana.id])
    world.olga.submit(contact_hours="9")
    form = world.olga.view
    assert form is not None
    assert "changed the agreement while you had the form open" in form.plain()
    world.olga.submit()
    now = agreed(world)
    assert (now.sla.accept_hours, now.sla.contact_hours, now.working.days) == (3, 9, ("monday",))
    assert now.people.marketers == (world.mia.id, world.dana.id)


def test_a_mistake_in_a_form_that_came_back_is_said_at_its_field(world: World) -> None:
    world.apply(**people(world, managers=[world.olga.id, world.raj.id]))
    open_setup(world.raj, world)
    open_setup(world.olga, world)
    world.raj.submit(accept_hours="3")
    world.olga.submit(contact_hours="9")
    world.olga.submit(contact_hours="999999")
    form = world.olga.view
    assert form is not None
    assert [name.partition("@")[0] for name in form.errors] == ["contact_hours"]


def test_an_edit_that_came_back_keeps_what_somebody_else_corrected(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.mia, number, "Edit…")
    world.form(world.dana, number, "Edit…")
    world.dana.submit(title="CFO", phone="+49 30 123456")
    world.mia.submit(campaign="spring")
    assert world.mia.view is not None, "it comes back with both"
    world.mia.submit()
    world.tick()
    facts = world.handoff(number)
    assert (facts.lead.title, facts.lead.phone, facts.handoff.campaign) == ("CFO", "+49 30 123456", "spring")


def test_who_sets_up_second_hears_that_somebody_was_first(empty: World) -> None:
    for person in (empty.olga, empty.raj):
        open_setup(person, empty)
    empty.olga.submit()
    answer = empty.raj.submit()
    assert answer.ok
    form = empty.raj.view
    assert form is not None
    assert f"{empty.olga.mention} set Baton up while you had the form open" in form.plain()
    assert agreed(empty).people.managers == ()


def test_where_the_only_manager_is_a_bot_or_nobody_an_admin_sets_up_and_the_flagger_hears_of_late_leads(
    world: World,
) -> None:
    bot = world.slack.person("robot", is_bot=True)
    boss = world.slack.person("boss", is_admin=True)
    for manager in (bot.id, "U0NOBODY12"):
        world.apply(**people(world, managers=[manager]))
        world.later(minutes=2)  # Baton asks Slack who they are
        open_setup(boss, world)
    number = world.flag(to=world.dana)
    world.later(hours=6, minutes=10)
    assert f"#{number}" in world.dm(world.mia).plain()
    assert "late" in world.dm(world.mia).plain()


def test_a_lead_is_handed_to_a_member_of_whom_nothing_was_known(world: World) -> None:
    world.apply(**people(world, reps=[]))
    fresh = world.slack.person("fresh")
    number = world.flag(to=world.dana)
    said = world.command(world.olga, "/baton", f"hand {number} {fresh.mention} please")
    assert f"is with {fresh.mention} now" in said
    assert world.handoff(number).handoff.owner == fresh.id


def test_a_lead_is_not_handed_to_an_id_that_is_nobodys(world: World) -> None:
    number = world.flag(to=world.dana)
    said = world.command(world.olga, "/baton", f"hand {number} <@U0NOONE99> please")
    assert "can't be offered leads" in said
    assert world.handoff(number).handoff.owner == world.dana.id
