"""Which part is what. Each is given to the field that it must be; what could be several is given to the likeliest, and
asked about."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.slack.quicktext import looks, surplus
from bot.slack.quicktext import words as known
from bot.slack.quicktext.marks import Looks, shadow, spoken_of
from bot.slack.quicktext.parts import Part

_HANDLE = re.compile(r"@([\w.'-]{1,80})")
_AT = re.compile(r"\s+(?:at|from|bei|chez|with|of)\s+|\s+@\s*(?=\S)", re.IGNORECASE)
_LEADING_AT = re.compile(r"(?:(?:at|from|bei|chez)\s+|@\s*)(?=\S)", re.IGNORECASE)
_RULE = re.compile(r"[-–—_.,;:|/*·•=\s]*")
_WRAPPED = re.compile(r"^[<\[{]([^<>\[\]{}]*)[>\]}]$")
_FOR = re.compile(r"(.*\S)\s+(@[\w.'-]{1,80})|(@[\w.'-]{1,80})\s+(\S.*)", re.DOTALL)
_ASIDE = re.compile(r"\s*\(([^()]{1,80})\)\s*")
_TITLE_NEVER = re.compile(r"[^\w\s&'’.+-]|\d|_")
SENSIBLE = 2
"""As well as this an address must agree with a name or a company."""


@dataclass(frozen=True, kw_only=True)
class Bit:
    """A few words without a key, with what speaks for their being the name or the company: 3 surely, 2 plainly, 1 by
    their shape, 0 nothing; below zero they can't be."""

    text: str
    mark: str = ""
    name: int = 0
    company: int = 0


@dataclass(kw_only=True)
class Placed:
    """What was understood so far, and what is to be asked."""

    fields: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    halves: dict[str, str] = field(default_factory=dict)
    """First and last name, where each has a key."""
    why: list[str] = field(default_factory=list)
    bare_site: str = ""
    """A website that only looks like one: without a key, http or www."""

    def put(self, name: str, text: str) -> None:
        """Into this field; where something else is there already, beside it and asked about."""
        if name == "why_now":
            self.why.append(text)
        elif name not in self.fields:
            self.fields[name] = text
        elif self.fields[name].casefold() != text.casefold():
            self.doubt(f"two {name}", f"{_CALLED[name]} is said twice, “{self.fields[name][:40]}” and “{text[:40]}”")
            self.why.append(text)

    def doubt(self, about: str, sentence: str) -> None:
        self.doubts.setdefault(about, sentence)

    def several(self, text: str) -> None:
        self.doubt("several", f"“{text[:60]}” may be two people; one line is one lead")

    def unsure(self, text: str) -> None:
        """Keep what has no sensible place where it most likely belongs, and ask."""
        self.doubt(f"unsure {text[:40]}", f"I am not sure where “{text[:60]}” belongs")
        likely = not _TITLE_NEVER.search(text) and not looks.place(text) and not looks.site(text)
        if "source" not in self.fields and likely and looks.sourceish(text) and not looks.role(text):
            self.fields["source"] = text
        elif "title" not in self.fields and likely and len(text) <= 60 and len(text.split()) < 5 and not text.islower():
            self.fields["title"] = text
        else:
            self.why.append(text)


_CALLED = {
    "name": "the name",
    "company": "the company",
    "email": "the e-mail address",
    "title": "the role",
    "phone": "the phone number",
    "website": "the website",
    "employees": "the number of employees",
    "source": "the source",
    "campaign": "the campaign",
    "score": "the score",
}


_RUN_ON = frozenset({"name", "company", "title", "source", "campaign"})
"""Whose values have words, so that others may have run into them."""


def place(found: Sequence[Part], *, country: str) -> Placed:
    """Give each part to a field."""
    placed = Placed()
    free = [part for part in found if not _by_key(part, placed, country)]
    free = [part for part in free if not _by_kind(part, placed, found)]
    _whole_name(placed)
    address = looks.Address.of(placed.fields.get("email", ""))
    plain = [piece for part in free for piece in _pieces(part, address, country)]
    _whose(plain, placed, country)
    rest = [piece for piece in plain if not _by_looks(piece, placed, address, country)]
    _by_evidence([_bit(piece, address) for piece in rest], placed, address)
    if len([part for part in free if part.mark == "\n"]) >= 2:
        placed.doubt("lines", "I made this of several lines, so please look it over")
    if placed.bare_site and not _theirs(placed.bare_site, placed.fields.get("company", ""), address):
        placed.doubt("website", f"I am not sure that “{placed.bare_site[:60]}” is their website")
    if placed.why:
        placed.fields["why_now"] = _spoken(placed.why)
    return placed


def _whose(pieces: Sequence[Bit], placed: Placed, country: str) -> None:
    """A role or a number right behind words on somebody else may be theirs: `wants us to call Bob Ray, CTO`."""
    for before, behind in pairwise(pieces):
        of_somebody = looks.role(behind.text) or looks.phone(looks.without_phone_label(behind.text), country)
        if of_somebody and looks.of_another(before.text):
            placed.doubt("whose", f"“{behind.text[:60]}” may be of somebody else, who is spoken of before it")


def _theirs(site: str, company: str, address: looks.Address) -> bool:
    """Whether it is where the address is, or called as the company is."""
    if site.lower() == address.domain or address.domain.endswith(f".{site.lower()}"):
        return True
    return "/" not in site and looks.Address.of(f"x@{site.lower()}").names_company(company) >= SENSIBLE


def _spoken(said: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(said))


# What says itself what it is.


def _by_key(part: Part, placed: Placed, country: str) -> bool:
    """A part with a key goes where the key says, if it is one."""
    if part.key is None:
        return False
    if part.key not in known.LABELS:
        names = ", ".join(name for name in known.LABELS if " " not in name and name != "fax")
        placed.doubt(part.key, f"I know no “{part.key[:30]}=”; the keys are {names}")
        placed.why.append(f"{part.key[:40]} {part.text}")
        return True
    if part.looks is Looks.PERSON:
        if part.key == "rep":
            placed.people.append(part.text)
        return part.key == "rep"
    text = spoken_of(_unquoted(part.text))
    if part.looks is Looks.WORDS and part.key in _RUN_ON and text == part.text and surplus.in_value(part.key, text):
        placed.doubt(f"long {part.key}", f"I am not sure that all of “{text[:60]}” is {_CALLED[part.key]}")
    _keyed(part.key, text, placed, country)
    return True


def _keyed(name: str, text: str, placed: Placed, country: str) -> None:
    """Into the field that the key names, with a word where it can't be that."""
    match name:
        case "rep":
            placed.names.append(text.removeprefix("@").strip())
        case "phone":
            bare = looks.without_phone_label(text)
            if looks.phone(bare, country) is False:
                placed.doubt("phone", f"“{text[:40]}” is no phone number")
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
        case "company" if looks.phone(text, country):
            placed.put("phone", text)  # "Business: +49 30 1234567"
        case _:
            placed.put(name, text)


def _whole_name(placed: Placed) -> None:
    """First and last name become one. Beside a first name alone, “Name” (nom, nombre) is the last."""
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
    """Addresses, quotations and people who were mentioned."""
    match part.looks:
        case Looks.EMAIL:
            _email(part.text, placed)
        case Looks.URL:
            placed.put("website", part.text)
        case Looks.PERSON:
            placed.people.append(part.text)
        case Looks.QUOTED:
            name = _name_before_address(part, found)
            if name and "name" not in placed.fields:
                placed.put("name", name)
            elif part.text:
                placed.why.append(part.text)
        case Looks.WORDS | Looks.KEY | Looks.BREAK:
            return False
    return True


def _email(text: str, placed: Placed) -> None:
    first = placed.fields.setdefault("email", text)
    if first.casefold() != text.casefold():
        placed.doubt(
            "two email",
            "there are two e-mail addresses; one line is one lead, so flag the other one with a second `/mql`",
        )
        placed.why.append(text)


def _name_before_address(part: Part, found: Sequence[Part]) -> str:
    """`"Jane Doe" <jane@acme.com>`, `"Doe, Jane" <jane.doe@acme.com>`: the quotation, where the address agrees."""
    behind = next((one for before, one in pairwise(found) if before is part), None)
    if behind is None or behind.looks is not Looks.EMAIL or behind.mark != " ":
        return ""
    address = looks.Address.of(behind.text)
    last, comma, first = (half.strip() for half in shadow(part.text).partition(","))
    if comma and address.has_in_order(first, last):
        return f"{first} {last}"
    return part.text if address.names_person(part.text) >= SENSIBLE and address.nothing_else(part.text) else ""


# What is told by its looks.


def _pieces(part: Part, address: looks.Address, country: str) -> list[Bit]:
    """The part, or the parts of it where it is `role at company`, `name (company)` and the like."""
    text = _WRAPPED.sub(r"\1", spoken_of(part.text))
    if len(text) > looks.LONGEST or looks.phone(looks.without_phone_label(text), country) is not False:
        return [Bit(text=text, mark=part.mark)] if text else []
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    aside = _ASIDE.search(text)
    if aside and not looks.legal_form(text[aside.end() :]):  # Acme (UK) Ltd is one name
        around = [text[: aside.start()].strip(), text[aside.end() :].strip()]
        return [Bit(text=one, mark=part.mark) for one in (around[0], aside[1].strip(), around[1]) if one]
    leading = _LEADING_AT.match(text)
    if leading and address.names_company(text[leading.end() :]) >= SENSIBLE:
        text = text[leading.end() :]
    elif behind := _for_somebody(text, address):
        return [Bit(text=behind[0], mark=part.mark), Bit(text=behind[1], mark=" ")]
    elif halves := _at(text, address, country):
        return [Bit(text=halves[0], mark=part.mark), Bit(text=halves[1], mark=" ")]
    return [Bit(text=text, mark=part.mark)] if text else []


def _for_somebody(text: str, address: looks.Address) -> tuple[str, str] | None:
    """`Acme @dana`, where that is not the company that the address names."""
    found = _FOR.fullmatch(text)
    if found is None or looks.sentence(text):
        return None
    words, handle = (found[1], found[2]) if found[2] else (found[4], found[3])
    return None if address.names_company(handle[1:]) >= SENSIBLE else (words, handle)


def _at(text: str, address: looks.Address, country: str) -> tuple[str, str] | None:
    """`somebody at a company`, cut there. Where only one side is told it is cut unless the whole is a sentence."""
    for cut in reversed(list(_AT.finditer(text))):
        left, right = text[: cut.start()].strip(), text[cut.end() :].strip()
        if not left or not right:
            continue
        told = address.names_company(right) >= SENSIBLE or looks.has_legal_form(right)
        somebody = address.names_person(left) >= SENSIBLE
        if cut[0].strip().lower() == "of":
            found = told and somebody
        else:
            somebody = somebody or looks.role(left) or looks.phone(left, country) is not False
            found = somebody and (told or not looks.sentence(text))
        if found:
            return left, right
    return None


def _by_looks(bit: Bit, placed: Placed, address: looks.Address, country: str) -> bool:
    """Phones, websites, numbers and people who are asked for by name: told without the other parts."""
    text = bit.text
    bare = looks.without_phone_label(text)
    if (is_phone := looks.phone(bare, country)) is not False:
        if is_phone is None:
            placed.doubt("phone", f"“{bare[:40]}” may be a phone number, or not")
        placed.put("phone", bare)
    elif looks.site(text) and text.lower().startswith(("www.", "http")):
        placed.put("website", text)
    elif looks.site(text) and "company" in placed.fields:
        _bare_site(text, placed)
    elif handle := _HANDLE.fullmatch(text):
        placed.names.append(handle[1].rstrip("."))
    elif count := looks.employees(text):
        placed.put("employees", count)
    elif points := looks.score(text):
        placed.put("score", points)
    else:
        return _says_nothing(text, placed) if address.names_company(text) < SENSIBLE else False
    return True


def _says_nothing(text: str, placed: Placed) -> bool:
    """A greeting, a rule, a number that could be any: of it only the rest is to be placed."""
    if " ".join(looks.fold(text).replace(",", "").split()) in known.GREETINGS:
        return True
    if not any(c.isalnum() for c in text):
        if _RULE.fullmatch(text) is None:
            placed.unsure(text)
        return True
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


def _bare_site(text: str, placed: Placed) -> None:
    placed.put("website", text)
    placed.bare_site = text


# What the parts tell of each other.


def _bit(piece: Bit, address: looks.Address) -> Bit:
    """With what speaks for its being the name, and the company."""
    text = piece.text
    if len(text) > looks.LONGEST:
        return Bit(text=text, mark=piece.mark, name=-1, company=-1)
    name, company = address.names_person(text), address.names_company(text)
    digits = any(c.isdigit() for c in text)
    odd = any(c in "@<>[]{}=|" for c in text)
    if looks.site(text):
        company = max(company, 2 if text.lower() == address.domain else 1)
        name = -1
    if looks.has_legal_form(text):
        company, name = 3, -1
    elif looks.business_word(text) and name < 3 and not looks.role(text) and not address.label:
        company = max(company, 2)
    if looks.honorific(text) and not looks.role(text):
        name = max(name, 2)
    if looks.legal_form(text) and company < 3:
        company = -1
    if (digits and name < SENSIBLE) or odd or len(text.split()) > 8:
        name = -1
    if odd:
        company = -1
    return Bit(text=text, mark=piece.mark, name=name, company=company)


def _by_evidence(bits: Sequence[Bit], placed: Placed, address: looks.Address) -> None:
    """Names, companies, roles, sources, and sentences."""
    wanted = [name for name in ("name", "company") if name not in placed.fields]
    bits = _names_apart(_without_sites(bits, placed), placed)
    taken, settled = _named(bits, wanted, address)
    if len(bits) == 1 and len(wanted) == 2 and (split := _in_two(bits[0], address)):
        taken, settled = {"name": split[0], "company": split[1]}, address.has_all_of(split[0].text)
        bits = []
    if not settled and taken:
        first = " at ".join(f"“{bit.text[:50]}”" for bit in taken.values())
        placed.doubt("who", f"I could not tell for sure who is where: is it {first}?")
    for name, bit in taken.items():
        placed.fields[name] = bit.text
        if name == "name" and looks.several(bit.text):
            placed.several(bit.text)
    _leftovers([bit for bit in bits if all(bit is not one for one in taken.values())], placed)


def _names_apart(bits: Sequence[Bit], placed: Placed) -> list[Bit]:
    """First and last name in parts of their own become one, and are asked about: `Doe, Jane` and a sheet's two cells.
    They are in the order in which the address has them; else the one that it has is the first name."""
    if "name" in placed.fields:
        return list(bits)
    for place, (one, other) in enumerate(pairwise(bits)):
        if _surname_first(one, other, placed.fields.get("email", "")):
            name = Bit(text=f"{other.text} {one.text}", mark=one.mark, name=3, company=-1)
            return [*bits[:place], name, *bits[place + 2 :]]
        if len(bits) < 3:
            continue
        if looks.halves_of_name(one.text, other.text) and max(one.company, other.company) < SENSIBLE:
            told = [bit for bit in (one, other) if bit.name >= SENSIBLE]
            turned = _comes_first(other.text, one.text, placed.fields.get("email", ""))
            name = f"{other.text} {one.text}" if turned else f"{one.text} {other.text}"
            if told and (" " not in told[0].text):
                placed.doubt("halves", f"I made “{name[:60]}” of “{one.text[:40]}” and “{other.text[:40]}”")
                return [*bits[:place], Bit(text=name, mark=one.mark, name=3, company=-1), *bits[place + 2 :]]
    return list(bits)


def _surname_first(last: Bit, first: Bit, email: str) -> bool:
    """Whether it is `Doe, Jane`, and the address says so: jane.doe, jdoe."""
    if first.mark != "," or not looks.halves_of_name(last.text, first.text):
        return False
    return looks.Address.of(email).has_in_order(first.text, last.text)


def _comes_first(one: str, other: str, email: str) -> bool:
    """Whether this is the first name rather than the other."""
    local = looks.letters(email.partition("@")[0])
    places = [local.find(looks.letters(half)) for half in (one, other)]
    return places[0] >= 0 and (places[1] < 0 or places[0] < places[1])


def _without_sites(bits: Sequence[Bit], placed: Placed) -> list[Bit]:
    """A website may be the company's name, as monday.com is; where another part is that, it is a website."""
    sites = [bit for bit in bits if looks.site(bit.text)]
    others = [bit for bit in bits if not looks.site(bit.text)]
    if len(sites) == 1 and any(bit.company >= SENSIBLE for bit in others):
        _bare_site(sites[0].text, placed)
        return others
    return list(bits)


def _leftovers(bits: Sequence[Bit], placed: Placed) -> None:
    """What is neither name nor company: a role, a source, a sentence; else it is asked about."""
    in_why = False
    complete = "name" in placed.fields and "company" in placed.fields
    for bit in bits:
        text = bit.text
        if bit.name >= SENSIBLE or (bit.company >= SENSIBLE and not looks.sentence(text)):
            placed.unsure(text)
        elif looks.sentence(text):
            placed.why.append(text)
        elif looks.role(text):
            placed.put("title", text)
            if not looks.nothing_but_role(text, placed.fields.get("company", "")):
                placed.doubt("title", f"I am not sure that “{text[:60]}” is nothing but a role")
        elif looks.source(text) and "source" not in placed.fields:
            placed.put("source", text)
        elif in_why and complete and bit.mark == "," and text[:1].islower():
            placed.why.append(text)
        else:
            placed.unsure(text)
            continue
        in_why = looks.sentence(text) or (in_why and text in placed.why)


def _named(bits: Sequence[Bit], wanted: Sequence[str], address: looks.Address) -> tuple[dict[str, Bit], bool]:
    """Which bits are the name and the company, and whether that is beyond doubt."""
    candidates = [bit for bit in bits if _may_be_named(bit)]
    if not wanted or not candidates:
        return {}, True
    if len(wanted) == 1:
        [want] = wanted
        return _one(want, candidates, bits, address)
    if len(candidates) == 1:
        [bit] = candidates
        return {"company" if bit.company > bit.name else "name": bit}, True  # what is missing is asked for anyhow
    pairs = [(a, b) for a in candidates for b in candidates if a is not b and a.name >= 0 and b.company >= 0]
    if not pairs:
        return {"name": candidates[0]}, False
    places = {id(bit): place for place, bit in enumerate(bits)}
    ranked = sorted(
        pairs,
        key=lambda pair: (
            -_weight(*pair),
            places[id(pair[0])] > places[id(pair[1])],
            places[id(pair[0])],
            places[id(pair[1])],
        ),
    )
    best = ranked[0]
    rivals = [pair for pair in ranked[1:] if _weight(*pair) >= _weight(*best) - 0]
    settled = not rivals and _settled(
        *best, in_order=places[id(best[0])] < places[id(best[1])], alone=len(candidates) == 2, address=address
    )
    return {"name": best[0], "company": best[1]}, settled


def _weight(name: Bit, company: Bit) -> int:
    return name.name + company.company


def _settled(name: Bit, company: Bit, *, in_order: bool, alone: bool, address: looks.Address) -> bool:
    """Whether this pair is beyond doubt: both are told by something, or one is and the other is all that is left."""
    if name.name >= SENSIBLE and company.company >= SENSIBLE:
        clear = _weight(name, company) > company.name + max(name.company, 0)
        return clear and address.nothing_else(name.text) and address.nothing_but(company.text)
    if not alone:
        return False
    if company.company >= SENSIBLE > company.name:
        plain = _plain_name(name.text, address) and (in_order or not looks.latin(name.text))
        return plain and address.nothing_but(company.text)
    if name.name >= SENSIBLE > name.company:
        only = address.nothing_else(name.text) and len(name.text.split()) > 1
        return (
            only
            and in_order
            and not address.label
            and _plain_company(company.text)
            and address.nothing_but(company.text)
        )
    return False


def _plain_name(text: str, address: looks.Address) -> bool:
    """Nothing but a name, as far as one can tell, and the address names nobody else."""
    plain = looks.name_shaped(text) and not _something_else(text) and not looks.several(text)
    return plain and (address.is_generic or not looks.latin(text) or address.resembles(text))


def _plain_company(text: str) -> bool:
    return (
        not _something_else(text)
        and not looks.legal_form(text)
        and any(c.isalpha() for c in text)
        and len(text.split()) <= 5
    )


def _something_else(text: str) -> bool:
    return (
        *(looks.role(text), looks.department(text), looks.sourceish(text), looks.place(text), looks.sentence(text)),
    ).count(True) > 0


def _may_be_named(bit: Bit) -> bool:
    if bit.name >= SENSIBLE or bit.company >= SENSIBLE:
        return True
    return not (looks.role(bit.text) or looks.sentence(bit.text) or looks.source(bit.text))


def _one(
    want: str, candidates: Sequence[Bit], bits: Sequence[Bit], address: looks.Address
) -> tuple[dict[str, Bit], bool]:
    """The name or the company, where the other has a key."""
    told = [bit for bit in candidates if (bit.name if want == "name" else bit.company) >= SENSIBLE]
    if len(told) == 1:
        text = told[0].text
        return {want: told[0]}, address.nothing_else(text) if want == "name" else address.nothing_but(text)
    best = (told or candidates)[0]
    plain = _plain_name(best.text, address) if want == "name" else not address.label and _plain_company(best.text)
    return {want: best}, not told and len(bits) == 1 and plain


def _in_two(bit: Bit, address: looks.Address) -> tuple[Bit, Bit] | None:
    """Name and company where nothing stands between them, if the address tells where the one ends."""
    spoken = bit.text.split()
    found = []
    for cut in range(1, min(len(spoken), 10)):
        left, right = " ".join(spoken[:cut]), " ".join(spoken[cut:])
        for name, company in ((left, right), (right, left)):
            whole = address.names_company(company) == 3
            told = address.names_person(name) >= SENSIBLE > address.names_person(company)
            if whole and told and address.nothing_else(name):
                found.append((Bit(text=name), Bit(text=company)))
    return found[0] if len(found) == 1 else None
