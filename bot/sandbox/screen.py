"""What a person sees: snapshots of messages and views, with methods that find things on them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import records
from bot.sandbox.block_rules import elements_of
from bot.sandbox.errors import Impossible
from bot.sandbox.records import Json


class Blocks:
    """The base of everything that shows blocks."""

    blocks: list[Json]

    def elements(self) -> Iterator[tuple[str, Json]]:
        """Yields (block_id, element) for everything interactive, from top to bottom."""
        for block in self.blocks:
            for element in elements_of(block):
                yield block["block_id"], element

    def find(self, name: str, *, block: str | None = None) -> tuple[str, Json]:
        """Returns the block_id and the element whose action_id, button text, block_id or label is `name`. Raises
        Impossible unless there is exactly one."""
        found = [
            (block_id, element)
            for block_id, element in self.elements()
            if block in (None, block_id) and name in self._names(block_id, element)
        ]
        exact = [one for one in found if one[1]["action_id"] == name]
        found = exact or found
        if len(found) != 1:
            there = [element["action_id"] for _, element in self.elements()]
            problem = "nothing" if not found else f"{len(found)} things"
            raise Impossible(f"{problem} called {name!r} to use here; there is {there}")
        return found[0]

    def _names(self, block_id: str, element: Json) -> set[str]:
        names = {element["action_id"], block_id}
        if isinstance(element.get("text"), dict):
            names.add(element["text"]["text"])
        for block in self.blocks:
            if block["block_id"] == block_id and block["type"] == "input":
                names.add(block["label"]["text"])
        return names

    def button(self, name: str) -> Json:
        """Returns the button with that action_id or text. Raises Impossible."""
        return self.find(name)[1]

    def has(self, name: str) -> bool:
        """True if there is exactly one element with that action_id, text, block_id or label."""
        try:
            self.find(name)
        except Impossible:
            return False
        return True

    @property
    def buttons(self) -> list[str]:
        """The texts of all buttons, from top to bottom."""
        return [one["text"]["text"] for _, one in self.elements() if one["type"] == "button"]


@dataclass(frozen=True)
class Message(Blocks):
    """A snapshot of a message. `user` is an id. The keys of `reactions` are names of emoji, the values ids of users."""

    channel: str
    ts: str
    user: str | None
    text: str
    blocks: list[Json] = field(repr=False)
    attachments: list[Json] = field(repr=False)
    metadata: Json | None
    reactions: dict[str, list[str]]
    edited: Json | None
    thread_ts: str | None
    ephemeral_to: str | None
    bot_id: str | None
    subtype: str | None
    files: list[Json] = field(repr=False)

    @property
    def is_ephemeral(self) -> bool:
        """True if only one person sees it."""
        return self.ephemeral_to is not None

    @property
    def is_reply(self) -> bool:
        """True if it is in the thread of another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def plain(self) -> str:
        """Returns all its words: what its blocks say, one line each, or its text if it has no blocks."""
        said = [line for block in self.blocks for line in words(block)]
        return "\n".join(said) if said else self.text

    def as_json(self) -> Json:
        """Returns everything, for the control API."""
        return {**self.__dict__, "plain": self.plain(), "buttons": self.buttons}


def message_as_shown(record: records.Message) -> Message:
    """Returns a snapshot of a message."""
    return Message(
        channel=record.channel,
        ts=record.ts,
        user=record.user,
        text=record.text,
        # An edit of a message sets other blocks, so a snapshot can share these. Only reactions change in place.
        blocks=record.blocks,
        attachments=record.attachments,
        metadata=record.metadata,
        reactions={name: list(users) for name, users in record.reactions.items()},
        edited=record.edited,
        thread_ts=record.thread_ts,
        ephemeral_to=record.ephemeral_to,
        bot_id=record.bot_id,
        subtype=record.subtype,
        files=record.files,
    )


@dataclass(frozen=True)
class View(Blocks):
    """A snapshot of a modal or a home. `values` is state.values. `errors` is by block_id."""

    id: str
    type: str
    title: str
    callback_id: str
    private_metadata: str
    blocks: list[Json] = field(repr=False)
    values: dict[str, dict[str, Json]] = field(repr=False)
    errors: dict[str, str]
    hash: str
    submit: str | None
    close: str | None

    def plain(self) -> str:
        """Returns all its words, one line each, the title first."""
        said = [line for block in self.blocks for line in words(block)]
        return "\n".join([self.title, *said] if self.title else said)

    def as_json(self) -> Json:
        """Returns everything, for the control API."""
        return {**self.__dict__, "plain": self.plain(), "buttons": self.buttons}


def view_as_shown(record: records.View) -> View:
    """Returns a snapshot of a view."""
    body = record.body  # an update sets another one
    return View(
        id=record.id,
        type=body["type"],
        title=body.get("title", {}).get("text", ""),
        callback_id=body.get("callback_id", ""),
        private_metadata=body.get("private_metadata", ""),
        blocks=body["blocks"],
        values={block: dict(entered) for block, entered in record.entries.items()},
        errors=dict(record.errors),
        hash=record.hash,
        submit=(body.get("submit") or {}).get("text"),
        close=(body.get("close") or {}).get("text"),
    )


# The keys of blocks and elements that hold text, in the order in which people read them.
READING_ORDER = (
    "title",
    "caption",
    "label",
    "text",
    "fields",
    "accessory",
    "elements",
    "element",
    "options",
    "rows",
    "hint",
)
TEXTS = {"plain_text", "mrkdwn", "raw_text", "markdown", "text"}
PARAGRAPHS = {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}


def words(value: Any) -> list[str]:
    """Returns the texts in a block, in reading order."""
    if isinstance(value, list):
        return [line for one in value for line in words(one)]
    if not isinstance(value, dict):
        return []
    kind = value.get("type")
    said = _own_words(value)
    if kind in TEXTS or kind in PARAGRAPHS:
        return said
    rest = [line for name in READING_ORDER if isinstance(value.get(name), dict | list) for line in words(value[name])]
    return said + rest


def _own_words(value: Json) -> list[str]:
    """Returns the texts of an object, without those of the objects in it."""
    kind = value.get("type")
    said: list[str] = []
    if kind in TEXTS:
        said = [str(value["text"])]
    elif kind in PARAGRAPHS:
        said = ["".join(_inline(one) for one in value["elements"])]
    elif kind == "raw_number":
        said = [str(value.get("text", value["value"]))]
    elif kind == "image":
        said = [value["alt_text"]]
    elif kind == "data_visualization":
        said = [value["title"], *_chart_words(value["chart"])]
    elif kind == "data_table":
        said = [value["caption"]]
    return said


def _inline(part: Json) -> str:
    kind = part.get("type")
    if kind == "emoji":
        return f":{part['name']}:"
    if kind == "user":
        return f"<@{part['user_id']}>"
    if kind == "channel":
        return f"<#{part['channel_id']}>"
    return str(part.get("text") or part.get("url") or part.get("fallback") or part.get("range") or "")


def _chart_words(chart: Json) -> list[str]:
    if chart["type"] == "pie":
        return [f"{one['label']}: {one['value']}" for one in chart["segments"]]
    return [
        f"{series['name']}: " + ", ".join(f"{point['label']} {point['value']}" for point in series["data"])
        for series in chart["series"]
    ]
