"""Last check before a line is filed: asks about values that do not fit their field.

The check covers fields with a key too: `title=72` is no role, whoever wrote it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from bot.slack.quicktext import surplus
from bot.slack.quicktext import words as known
from bot.slack.quicktext.address import Address
from bot.slack.quicktext.companies import has_legal_form
from bot.slack.quicktext.looks import about_work, city_apart
from bot.slack.quicktext.marks import shadow
from bot.slack.quicktext.phones import phone
from bot.slack.quicktext.spelling import folded_words, latin, letters
from models.rules.fields import FIELDS

# The fields about whose words something can be odd.
_CAN_BE_ODD = ("name", "company", "title", "source", "campaign")
_IN_NAMES = frozenset(".'’‘ʼ`´-‐‑,()&/·\"“”")
_IN_COMPANIES = _IN_NAMES | frozenset("+*!")
# Two words, and two more after a word that joins: two people, or a person and something else.
_JOINED = re.compile(r"\w+\s+\w+\s+(?:y|e|i|och|og|und|and|et|per|for|of|и|і|ve|en|or|oder)\s+\w+\s+\w+", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<!\S)[+(]?\d[\d\s()/.-]*(?!\S)")
_TWO_COMPANIES = re.compile(r"\s(?:c/o|via|now|formerly|previously|ehemals|vormals)\s", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d[\d\s()/.-]{5,}\d")
_NO_ROLE = re.compile(r"[@\d()\[\]{}<>「」『』]|'s\b|’s\b", re.IGNORECASE)
# In an address: a word in capitals before others, or capitals after small letters in the domain.
_GLUED = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?=[-_.].*[a-z].*@)|@.*[a-z][.-]?[A-Z]")
_TWO_GLUED = re.compile(r"(?:@|\w/)[^\s@,;|<>:/]+@")
# In a role: a company or a person follows these words.
_OF_SOMEWHERE = re.compile(rf"\b(?:{'|'.join(known.TOP_ROLES)}|at|bei|chez|from)\b", re.IGNORECASE)
_OF = re.compile(r"\s(?:of|for|at|from)\s", re.IGNORECASE)
_KEYLESS = re.compile(r"\b(?:score|title|phone|employees|campaign)\s+\S", re.IGNORECASE)
_AT = re.compile(r"\s(?:at|bei|chez|@)\s", re.IGNORECASE)
_LABELS = frozenset(
    [
        "name",
        "contact",
        "customer",
        "client",
        "company",
        "firma",
        "firm",
        "lead",
        "prospect",
        "hot",
        "warm",
        "cold",
        "pricing",
        "demo",
        "urgent",
        "new",
    ]
)
_LABELS_BEHIND = _LABELS - known.LEGAL
_PHONE_KEY = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, known.PHONE_LABELS))})\s*\.?\s*[:=.]?\s*$", re.IGNORECASE)
_COMPANY_KEY = re.compile(rf"\b(?:{'|'.join(map(re.escape, known.LABELS['company']))})\s*[=:]", re.IGNORECASE)
# Has as many digits as a phone number and is none: years, an IP address, a round number, digits in a row, a date.
_NOWHERE = re.compile(
    r"\d{4}\s*[-– ]\s*\d{4}|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:[ .,']\d{3})*[ .,']000|[1-9]\d*"
    r"|\d{1,2} \d{1,2} \d{4}|\d{1,3}(?:-\d00)+"
)
_LONG_LABELS = "|".join(re.escape(label) for label in known.FIELD_OF if " " in label)
# A key of several words right after a value. The first word may belong to the value: `title=Team Lead source=fair`.
_RUN_INTO = re.compile(rf"=\s*[^\s=,;|\n\"'‘][^=,;|\n\"']*\s(?P<label>{_LONG_LABELS})\s*=", re.IGNORECASE)
# In a note: says that nobody should call this person.
_NOT_TO_FLAG = re.compile(
    r"\b(?:(?:please|bitte) (?:ignore|delete|remove|ignorieren|l(?:ö|oe)schen)|ignore this|not a lead|kein lead"
    r"|has left|left the company|is a competitor|do(?:n['’]?t| not) (?:call|contact)|nicht anrufen)\b",
    re.IGNORECASE,
)
_SOCIAL = re.compile(r"(?:https?://)?(?:[\w-]+\.)?(?:linkedin|xing|facebook|twitter|x|instagram)\.com\b", re.IGNORECASE)


def doubts(said: str, fields: Mapping[str, str], *, country: str) -> Iterator[tuple[str, str]]:
    """Returns the questions to ask, each with its field. `said` is the whole line."""
    for name in _CAN_BE_ODD:
        text = fields.get(name, "")
        if text and (_odd(name, text, fields.get("email", "")) or _surplus(name, fields)):
            yield f"odd {name}", f"I am not sure that “{text[:60]}” is {FIELDS[name].called}"
    number = fields.get("phone", "")
    if number and not _keyed(said, number) and _NOWHERE.fullmatch(number.strip("() ")):
        yield "odd phone", f"I am not sure that “{number[:40]}” is a phone number"
    if number and phone(number, country) is False:
        yield "odd phone", f"I am not sure that “{number[:40]}” is a phone number"
    if found := _NOT_TO_FLAG.search(fields.get("why_now", "")):
        yield "no lead", f"“{found[0][:60]}”: should it be flagged at all?"
    if found := _RUN_INTO.search(shadow(said)):
        yield (
            "run into",
            f"is “{found['label']}” one key, or does “{found['label'].split()[0]}” end what stands before it?",
        )
    if _SOCIAL.match(fields.get("website", "")):
        yield "website", f"“{fields['website'][:60]}” is a profile rather than their website"
    if fields.get("name") and _of_somebody_else(fields.get("email", ""), fields["name"]):
        yield (
            "odd address",
            f"the address “{fields['email'][:60]}” may be of somebody else than “{fields['name'][:60]}”",
        )
    email = fields.get("email", "")
    if (
        not email.isascii()
        or _GLUED.search(email)
        or _TWO_GLUED.search(said)
        or _begins_otherwise(email, fields.get("name", ""))
    ):
        yield "odd email", f"something may have run into the e-mail address “{fields['email'][:60]}”"
    company, address = fields.get("company", ""), fields.get("email", "")
    if (
        company
        and _of_free_mail(address, company, fields.get("name", ""))
        and not (has_legal_form(company) or _COMPANY_KEY.search(said))
    ):
        yield "odd company", f"the address does not tell that “{company[:60]}” is the company"


def _own_words(role: str, company: str) -> bool:
    """True if a role contains the company's own words: `Purchasing Acme Holding`."""
    usual = known.FUNCTIONS | known.DEPARTMENTS | known.ROLE_WORDS | known.BUSINESS | known.JOINING | known.PLACES
    own = {word for word in folded_words(company) if len(word) > 2} - usual - known.LEGAL
    return latin(role) and bool(own & set(folded_words(role)))


def _of_somebody_else(email: str, name: str) -> bool:
    """True if the address has a first and a last name, and the name has neither: `mark.sutton@acme.com`."""
    local = email.partition("@")[0]
    spoken = [word for word in re.split(r"[._-]", local) if len(word) > 1]
    address = Address.of(email)
    told = (
        address.names_person(name) > 0
        or address.resembles(name)
        or any(letters(one) in letters(local) for one in name.split())
    )
    return len(spoken) > 1 and all(map(str.isalpha, spoken)) and latin(name) and not told and not address.is_generic


def _begins_otherwise(email: str, name: str) -> bool:
    """True if something stands before the name in the address: `CEOjane.doe@acme.com`, `0958jane.doe@acme.com`."""
    local = letters(email.partition("@")[0])
    spoken = [letters(word) for word in name.split()]
    found = [place for word in spoken if len(word) > 2 and (place := local.find(word)) >= 0]
    before = local[: min(found, default=0)]
    return len(found) > 1 and before not in spoken and (len(before) > 1 or before.isdigit())


def _surplus(name: str, fields: Mapping[str, str]) -> bool:
    """True if the value contains something else too, as far as the other fields tell."""
    text, company = fields[name], fields.get("company", "")
    address = Address.of(fields.get("email", ""))
    match name:
        case "name":
            return surplus.in_name(text, address)
        case "company":
            return surplus.in_company(text, fields.get("name", ""), address)
        case "title":
            if has_legal_form(text) or _AT.search(text) or _own_words(text, company):
                return True
            return city_apart(text) or (_OF_SOMEWHERE.search(text) is not None and not about_work(text, company))
        case _:
            return False


def _odd(name: str, text: str, address: str) -> bool:
    numbered = _numbered_like(address, text)
    if surplus.shortcode(text):
        return True
    match name:
        case "name":
            spoken = text.split()
            return (
                _has_signs(text, _IN_NAMES)
                or any(c in "@/&" for c in text)
                or (not numbered and any(c.isdigit() for c in text))
                or _JOINED.search(text) is not None
                or _OF.search(text) is not None
                or (not numbered and _labelled(spoken))
            )
        case "company":
            spoken = text.split()
            return (
                _has_signs(text, _IN_COMPANIES)
                or _TWO_COMPANIES.search(text) is not None
                or _LONG_NUMBER.search(text) is not None
                or (not numbered and len(spoken) > 1 and (spoken[-1].isdigit() or _labelled(spoken)))
            ) and Address.of(address).names_company(text) < 3
        case "title":
            return (
                surplus.in_role(text) or _NO_ROLE.search(text) is not None or _has_signs(text, _IN_NAMES | {"+", "|"})
            )
        case _:
            return (
                _KEYLESS.search(text) is not None
                or "@" in text
                or _LONG_NUMBER.search(text) is not None
                or any(c in "「」『』【】" for c in text)
            )


def _numbered_like(address: str, text: str) -> bool:
    """True if the address has the same numbers as the text: `lead7@acme.com` tells that “Lead 7” is a name."""
    numbers = re.findall(r"\d+", text)
    return bool(numbers) and set(numbers) <= set(re.findall(r"\d+", address))


def _labelled(spoken: list[str]) -> bool:
    return spoken[0].casefold() in _LABELS or spoken[-1].casefold() in _LABELS_BEHIND


def _has_signs(text: str, allowed: frozenset[str]) -> bool:
    """True if the text has a sign that is not allowed. Letters, digits and spaces always are."""
    if text.replace(" ", "").isalnum():
        return False
    return any(c not in allowed and unicodedata.category(c)[0] in "SPC" for c in text)


def _keyed(said: str, number: str) -> bool:
    """True if a word before the number says what the number is."""
    before = said[: said.find(number)] if number in said else ""
    return _PHONE_KEY.search(before[-60:]) is not None


def _of_free_mail(email: str, company: str, name: str) -> bool:
    """True if anybody can have such an address, so that it names a provider and no company."""
    address = Address.of(email)
    its_own = address.names_company(company) == 3 and address.is_made_of(name)
    return bool(email) and not address.tells_company and not its_own
