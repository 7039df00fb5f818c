"""Cuts a line into its parts: what stands between two marks, each with its key."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.slack.quicktext import looks
from bot.slack.quicktext import words as known
from bot.slack.quicktext.address import Address
from bot.slack.quicktext.companies import has_legal_form, legal_form
from bot.slack.quicktext.marks import Looks, Token, shadow, tokens
from bot.slack.quicktext.phones import is_extension
from bot.slack.quicktext.spelling import latin
from bot.slack.quicktext.words import FIELD_OF
from models.rules.fields import FIELDS, Number

# At most this many parts are read. The rest stays in one piece.
MOST_PARTS = 60

_NUMBER = re.compile(r"\d{1,3}(?:[ .,'_]\d{3})+(?!\d)|\d+(?![\d.,']*\d)")
_QUOTED_ROW = re.compile(r"""\s*(["'])[^"']*\1(?:[ ]*[,;\t][ ]*\1[^"']*\1)+\s*""")
_SUFFIX_FIRST = re.compile(r"\S+(?:\s*$|\s+(?:\(|@|at\b|from\b|bei\b|chez\b))", re.IGNORECASE)
_ENDED = re.compile(r"^[.:!?…]+(?=\s)")
_SIGNED = re.compile(r"[-–—−<>~≥≤±]+\s*\d")
_BULLETS = " \u00a0,;·•*>-–—/→"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Words that belong together. `key`: the field that they name, or a key that does not exist. `mark`: what stood
    before them."""

    text: str
    looks: Looks
    key: str | None = None
    mark: str = ""


def parts(text: str) -> list[Part]:
    """Returns the parts of what `marks.typed` returned."""
    return _joined(_cut(_with_slashes(_named_in_quotes(_keyed(tokens(_bare_row(text)))))))


def header(text: str) -> list[str] | None:
    """Returns the fields that the first line names, if it is the head of a table and nothing else."""
    cells = [cell.strip(" \"'").lower() for cell in re.split(r"[,;\t|]", shadow(text.strip().partition("\n")[0]))]
    if len(cells) > 1 and all(cell in FIELD_OF for cell in cells):
        return [FIELD_OF[cell] for cell in cells]
    return None


def _bare_row(text: str) -> str:
    """Returns a row without its quotes if all its cells have quotes: `"Jane Doe","Acme, Inc."`"""
    marks = shadow(text)
    if not _QUOTED_ROW.fullmatch(marks):
        return text
    mark = marks.strip()[0]
    return "\t".join(text[cell.start(1) : cell.end(1)] for cell in re.finditer(f"{mark}([^{mark}]*){mark}", marks))


def _keyed(found: Iterable[Token]) -> list[Part]:
    """Returns each key with what follows it, up to the next mark, key or address."""
    result: list[Part] = []
    key: str | None = None
    mark = ""
    for token in found:
        match token.looks:
            case Looks.KEY:
                key, mark = token.text, mark if not result else " "
                continue
            case Looks.BREAK if key is not None and token.text in "\n\t":
                continue  # a label on a line of its own
            case Looks.BREAK:
                key, mark = None, token.text
                continue
            case Looks.WORDS | Looks.QUOTED | Looks.EMAIL | Looks.URL | Looks.PERSON:
                words = _trimmed(token.text, valued=key is not None) if token.looks is Looks.WORDS else token.text
                if words:
                    result.append(Part(text=words, looks=token.looks, key=key, mark=mark))
                    key, mark = None, " "
            case _:
                assert_never(token.looks)
    return result


def _named_in_quotes(found: Sequence[Part]) -> list[Part]:
    """Joins a company's name in quotes with the legal form before it: `ООО «Ромашка»`."""
    result: list[Part] = []
    for part in found:
        form = bool(result) and result[-1].looks is Looks.WORDS and legal_form(result[-1].text)
        if form and part.looks is Looks.QUOTED and part.mark == " " and part.key is None:
            result[-1] = replace(result[-1], text=f"{result[-1].text} «{part.text}»")
        else:
            result.append(part)
    return result


def _trimmed(words: str, *, valued: bool) -> str:
    """Returns the words without bullets and dashes around them, without the end of the sentence before, and without
    single brackets. A sign before the number of a key stays: `score=-3`, `employees=>500`."""
    if _SIGNED.match(words) and (valued or words[1:2].isdigit()):
        return words.rstrip(_BULLETS)
    words = _ENDED.sub("", words.strip(_BULLETS)).strip(_BULLETS).removesuffix(":")
    for both in ("()", "[]", "{}", "<>"):
        if words.count(both[0]) != words.count(both[1]):
            words = words.strip(both + _BULLETS)
    return words


def _with_slashes(found: Sequence[Part]) -> list[Part]:
    """Joins `campaign=Q3 / EMEA` to one value, if slashes divide nothing else in the line."""
    slashes = [place for place, part in enumerate(found) if part.mark == "/"]
    if len(slashes) != 1 or slashes[0] == 0:
        return list(found)
    [place] = slashes
    before, behind = found[place - 1], found[place]
    if (
        before.key not in ("source", "campaign", "why_now")
        or {before.looks, behind.looks} != {Looks.WORDS}
        or behind.key
    ):
        return list(found)
    return [*found[: place - 1], replace(before, text=f"{before.text} / {behind.text}"), *found[place + 1 :]]


def _cut(found: Iterable[Part]) -> list[Part]:
    """Cuts a value with a number behind the number, if its key asks for one. What follows is a part of its own. Removes
    quotes around a value."""
    result: list[Part] = []
    for part in found:
        if isinstance(FIELDS.get(part.key or ""), Number) and part.looks is Looks.WORDS:
            number = _NUMBER.match(shadow(part.text))
            behind = part.text[number.end() :] if number else ""
            if number and behind[:1] == " " and behind.strip()[:1].isalpha():
                unit = looks.employees(f"1{behind}") is not None
                if unit and part.key != "employees":
                    result.append(part)  # of whatever it is the number, it is no score
                    continue
                result.append(replace(part, text=part.text[: number.end()]))
                if not unit:
                    result.append(Part(text=behind.strip(), looks=Looks.WORDS, mark=" "))
                continue
        result.append(part)
    return result


def _joined(found: Sequence[Part]) -> list[Part]:
    """Joins parts that belong together in spite of a comma: `King, Jr.` and `Acme, Inc.`"""
    result: list[Part] = []
    email = next((part.text for part in found if part.looks is Looks.EMAIL), "")
    address = Address.of(email)
    for part in found:
        if (
            result
            and part.mark == ","
            and part.key is None
            and part.looks is Looks.WORDS
            and _continues(result[-1], part.text, address)
        ):
            result[-1] = replace(result[-1], text=f"{result[-1].text}, {part.text}")
        else:
            result.append(part)
    if len(result) > MOST_PARTS:
        rest = ", ".join(part.text for part in result[MOST_PARTS:])
        result = [*result[:MOST_PARTS], Part(text=rest, looks=Looks.WORDS, mark=",")]
    return result


def _continues(before: Part, text: str, address: Address) -> bool:
    if before.looks not in (Looks.WORDS, Looks.QUOTED) or before.key not in (None, "name", "company", "title", "phone"):
        return False
    if len(before.text) > looks.LONGEST:
        return False
    if is_extension(text):
        return any(c.isdigit() for c in before.text)
    if _SUFFIX_FIRST.match(text) and looks.suffix(text.split(maxsplit=1)[0]) and before.key in (None, "name"):
        return not has_legal_form(before.text)
    if looks.department(text) and (before.key == "title" or (before.key is None and looks.role(before.text))):
        return True
    if legal_form(text) and before.key in (None, "company") and latin(before.text) is latin(text):
        if before.key == "company":
            return True
        whole = has_legal_form(before.text) and not before.text.endswith((" Co.", " Co"))  # Acme Co., Ltd.
        its_own_name = address.names_company(text) > 0 or text in known.FORMS_AND_NAMES or whole
        return not its_own_name and address.names_person(before.text) < 2 and not looks.role(before.text)
    return False
