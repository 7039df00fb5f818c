"""Gives each part to a field. A part with several possible meanings gets the likeliest, and Baton asks about it."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import assert_never

from bot.slack.quicktext import looks, surplus
from bot.slack.quicktext import words as known
from bot.slack.quicktext.address import Address
from bot.slack.quicktext.companies import has_legal_form, legal_form
from bot.slack.quicktext.evidence import by_evidence, weighed
from bot.slack.quicktext.marks import Looks, shadow, spoken_of
from bot.slack.quicktext.parts import Part
from bot.slack.quicktext.phones import dubious, phone, without_phone_label
from bot.slack.quicktext.placed import SENSIBLE, Bit, Placed
from bot.slack.quicktext.spelling import fold, letters
from bot.slack.quicktext.whom import ASKED_FOR, HANDLE, RUN_ON, for_whom, touches
from models.rules.fields import FIELDS

_AT = re.compile(r"\s+(?:at|from|bei|chez|with|of)\s+|\s+@\s*(?=\S)", re.IGNORECASE)
_LEADING_AT = re.compile(r"(?:(?:at|from|bei|chez)\s+|@\s*)(?=\S)", re.IGNORECASE)
_RULE = re.compile(r"[-–—_.,;:|/*·•=\s]*")
# Paths of a home page.
_HOME = ("de", "en", "fr", "es", "it", "home", "index.html")
_WRAPPED = re.compile(r"^[<\[{]([^<>\[\]{}]*)[>\]}]$")
_FOR = re.compile(r"(.*\S)\s+(@[\w.'-]{1,80})|(@[\w.'-]{1,80})\s+(\S.*)", re.DOTALL)
_ASIDE = re.compile(r"\s*\(([^()]{1,80})\)\s*")


def place(found: Sequence[Part], *, country: str) -> Placed:
    """Gives each part to a field."""
    placed = Placed()
    found = for_whom(_without_labels(found), placed)
    free = [part for part in found if not _by_key(part, placed, country)]
    free = [part for part in free if not _by_kind(part, placed, found)]
    _whole_name(placed)
    address = Address.of(placed.fields.get("email", ""))
    plain = [piece for part in free for piece in _pieces(part, address, country)]
    _whose(plain, placed, country)
    rest = [piece for piece in plain if not _by_looks(piece, placed, address, country)]
    by_evidence([weighed(piece, address) for piece in rest], placed, address)
    if len([part for part in free if part.mark == "\n"]) >= 2:
        placed.doubt("lines", "I made this of several lines, so please look it over")
    if placed.bare_site and not _theirs(placed.bare_site, placed.fields.get("company", ""), address):
        placed.doubt("website", f"I am not sure that “{placed.bare_site[:60]}” is their website")
    if placed.why:
        placed.fields["why_now"] = _spoken(placed.why)
    return placed


def _without_labels(found: Sequence[Part]) -> list[Part]:
    """Removes a label right before an address, without a mark between: `E-Mail jane@acme.com`."""
    result: list[Part] = []
    for part in found:
        before = result[-1] if result else None
        labelled = before is not None and before.looks is Looks.WORDS and before.key is None and part.mark == " "
        if (
            labelled
            and part.looks is Looks.EMAIL
            and known.FIELD_OF.get(result[-1].text.casefold().rstrip(":. ")) == "email"
        ):
            result.pop()
        result.append(part)
    return result


def _whose(pieces: Sequence[Bit], placed: Placed, country: str) -> None:
    """Asks about a role or a number right after words about another person, because it may be theirs: `wants us to call
    Bob Ray, CTO`."""
    for before, behind in pairwise(pieces):
        of_somebody = looks.role(behind.text) or phone(without_phone_label(behind.text), country)
        if of_somebody and looks.of_another(before.text):
            placed.doubt("whose", f"“{behind.text[:60]}” may be of somebody else, who is spoken of before it")


def _theirs(site: str, company: str, address: Address) -> bool:
    """True if the website has the domain of the address, or the name of the company."""
    host, _, path = re.sub(r"^https?://(?:www\.)?|^www\.", "", site.lower()).partition("/")
    if host and (host == address.domain or address.domain.endswith(f".{host}") or host.endswith(f".{address.domain}")):
        return True
    return path in ("", *_HOME) and Address.of(f"x@{host}").names_company(company) >= SENSIBLE


def _spoken(said: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(said))


# What says itself what it is.


def _by_key(part: Part, placed: Placed, country: str) -> bool:
    """Puts a part with a key where the key says, if there is such a field."""
    if part.key is None:
        return False
    if part.key not in known.LABELS:
        names = ", ".join(name for name in known.LABELS if " " not in name and name != "fax")
        placed.doubt(part.key, f"I know no “{part.key[:30]}=”; the keys are {names}")
        placed.why.append(f"{part.key[:40]} {part.text}")
        return True
    if part.looks is Looks.PERSON:
        placed.people.append(part.text)
        if part.key != "rep":
            placed.doubt("rep", f"somebody is named behind “{part.key}”; choose whom it is for, if it is for them")
        return True
    text = spoken_of(_unquoted(part.text))
    if looks.placeholder(text):
        return True
    if part.looks is Looks.WORDS and part.key in RUN_ON and text == part.text and surplus.in_value(part.key, text):
        placed.doubt(f"long {part.key}", f"I am not sure that all of “{text[:60]}” is {FIELDS[part.key].called}")
    _keyed(part.key, text, placed, country)
    return True


def _keyed(name: str, text: str, placed: Placed, country: str) -> None:
    """Puts a text into the field that its key names, and asks about it if it can't be that."""
    match name:
        case "rep":
            placed.names.append(text.removeprefix("@").strip())
        case "phone":
            bare = without_phone_label(text)
            if phone(bare, country) is False:
                placed.doubt("phone", f"“{text[:40]}” is no phone number")
            elif dubious(bare):
                placed.doubt("phone", f"“{text[:40]}” may be two phone numbers, or none")
            placed.put("phone", bare)
        case "fax":
            placed.doubt("fax", f"“{text[:40]}” is a fax number, for which there is no field")
            placed.why.append(f"fax {text}")
        case "website" if not looks.site(text):
            placed.doubt("website", f"“{text[:40]}” is no website")
            placed.put("website", text)
        case "employees":
            placed.put("employees", looks.employees(text) or text)
        case "name" if looks.several(text):
            placed.put("name", text)
            placed.several(text)
        case "first name" | "last name":
            placed.halves.setdefault(name, text)
        case "company" if phone(text, country):
            placed.put("phone", text)  # "Business: +49 30 1234567"
        case _:
            placed.put(name, text)


def _whole_name(placed: Placed) -> None:
    """Joins first and last name. Beside a first name alone, “Name” (nom, nombre) is the last name."""
    first, last = placed.halves.get("first name", ""), placed.halves.get("last name", "")
    whole = placed.fields.get("name", "")
    if first and not last and whole and first not in whole.split():
        placed.fields["name"] = f"{first} {whole}"
    elif name := f"{first} {last}".strip():
        placed.put("name", name)


def _unquoted(text: str) -> str:
    marks = shadow(text)
    return text[1:-1].strip() if len(text) > 2 and marks[0] == marks[-1] and marks[0] in "'\"" else text


def _by_kind(part: Part, placed: Placed, found: Sequence[Part]) -> bool:
    """Places addresses, quotations and people who were mentioned."""
    match part.looks:
        case Looks.EMAIL:
            _email(part.text, placed)
        case Looks.URL:
            placed.put_site(part.text)
        case Looks.PERSON:
            placed.people.append(part.text)
        case Looks.QUOTED:
            before = next((one for one, behind in pairwise(found) if behind is part), None)
            if before and touches(before, part) and before.key is None and _named_so(part.text):
                placed.doubt("quoted", f"is “{part.text[:60]}” a part of “{before.text[:60]}”, or a note?")
            name = _name_before_address(part, found)
            if name and "name" not in placed.fields:
                placed.put("name", name)
            elif part.text:
                placed.why.append(part.text)
        case Looks.WORDS | Looks.KEY | Looks.BREAK:
            return False
        case other:
            assert_never(other)
    return True


def _named_so(text: str) -> bool:
    """True if a quotation may be a part of a name: one or two words, each with a capital."""
    spoken = text.split()
    return 0 < len(spoken) < 3 and all(word[:1].isupper() for word in spoken)


def _email(text: str, placed: Placed) -> None:
    first = placed.fields.setdefault("email", text)
    if first.casefold() != text.casefold():
        placed.doubt(
            "two email",
            "there are two e-mail addresses; one line is one lead, so flag the other one with a second `/mql`",
        )
        placed.why.append(text)


def _name_before_address(part: Part, found: Sequence[Part]) -> str:
    """True for a quotation before an address that agrees with it: `"Jane Doe" <jane@acme.com>`, `"Doe, Jane"
    <jane.doe@acme.com>`."""
    behind = next((one for before, one in pairwise(found) if before is part), None)
    if behind is None or behind.looks is not Looks.EMAIL or behind.mark != " ":
        return ""
    address = Address.of(behind.text)
    last, comma, first = (half.strip() for half in shadow(part.text).partition(","))
    if comma and address.has_in_order(first, last):
        return f"{first} {last}"
    return part.text if address.names_person(part.text) >= SENSIBLE and address.nothing_else(part.text) else ""


# What is told by its looks.


def _pieces(part: Part, address: Address, country: str) -> list[Bit]:
    """Returns the part, or its parts if it is `role at company`, `name (company)` or the like."""
    text = _WRAPPED.sub(r"\1", spoken_of(part.text))
    if len(text) > looks.LONGEST or phone(without_phone_label(text), country) is not False:
        return [Bit(text=text, mark=part.mark)] if text else []
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    aside = _ASIDE.search(text)
    if aside and looks.role(aside[1]) and phone(_ASIDE.sub(" ", text).strip(), country) is not False:
        return [Bit(text=text, mark=part.mark)]  # +49 30 1234567 (assistant)
    if aside and not legal_form(text[aside.end() :]):  # Acme (UK) Ltd is one name
        around = [text[: aside.start()].strip(), text[aside.end() :].strip()]
        return [Bit(text=one, mark=part.mark) for one in (around[0], aside[1].strip(), around[1]) if one]
    leading = _LEADING_AT.match(text)
    if (
        leading
        and not letters(text).startswith(address.label or " ")
        and address.names_company(text[leading.end() :]) >= SENSIBLE
    ):
        text = text[leading.end() :]
    elif behind := _for_somebody(text, address):
        return [Bit(text=behind[0], mark=part.mark), Bit(text=behind[1], mark=" ")]
    elif halves := _at(text, address, country):
        return [Bit(text=halves[0], mark=part.mark), Bit(text=halves[1], mark=" ")]
    return [Bit(text=text, mark=part.mark)] if text else []


def _for_somebody(text: str, address: Address) -> tuple[str, str] | None:
    """Cuts `Acme @dana`, if that is not the company that the address names."""
    found = _FOR.fullmatch(text)
    if found is None or looks.sentence(text):
        return None
    words, handle = (found[1], found[2]) if found[2] else (found[4], found[3])
    words = ASKED_FOR.sub("", words)
    return None if address.names_company(handle[1:]) >= SENSIBLE else (words, handle)


def _at(text: str, address: Address, country: str) -> tuple[str, str] | None:
    """Cuts `somebody at a company`. If only one side is clear, does not cut a sentence."""
    for cut in reversed(list(_AT.finditer(text))):
        left, right = text[: cut.start()].strip(), text[cut.end() :].strip()
        if not left or not right:
            continue
        told = address.names_company(right) >= SENSIBLE or has_legal_form(right)
        somebody = address.names_person(left) >= SENSIBLE
        if cut[0].strip().lower() == "of":
            found = told and somebody
        else:
            somebody = somebody or looks.role(left) or phone(left, country) is not False
            found = somebody and (told or not looks.sentence(text))
        if found:
            return left, right
    return None


def _by_looks(bit: Bit, placed: Placed, address: Address, country: str) -> bool:
    """Places phones, websites, numbers and people who are asked for by name, which need no other part to be told."""
    text = bit.text
    bare = without_phone_label(text)
    if (is_phone := phone(bare, country)) is not False:
        if is_phone is None:
            placed.doubt("phone", f"“{bare[:40]}” may be a phone number, or not")
        placed.put("phone", bare)
    elif looks.site(text) and (text.lower().startswith(("www.", "http")) or "company" in placed.fields):
        placed.put_site(text)
    elif handle := HANDLE.fullmatch(text):
        placed.names.append(handle[1].rstrip("."))
    elif count := looks.employees(text):
        placed.put("employees", count)
    elif points := looks.score(text):
        placed.put("score", points)
    else:
        return _says_nothing(text, placed) if address.names_company(text) < SENSIBLE else False
    return True


def _says_nothing(text: str, placed: Placed) -> bool:
    """True for a greeting, a rule, or a number that could be anything: only the rest of it gets a place."""
    if " ".join(fold(text).replace(",", "").split()) in known.GREETINGS:
        return True
    if not any(c.isalnum() for c in text):
        if _RULE.fullmatch(text) is None:
            placed.unsure(text)
        return True
    if known.FIELD_OF.get(text.casefold()) == "phone" and "phone" in placed.fields:
        return True  # 415-555-0132 (mobile)
    if looks.number(text):
        _number(text, placed)
        return True
    return False


def _number(text: str, placed: Placed) -> None:
    placed.doubt(f"number {text[:20]}", f"I am not sure what the number “{text[:30]}” is")
    likely = "score" if len(text) < 3 else "employees"
    if text.isdecimal() and likely not in placed.fields:
        placed.fields[likely] = text
    else:
        placed.why.append(text)
