"""The whole tour, as a new visitor clicks it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open


def test_a_visitor_follows_the_checklist_to_the_digest(demo: str, opened: Open) -> None:
    visitor = opened(demo)
    page, guide = visitor.page, visitor.page.get_by_role("region", name="Guide")
    expect(guide).to_contain_text("0 of 5 done")
    expect(guide).to_contain_text("no lead falls")
    visitor.conversation.get_by_role("button", name="Flag the first lead").click()
    expect(page.get_by_role("textbox", name="Message #")).to_have_value(re.compile("^/mql Jane Doe"))

    # The form, with an error in it.
    visitor.page.get_by_role("textbox", name="Message #").fill("/m")
    expect(page.get_by_role("option", name="/mql")).to_be_visible()
    visitor.type("/mql")
    form = visitor.form
    form.get_by_role("textbox", name="Name", exact=True).fill("Jane Doe")
    form.get_by_role("textbox", name="Company").fill("Acme")
    form.get_by_role("textbox", name="E-mail").fill("jane at acme")
    form.get_by_role("button", name="Flag").click()
    expect(form.get_by_role("alert")).to_have_count(1)
    expect(form.get_by_role("textbox", name="E-mail")).to_be_focused()
    expect(form.get_by_role("textbox", name="E-mail")).to_have_accessible_description(re.compile("address"))
    expect(form.get_by_role("textbox", name="Name", exact=True)).to_have_value("Jane Doe")
    form.get_by_role("textbox", name="E-mail").fill("jane@acme.example")
    form.get_by_role("textbox", name="E-mail").press("Enter")
    expect(form).to_contain_text("Flagged as #1")
    form.get_by_role("button", name="Close").last.click()
    expect(form).to_be_hidden()
    card = visitor.card("Jane Doe", "Acme")
    expect(card).to_contain_text("Waiting for")
    visitor.is_done("Flag a lead")

    # Its rep accepts it, by the guide's button.
    rep = visitor.owner(card)
    guide.get_by_role("button", name=f"Be {rep}").click()
    visitor.is_person(rep)
    card.get_by_role("button", name="Accept").click()
    expect(card).to_contain_text(f"@{rep} ")
    expect(card).to_contain_text("has it")
    visitor.is_done("Accept it")

    # Feedback by reaction, taken back.
    visitor.react(card, "star")
    expect(card).to_contain_text("great lead")
    card.get_by_role("button", name="⭐ 1").click()
    expect(card).not_to_contain_text("great lead")

    # A lead in one line, and a rejection with a reason.
    guide.get_by_role("button", name="Be Mia and flag one").click()
    box = page.get_by_role("textbox", name="Message #")
    expect(box).to_have_value(re.compile("^/mql Bob Ray"))
    box.press("Enter")
    bob = visitor.card("Bob Ray", "Globex")
    guide.get_by_role("button", name="whose turn it is").click()
    visitor.is_person(visitor.owner(bob))
    bob.get_by_role("button", name="Reject…").click()
    visitor.choose("Why", "Contact data wrong or missing")
    visitor.form.get_by_role("textbox", name="In a few words").fill("the number does not exist")
    visitor.form.get_by_role("button", name="Reject").click()
    expect(bob).to_contain_text("the number does not exist")
    visitor.is_done("Send one back")

    # A forgotten lead: first a reminder, then a message to the manager.
    visitor.become("Mia")
    cid = visitor.flag("Cid Lee", "Initech")
    forgetful = visitor.owner(cid)
    visitor.skip("Next breach")
    happened = page.get_by_role("region", name="While time passed")
    expect(happened).to_contain_text(f"to {forgetful}")
    visitor.become(forgetful)
    visitor.go("Baton")
    expect(visitor.messages.last).to_contain_text("was due")
    visitor.skip("Next breach")
    expect(guide).to_contain_text("3 of 5 done")
    guide.get_by_role("button", name="Be Olga and read it").click()
    visitor.is_person("Olga")
    expect(visitor.messages.filter(has_text="is late")).not_to_have_count(0)
    visitor.is_done("Forget one")

    # The digest. Another message in its channel is no digest, and a digest counts only once it is read.
    visitor.go("handoff-numbers")
    visitor.type("What will it say?")
    visitor.go("leads")
    visitor.skip("Digest")
    expect(guide.get_by_role("button", name="Be Olga and read it")).to_be_visible()
    expect(guide).to_contain_text("4 of 5 done")
    guide.get_by_role("button", name="Be Olga and read it").click()
    digest = visitor.messages.filter(has_text="Handoffs, week").last
    expect(digest.get_by_role("heading", name="Handoffs, week")).to_be_visible()  # a first week has no chart yet
    visitor.is_done("Read the digest")
    expect(guide).to_contain_text("5 of 5 done")
    digest.get_by_role("button", name="1 reply").click()
    expect(page.get_by_role("region", name="Thread")).to_contain_text("All numbers")
    visitor.panel("Guide")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the page itself scrolls"


def test_a_week_of_history_can_be_had_at_once(demo: str, opened: Open) -> None:
    visitor = opened(demo, "olga")
    visitor.page.get_by_role("button", name="Start with a week of history").click()
    visitor.go("handoff-numbers")
    expect(visitor.messages.filter(has_text="Handoffs, week")).to_be_visible(timeout=60_000)
    visitor.go("leads")
    expect(visitor.card("Jane Doe", "Acme")).to_contain_text("from flag to close")

    # For somebody who has not read it, the page shows its top, not its end.
    reader = opened(demo, "mia", height=500)
    reader.go("handoff-numbers")
    digest = reader.messages.filter(has_text="Handoffs, week")
    expect(digest.get_by_role("heading", name="Handoffs, week")).to_be_in_viewport(ratio=1)
    expect(digest.get_by_role("button", name="1 reply")).not_to_be_in_viewport()
    reader.type("Read it.")
    expect(reader.messages.last).to_contain_text("Read it.")
    expect(reader.messages.last).to_be_in_viewport(ratio=1)
    reader.go("leads")
    reader.go("handoff-numbers")
    expect(reader.messages.last).to_be_in_viewport(ratio=1)


def test_a_week_that_can_not_go_on_is_stopped_by_the_visitor_or_with_the_page(demo: str, opened: Open) -> None:
    visitor = opened(demo, "olga")
    visitor.panel("Trouble").get_by_role("button", name="Kill Baton").click()
    week = visitor.panel("Guide").get_by_role("button", name="Start with a week of history")
    week.click()
    visitor.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.page.get_by_text("The week stopped: somebody ended it.")).to_be_visible()
    week.click()
    expect(visitor.page.get_by_text("Playing a week…")).to_be_visible()  # and still is when the page is to end
