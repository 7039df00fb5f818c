"""Amounts of money as people write them. Baton does not guess an amount that reads two ways, or is in another currency:
it asks."""

import re
from collections.abc import Iterator
from functools import cache

from models.errors import BadValue
from models.rules.characters import visible
from models.rules.requests import MoveField

# For each currency, what stands for it beside its code, in lower case.
SIGNS = {
    "EUR": "€ euro euros",
    "USD": "$ us$ u.s.$ dollar dollars",
    "GBP": "£ gb£ uk£ pound pounds quid",
    "CHF": "fr. sfr. franken francs",
    "JPY": "¥ jp¥ 円 yen",
    "CNY": "¥ cn¥ 元 rmb",
    "INR": "₹ rs rs. rupees",
    "CAD": "$ ca$ c$ cad$",
    "AUD": "$ a$ au$",
    "NZD": "$ nz$",
    "SGD": "$ s$ sg$",
    "HKD": "$ hk$",
    "MXN": "$ mx$",
    "BRL": "r$",
    "SEK": "kr",
    "NOK": "kr",
    "DKK": "kr kr.",
    "PLN": "zł",
    "CZK": "kč",
    "HUF": "ft",
    "TRY": "₺ tl",
    "ILS": "₪",
    "KRW": "₩ won",
    "RUB": "₽ руб руб.",
    "UAH": "₴",
    "ZAR": "r",
}
# Currencies of countries where a comma divides thousands, so that 12,00 may be twelve, or twelve thousand less a digit.
COMMA_GROUPS = frozenset(["USD", "GBP", "CAD", "AUD", "NZD", "SGD", "HKD", "JPY", "CNY", "INR", "KRW", "ILS", "MXN"])
# Currencies in which 1.250 may be one and a quarter.
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

# Currencies whose amounts people count in lakhs.
LAKHS = ("INR", "PKR", "BDT", "NPR", "LKR")

_AMOUNT = re.compile(r"\d(?:[\d.,'’\s]*\d)?", re.ASCII)
_NUMBER = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<mark>[.,'])\d{3})+|\d{1,12})(?:(?P<point>[.,])(?P<part>\d{1,2}))?", re.ASCII
)
# Lakhs and crores: 1,25,000. In other currencies this reads two ways.
_INDIAN = re.compile(r"(?P<whole>\d{1,2}(?:,\d{2})+,\d{3})(?:\.(?P<part>\d{1,2}))?", re.ASCII)
# Thousands with spaces between them.
_GROUPS = re.compile(r"\d{1,3}(?:\s\d{3})+(?!\s*\d)")
# What may stand directly after a number: 12.000,- and 12,000/-
_NO_CENTS = re.compile(r"[.,/:][-–—]{1,2}\s*")
# Words for multiples, in lower case. Words that mean different things in different countries (billion, mil) are left
# out.
SCALES = {
    1_000: "k tsd tsd. tausend thousand grand mille tys tys. тыс тыс. tusen duizend",
    1_000_000: "m mm mn mn. mio mio. million millions millionen millón millones milhão milhões milione milioni mln "
    "mln. млн млн. miljoen miljon miljoner",
    1_000_000_000: "bn mrd mrd. milliarde milliarden milliard milliards",
}
# Words for multiples in amounts of these currencies. A T without a sign after it is none.
LOCAL_SCALES = {
    LAKHS: {100_000: "lakh lakhs lac lacs l", 10_000_000: "crore crores cr cr."},
    ("JPY", "CNY"): {10_000: "万 萬", 100_000_000: "億 亿"},
    ("KRW",): {10_000: "만", 100_000_000: "억"},
    ("EUR", "CHF", "SEK"): {1_000: "t"},
}
# The signs that East Asian keyboards write wide, as the same ones of ASCII: １２０ and ￥.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0xFFE5: ord("¥")}
# In hundredths. The database holds no more.
LARGEST = 10**17


def cents(text: str | None, currency: str = "") -> int:
    """Returns an amount in hundredths. Reads it as people write it: 12,000 or 12.000,50 or 1.2 Mio. `currency` is the
    code of the currency in which it is asked for, empty for any. Raises BadValue."""
    typed = visible(text or "").translate(_NARROW).strip()
    found = _AMOUNT.search(typed)
    if found is None:
        raise _no_amount(typed)
    scale = _scale(typed, found, currency)
    if re.search(r"\d\s+\d", found[0]) and not _GROUPS.match(found[0]):
        raise _bad(f"“{typed[:40]}” can be read in two ways; write it without spaces, as 12,000")
    digits = re.sub(r"\s", "", found[0].replace("’", "'"))
    number, in_lakhs = _NUMBER.fullmatch(digits), _INDIAN.fullmatch(digits)
    number = number or in_lakhs
    if number is None:
        raise _no_amount(typed)
    if _reads_two_ways(number, scale, currency) if not in_lakhs else scale > 1 or currency not in LAKHS:
        raise _bad(f"“{typed[:40]}” can be read in two ways; write it out without dots, as 12,000 or 1,250,000")
    amount = (int(re.sub(r"\D", "", number["whole"])) * 100 + int((number["part"] or "0").ljust(2, "0"))) * scale
    if amount > LARGEST:
        raise _no_amount(typed)
    return amount


def _scale(typed: str, found: re.Match[str], currency: str) -> int:
    """Returns what to multiply the number by. The words around it stand for a multiple, for this currency, or for both.
    Raises BadValue."""
    before, behind = typed[: found.start()].strip().lower(), typed[found.end() :]
    behind = re.sub(_NO_CENTS, "", behind, count=1).strip().lower()
    scales = (_multiple(before, currency) if before not in _bare_scales() else None, _multiple(behind, currency))
    if scales[0] is None or scales[1] is None or 1 not in scales:
        raise _not_understood(typed, currency)
    return scales[0] * scales[1]


def _multiple(words: str, currency: str) -> int | None:
    """Returns the multiple that a few words stand for, with or without this currency's sign: `mio. eur`, `k`, `teur`.
    Returns 1 if there is nothing but the sign, and None for anything else."""
    signs = _signs(currency)
    if not words or words in signs:
        return 1
    if words in _all_signs():
        return None  # “kr” is not “k”
    for scale, names in _scales(currency):
        for name in names.split():
            rest = words.removeprefix(name)
            if rest != words and (rest.strip() in signs or (not rest and name != "t")):
                return scale
    return None


def _scales(currency: str) -> Iterator[tuple[int, str]]:
    yield from SCALES.items()
    for currencies, scales in LOCAL_SCALES.items():
        if currency in currencies:
            yield from scales.items()


def _signs(currency: str) -> frozenset[str]:
    """Returns what stands for this currency, in lower case. For an empty one, returns what stands for any."""
    return frozenset((currency.lower(), *SIGNS.get(currency, "").split())) if currency else _all_signs()


@cache
def _bare_scales() -> frozenset[str]:
    return frozenset(name for names in SCALES.values() for name in names.split())


@cache
def _all_signs() -> frozenset[str]:
    return frozenset(one for code, signs in SIGNS.items() for one in (code.lower(), *signs.split()))


def _not_understood(typed: str, currency: str) -> BadValue:
    """Returns the error: it is another currency, by its code or as the library `price-parser` reads it, or it is no
    amount."""
    from price_parser import Price  # noqa: PLC0415 - takes 30 ms, and few amounts need it

    code = re.fullmatch(r"[\d.,'’\s]*([A-Za-z]{3})[\d.,'’\s]*", typed)
    told = (Price.fromstring(typed).currency or (code[1] if code else "")).lower()
    words = {told, *re.findall(r"[^\W\d_]+", typed.lower())} - {""}
    if currency and (told or words & _all_signs()) and not words & _signs(currency):
        return _bad(f"“{typed[:40]}” is in another currency; write the value in {currency}, as 12,000")
    return _no_amount(typed)


def _reads_two_ways(found: re.Match[str], scale: int, currency: str) -> bool:
    """True if the marks of a number are doubtful: `1.250m` may be one and a quarter million, and `1.234.5` and `0,500`
    have their marks in wrong places."""
    mark = found["mark"]
    if mark is None:
        return found["point"] == "," and scale == 1 and currency in COMMA_GROUPS
    marks = set(re.findall(r"[.,']", found["whole"]))
    single = found["whole"].count(mark) == 1 and mark != "'" and found["part"] is None
    odd = len(marks) > 1 or found["point"] == mark or found["whole"].startswith("0")
    return odd or (single and (scale > 1 or currency in THREE_DECIMALS))


def _no_amount(typed: str) -> BadValue:
    return _bad(f"“{typed[:40]}” is no amount; write it as 12,000")


def _bad(problem: str) -> BadValue:
    return BadValue(field=MoveField.VALUE, problem=problem)
