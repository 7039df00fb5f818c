"""What a visitor of the page does and sees. It knows what is on the page, but not how the page is made."""

import re

from playwright.sync_api import Locator, Page, expect


class Visitor:
    def __init__(self, page: Page) -> None:
        self.page = page

    def is_heard(self) -> None:
        """Waits until the page reacts to what is done on it."""
        expect(self.page.locator(".app:not([inert])")).to_be_visible()
        expect(self.page.get_by_role("group", name="Act as")).to_be_visible()

    def is_connected(self) -> None:
        """Waits until the page reacts to what is done on it, and the bot behind it listens."""
        self.is_heard()
        expect(self.page.get_by_text(re.compile(r"Baton is (starting|down)"))).to_be_hidden(timeout=30_000)

    # -- acting -------------------------------------------------------------------------------------------

    def become(self, name: str) -> None:
        self._person(name).click()
        self.is_person(name)

    def is_person(self, name: str) -> None:
        """Waits until the page shows that person's view. Until then it draws everything anew, and a clicked element may
        vanish."""
        expect(self._person(name)).to_have_attribute("aria-pressed", "true")

    def _person(self, name: str) -> Locator:
        return self.page.get_by_role("group", name="Act as").get_by_role("button", name=name)

    def go(self, place: str) -> None:
        line = self.page.get_by_role("navigation", name="Channels").get_by_role("button", name=place)
        line.click()
        expect(line).to_have_attribute("aria-current", "page")

    def type(self, text: str) -> None:
        """Writes into the message box, and sends."""
        box = self.page.get_by_role("textbox", name="Message #")
        box.fill(text)
        box.press("Enter")
        expect(box).to_have_value("")

    def flag(self, name: str, company: str) -> Locator:
        """Flags a lead in one line. Returns its card."""
        address = f"{name.split(maxsplit=1)[0].lower()}@{company.lower()}.example"
        self.type(f"/mql {name}, {company}, {address}, source=webinar")
        card = self.card(name, company)
        expect(card).to_contain_text("Waiting for")
        return card

    def skip(self, to: str) -> None:
        happened = self.page.get_by_role("region", name="While time passed")
        if happened.is_visible():
            happened.get_by_role("button", name="Close").click()
            expect(happened).to_be_hidden()
        times = self.page.get_by_role("group", name="Time", exact=True)
        times.get_by_role("button", name=to).click()
        expect(happened).to_be_visible(timeout=60_000)
        expect(times.get_by_role("button", name=to)).to_be_visible(timeout=60_000)

    def panel(self, tab: str) -> Locator:
        """Opens a tab of the panel. Returns its body."""
        self.page.get_by_role("group", name="Panel").get_by_role("button", name=tab).click()
        body = self.page.get_by_role("region", name=tab)
        expect(body).to_be_visible()
        return body

    def react(self, message: Locator, emoji: str) -> None:
        message.hover()
        message.get_by_role("button", name="Add a reaction").click()
        self.page.get_by_role("group", name="Reactions").get_by_role("button", name=emoji, exact=True).click()

    def choose(self, label: str, option: str) -> None:
        """Chooses an option from a list of the open form."""
        self.form.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option).click()

    # -- seeing -------------------------------------------------------------------------------------------

    @property
    def conversation(self) -> Locator:
        return self.page.get_by_role("region", name="Conversation")

    @property
    def messages(self) -> Locator:
        return self.conversation.get_by_role("article")

    @property
    def form(self) -> Locator:
        return self.page.locator("form.modal")

    def card(self, name: str, company: str) -> Locator:
        """Returns the card of this lead. If the lead came back, there are several cards, and the use of the result
        fails."""
        title = self.page.get_by_role("heading", name=f"{name} · {company}")
        return self.messages.filter(has=title)

    def owner(self, card: Locator) -> str:
        """Returns the first name of the person for whom the card waits."""
        text = card.text_content() or ""
        found = re.search(r"Waiting for @(\w+)", text)
        assert found is not None, text
        return found[1]

    def is_done(self, step: str) -> None:
        guide = self.page.get_by_role("region", name="Guide")
        expect(guide.locator("li.done", has_text=step)).to_be_visible()
