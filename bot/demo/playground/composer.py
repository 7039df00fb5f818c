"""The box where people write messages and slash commands, with suggestions."""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import UploadEventArguments

from bot.demo.playground.mrkdwn import escaped
from bot.demo.playground.widgets import element, markup, menu_button, menu_item, press, with_attributes
from bot.demo.playground.window import Window
from bot.sandbox.people import Place
from bot.sandbox.screen import Message

# At most this many bytes in a shared file.
LARGEST = 10_000_000
# A person's handle with @.
NAMED = re.compile(r"(?<!\S)@(\w+)")


class Composer:
    """`place` returns where a message goes, and `thread` the message that it answers, at the time of sending. `sent` is
    called then."""

    def __init__(
        self,
        window: Window,
        place: Callable[[], Place],
        thread: Callable[[], Message | None] = lambda: None,
        *,
        threaded: bool = False,
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._window = window
        self._place = place
        self._thread = thread
        self._sent = sent
        self._here = "", "", ""
        self._offered: list[str] = []
        self._chosen = 0
        self.root = element("div", "composer")
        with self.root:
            self._list = element("div", "suggestions", role="listbox", aria_label="Suggestions")
            self._hint = ui.html(sanitize=False).classes("usage")
            with element("div", "composer-row"):
                picked = ui.upload(on_upload=self._share, auto_upload=True, max_file_size=LARGEST).classes("picked")
                picked.on_rejected(lambda: window.say("Files of up to 10 MB can be shared here."))
                pick = markup("📎", "press round", tag="button", type="button", aria_label="Share a file")
                pick.on("click", js_handler=f"() => runMethod({picked.id}, 'pickFiles', [])")
                if not threaded:
                    menu_button("⚡", self._shortcuts, "round", aria_label="Shortcuts")
                self._box = ui.textarea(on_change=self._typed).props("autogrow borderless dense rows=1")
                self._box.on("keydown.enter.exact.prevent", self._enter, args=[])
                self._box.on("keydown.down", lambda: self._move(1), args=[])
                self._box.on("keydown.up", lambda: self._move(-1), args=[])
                self._box.on("keydown.esc", lambda: self._offer([]), args=[])
                press("➤", self._send, "round send", aria_label="Send")

    def refresh(self, said: str) -> None:
        """Shows the draft of this person in this place. `said` is what the empty box says."""
        place, thread = self._place(), self._thread()
        here = self._window.person.id, place if isinstance(place, str) else place.id, thread.ts if thread else ""
        if here != self._here:
            self._here = here
            with_attributes(self._box, placeholder=said, aria_label=said)
            self._box.set_value(self._window.desk.drafts.get(here, ""))

    def write(self, text: str) -> None:
        """Puts a text into the box. The person can change it, and sends it."""
        self._box.set_value(text)
        self._box.run_method("focus")

    def _shortcuts(self) -> None:
        for shortcut in self._window.company.shortcuts:
            if shortcut["type"] == "global":
                menu_item(shortcut["name"], partial(self._shortcut, shortcut["callback_id"]))

    async def _shortcut(self, callback_id: str) -> None:
        person = self._window.person
        await self._window.act(lambda: person.shortcut(callback_id))

    # -- suggestions --------------------------------------------------------------------------------------

    def _typed(self, event: Any) -> None:
        text = str(event.value or "")
        self._window.desk.drafts[self._here] = text
        commands = self._window.company.commands
        last = text.rpartition(" ")[2]
        if text.startswith("/") and " " not in text:
            self._offer([one["command"] for one in commands if one["command"].startswith(text)])
        elif last.startswith("@"):
            named = [f"@{person.name}" for person in self._window.company.people]
            self._offer([one for one in named if one.startswith(last)])
        else:
            self._offer([])
        known = next((one for one in commands if text.partition(" ")[0] == one["command"]), None)
        self._hint.set_content(
            f"<code>{escaped(known['command'])} {escaped(known['usage_hint'])}</code> {escaped(known['description'])}"
            if known
            else ""
        )

    def _offer(self, offered: list[str]) -> None:
        self._offered, self._chosen = offered, 0
        self._draw()

    def _move(self, by: int) -> None:
        if self._offered:
            self._chosen = (self._chosen + by) % len(self._offered)
            self._draw()

    def _draw(self) -> None:
        self._list.clear()
        explained = {one["command"]: one["description"] for one in self._window.company.commands}
        with self._list:
            for position, offered in enumerate(self._offered):
                chosen = position == self._chosen
                option = markup(
                    f"<b>{escaped(offered)}</b> <small>{escaped(explained.get(offered, ''))}</small>",
                    "option chosen" if chosen else "option",
                    role="option",
                    aria_selected="true" if chosen else "false",
                )
                option.on("click", partial(self._take, offered), args=[])

    def _take(self, offered: str) -> None:
        """Completes the last word. Does so in the browser, where the person may have typed more by now. That text stays
        behind it."""
        typed = str(self._box.value)
        before, space, _ = typed.rpartition(" ")
        was, completed = json.dumps(typed), json.dumps(f"{before}{space}{offered} ")
        self._box.client.run_javascript(
            f"const box = getElement({self._box.id}), was = {was};"
            f"if (box.inputValue.startsWith(was)) box.inputValue = {completed} + box.inputValue.slice(was.length);"
        )
        self._box.run_method("focus")

    # -- sending ------------------------------------------------------------------------------------------

    async def _enter(self) -> None:
        """Takes the chosen suggestion, or sends the text."""
        last = str(self._box.value or "").rpartition(" ")[2]
        if self._offered and self._offered[self._chosen] != last:
            self._take(self._offered[self._chosen])
        else:
            await self._send()

    async def _send(self) -> None:
        text = str(self._box.value or "").strip()
        if not text:
            return
        window, person, place, thread = self._window, self._window.person, self._place(), self._thread()
        command, _, rest = text.partition(" ")
        if command.startswith("/") and thread is not None:
            window.say("Slack knows no slash commands in threads: the buttons on the card do the same.")
            return
        if command.startswith("/") and command not in {one["command"] for one in window.company.commands}:
            window.say(f"{command} is not a valid command. In Slack, all of your commands start with “/”.")
            return
        self._box.set_value("")
        self._sent()
        if command.startswith("/"):
            await window.act(lambda: person.command(command, self._with_mentions(rest), channel=place))
        else:
            await window.act(lambda: person.say(place, self._with_mentions(text), thread=thread))

    async def _share(self, event: UploadEventArguments) -> None:
        """Shares a file, with the text in the box as its message."""
        person, place, thread = self._window.person, self._place(), self._thread()
        content, text = await event.file.read(), self._with_mentions(str(self._box.value or "").strip())
        self._box.set_value("")
        event.sender.run_method("reset")
        await self._window.act(lambda: person.share(place, event.file.name, content, text, thread=thread))

    def _with_mentions(self, text: str) -> str:
        """Returns the text with each @name as a mention."""
        known = {person.name: person.mention for person in self._window.company.people}
        return NAMED.sub(lambda found: known.get(found[1], found[0]), text)
