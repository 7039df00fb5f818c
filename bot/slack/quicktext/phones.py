"""Reads phone numbers as people of many countries write them."""

import re

from bot.slack.quicktext import words as known
from bot.slack.quicktext.marks import shadow

# In digits. That many before a slash are a number, and another number follows.
LEAST_DIGITS = 8
# In digits. A number has 15 at most, and two zeros before it if it is dialled from another country.
MOST_DIGITS = 17
# In characters. Only this much of a message is searched for a phone number.
LONGEST_READ = 4000

_EXTENSION = (
    r"(?:x|ext\.?|extension|durchwahl|dw|poste|int\.|interno|ramal|anexo|toestel|app\.?|apparat|nebenstelle|nst\.?|klappe"
    r"|anknytning|#)\s*\d{1,6}"
)
_PHONE = re.compile(rf"(?P<number>[+(]?\d[\d\s()/.+-]{{4,}}\d)(?:\s*[,;]?\s*{_EXTENSION})?", re.IGNORECASE)
_PHONE_LABEL = re.compile(
    rf"(?:{'|'.join(map(re.escape, known.PHONE_LABELS))})\.?\s*:?\s+(?=[+(\d])|[☎📞📱🕿☏✆]\ufe0f?\s*", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})")
# More numbers, by their last digits alone: `6744 70 - 70 - 71`.
_SEVERAL = re.compile(r"(?:\s[-/]\s*\d{1,2}){2,}$")
_YEAR_CODE = re.compile(r"\((?:19|20)\d\d\)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def is_extension(text: str) -> bool:
    """True if the text is nothing but an extension: `ext. 9`, `x12`."""
    return re.fullmatch(_EXTENSION, text, re.IGNORECASE) is not None


def dubious(text: str) -> bool:
    """True if the text has as many digits as a phone number and may be none, or may be two that begin alike."""
    whole, before = (len(re.sub(r"\D", "", one)) for one in (text, text.rpartition("/")[0]))
    return (
        whole > MOST_DIGITS
        or before >= LEAST_DIGITS
        or _SEVERAL.search(text) is not None
        or _YEAR_CODE.match(text) is not None
    )


def without_phone_label(text: str) -> str:
    return _PHONE_LABEL.sub("", text, count=1) if _PHONE_LABEL.match(text) else text


def phone(text: str, country: str) -> bool | None:
    """Returns True if the text surely is a phone number, None if it may be one, False if it is none. Reads national
    forms of this country (two letters; empty: any country's)."""
    marks = shadow(text)
    found = _PHONE.fullmatch(marks)
    if found is None or _DATE.fullmatch(marks) or _GROUPED.fullmatch(marks):
        return False
    digits = re.sub(r"\D", "", found["number"])
    if dubious(found["number"]):
        return None
    if not 7 <= len(digits) <= 17:
        return None if marks[:1] in "+0(" and len(digits) >= 5 else False
    if marks.startswith(("+", "00")):
        return True if _valid(f"+{found['number'].removeprefix('00').lstrip('+')}", None) else None
    if country and _valid(found["number"], country):
        return True
    groups = re.findall(r"\d+", found["number"])
    usual = marks[0] in "0(" or re.fullmatch(r"\d{3}[-. ]\d{3}[-. ]\d{4}", found["number"])
    return True if usual and (len(groups) > 1 or len(digits) > 8) else None


def phone_in(text: str, country: str) -> str | None:
    """Returns the first phone number in a text, as it stands there."""
    import phonenumbers  # noqa: PLC0415 - as below

    found = next(iter(phonenumbers.PhoneNumberMatcher(text[:LONGEST_READ], country or None)), None)
    return None if found is None else str(found.raw_string)


def _valid(text: str, country: str | None) -> bool:
    """True if the number exists by the numbering plans that the library `phonenumbers` knows."""
    import phonenumbers  # noqa: PLC0415 - 100 ms and 10 MB that only who types a number needs

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text, country))
    except phonenumbers.NumberParseException:
        return False
