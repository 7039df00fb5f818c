"""Slack's markup as HTML. Everything that is not markup is escaped, whoever typed it."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.demo.playground.emoji import with_emoji
from bot.sandbox import render

TOKEN = re.compile(r"<([^<>\n]+)>")
# Code and tokens, whichever begins first. Nothing inside them is parsed again.
FINISHED = re.compile(rf"```\n?(?P<block>.+?)\n?```|`(?P<code>[^`\n]+)`|{TOKEN.pattern}", re.DOTALL)
# The kinds of addresses that a click may follow.
SAFE_LINK = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)
# The first of the private characters that keep the place of finished HTML.
FIRST_PLACE = 0xF0000
# All of those characters. There are more of them than tokens in a message.
KEPT_PLACES = re.compile("[\U000f0000-\U000ffffd]")
# Each mark of a style, with the tag that it becomes.
STYLES = tuple(
    (re.compile(rf"(?<![\w{mark}]){re.escape(mark)}(?=\S)([^{mark}\n]+?)(?<=\S){re.escape(mark)}(?![\w{mark}])"), tag)
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
)
# Lines that begin with >, after escaping.
QUOTE = re.compile(r"(?:^&gt; ?.*(?:\n|$))+", re.MULTILINE)


@dataclass(frozen=True)
class Reader:
    """Who reads: a function that returns the name of a person or channel by id, the reader's time zone, id and day."""

    name_of: Callable[[str], str]
    zone: str
    id: str = ""
    today: date | None = None


def to_html(text: str, reader: Reader) -> str:
    """Returns the HTML of a text with bold, italics, strikes, code, quotes, links, mentions, dates and emoji.
    Everything else stays as it was typed."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_finished(found, reader))
        return chr(FIRST_PLACE + len(kept) - 1)  # a private character keeps the place of the finished HTML

    text = FINISHED.sub(keep, KEPT_PLACES.sub("", text))
    made = escaped(_plain(with_emoji(text)))
    for pattern, tag in STYLES:
        made = pattern.sub(rf"<{tag}>\1</{tag}>", made)
    made = QUOTE.sub(_quote, made).replace("\n", "<br>")
    return KEPT_PLACES.sub(lambda found: kept[ord(found[0]) - FIRST_PLACE], made)


def escaped(text: str) -> str:
    """Returns typed text as HTML."""
    return html.escape(text)


def link(url: str, words: str) -> str:
    """Returns a link to another site, or only its words if a click should not follow that kind of address."""
    if not SAFE_LINK.match(url):
        return escaped(words)
    return f'<a href="{escaped(url)}" target="_blank" rel="noopener noreferrer">{escaped(words)}</a>'


def mention(words: str, *, me: bool = False) -> str:
    """Returns the name of a person or a channel as a mention. `me` marks the reader's own name."""
    return f'<span class="mention{" me" if me else ""}">{escaped(words)}</span>'


def _finished(found: re.Match[str], reader: Reader) -> str:
    if found["block"] is not None:
        return f"<pre>{escaped(_readable_inside(found['block']))}</pre>"
    if found["code"] is not None:
        return f"<code>{escaped(_readable_inside(found['code']))}</code>"
    return _token(found[3], reader)


def _token(inside: str, reader: Reader) -> str:
    words = render.readable(f"<{inside}>", reader.name_of, reader.zone, today=reader.today)
    if inside.startswith("!date^"):
        return f"<time>{escaped(words)}</time>"
    if inside[0] in "@#!":
        return mention(words, me=inside.partition("|")[0] == f"@{reader.id}")
    return link(_plain(inside.partition("|")[0]), words)


def _readable_inside(text: str) -> str:
    """Returns what is in code: links as their words, entities as characters."""
    return _plain(TOKEN.sub(lambda found: found[1].rpartition("|")[2], text))


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _quote(found: re.Match[str]) -> str:
    lines = [line.removeprefix("&gt;").removeprefix(" ") for line in found[0].rstrip("\n").split("\n")]
    return f"<blockquote>{'<br>'.join(lines)}</blockquote>"
