"""The fields of a lead, with a check for each field. Every entry point uses the same checks."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email

from models.errors import Refused
from models.rules.characters import visible

# The longest text of each field, in characters.
LONGEST = {
    "name": 150,
    "company": 150,
    "email": 254,
    "title": 150,
    "phone": 50,
    "website": 250,
    "source": 60,
    "campaign": 100,
    "why_now": 3000,
}

REQUIRED = {
    "name": "the name of the person",
    "company": "the company",
    "email": "an e-mail address",
}
NUMBERS = {"score": (0, 1_000_000), "employees": (0, 50_000_000)}


@dataclass(frozen=True, kw_only=True)
class LeadDetails:
    """A lead as a marketer flags it: who, where, how to reach them, and why now."""

    name: str
    company: str
    email: str
    title: str = ""
    phone: str = ""
    website: str = ""
    employees: int | None = None
    source: str = ""
    campaign: str = ""
    score: int | None = None
    why_now: str = ""

    @property
    def email_key(self) -> str:
        """Returns the key by which two e-mail addresses count as the same."""
        return self.email.casefold()


FIELDS = tuple(LeadDetails.__dataclass_fields__)


class BadLead(Refused):
    """This can't be flagged yet: {problems}."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(problems="; ".join(errors.values()))
        self.errors = dict(errors)


def check(given: Mapping[str, str]) -> LeadDetails:
    """Returns the fields as typed, cleaned. Raises BadLead, which has a sentence for each field that is wrong."""
    errors: dict[str, str] = {}
    texts: dict[str, Any] = {field: _clean(given.get(field, ""), multiline=field == "why_now") for field in LONGEST}
    for field, what in REQUIRED.items():
        if not texts[field]:
            errors[field] = f"{what} is missing"
    for field, longest in LONGEST.items():
        if len(texts[field]) > longest:
            errors[field] = f"{field.replace('_', ' ')} has {len(texts[field])} characters, at most {longest} fit"
    numbers: dict[str, Any] = {field: _number(field, given.get(field, ""), errors) for field in NUMBERS}
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
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        errors["email"] = f"“{text[:80]}” is no e-mail address: {str(error)[:1].lower()}{str(error)[1:].rstrip('.')}"
        return ""
