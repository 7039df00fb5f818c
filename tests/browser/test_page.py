"""What must hold on the page beside the tour."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.hands import Hands

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> *bold* &amp;"


def test_of_two_reps_in_two_windows_one_gets_the_lead_and_the_other_is_told(opened: Open, shared_page: str) -> None:
    mia, dana, raj = (opened(shared_page, who) for who in ("mia", "dana", "raj"))
    mia.flag("Ann Both", "Umbrella")
    buttons = [one.card("Ann Both", "Umbrella").get_by_role("button", name="Accept") for one in (dana, raj)]
    for button in buttons:
        expect(button).to_be_visible()
    for button in buttons:
        button.dispatch_event("click")  # does not wait until anything comes of it
    expect(mia.card("Ann Both", "Umbrella")).to_contain_text("has it")
    loser = raj if "@Dana" in mia.card("Ann Both", "Umbrella").inner_text().split("has it")[0] else dana
    expect(loser.messages.last).to_contain_text("accepted it just now")


def test_the_bot_is_killed_from_the_page_and_nothing_is_lost(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    card = visitor.flag("Kit Hale", "Soylent")
    trouble = visitor.panel("Trouble")
    trouble.get_by_role("button", name="Kill Baton").click()
    expect(trouble).to_contain_text("Baton is down")
    visitor.type("/mql Lost Lead, Nowhere, lost@nowhere.example")
    expect(visitor.messages.last).to_contain_text("/mql failed")  # not accepted, so not lost: the marketer knows
    visitor.become(visitor.owner(card))
    visitor.react(card, "white_check_mark")
    trouble.get_by_role("button", name="Start Baton").click()
    expect(trouble).to_contain_text("Baton runs", timeout=30_000)
    visitor.skip("1 hour")  # Slack delivers again what nobody heard
    expect(card).to_contain_text("has it")
    expect(visitor.panel("Trouble")).to_contain_text("Nothing is lost")
    assert "kill" not in visitor.panel("Ledger").inner_text().lower()


def test_slack_refuses_every_call_and_afterwards_all_is_there(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    switch = visitor.panel("Trouble").get_by_role("switch", name="Slack is down")
    switch.click()
    visitor.type("/mql Una Wait, Stark, una@stark.example")
    expect(visitor.panel("Ledger")).to_contain_text("Una Wait")
    expect(visitor.card("Una Wait", "Stark")).to_have_count(0)
    visitor.panel("Trouble").get_by_role("switch", name="Slack is down").click()
    visitor.skip("1 hour")
    expect(visitor.card("Una Wait", "Stark")).to_contain_text("Waiting for")


def test_what_people_type_is_shown_and_never_run(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    visitor.go("general")
    visitor.type(HOSTILE)
    message = visitor.messages.last
    expect(message).to_contain_text("<script>document.title='taken'</script><img src=x onerror=")
    expect(message.locator("strong")).to_have_text("bold")
    visitor.go("leads")
    visitor.type("/mql Eve Il, Evil, eve@evil.example, src=x")  # which Baton asks about, in a form
    visitor.form.get_by_role("textbox", name="Why now").fill(HOSTILE)
    visitor.form.get_by_role("button", name="Flag").click()
    expect(visitor.form).to_contain_text("Flagged as")
    visitor.page.keyboard.press("Escape")
    expect(visitor.card("Eve Il", "Evil")).to_contain_text("<script>")
    visitor.panel("Wire").locator("summary").first.click()
    visitor.panel("Ledger")
    assert visitor.page.title() == "Try Baton"


def test_a_lead_goes_from_hand_to_hand_by_keyboard_alone(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    page = visitor.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    _tab_to(page.get_by_role("textbox", name="Message #"))
    page.keyboard.type("/mq")
    expect(page.get_by_role("option", name="/mql")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Message #")).to_have_value("/mql ")
    page.keyboard.type("Kay Board, Wonka, kay@wonka.example")
    page.keyboard.press("Enter")
    card = visitor.card("Kay Board", "Wonka")
    expect(card).to_contain_text("Waiting for")
    owner = page.get_by_role("group", name="Act as").get_by_role("button", name=visitor.owner(card))
    _tab_to(owner, back=True)
    page.keyboard.press("Space")
    expect(owner).to_have_attribute("aria-pressed", "true")
    _tab_to(card.get_by_role("button", name="Reject…"))
    page.keyboard.press("Enter")
    expect(visitor.form).to_be_visible()
    page.keyboard.press("Escape")
    expect(visitor.form).to_be_hidden()
    _tab_to(card.get_by_role("button", name="Accept"), back=True)
    page.keyboard.press("Enter")
    expect(card).to_contain_text("has it")
    _tab_to(card.get_by_role("button", name="Log contact"))  # the focus stayed where one had been


def _tab_to(wanted: Locator, *, back: bool = False) -> None:
    for _ in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        wanted.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"the keyboard does not come to {wanted}")


def test_a_phone_has_room_for_all_of_it(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page, width=390, height=844)
    page = visitor.page
    page.get_by_role("button", name="Close the panel").click()
    visitor.flag("Mo Bile", "Pied")
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("navigation", name="Channels").get_by_role("button", name="general").click()
    expect(page.get_by_role("heading", name="# general")).to_be_visible()
    expect(page.get_by_role("navigation", name="Channels")).to_be_hidden()
    page.get_by_role("button", name="Guide").click()
    expect(page.get_by_role("region", name="Guide")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_accessible(opened: Open, shared_page: str, dark: bool) -> None:
    visitor = opened(shared_page, dark=dark)
    card = visitor.flag("Axe Cess" if dark else "Acc Ess", "Ible")
    visitor.become(visitor.owner(card))
    found = _violations(visitor, "the channel")
    for tab in ("Thread", "Ledger", "Wire", "Trouble", "Guide"):
        visitor.panel(tab)
        found += _violations(visitor, tab)
    visitor.page.get_by_role("textbox", name="Message #").fill("/")
    expect(visitor.page.get_by_role("option", name="/accept")).to_be_visible()
    found += _violations(visitor, "suggestions")
    visitor.page.get_by_role("textbox", name="Message #").fill("")
    card.get_by_role("button", name="Reject…").click()
    visitor.form.get_by_role("button", name="Reject").click()
    expect(visitor.form.get_by_role("alert")).to_be_visible()
    found += _violations(visitor, "a form with an error")
    visitor.page.keyboard.press("Escape")
    visitor.go("Baton")
    visitor.page.get_by_role("button", name="Home").click()
    expect(visitor.conversation).to_contain_text("You have the next move")
    found += _violations(visitor, "the Home")
    assert not found, "\n".join(found)


def _violations(visitor: Hands, where: str) -> list[str]:
    results = Axe().run(visitor.page)
    return [
        f"{where}: {one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in results.response["violations"]
    ]
