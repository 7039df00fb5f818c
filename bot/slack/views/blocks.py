"""Block Kit's parts as small functions. They keep within Slack's limits, whatever they are given."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.slack import text
from bot.slack.ids import AGAIN

Block = dict[str, Any]

# The most characters of each part.
SECTION, HEADER, FIELD, BUTTON, OPTION, PLACEHOLDER = 3000, 150, 2000, 75, 75, 150
# The most blocks of a message and of a window.
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
# The most characters of a message's line of text. That is far below Slack's limit, and a phone shows even less.
FALLBACK = 3000


class Message(NamedTuple):
    """What is sent. `text` is the line that phones and screen readers show. `plainer` are the blocks for a workspace
    that does not know the newest ones yet."""

    text: str
    blocks: list[Block]
    plainer: list[Block] | None = None

    @property
    def buttons(self) -> list[Block]:
        """Returns the buttons in the message."""
        return [one for block in self.blocks if block["type"] == "actions" for one in block["elements"]]


def message(line: str, blocks: Iterable[Block]) -> Message:
    return Message(text.clamp(line, FALLBACK), list(blocks)[:MESSAGE_BLOCKS])


def plain(words: str, limit: int) -> Block:
    return {"type": "plain_text", "text": text.plain(words, limit)}


def mrkdwn(words: str, limit: int = SECTION) -> Block:
    return {"type": "mrkdwn", "text": text.clamp(words, limit) or " ", "verbatim": True}


def section(words: str, *, accessory: Block | None = None) -> Block:
    """Returns a paragraph of mrkdwn, in which typed text is escaped already."""
    block: Block = {"type": "section", "text": mrkdwn(words)}
    return block | ({"accessory": accessory} if accessory else {})


def typed(words: str) -> Block:
    """Returns a paragraph of typed text, shown as it is."""
    return {"type": "section", "text": plain(words, SECTION)}


def fields(parts: Sequence[str]) -> Block:
    return {"type": "section", "fields": [mrkdwn(part, FIELD) for part in parts[:10]]}


def header(words: str) -> Block:
    return {"type": "header", "text": plain(words, HEADER)}


def context(*parts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(part) for part in parts[:10]]}


def divider() -> Block:
    return {"type": "divider"}


def actions(buttons: Sequence[Block]) -> list[Block]:
    """Returns a row of buttons. Empty if there are none."""
    return [{"type": "actions", "elements": list(buttons)[:25]}] if buttons else []


def button(
    words: str, action: str, value: object = "", *, style: str | None = None, confirm: Block | None = None
) -> Block:
    block: Block = {
        "type": "button",
        "action_id": str(action),
        "text": plain(words, BUTTON),
        "value": str(value) or "-",
    }
    if style:
        block["style"] = style
    if confirm:
        block["confirm"] = confirm
    return block


def confirm(title: str, words: str, yes: str, no: str = "Cancel") -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(words, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def option(words: str, value: str) -> Block:
    return {"text": plain(words, OPTION), "value": value}


def modal(
    title: str,
    callback: str,
    blocks: Sequence[Block],
    *,
    submit: str | None = None,
    metadata: str = "",
    close: str = "Cancel",
) -> Block:
    view: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": list(blocks)[:VIEW_BLOCKS],
        "private_metadata": metadata,
    }
    if submit:
        view["submit"] = plain(submit, 24)
    return view


def notice(title: str, told: Message) -> Block:
    """Returns a window that only says something."""
    return modal(title, "baton:form:notice", told.blocks or [section(told.text)], close="Close")


def field(name: str, label: str, element: Mapping[str, Any], *, optional: bool = False, hint: str = "") -> Block:
    """Returns an input. Its block and its element have the same name, so that an error finds its field."""
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(label, 2000),
        "element": {**element, "action_id": name},
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 2000)} if hint else {})


def again(view: Block, before: Block) -> Block:
    """Returns the form with other values in its fields than were entered in `before`. Slack keeps the text of a field
    whose block_id stays, so each field gets a new block_id. `parse` still reads the fields by their names."""
    counts = [one["block_id"].partition(AGAIN)[2] for one in _inputs(before)]
    times = max((int(count) for count in counts if re.fullmatch(r"[0-9]{1,4}", count)), default=0) + 1
    anew = [
        one | {"block_id": f"{one['block_id']}{AGAIN}{times}"} if one.get("type") == "input" else one
        for one in view["blocks"]
    ]
    return view | {"blocks": anew}


def _inputs(view: Block) -> list[Block]:
    return [one for one in view.get("blocks") or [] if one.get("type") == "input"]


def text_input(
    initial: str = "",
    *,
    longest: int = 3000,
    multiline: bool = False,
    placeholder: str = "",
    kind: str = "plain_text_input",
) -> Block:
    element: Block = {"type": kind}
    if kind == "plain_text_input":
        element |= {"multiline": multiline, "max_length": longest}
    if initial.strip():
        element["initial_value"] = text.clamp(initial, longest)
    if placeholder:
        element["placeholder"] = plain(placeholder, PLACEHOLDER)
    return element


def select(options: Sequence[Block], *, initial: str | None = None, placeholder: str = "") -> Block:
    element: Block = {"type": "static_select", "options": list(options)[:100]}
    chosen = next((one for one in options if one["value"] == initial), None)
    if chosen:
        element["initial_option"] = chosen
    if placeholder:
        element["placeholder"] = plain(placeholder, PLACEHOLDER)
    return element
