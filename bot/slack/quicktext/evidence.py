"""Decides which words are the name and which the company, by the address, legal forms, their order and each other.
Decides what the rest is: a role, a source, a sentence, or in doubt."""

from collections.abc import Sequence
from itertools import pairwise

from bot.slack.quicktext import looks
from bot.slack.quicktext import words as known
from bot.slack.quicktext.address import Address
from bot.slack.quicktext.companies import business_word, has_legal_form, legal_form
from bot.slack.quicktext.placed import SENSIBLE, Bit, Placed
from bot.slack.quicktext.spelling import latin, letters

# Signs of which neither a name nor a company has one.
_ODD = frozenset("@<>[]{}=|")


def weighed(piece: Bit, address: Address) -> Bit:
    """Returns the bit with what speaks for it as the name and as the company."""
    text = piece.text
    if len(text) > looks.LONGEST or looks.placeholder(text):
        return Bit(text=text, mark=piece.mark, name=-1, company=-1)
    name, company = address.names_person(text), address.names_company(text)
    digits = any(map(str.isdigit, text))
    odd = not _ODD.isdisjoint(text)
    if looks.site(text):
        company = max(company, 2 if text.lower() == address.domain else 1)
        name = -1
    if has_legal_form(text):
        company, name = 3, -1
    elif business_word(text) and name < 3 and not looks.role(text) and not address.tells_company:
        company = max(company, 2)
    if looks.honorific(text) and not looks.role(text):
        name = max(name, 2)
    if legal_form(text) and company < 3:
        company = -1
    if (digits and name < SENSIBLE) or odd or len(text.split()) > 8:
        name = -1
    if odd:
        company = -1
    return Bit(text=text, mark=piece.mark, name=name, company=company)


def by_evidence(bits: Sequence[Bit], placed: Placed, address: Address) -> None:
    """Places names, companies, roles, sources and sentences."""
    wanted = [name for name in ("name", "company") if name not in placed.fields]
    bits = _names_apart(_without_sites(bits, placed, address), placed)
    taken, settled = _named(bits, wanted, address)
    if len(bits) == 1 and len(wanted) == 2 and address.tells_company and (split := _in_two(bits[0], address)):
        taken, settled = {"name": split[0], "company": split[1]}, address.has_all_of(split[0].text)
        bits = []
    if not settled and taken:
        first = " at ".join(f"“{bit.text[:50]}”" for bit in taken.values())
        box = "; the address is a box that several people may read" if address.is_generic and address.local else ""
        placed.doubt("who", f"I could not tell for sure who is where: is it {first}?{box}")
    for name, bit in taken.items():
        placed.fields[name] = bit.text
        if name == "name" and looks.several(bit.text):
            placed.several(bit.text)
    _leftovers([bit for bit in bits if all(bit is not one for one in taken.values())], placed)


def _names_apart(bits: Sequence[Bit], placed: Placed) -> list[Bit]:
    """Joins a first and a last name that are parts of their own, and asks about it: `Doe, Jane` and two cells of a
    sheet. They follow the order of the address. If it has only one of them, that is the first name."""
    if "name" in placed.fields:
        return list(bits)
    for place, (one, other) in enumerate(pairwise(bits)):
        if _surname_first(one, other, placed.fields.get("email", "")):
            whole = Bit(text=f"{other.text} {one.text}", mark=one.mark, name=3, company=-1)
            return [*bits[:place], whole, *bits[place + 2 :]]
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
    """True for `Doe, Jane` if the address confirms the order: jane.doe, jdoe."""
    return (
        first.mark == ","
        and Address.of(email).has_in_order(first.text, last.text)
        and looks.halves_of_name(last.text, first.text)
    )


def _comes_first(one: str, other: str, email: str) -> bool:
    """True if this is the first name, and not the other one."""
    local = letters(email.partition("@")[0])
    places = [local.find(letters(half)) for half in (one, other)]
    return places[0] >= 0 and (places[1] < 0 or places[0] < places[1])


def _without_sites(bits: Sequence[Bit], placed: Placed, address: Address) -> list[Bit]:
    """Places a website as a website if another part is the company. Otherwise it may be the company's name, as
    monday.com is."""
    sites = [bit for bit in bits if looks.site(bit.text)]
    others = [bit for bit in bits if not looks.site(bit.text)]
    if len(sites) == 1 and any(bit.company >= SENSIBLE for bit in others):
        if not any(address.names_company(bit.text) for bit in others) and sites[0].text.lower() == address.domain:
            placed.doubt("website", f"“{sites[0].text[:60]}” may be the company, or their website")
        placed.put_site(sites[0].text)
        return others
    return list(bits)


def _leftovers(bits: Sequence[Bit], placed: Placed) -> None:
    """Places what is neither name nor company: a role, a source, a sentence. Asks about the rest."""
    in_why = False
    complete = "name" in placed.fields and "company" in placed.fields
    for bit in bits:
        text = bit.text
        if bit.name >= SENSIBLE or (bit.company >= SENSIBLE and not looks.sentence(text)):
            placed.unsure(text)
        elif looks.sentence(text):
            placed.why.append(text)
        elif looks.role(text) or (complete and "title" not in placed.fields and looks.department(text)):
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


def _named(bits: Sequence[Bit], wanted: Sequence[str], address: Address) -> tuple[dict[str, Bit], bool]:
    """Returns the bits that are the name and the company, and True if they are certain."""
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
    rivals = [pair for pair in ranked[1:] if _weight(*pair) >= _weight(*best)]
    settled = not rivals and _settled(
        *best, in_order=places[id(best[0])] < places[id(best[1])], alone=len(candidates) == 2, address=address
    )
    return {"name": best[0], "company": best[1]}, settled


def _weight(name: Bit, company: Bit) -> int:
    return name.name + company.company


def _settled(name: Bit, company: Bit, *, in_order: bool, alone: bool, address: Address) -> bool:
    """True if the pair is certain: evidence for both, or for one with nothing else left."""
    if name.name >= SENSIBLE and company.company >= SENSIBLE:
        clear = _weight(name, company) > company.name + max(name.company, 0)
        return clear and address.nothing_else(name.text) and address.nothing_but(company.text)
    if not alone:
        return False
    if company.company >= SENSIBLE > company.name:
        plain = _plain_name(name.text, address) and (in_order or not latin(name.text))
        return plain and address.nothing_but(company.text)
    if name.name >= SENSIBLE > name.company:
        only = address.nothing_else(name.text) and len(name.text.split()) > 1
        return (
            only
            and in_order
            and (not address.tells_company or business_word(company.text))
            and _plain_company(company.text)
            and address.nothing_but(company.text)
        )
    return False


def _plain_name(text: str, address: Address) -> bool:
    """True if the text is nothing but a name, as far as one can tell, and the address names nobody else."""
    plain = looks.name_shaped(text) and not _something_else(text) and not looks.several(text)
    if address.is_generic:
        return plain and letters(text.split(maxsplit=1)[0]) in known.FIRST_NAMES
    return plain and (address.names_person(text) > 0 or address.resembles(text))


def _plain_company(text: str) -> bool:
    return (
        not _something_else(text) and not legal_form(text) and any(c.isalpha() for c in text) and len(text.split()) <= 5
    )


def _something_else(text: str) -> bool:
    others = (looks.role, looks.department, looks.sourceish, looks.names_place, looks.sentence)
    return any(looks_so(text) for looks_so in others)


def _may_be_named(bit: Bit) -> bool:
    if bit.name >= SENSIBLE or bit.company >= SENSIBLE:
        return True
    return not (looks.role(bit.text) or looks.sentence(bit.text) or looks.source(bit.text))


def _one(want: str, candidates: Sequence[Bit], bits: Sequence[Bit], address: Address) -> tuple[dict[str, Bit], bool]:
    """Returns the name or the company if the other has a key, and True if it is certain."""
    told = [bit for bit in candidates if (bit.name if want == "name" else bit.company) >= SENSIBLE]
    if len(told) == 1:
        text = told[0].text
        return {want: told[0]}, address.nothing_else(text) if want == "name" else address.nothing_but(text)
    best = (told or candidates)[0]
    plain = (
        _plain_name(best.text, address) if want == "name" else not address.tells_company and _plain_company(best.text)
    )
    return {want: best}, not told and len(bits) == 1 and plain


def _in_two(bit: Bit, address: Address) -> tuple[Bit, Bit] | None:
    """Returns name and company without a mark between them, if the address tells where one ends."""
    spoken = bit.text.split()
    found = []
    for cut in range(1, min(len(spoken), 10)):
        left, right = " ".join(spoken[:cut]), " ".join(spoken[cut:])
        for name, company in ((left, right), (right, left)):
            whole = address.names_company(company) == 3
            told = address.names_person(name) >= SENSIBLE > address.names_person(company)
            if whole and told and address.nothing_else(name):
                found.append((Bit(text=name.rstrip(":")), Bit(text=company.rstrip(":"))))
    return found[0] if len(found) == 1 else None
