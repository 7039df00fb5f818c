"""Messages and views as text for a terminal."""

import re
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.sandbox.records import Json
from bot.sandbox.screen import Message, View, words

NameOf = Callable[[str], str]
DATE = re.compile(r"<!date\^(\d+)\^([^^|>]*)(?:\^[^|>]*)?\|([^>]*)>")
MENTION = re.compile(r"<([@#!])([^|>]+)(?:\|([^>]*))?>")
LINK = re.compile(r"<([a-z][a-z0-9+.\-]*:[^|>]+)(?:\|([^>]*))?>")
# Slack's names of date formats, as formats of strftime.
DATE_WORDS = {
    "date_num": "%Y-%m-%d",
    "date": "%B %-d, %Y",
    "date_short": "%b %-d, %Y",
    "date_long": "%A, %B %-d, %Y",
    "time": "%H:%M",
    "time_secs": "%H:%M:%S",
    "ago": "%Y-%m-%d %H:%M",
    "day_divider_pretty": "%A, %B %-d",
}
# The words for near days, by their distance from today in days.
NEAR_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def readable(text: str, name_of: NameOf, zone: str, *, today: date | None = None) -> str:
    """Returns Slack's markup as a person reads it: with names, links, dates in `zone` (IANA), and & < > as characters.

    With `today`, a pretty date says yesterday, today or tomorrow.
    """
    text = DATE.sub(lambda found: _date(found, zone, today), text)
    text = MENTION.sub(lambda found: _mention(found, name_of), text)
    text = LINK.sub(lambda found: found[2] or found[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _date(found: re.Match[str], zone: str, today: date | None) -> str:
    moment = datetime.fromtimestamp(int(found[1]), ZoneInfo(zone))
    near = NEAR_DAYS.get((moment.date() - today).days) if today else None

    def word(token: re.Match[str]) -> str:
        if near and token[1].endswith("_pretty"):
            return near
        pattern = DATE_WORDS.get(token[1].removesuffix("_pretty"), DATE_WORDS.get(token[1], ""))
        return moment.strftime(pattern) if pattern else token[0]

    return re.sub(r"\{(\w+)\}", word, found[2])


def _mention(found: re.Match[str], name_of: NameOf) -> str:
    if found[1] == "!":
        return f"@{found[3].removeprefix('@') if found[3] else found[2].split('^')[0]}"
    return f"{found[1]}{found[3] or name_of(found[2])}"


def message(shown: Message, name_of: NameOf, zone: str) -> str:
    """Returns a message as text, with its author and the time in `zone`. Blocks become lines; buttons look like
    [Accept]."""
    time = datetime.fromtimestamp(float(shown.ts), ZoneInfo(zone)).strftime("%H:%M")
    author = name_of(shown.user) if shown.user else "app"
    marks = " (only visible to you)" if shown.is_ephemeral else ""
    marks += " (edited)" if shown.edited else ""
    lines = [f"{'-> ' if shown.is_reply else ''}{author}  {time}{marks}"]
    content = block_lines(shown.blocks) if shown.blocks else shown.text.splitlines()
    lines += [f"  {readable(line, name_of, zone)}" for line in content]
    if shown.reactions:
        lines.append("  " + " ".join(f":{name}: {len(users)}" for name, users in shown.reactions.items()))
    return "\n".join(lines)


def view(shown: View, name_of: NameOf, zone: str) -> str:
    """Returns a modal or a home as text. Fields look like `Label: [ ]`. The buttons of a modal come last."""
    lines = [f"== {shown.title} =="] if shown.title else []
    for block in shown.blocks:
        lines += [readable(line, name_of, zone) for line in block_lines([block])]
        if block["block_id"] in shown.errors:
            lines.append(f"  ! {shown.errors[block['block_id']]}")
    buttons = [text for text in (shown.close, shown.submit) if text]
    if buttons:
        lines.append(" ".join(f"[{text}]" for text in buttons))
    return "\n".join(lines)


def block_lines(blocks: list[Json]) -> list[str]:
    """Returns blocks as lines of text, with Slack's markup."""
    return [line for block in blocks for text in _lines(block) for line in text.splitlines() or [""]]


def _lines(block: Json) -> list[str]:
    kind = block["type"]
    if kind == "divider":
        return ["-" * 40]
    if kind == "header":
        return [f"*{block['text']['text']}*"]
    if kind in {"actions", "context_actions"}:
        return [" ".join(_element(element) for element in block["elements"])]
    if kind == "context":
        return [" ".join(line for element in block["elements"] for line in words(element))]
    if kind == "input":
        return [f"{block['label']['text']}: {_element(block['element'])}"]
    return _showing(block)


def _showing(block: Json) -> list[str]:
    kind = block["type"]
    if kind == "section":
        texts = [part for part in (block.get("text"), *block.get("fields", [])) if part]
        accessory = [_element(block["accessory"])] if "accessory" in block else []
        return [line for part in texts for line in words(part)] + accessory
    if kind in {"table", "data_table"}:
        caption = [block["caption"]] if "caption" in block else []
        return caption + [" | ".join(" ".join(words(cell)) for cell in row) for row in block["rows"]]
    return words(block)


def _element(element: Json) -> str:
    kind = element["type"]
    if kind == "image":
        return f"({element['alt_text']})"
    if "text" in element:
        return f"[{element['text']['text']}]"
    if kind == "overflow":
        return "[...]"
    if kind in {"checkboxes", "radio_buttons"}:
        return " ".join(f"( ) {option['text']['text']}" for option in element["options"])
    hint = (element.get("placeholder") or {}).get("text", "")
    return f"[{hint or ' '}{' v' if kind.endswith('select') else ''}]"
