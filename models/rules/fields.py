"""The fields of a lead, with a check for each field. Every entry point uses the same checks."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_type_hints

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from models.errors import Refused
from models.rules.characters import visible


@dataclass(frozen=True, kw_only=True)
class Field:
    """What is a field's own, whoever asks for it. What is Slack's is in bot/slack/fields.py.

    `label` and `example` stand in the form, `called` in sentences. `longest` is what may be typed, in characters.
    `needed` is what is missing if the field is empty. `lines`: it may have several. `of_handoff`: it is said of this
    handover, and not of the lead."""

    label: str
    example: str
    called: str
    longest: int
    needed: str = ""
    lines: bool = False
    of_handoff: bool = False


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A field with a whole number, up to `largest`."""

    longest: int = 20
    largest: int


# An address that is plainly fine: small ASCII letters, digits, and single marks between them. email-validator takes a
# while, accepts each of these, and returns it as it is; a test compares them. All other addresses are left to it.
_PLAIN_WORD = r"[a-z0-9]{1,20}(?:[._-][a-z0-9]{1,20}){0,2}"
_PLAIN_LABEL = r"[a-z0-9]{1,20}(?:-[a-z0-9]{1,20}){0,2}"
_PLAIN_ENDING = rf"(?!(?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})\Z)[a-z]{{2,20}}"
PLAIN_EMAIL = re.compile(rf"{_PLAIN_WORD}@(?:{_PLAIN_LABEL}\.){{1,2}}{_PLAIN_ENDING}")


@dataclass(frozen=True, kw_only=True)
class LeadDetails:
    """A lead as a marketer flags it: who, where, how to reach them, and why now. Each field with its entry."""

    name: Annotated[
        str, Field(label="Name", example="Jane Doe", called="the name", longest=150, needed="the name of the person")
    ]
    company: Annotated[
        str, Field(label="Company", example="Acme", called="the company", longest=150, needed="the company")
    ]
    email: Annotated[
        str,
        Field(
            label="E-mail",
            example="jane@acme.com",
            called="the e-mail address",
            longest=254,
            needed="an e-mail address",
        ),
    ]
    title: Annotated[str, Field(label="Role", example="VP Operations", called="the role", longest=150)] = ""
    phone: Annotated[str, Field(label="Phone", example="+49 30 1234", called="the phone number", longest=50)] = ""
    website: Annotated[str, Field(label="Website", example="acme.com", called="the website", longest=250)] = ""
    employees: Annotated[
        int | None, Number(label="Employees", example="250", called="the number of employees", largest=50_000_000)
    ] = None
    source: Annotated[
        str, Field(label="Source", example="webinar", called="the source", longest=60, of_handoff=True)
    ] = ""
    campaign: Annotated[
        str, Field(label="Campaign", example="spring-launch", called="the campaign", longest=100, of_handoff=True)
    ] = ""
    score: Annotated[
        int | None, Number(label="Score", example="72", called="the score", largest=1_000_000, of_handoff=True)
    ] = None
    why_now: Annotated[
        str,
        Field(
            label="Why now",
            example="asked for pricing, wants to start in June",
            called="why now",
            longest=3000,
            lines=True,
            of_handoff=True,
        ),
    ] = ""

    @property
    def email_key(self) -> str:
        """Returns the key by which two e-mail addresses count as the same."""
        return self.email.casefold()


# The entry of each field, by its name.
FIELDS: Mapping[str, Field] = {
    name: entry
    for name, hint in get_type_hints(LeadDetails, include_extras=True).items()
    for entry in get_args(hint)
    if isinstance(entry, Field)
}
OF_HANDOFF = tuple(name for name, field in FIELDS.items() if field.of_handoff)
OF_LEAD = tuple(name for name, field in FIELDS.items() if not field.of_handoff)
# The longest text of each field of words, in characters.
LONGEST = {name: field.longest for name, field in FIELDS.items() if not isinstance(field, Number)}
# The smallest and the largest number of each field of numbers.
NUMBERS = {
    name: (0, field.largest)
    for name in (*OF_HANDOFF, *OF_LEAD)
    for field in [FIELDS[name]]
    if isinstance(field, Number)
}


class BadLead(Refused):
    """This can't be flagged yet: {problems}."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(problems="; ".join(errors.values()))
        self.errors = dict(errors)


def check(given: Mapping[str, str]) -> LeadDetails:
    """Returns the fields as typed, cleaned. Raises BadLead, which has a sentence for each field that is wrong."""
    errors: dict[str, str] = {}
    said = {name: _clean(given.get(name, ""), multiline=field.lines) for name, field in FIELDS.items()}
    for name, field in FIELDS.items():
        if field.needed and not said[name]:
            errors[name] = f"{field.needed} is missing"
    texts: dict[str, Any] = {name: said[name] for name in LONGEST}
    for name, longest in LONGEST.items():
        if len(texts[name]) > longest:
            errors[name] = f"{name.replace('_', ' ')} has {len(texts[name])} characters, at most {longest} fit"
    numbers: dict[str, Any] = {name: _number(name, given.get(name, ""), errors) for name in NUMBERS}
    if "email" not in errors:
        texts["email"] = _email(texts["email"], errors)
    if errors:
        raise BadLead(errors)
    return LeadDetails(**texts, **numbers)


def _clean(text: str, *, multiline: bool) -> str:
    """Returns the text without what no database and no screen can hold (control characters, halves of surrogate pairs).
    Folds white space. With `multiline`, keeps line ends."""
    kept = "".join(c for c in visible(text) if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    if not any(c.isprintable() and not c.isspace() for c in kept):
        return ""
    if multiline:
        return re.sub(r"[^\S\n]+", " ", kept).strip()
    return " ".join(kept.split())


def _number(field: str, text: str, errors: dict[str, str]) -> int | None:
    text = visible(text).strip()
    if not text:
        return None
    low, high = NUMBERS[field]
    grouped = re.fullmatch(r"\d{1,9}|\d{1,3}(?:[\s\u00a0\u202f,._'’]\d{3}){1,2}", text, re.ASCII)
    digits = re.sub(r"\D", "", text)
    if not grouped or not low <= int(digits) <= high:
        errors[field] = f"{field} must be a whole number from {low} to {high:,}, not “{text[:40]}”"
        return None
    return int(digits)


def _email(text: str, errors: dict[str, str]) -> str:
    if PLAIN_EMAIL.fullmatch(text):
        return text
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        errors["email"] = f"“{text[:80]}” is no e-mail address: {str(error)[:1].lower()}{str(error)[1:].rstrip('.')}"
        return ""
