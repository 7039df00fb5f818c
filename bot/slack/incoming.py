"""What a message says, in all its parts: its text, blocks, attachments and their fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bot.slack.quicktext.words import FIELD_OF

Foreign = Mapping[str, Any]


class MadeOf(Enum):
    """Where in a message its words were found."""

    TEXT = "text"
    FIELDS = "fields"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Said:
    """The words of a message as Slack has them, with marks. `by` is the person who wrote it. `name` is the name under
    which a program wrote it."""

    text: str
    made_of: MadeOf
    by: str = ""
    name: str = ""


def words_of(message: Foreign) -> Said:
    """Returns everything that a message says. Text that its blocks repeat counts once."""
    text = _string(message.get("text"))
    in_blocks = "\n".join(_lines(_of_blocks(message.get("blocks"))))
    attached = "\n".join(_lines(_of_attachments(message.get("attachments"))))
    repeated = _bare(text) in _bare(in_blocks) or _bare(in_blocks) in _bare(text)
    own = (
        (text if text and in_blocks and len(_bare(text)) >= len(_bare(in_blocks)) else in_blocks or text)
        if repeated
        else f"{text}\n{in_blocks}"
    )
    extra = attached if attached and _bare(attached) not in _bare(own) else ""
    whole = "\n".join(part for part in (own.strip(), extra.strip()) if part)
    fields = extra or (in_blocks and own != text)
    profile = message.get("bot_profile")
    return Said(
        text=whole,
        made_of=MadeOf.NOTHING if not _bare(whole) else MadeOf.FIELDS if fields else MadeOf.TEXT,
        by=_string(message.get("user")) if not message.get("bot_id") else "",
        name=_string(profile.get("name")) if isinstance(profile, Mapping) else _string(message.get("username")),
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bare(text: str) -> str:
    """Returns only letters and digits. Two ways to write the same text have them in common."""
    return re.sub(r"\W+", "", re.sub(r"<[^<>|]*\|([^<>]*)>", r"\1", text)).casefold()


def _lines(found: Iterator[str]) -> list[str]:
    return [line for line in found if line.strip()]


def _each(value: object) -> Iterator[Foreign]:
    """Yields the objects in a list. Yields nothing if it is no list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))


def _of_blocks(blocks: object) -> Iterator[str]:
    for block in _each(blocks):
        match block.get("type"):
            case "rich_text":
                yield from ("".join(_of_rich_text(part)) for part in _each(block.get("elements")))
            case "table" | "data_table":
                for row in block.get("rows") or []:
                    yield " | ".join(_cell(cell) for cell in _each(row))
            case _:
                yield from _of_plain_block(block)


def _of_plain_block(block: Foreign) -> Iterator[str]:
    """Yields the texts of sections, headers, contexts and pictures."""
    for name in ("title", "text"):
        yield _text_object(block.get(name), labelled=False)
    for one in _each(block.get("fields")):
        yield _text_object(one)
    if block.get("type") == "context":
        yield " ".join(_text_object(one) for one in _each(block.get("elements")))
    yield _string(block.get("alt_text"))


def _cell(cell: Foreign) -> str:
    return "".join(_of_rich_text(cell)) if cell.get("type") == "rich_text" else _string(cell.get("text"))


def _text_object(value: object, *, labelled: bool = True) -> str:
    """Returns the text of a text object. A bold label loses its stars and gets a colon. If not `labelled`, bold words
    are a label only if they name a field or have a colon."""
    text = _string(value.get("text")) if isinstance(value, Mapping) else _string(value)
    if not re.match(r"\s*[*_]", text):
        return text

    def without_stars(found: re.Match[str]) -> str:
        is_label = labelled or ":" in found[0] or found[2].casefold() in FIELD_OF
        return f"{found[2]}: " if is_label else found[2]

    return re.sub(r"(?m)^\s*([*_])([^*\n]{1,60}?):?\1:?[ \t]*", without_stars, text)


def _of_rich_text(element: Foreign) -> Iterator[str]:
    kind = element.get("type")
    match kind:
        case "text":
            yield _escaped(_string(element.get("text")))
        case "link":
            url, words = _string(element.get("url")), _string(element.get("text"))
            yield f"<{url}|{words}>" if words else f"<{url}>"
        case "user":
            yield f"<@{_string(element.get('user_id'))}>"
        case "channel":
            yield f"<#{_string(element.get('channel_id'))}>"
        case "emoji":
            yield f":{_string(element.get('name'))}:"
        case "broadcast":
            yield f"@{_string(element.get('range'))}"
        case "date":
            yield _string(element.get("fallback"))
        case "rich_text_list":
            for one in _each(element.get("elements")):
                yield f"{''.join(_of_rich_text(one))}\n"
        case _:
            for one in _each(element.get("elements")):
                yield from _of_rich_text(one)


def _escaped(text: str) -> str:
    """Returns the text with these three characters as entities. Slack sends them so in a message's text, but not in
    rich text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _of_attachments(attachments: object) -> Iterator[str]:
    for one in _each(attachments):
        lines = [_string(one.get(name)) for name in ("pretext", "title", "text")]
        lines += [f"{_string(field.get('title'))}: {_string(field.get('value'))}" for field in _each(one.get("fields"))]
        lines += _of_blocks(one.get("blocks"))
        for shared in _each(one.get("message_blocks")):
            inner = shared.get("message")
            lines += _of_blocks(inner.get("blocks") if isinstance(inner, Mapping) else None)
        found = [line for line in lines if line.strip(" :")]
        yield from found or [_string(one.get("fallback"))]
