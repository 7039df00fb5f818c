"""Undoes Slack's own marks, and cuts what was typed into pieces: words, quotations, addresses, people, keys, and the
marks between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bot.slack.quicktext.words import FIELD_OF, LETTERS, PHONE_LABELS
from models.rules.characters import visible

_LINK = re.compile(r"<((?:mailto:|tel:)?)([^|<>@#!][^|<>]*)(?:\|([^<>]*))?>")
_OTHER_MARK = re.compile(r"<[#!]([^|<>]*)(?:\|([^<>]*))?>")
_PERSON = re.compile(r"<@([A-Z0-9]+(?:\|[^<>]*)?)>")
# Code, bold, italics, struck through.
_FORMATTED = re.compile(r"(?<!\w)(`{1,3}|[*_~])(?=[^\s`*_~])([^\n`*~]*[^\s`*~])\1(?!\w)")
# Stand around the id of a person who was mentioned. Text that arrives with these letters loses them.
_SOMEBODY, _END = "\ue000", "\ue001"

# Replaces marks that mean the same by one mark, letter for letter, so that places in both texts are the same.
_SHADOW = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»＂″", '"'),
        **dict.fromkeys("’´′`", "'"),
        **dict.fromkeys("‚‛‹", "‘"),
        **dict.fromkeys("，、،", ","),
        **dict.fromkeys("；؛", ";"),
        **dict.fromkeys("：", ":"),
        **dict.fromkeys("＝", "="),
        **dict.fromkeys("＠", "@"),
        **dict.fromkeys("‐‑‒–―−", "-"),
        **dict.fromkeys("•‣∙⋅", "·"),
        **dict.fromkeys("｜¦", "|"),
        **dict.fromkeys("（", "("),
        **dict.fromkeys("）", ")"),
    }
)

_LABELS = "|".join(re.escape(label).replace(r"\ ", r"[ ]") for label in sorted(FIELD_OF, key=len, reverse=True))
# May stand before a phone number without any mark between.
_NUMBERED = "|".join(re.escape(label) for label in (*PHONE_LABELS, "fax", "telefax", "f"))
_EMAIL = re.compile(r"[\w.!#$%&*+^{}~'-]+@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = r"[\w.!#$%&*+^{}~-]"
# No pattern may look through the same long word again from each of its letters, because people paste whole pages.
_TOKEN = re.compile(
    rf"""
    {_SOMEBODY}(?P<person>[A-Z0-9]+)(?:\|[^{_END}]*)?{_END}
    | (?P<url>(?<![\w@])https?://[^\s<>"|]+)
    | "(?P<quoted>[^"]*)(?:"|$)
    | ‘(?P<curly>[^‘'›\n]{{1,400}}(?:'(?=\w)[^‘'›\n]{{0,100}}){{0,5}})['‘›](?!\w)
    | (?<![\w'])'(?P<single>(?:[^'\n=]|'(?=\w)){{2,400}})'
      (?=\s*(?:$|[,;|\t\n<"{_SOMEBODY}]|[A-Za-z][\w-]{{0,20}}\s*=|-\ |·))
    | <?(?:mailto:)?(?<!{_ADDRESS})(?P<email>[\w.!#$%&*+^{{}}~](?:{_ADDRESS}|'(?=\w))*@[\w-]+(?:\.[\w-]+)+)>?
    | (?<![\w@.?&/=-])(?P<key>{_LABELS}|[A-Za-z][\w-]{{0,40}})\s*=(?!=)\s*
    | (?<![\w@./:-])(?P<label>{_LABELS})\.?\s*:(?!//)\s*
    | (?:(?<![^\n,;|\t])[ ]*|(?<=\d)[ ]+)(?P<letter>[TPMEWOCDF]):[ ]+
    | (?:(?<=\d)[ ]+|(?<![\w@./-]))(?P<called>{_NUMBERED})\.?[ ]*:?[ ]*(?=[+(]?\d[\d()/. -]{{5}})
    | (?P<break>[\n\t;|]|(?<!\d),|,(?!\d)|—|(?<!\d)[ ]-+[ ]|[ ]-+[ ](?!\d)|(?<!\d)[ ]/[ ]|[ ]/[ ](?!\d)|[ ]·[ ]?)
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Looks(Enum):
    """What a token is."""

    WORDS = auto()
    QUOTED = auto()
    EMAIL = auto()
    URL = auto()
    PERSON = auto()
    KEY = auto()
    BREAK = auto()


@dataclass(frozen=True)
class Token:
    """A piece of what was typed. `text` is as typed. For a key it is the name of its field, or the key itself if no
    field is called so."""

    looks: Looks
    text: str


def typed(text: str) -> str:
    """Returns the text without Slack's own marks and entities. Undoes each once and in this order, because marks that
    people type are none. Mentions of people keep their marks."""
    text = visible(text).replace(_SOMEBODY, "").replace(_END, "").replace(";ext=", " ext. ")
    text = _FORMATTED.sub(r"\2", _LINK.sub(_address, text))
    text = _PERSON.sub(rf"{_SOMEBODY}\1{_END}", text)
    text = _OTHER_MARK.sub(lambda found: _channel(found[0], found[2] or found[1]), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _address(found: re.Match[str]) -> str:
    """Returns what stood there before Slack made a link of it, with a space where a word touches it."""
    before, after = found.string[found.start() - 1 : found.start()], found.string[found.end() : found.end() + 1]
    words = found[3] or found[2]
    if found[1] == "mailto:" and "@" not in words:  # a link with words of its own
        words = found[2]
    if found[1]:
        words = f"{' ' if before.isalnum() else ''}{words}{' ' if after.isalnum() else ''}"
    return words


def _channel(mark: str, words: str) -> str:
    if mark.startswith("<#"):
        return f"#{words}" if "|" in mark else mark
    if mark.startswith("<!subteam"):
        return f"the group {words.lstrip('@')}"
    return words if mark.startswith("<!date") or words.startswith("@") else f"@{words}"


def spoken_of(text: str) -> str:
    """Returns the text with the people whom it mentions as Slack sent them. Such a text is about them, and does not ask
    for them."""
    return text.replace(_SOMEBODY, "<@").replace(_END, ">")


def shadow(text: str) -> str:
    """Returns the same text with one kind of each mark."""
    plain = text.isascii() and "`" not in text  # no other mark in ASCII is replaced
    return text if plain else text.translate(_SHADOW)


def tokens(text: str) -> Iterator[Token]:
    """Yields the pieces of what `typed` returned. A text with tabs is a row of a sheet: only tabs and line breaks
    divide it."""
    marks, row, done = shadow(text), "\t" in text, 0
    for found in _TOKEN.finditer(marks):
        kind = found.lastgroup or ""
        start, end = found.span(kind)
        if row and kind == "break" and found[0] not in "\t\n":
            continue
        if kind == "url":
            end -= len(marks[start:end]) - len(marks[start:end].rstrip(".,;:!?)'"))
        yield from _words(text[done : found.start()])
        yield _token(kind, text[start:end], marks[start:end])
        done = end if kind == "url" else found.end()
    yield from _words(text[done:])


def _words(text: str) -> Iterator[Token]:
    if text.strip():
        yield Token(Looks.WORDS, text.strip())


def _token(kind: str, text: str, marks: str) -> Token:
    match kind:
        case "person":
            return Token(Looks.PERSON, text)
        case "url":
            return Token(Looks.URL, text)
        case "quoted" | "single" | "curly":
            said = spoken_of(text).strip()
            return Token(Looks.EMAIL if _EMAIL.fullmatch(shadow(said)) else Looks.QUOTED, said)
        case "email":
            return Token(Looks.EMAIL, marks)
        case "key" | "label":
            return Token(Looks.KEY, FIELD_OF.get(" ".join(marks.lower().split()), text))
        case "letter" | "called":
            return Token(Looks.KEY, LETTERS.get(marks.lower()) or FIELD_OF[marks.lower()])
        case "break":
            return Token(Looks.BREAK, marks.strip(" ") or marks)
        case other:
            raise ValueError(f"no mark is called {other}")
