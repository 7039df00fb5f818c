"""What the page must do beside the tour."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.visitor import Visitor

TINY_GIF = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> *bold* &amp;"


def test_of_two_reps_in_two_windows_one_gets_the_lead_and_the_other_is_told(opened: Open, shared_page: str) -> None:
    mia, dana, raj = (opened(shared_page, who) for who in ("mia", "dana", "raj"))
    mia.flag("Ann Both", "Umbrella")
    buttons = [one.card("Ann Both", "Umbrella").get_by_role("button", name="Accept") for one in (dana, raj)]
    for button in buttons:
        expect(button).to_be_visible()
    moment = time.time() * 1000 + 1000  # one time for both, so that neither card changes before its click
    for button in buttons:
        button.evaluate("(button, moment) => { setTimeout(() => button.click(), moment - Date.now()) }", moment)
    expect(mia.card("Ann Both", "Umbrella")).to_contain_text("has it")
    text = mia.card("Ann Both", "Umbrella").text_content() or ""
    loser = raj if "@Dana Fox has it" in text else dana
    expect(loser.messages.last).to_contain_text("accepted it just now")


def test_the_bot_is_killed_from_the_page_and_nothing_is_lost(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    card = visitor.flag("Kit Hale", "Soylent")
    trouble = visitor.panel("Trouble")
    trouble.get_by_role("button", name="Kill Baton").click()
    expect(trouble).to_contain_text("Baton is down")
    visitor.type("/mql Lost Lead, Nowhere, lost@nowhere.example")
    expect(visitor.messages.last).to_contain_text("/mql failed")  # Slack told the marketer that the command failed
    visitor.become(visitor.owner(card))
    visitor.react(card, "white_check_mark")
    visitor.skip("Next breach")
    happened = visitor.page.get_by_role("region", name="While time passed")
    expect(happened).to_contain_text(re.compile("nobody was there to do anything.*Still to be done:"))
    expect(trouble).to_be_visible()
    trouble.get_by_role("button", name="Start Baton").click()
    expect(trouble).to_contain_text("Baton runs", timeout=30_000)
    expect(happened).not_to_contain_text("Still to be done")
    visitor.skip("1 hour")  # Slack delivers again what the bot did not acknowledge
    expect(card).to_contain_text("has it")
    expect(visitor.panel("Trouble")).to_contain_text("Nothing is lost")


def test_slack_refuses_every_call_and_afterwards_all_is_there(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    switch = visitor.panel("Trouble").get_by_role("switch", name="Slack is down")
    switch.click()
    visitor.type("/mql Una Wait, Stark, una@stark.example")
    expect(visitor.panel("Ledger")).to_contain_text("Una Wait")
    expect(visitor.card("Una Wait", "Stark")).to_have_count(0)
    visitor.skip("1 hour")
    happened = visitor.page.get_by_role("region", name="While time passed")
    expect(happened).to_contain_text(re.compile("Slack refused all that Baton asked.*Still to be done:"))
    trouble = visitor.panel("Trouble")
    expect(trouble).to_contain_text(re.compile("1 with none.*message"))
    expect(trouble).not_to_contain_text("Nothing is lost")
    trouble.get_by_role("switch", name="Slack is down").click()
    visitor.skip("1 hour")
    expect(visitor.card("Una Wait", "Stark")).to_contain_text("Waiting for")


STOP_AT_ONCE = """() => {
  const look = () => {
    const stop = [...document.querySelectorAll('button')].find(one => one.textContent === 'Stop');
    stop?.checkVisibility() ? stop.click() : requestAnimationFrame(look);
  };
  look();
}"""


def test_skipped_time_can_be_stopped(opened: Open, shared_page: str) -> None:
    """A script presses the button. A person would be too slow: the week might be over."""
    visitor = opened(shared_page)
    visitor.flag("Hal Ting", "Cyberdyne")
    visitor.page.evaluate(STOP_AT_ONCE)
    visitor.skip("Digest")
    expect(visitor.page.get_by_role("region", name="While time passed")).to_contain_text("Stopped on")


BUSY_WHEN_MEASURED = """Object.defineProperty(window, 'innerWidth', {get: () => {
  const until = performance.now() + (document.querySelector('.app[inert]') ? 1500 : 0);
  while (performance.now() < until);
  return document.documentElement.clientWidth;
}})"""


def test_a_browser_that_is_busy_at_first_is_let_in_all_the_same(opened: Open, shared_page: str) -> None:
    """The page asks the browser once for its width, and a second is too short for the answer."""
    visitor = opened(shared_page, width=390, height=844, script=BUSY_WHEN_MEASURED)
    expect(visitor.page.get_by_role("region", name="Guide")).to_be_hidden()
    visitor.flag("Bo Sy", "Late")


def test_what_is_half_typed_stays_where_it_was_typed(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    box = visitor.page.get_by_role("textbox", name="Message #")
    box.fill("half a thou")
    visitor.go("general")
    expect(box).to_have_value("")
    box.fill("another")
    visitor.become("Raj")
    expect(box).to_have_value("")
    visitor.become("Mia")
    expect(box).to_have_value("another")
    box.fill("")
    visitor.go("leads")
    expect(box).to_have_value("half a thou")
    box.fill("")


def test_a_bot_that_does_not_start_says_why(opened: Open, broken_page: str) -> None:
    visitor = opened(broken_page, connected=False)
    alert = visitor.conversation.get_by_role("alert")
    expect(alert).to_contain_text("Baton has ended by itself")
    expect(alert).to_contain_text("The agreement was not applied")
    expect(alert.get_by_role("button", name="Start Baton again")).to_be_visible()


def test_what_people_type_is_shown_and_never_run(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    visitor.go("general")
    visitor.type(HOSTILE)
    message = visitor.messages.last
    expect(message).to_contain_text("<script>document.title='taken'</script><img src=x onerror=")
    expect(message.locator("strong")).to_have_text("bold")
    visitor.go("leads")
    visitor.type('/mql name="Tom <b>Tag</b>" company=R&D email=tom@rd.example source=Q&A')
    visitor.form.get_by_role("button", name="Flag").click()  # Baton asks about a name with such signs
    expect(visitor.form).to_contain_text("Flagged as")
    visitor.page.keyboard.press("Escape")
    expect(visitor.form).to_be_hidden()
    expect(visitor.card("Tom <b>Tag</b>", "R&D")).to_contain_text("Q&A")
    visitor.type("/mql Eve Il, Evil, eve@evil.example, src=x")  # Baton asks about the unknown word, in a form
    visitor.form.get_by_role("textbox", name="Why now").fill(HOSTILE)
    visitor.form.get_by_role("button", name="Flag").click()
    expect(visitor.form).to_contain_text("Flagged as")
    visitor.page.keyboard.press("Escape")
    expect(visitor.card("Eve Il", "Evil")).to_contain_text("<script>")
    visitor.panel("Wire").locator("summary").first.click()
    visitor.panel("Ledger")
    assert visitor.page.title() == "Try Baton"


def test_every_element_of_block_kit_can_be_used(opened: Open, shared_page: str) -> None:
    """The app hears of each element. That it knows none of them does not matter here."""
    visitor = opened(shared_page)
    visitor.go("general")
    page, gallery = visitor.page, visitor.messages.filter(has=visitor.page.get_by_role("heading", name="Gallery"))
    _shows_what_it_begins_with(gallery)
    wire = visitor.panel("Wire")
    gallery.get_by_role("button", name="Plain").click()
    _heard(wire, "plain")
    gallery.get_by_role("button", name="Risky").click()
    page.get_by_role("dialog", name="Sure?").get_by_role("button", name="No").click()
    gallery.get_by_role("button", name="Risky").click()
    page.get_by_role("dialog", name="Sure?").get_by_role("button", name="Do it").click()
    _heard(wire, "sure")
    gallery.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Green").click()
    _heard(wire, "overflow")
    chosen = {"A color": "Green", "A person": "Raj Mehta", "A place": "# leads", "A channel": "# general"}
    for (label, option), action in zip(chosen.items(), ("color", "user", "place", "channel"), strict=True):
        gallery.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=option).click()
        expect(page.get_by_role("option")).to_have_count(0)  # the list must be gone before the next one opens
        _heard(wire, action)
    gallery.get_by_role("combobox", name="Colors").click()
    page.get_by_role("option", name="Green").click()
    _heard(wire, "colors")
    page.keyboard.press("Escape")
    gallery.get_by_role("combobox", name="From afar").press_sequentially("abc")
    expect(wire.locator("summary", has_text="block_suggestion")).not_to_have_count(0)
    page.keyboard.press("Escape")
    gallery.get_by_label("moment").fill("2026-11-10T10:00")
    _heard(wire, "moment")
    gallery.get_by_label("A day").fill("2026-11-10")
    _heard(wire, "day")
    gallery.get_by_label("A time").fill("10:00")
    _heard(wire, "time")
    gallery.get_by_role("checkbox", name="Green").click()
    _heard(wire, "boxes")
    gallery.get_by_role("radio", name="Red").click()
    _heard(wire, "radio")
    gallery.get_by_role("textbox", name="A word").fill("spring")
    gallery.get_by_role("textbox", name="A word").press("Enter")
    _heard(wire, "word")
    gallery.get_by_role("button", name="Beside").click()
    _heard(wire, "beside")
    expect(gallery).to_contain_text("A block of type “file”")
    assert _violations(visitor, "the gallery") == []


def _shows_what_it_begins_with(gallery: Locator) -> None:
    expect(gallery.get_by_role("combobox", name="A color")).to_have_value("Red")
    expect(gallery.locator(".q-chip")).to_contain_text("Red")
    expect(gallery.get_by_label("A day")).to_have_value("2026-11-09")
    expect(gallery.get_by_label("A time")).to_have_value("09:30")
    expect(gallery.get_by_label("moment")).to_have_value("2026-11-09T13:00")
    expect(gallery.get_by_role("checkbox", name="Red")).to_be_checked()


def test_of_a_long_channel_the_newest_is_drawn_and_the_rest_when_asked_for(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    visitor.go("general")
    expect(visitor.messages).to_have_count(60)
    earlier = visitor.page.get_by_role("button", name="Show earlier messages")
    earlier.scroll_into_view_if_needed()
    first = visitor.messages.first.get_attribute("data-ts")
    expect(visitor.page.locator(f'[data-ts="{first}"]')).to_be_in_viewport(ratio=1)
    earlier.click()
    expect(visitor.messages).to_have_count(120)
    expect(visitor.page.locator(f'[data-ts="{first}"]')).to_be_in_viewport(ratio=1)  # the view stays there
    visitor.type("the newest of all")
    expect(visitor.messages.last).to_contain_text("the newest of all")
    expect(visitor.messages).to_have_count(120)


def test_a_message_becomes_a_lead_and_a_reply_stays_with_its_card(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    page = visitor.page
    visitor.go("general")
    visitor.type("Nat Urally of Oscorp asked for a quote: nat@oscorp.example")
    message = visitor.messages.filter(has_text="nat@oscorp.example").last
    message.hover()
    message.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Flag as lead").click()
    form = visitor.form
    expect(form.get_by_role("textbox", name="E-mail")).to_have_value("nat@oscorp.example")
    form.get_by_role("textbox", name="Name", exact=True).fill("Nat Urally")
    form.get_by_role("textbox", name="Company").fill("Oscorp")
    form.get_by_role("button", name="Flag").click()
    expect(form).to_contain_text("Flagged as")
    page.keyboard.press("Escape")
    visitor.go("leads")
    card = visitor.card("Nat Urally", "Oscorp")
    card.hover()
    card.get_by_role("button", name="Reply in thread").click()
    page.get_by_role("textbox", name="Reply…").fill("calls back on Monday")
    page.get_by_role("textbox", name="Reply…").press("Enter")
    expect(page.get_by_role("region", name="Thread")).to_contain_text("calls back on Monday")
    expect(card.get_by_role("button", name="1 reply")).to_be_visible()
    card.get_by_role("button", name="Details").click()
    expect(form).to_contain_text("calls back on Monday")
    page.keyboard.press("Escape")


def test_a_file_is_shared_with_the_words_that_were_typed(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    visitor.go("general")
    visitor.page.get_by_role("textbox", name="Message #").fill("The list from the fair")
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Share a file").click()
    chooser.value.set_files({"name": "fair.csv", "mimeType": "text/csv", "buffer": b"name\nJane\n"})
    message = visitor.messages.filter(has_text="fair.csv")
    expect(message).to_contain_text("The list from the fair")
    with visitor.page.expect_download() as download:
        message.get_by_role("link", name="fair.csv").click()
    assert download.value.path().read_bytes() == b"name\nJane\n"
    expect(visitor.page.get_by_role("textbox", name="Message #")).to_have_value("")


def test_a_picture_that_was_shared_is_seen(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    visitor.go("general")
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Share a file").click()
    chooser.value.set_files({"name": "booth.gif", "mimeType": "image/gif", "buffer": TINY_GIF})
    picture = visitor.messages.get_by_role("link", name="booth.gif").get_by_role("img")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 1)


def _heard(wire: Locator, action: str) -> None:
    expect(wire.locator("summary", has_text=f"block_actions {action}")).to_have_count(1)


def test_the_manager_changes_the_agreement_in_its_form(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page, "olga")
    visitor.type("/baton setup")
    form = visitor.form
    expect(form.get_by_role("combobox", name="Who is offered leads")).to_be_visible()
    form.get_by_role("textbox", name="Business hours to accept or reject").fill("soon")
    form.get_by_role("button", name="Apply").click()
    expect(form.get_by_role("alert").first).to_be_visible()
    form.get_by_role("textbox", name="Business hours to accept or reject").fill("6")
    form.get_by_role("combobox", name="Working days").click()
    visitor.page.get_by_role("option", name="Saturday").click()
    visitor.page.keyboard.press("Escape")
    form.get_by_role("button", name="Apply").click()
    expect(form).to_contain_text("is set up")
    visitor.page.keyboard.press("Escape")
    expect(form).to_be_hidden()


def test_a_lead_goes_from_hand_to_hand_by_keyboard_alone(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page)
    page = visitor.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    _tab_to(page.get_by_role("textbox", name="Message #"))
    page.keyboard.type("/mq")
    expect(page.get_by_role("option", name="/mql")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("Kay Board, Wonka, kay@wonka.example")  # typed at once: the completion must lose nothing
    box = page.get_by_role("textbox", name="Message #")
    expect(box).to_have_value("/mql Kay Board, Wonka, kay@wonka.example")
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
    expect(card.get_by_role("button", name="Reject…")).to_be_focused()
    _tab_to(card.get_by_role("button", name="Accept"), back=True)
    page.keyboard.press("Enter")
    expect(card).to_contain_text("has it")
    _tab_to(card.get_by_role("button", name="Log contact"))  # the focus stayed where it was


def _tab_to(wanted: Locator, *, back: bool = False) -> None:
    for _ in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        wanted.page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"the keyboard does not come to {wanted}")


def test_a_phone_has_room_for_all_of_it(opened: Open, shared_page: str) -> None:
    visitor = opened(shared_page, width=390, height=844)
    page = visitor.page
    expect(page.get_by_role("region", name="Guide")).to_be_hidden()
    for way in page.get_by_role("group", name="Time", exact=True).get_by_role("button").all():
        expect(way).to_be_in_viewport(ratio=1)
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
    visitor.become("Mia")
    expect(visitor.conversation).to_contain_text("Flag a lead")
    found += _violations(visitor, "the Home")
    assert not found, "\n".join(found)


def _violations(visitor: Visitor, where: str) -> list[str]:
    results = Axe().run(visitor.page)
    return [
        f"{where}: {one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in results.response["violations"]
    ]
