"""What somebody means who flags a lead in one line.

`Jane Doe, Acme, jane@acme.com, source=webinar score=72 "asked for pricing"`: in any order, with any quotes, with the
marks that Slack puts around addresses and people.
"""

import re
from dataclasses import dataclass, field

from models.errors import PersonId

KEYS = {
    "name": "name",
    "company": "company",
    "account": "company",
    "email": "email",
    "mail": "email",
    "e-mail": "email",
    "title": "title",
    "role": "title",
    "position": "title",
    "phone": "phone",
    "tel": "phone",
    "website": "website",
    "web": "website",
    "site": "website",
    "domain": "website",
    "employees": "employees",
    "size": "employees",
    "source": "source",
    "campaign": "campaign",
    "score": "score",
    "why": "why_now",
    "note": "why_now",
    "rep": "rep",
    "to": "rep",
}

# None of these may look through the same long word again from each of its letters: people paste whole pages.
_LINK = re.compile(r"<(?:mailto:|tel:)?([^|<>@#!][^|<>]*)(?:\|([^<>]*))?>")
_PERSON = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>")
_QUOTED = re.compile(r'"([^"]*)(?:"|$)')
_PERSON_OUTSIDE_QUOTES = re.compile(rf"{_QUOTED.pattern}|{_PERSON.pattern}")
_SOMEBODY = "\x00"
"""Where a person was named; no text that arrives has it."""
_PAIR = re.compile(r'(?<![\w@.?&/-])([A-Za-z][\w-]*)\s*=\s*("[^"]*(?:"|$)|[^\s,;"]*)')
_KNOWN_PAIR = re.compile(rf'(?<![\w@./-])({"|".join(KEYS)}):\s*("[^"]*(?:"|$)|[^\s,;"/]+)', re.IGNORECASE)
_APOSTROPHES = re.compile(r"(?<!\w)'([^']{3,})'(?!\w)")
_LEGAL = re.compile(r"(?:inc|ltd|llc|gmbh|ag|corp|co|sa|sas|bv|plc|oy|ab|kg|se|srl|spa)\.?", re.IGNORECASE)
"""What stands behind a company's name, with a comma before it or not."""
_EMAIL = re.compile(r"(?<![^\s,;<>\"()\x00])[^\s,;<>\"()\x00]+@[^\s,;<>\"()\x00]+")
_PHONE = re.compile(r"\+?[\d][\d\s()/.-]{5,}\d")
_SITE = re.compile(r"(?:https?://\S+|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?)", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<!\s)\s+(?:at|from|of|@|/|–|-)\s+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was understood: texts by field, who it is for, and what could not be placed."""

    fields: dict[str, str] = field(default_factory=dict)
    rep: PersonId | None = None
    problems: dict[str, str] = field(default_factory=dict)


def read(text: str) -> Draft:
    """Understand as much as possible; what is missing or wrong is for the check of the fields to say."""
    fields: dict[str, str] = {}
    problems: dict[str, str] = {}
    rest = _straight_quotes(text)
    rest = _LINK.sub(lambda found: _address(found[1], found[2]), rest)
    people = _PERSON.findall(_QUOTED.sub("", rest))  # a person in quotes is spoken of, not asked for
    rest = _as_typed(_PERSON_OUTSIDE_QUOTES.sub(lambda found: _SOMEBODY if found[2] else found[0], rest))
    rest = _KNOWN_PAIR.sub(r"\1=\2", rest)
    for key, value in _PAIR.findall(rest):
        name = KEYS.get(key.lower())
        if name is None:
            known = ", ".join(sorted(set(KEYS.values())))
            problems[key] = f"I know no “{key[:30]}=”; the keys are {known}"
        elif name != "rep":
            fields[name] = value.strip('"').strip()
    rest = _APOSTROPHES.sub(r'"\1"', _PAIR.sub(",", rest))
    said = [words.strip() for words in _QUOTED.findall(rest) if words.strip()]
    if said:
        fields["why_now"] = " ".join([*([fields["why_now"]] if "why_now" in fields else []), *said])
    rest = _QUOTED.sub(",", rest).replace(_SOMEBODY, ",")
    rest = _take(_EMAIL, "email", rest, fields)
    parts = [part.strip() for part in re.split(r"[,;|\n]", rest) if part.strip(" .")]
    _place(_with_legal_forms(parts), fields)
    fields = {name: value for name, value in fields.items() if value}
    return Draft(fields=fields, rep=PersonId(people[0]) if people else None, problems=problems)


def _as_typed(text: str) -> str:
    """Slack sends & < > as entities. To be undone once, and after its own marks are read: typed ones are none."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _with_legal_forms(parts: list[str]) -> list[str]:
    """`Acme, Inc.` is one name."""
    joined: list[str] = []
    for part in parts:
        if joined and _LEGAL.fullmatch(part):
            joined[-1] = f"{joined[-1]}, {part}"
        else:
            joined.append(part)
    return joined


def _straight_quotes(text: str) -> str:
    return re.sub("[“”„‟«»]", '"', text)


def _address(target: str, label: str | None) -> str:
    """What stood there before Slack made a link of it."""
    return label or target


def _take(pattern: re.Pattern[str], name: str, text: str, fields: dict[str, str]) -> str:
    """Move the first match into its field; what is left of the text."""
    found = pattern.search(text)
    if found is None or name in fields:
        return text
    fields[name] = found[0].strip(".")
    return f"{text[: found.start()]},{text[found.end() :]}"


def _place(parts: list[str], fields: dict[str, str]) -> None:
    """Give the parts between commas to the fields: phone numbers and addresses by their looks, the others in order."""
    names = []
    for part in parts:
        if _PHONE.fullmatch(part) and "phone" not in fields:
            fields["phone"] = part
        elif _SITE.fullmatch(part) and "website" not in fields and len(parts) > 1:
            fields["website"] = part
        else:
            names.append(part)
    free = [name for name in ("name", "company", "title") if name not in fields]
    if len(names) == 1 and free[:2] == ["name", "company"]:
        names = _in_two(names[0], fields.get("email", ""))
    if free[:2] == ["name", "company"] and len(names) >= 2 and _is_company(names[0], fields.get("email", "")):
        names[0], names[1] = names[1], names[0]
    said = [part for part in names[2:] if part[:1].islower() and " " in part]  # a sentence, no role
    names = [part for part in names if part not in said]
    fields.update(zip(free, names, strict=False))
    if "company" not in fields and "website" in fields:
        fields["company"] = fields["website"]  # Booking.com
    if beyond := ", ".join([*names[len(free) :], *said]):
        fields["why_now"] = f"{fields['why_now']} {beyond}" if "why_now" in fields else beyond


def _in_two(part: str, email: str) -> list[str]:
    """Name and company where no comma stands between them: `Jane Doe at Acme`, or one that the address tells."""
    halves = _BETWEEN.split(part, maxsplit=1)
    first, _, last = part.rpartition(" ")
    return [first, last] if len(halves) == 1 and first and _is_company(last, email) else halves


def _is_company(part: str, email: str) -> bool:
    """Whether the address says that this part, written first, is the company: it is in the domain, not in the name."""
    local, _, domain = email.lower().rpartition("@")
    words = [word for word in re.findall(r"\w+", part.lower()) if len(word) > 2]
    return any(word in domain for word in words) and not any(word in local for word in words)
