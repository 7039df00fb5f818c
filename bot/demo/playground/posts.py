"""A list of messages: the newest of a channel, or a thread. A change draws only the rows that it concerns."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from nicegui.element import Element

from bot.demo.playground import files
from bot.demo.playground.emoji import PICKED, emoji
from bot.demo.playground.mrkdwn import escaped, to_html
from bot.demo.playground.painting import paint
from bot.demo.playground.topbar import avatar
from bot.demo.playground.widgets import element, markup, menu_button, menu_item, press, words
from bot.demo.playground.window import Window
from bot.sandbox.screen import Message

Source = Callable[[], list[tuple[Message, int]]]
BATON_MARK = '<span class="avatar bot" aria-hidden="true">B</span>'

# Runs in the browser. In a busy browser the row appears some frames later; 300 frames are five seconds.
_KEEP_AT_THE_TOP = """
const acts = ["wheel", "touchstart", "pointerdown", "keydown"];
let stopped = false;
const stop = () => {
  stopped = true;
  observer.disconnect();
  acts.forEach((act) => document.removeEventListener(act, stop, true));
};
const bring = () => {
  const row = getHtmlElement(%d), seen = row?.closest(".scroller");
  if (!seen) return stop();
  seen.scrollTop += row.getBoundingClientRect().top - seen.getBoundingClientRect().top;
};
const observer = new ResizeObserver(bring);
const begin = (frames) => {
  const inner = getHtmlElement(%d)?.closest(".scroller")?.firstElementChild;
  if (stopped) return;
  if (inner) observer.observe(inner);
  else if (frames) requestAnimationFrame(() => begin(frames - 1));
};
acts.forEach((act) => document.addEventListener(act, stop, true));
begin(300);
"""


@dataclass(frozen=True)
class Facts:
    """What one row shows. `day` stands above the first message of a day. `today` is the day on which somebody reads
    it."""

    message: Message
    replies: int
    day: str | None
    today: date | None


class Posts:
    def __init__(self, window: Window, source: Source, *, in_thread: bool = False) -> None:
        self._window = window
        self._source = source
        self._in_thread = in_thread
        self._rows: dict[str, tuple[Facts, Element]] = {}
        self._key: object = None
        self.root = element("div", "posts", role="log", aria_label="What was said")

    def refresh(self, key: object) -> None:
        """Shows the messages as they are now. Starts a new list if `key` has changed."""
        if key != self._key:
            self._key = key
            self._rows.clear()
            self.root.clear()
        facts = self._facts()
        for ts in self._rows.keys() - {one.message.ts for one in facts}:
            self._rows.pop(ts)[1].delete()
        for position, one in enumerate(facts):
            self._show(position, one)

    def scroll_to(self, ts: str) -> None:
        """Scrolls until the top of a message is at the top of the view. It stays there while charts and pictures below
        it get their size, until the person does something."""
        row = self._rows[ts][1]
        # Not scrollIntoView: after it the Tab key would start at the message, past the link that skips to it.
        row.client.run_javascript(_KEEP_AT_THE_TOP % (row.id, row.id))

    def _facts(self) -> list[Facts]:
        zone, today = ZoneInfo(self._window.person.record.tz), self._window.reader.today
        facts, last = list[Facts](), ""
        for message, replies in self._source():
            day = f"{_local(message.ts, zone):%A, %-d %B}"
            facts.append(Facts(message, replies, day if day != last else None, today))
            last = day
        return facts

    def _show(self, position: int, facts: Facts) -> None:
        known = self._rows.get(facts.message.ts)
        if known is not None and known[0] == facts:
            return
        if known is not None:
            row = known[1]
            row.clear()
        else:
            with self.root:
                row = element("div", "post-row", tabindex="-1")
            if position < len(self._rows):
                row.move(self.root, position)
        self._rows[facts.message.ts] = facts, row
        with row:
            self._draw(facts)
        if known is not None and facts.message.ts == self._window.acted_on:
            row.run_method("focus")

    def _draw(self, facts: Facts) -> None:
        window, message = self._window, facts.message
        if facts.day and not self._in_thread:
            words(facts.day, "day", role="separator")
        name = window.company.name_of(message.user or "")
        by_app = message.bot_id is not None
        at = _local(message.ts, ZoneInfo(window.person.record.tz))
        css = "message ephemeral" if message.is_ephemeral else "message"
        with element("article", css, aria_label=f"{name} at {at:%H:%M}", data_ts=message.ts):
            markup(BATON_MARK if by_app else avatar(name), "face")
            with element("div", "said"):
                eye = '<div class="only-you">Only visible to you</div>' if message.is_ephemeral else ""
                app = '<span class="app-tag">APP</span>' if by_app else ""
                head = f'<b>{escaped(name)}</b>{app}<time title="{at:%A, %-d %B %Y, %H:%M:%S}">{at:%H:%M}</time>'
                markup(f'{eye}<div class="head">{head}</div>')
                self._content(message)
                if message.reactions:
                    self._reactions(message)
                if facts.replies and not self._in_thread:
                    said = "1 reply" if facts.replies == 1 else f"{facts.replies} replies"
                    press(said, partial(window.show, "thread", thread=message), "link")
            self._tools(message)

    def _content(self, message: Message) -> None:
        window = self._window
        if message.blocks:
            paint(window, message)
        else:
            markup(to_html(message.text, window.reader), "text")
        for attachment in message.attachments:
            markup(
                to_html(str(attachment.get("text") or attachment.get("fallback") or ""), window.reader), "attachment"
            )
        for file in message.files:
            markup(files.shown(file), "file")
        if message.edited:
            words("(edited)", "edited")

    def _reactions(self, message: Message) -> None:
        window, me = self._window, self._window.person.id
        with element("div", "reactions"):
            for name, people in message.reactions.items():
                mine = me in people
                who = ", ".join(window.company.name_of(one) for one in people)
                press(
                    f"{escaped(emoji(name))} <span>{len(people)}</span>",
                    partial(self._react, message, name),
                    "reaction mine" if mine else "reaction",
                    title=f"{who} reacted with :{name}:",
                    aria_pressed="true" if mine else "false",
                )

    def _tools(self, message: Message) -> None:
        """Draws the buttons that appear beside a message when the mouse or the keyboard reaches it."""
        if message.is_ephemeral:
            return
        window = self._window
        with element("div", "tools"):
            menu_button("🙂<small>+</small>", partial(self._pick, message), "tool", aria_label="Add a reaction")
            if not self._in_thread:
                press("💬", partial(window.show, "thread", thread=message), "tool", aria_label="Reply in thread")
            menu_button("⋯", partial(self._more, message), "tool", aria_label="More actions")

    def _pick(self, message: Message) -> None:
        with element("div", "picker", role="group", aria_label="Reactions"):
            for name in PICKED:
                react = partial(self._react, message, name)
                press(emoji(name), react, "tool", title=f":{name}:", aria_label=name)

    def _more(self, message: Message) -> None:
        window = self._window
        number = window.company.facts.about(message.channel, message.ts)
        for shortcut in window.company.shortcuts:
            if shortcut["type"] == "message":
                menu_item(shortcut["name"], partial(self._shortcut, shortcut["callback_id"], message))
        if number is not None:
            menu_item(f"Ledger of #{number}", partial(window.show, "lead", number=number))
        if message.user == window.person.id:
            menu_item("Delete message", lambda: window.act(lambda: window.person.delete(message)))

    async def _shortcut(self, callback_id: str, message: Message) -> None:
        person = self._window.person
        await self._window.act(lambda: person.message_shortcut(callback_id, message))

    async def _react(self, message: Message, name: str) -> None:
        """Adds the reaction, or removes the person's own."""
        person = self._window.person
        now = self._window.company.slack.now(message)
        mine = now is not None and person.id in now.reactions.get(name, [])
        await self._window.act(lambda: (person.unreact if mine else person.react)(message, name))


def _local(ts: str, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(float(ts), zone)
