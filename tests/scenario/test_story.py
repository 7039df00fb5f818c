"""The whole story, told once on both databases and over both transports: from an empty workspace to a won deal."""

import pytest

from tests.scenario.world import EVERYWHERE, JANE, World


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_team_sets_up_flags_accepts_contacts_qualifies_and_wins_a_lead(empty: World) -> None:
    world = empty
    assert "not set up here yet" in world.command(world.mia, "/mql", JANE)

    world.command(world.olga, "/baton", "setup")
    world.olga.submit(
        digest_channel=world.digests.id,
        marketers=[world.mia.id],
        reps=[world.dana.id, world.raj.id],
        managers=[world.olga.id],
        timezone="Europe/Berlin",
    )
    assert world.olga.view is not None
    assert "set up (agreement version 1)" in world.olga.view.plain()
    world.tick()

    number = world.flag(to=world.dana)
    first = world.card(number)
    assert f"Waiting for {world.dana.mention}" in first.plain()
    assert "asked for pricing" in first.plain()
    assert first.buttons == ["Accept", "Reject…", "Withdraw", "Edit…", "Details"]
    assert world.dm(world.dana).plain().startswith("*A lead for you:*")
    assert world.dm(world.dana).buttons == ["Accept", "Reject…", "Edit…", "Details"]

    world.click(world.dana, number, "Accept")
    assert f"{world.dana.mention} has it" in world.card(number).plain()
    assert world.dm(world.mia).text == f"{world.dana.mention} accepted #{number} Jane Doe, Acme."

    world.click(world.dana, number, "Log contact")
    assert "1 attempt · qualify or disqualify by" in world.card(number).plain()

    world.form(world.dana, number, "Qualify…")
    assert world.dana.submit(value="12,000").ok
    assert world.dana.view is None
    world.tick()
    assert "12,000 €" in world.card(number).plain()

    world.form(world.dana, number, "Won…")
    world.dana.submit(value="12,500")
    world.tick()
    won = world.card(number)
    assert won.ts == first.ts, "the card is one message, edited in place"
    assert "*Won* · 12,500 €" in won.plain()
    assert won.buttons == ["Edit…", "Details"]
    assert world.dm(world.mia).text == f"{world.dana.mention} won #{number} Jane Doe, Acme: 12,500 €."
    assert world.moves(number) == ["flag", "accept", "contact", "qualify", "win"]
    assert len(world.cards()) == 1


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_a_rejected_lead_goes_back_is_contested_and_overturned_or_fixed(world: World) -> None:
    number = world.flag(to=world.dana)
    world.form(world.dana, number, "Reject…")
    world.dana.submit(reason="bad_data", note="phone number does not exist")
    world.tick()
    card = world.card(number).plain()
    assert f"Rejected by {world.dana.mention}*: Contact data wrong or missing" in card
    assert "“phone number does not exist”" in card
    news = world.dm(world.mia)
    assert "back with you to fix" in news.plain()
    assert news.buttons == ["Fix…", "Contest…", "Understood"]

    assert world.mia.click(news, "Contest…").ok
    world.mia.submit(note="I called it this morning")
    world.tick()
    ruling = world.dm(world.olga)
    assert "contests the rejection" in ruling.plain()
    assert "I called it this morning" in ruling.plain()
    assert ruling.buttons == ["Overturn", "Uphold", "Details"]
    assert "contested" in world.card(number).plain()

    assert world.olga.click(ruling, "Overturn").ok
    world.tick()
    assert f"Waiting for {world.raj.mention}" in world.card(number).plain(), "it does not go back to who refused it"
    assert "overturned the rejection" in world.dm(world.mia).plain()
    after = world.slack.now(ruling)
    assert after is not None
    assert "overturned it" in after.plain()
    assert after.buttons == []
    assert len(world.cards()) == 1

    world.form(world.raj, number, "Reject…")
    world.raj.submit(reason="bad_data", note="typo in the address")
    world.tick()
    assert world.mia.click(world.dm(world.mia), "Fix…").ok
    form = world.mia.view
    assert form is not None
    assert form.title == f"Fix lead #{number}"
    assert form.values["name"]["name"]["value"] == "Jane Doe"
    world.mia.submit(email="jane.doe@acme.com")
    world.tick()
    fixed = number + 1
    assert "jane.doe@acme.com" in world.card(fixed).plain()
    assert f"Also handed over as #{number}" in world.card(fixed).plain()
    assert "Fix…" in world.card(number).buttons
    assert "Understood" not in world.card(number).buttons, "fixing answers the rejection"
