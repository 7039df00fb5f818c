"""Amounts of money as people write them. What reads two ways, or is in another currency, is not guessed but asked."""

import re

from models.errors import BadValue
from models.letters import visible

SIGNS = {
    "EUR": "€ euro euros",
    "USD": "$ us$ u.s.$",
    "GBP": "£ gb£ uk£",
    "CHF": "fr. sfr.",
    "JPY": "¥ jp¥ 円 yen",
    "CNY": "¥ cn¥ 元 rmb",
    "INR": "₹ rs rs.",
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
"""What stands for a currency beside its code, in lower case."""
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Of these currencies 1.250 may be one and a quarter."""

_NUMBER = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<mark>[.,'])\d{3})+|\d{1,12})(?:(?P<point>[.,])(?P<part>\d{1,2}))?", re.ASCII
)
_GROUPS = re.compile(r"\s*\d{1,3}(?:\s\d{3})+(?!\s*\d)")
"""Thousands with spaces between."""
_SCALES = {"k": 1_000, "m": 1_000_000}


def cents(text: str | None, currency: str = "") -> int:
    """An amount as people write it, 12,000 or 12.000,50 or 12k, in hundredths. `currency`: the code of the one in which
    it is asked for; empty: any. Raises BadValue."""
    typed = visible(text or "").strip()
    sign, rest = _sign(typed)
    if re.search(r"\d\s+\d", rest) and not _GROUPS.match(rest):
        raise _bad(f"“{typed[:40]}” can be read in two ways; write it without spaces, as 12,000")
    number = re.sub(r"\s", "", rest.replace("’", "'")).lower()
    scale = _SCALES.get(number[-1:], 1)
    digits = number[:-1] if scale > 1 else number
    found = _NUMBER.fullmatch(digits)
    if found is None:
        raise _bad(f"“{typed[:40]}” is no amount; write it as 12,000")
    if sign and currency and not _is(sign, currency):
        raise _bad(f"“{typed[:40]}” is in another currency; write the value in {currency}, as 12,000")
    if _reads_two_ways(found, scale, currency):
        raise _bad(f"“{typed[:40]}” can be read in two ways; write it out without dots, as 12,000 or 1,250,000")
    whole = int(re.sub(r"\D", "", found["whole"]))
    return (whole * 100 + int((found["part"] or "0").ljust(2, "0"))) * scale


def _sign(typed: str) -> tuple[str, str]:
    """The currency that stands before or behind the number, as the library `price-parser` tells it, and the rest."""
    from price_parser import Price  # noqa: PLC0415 - 30 ms that only who types an amount needs

    sign = Price.fromstring(typed).currency or ""
    if not sign:
        code = re.match(r"([A-Za-z]{3})\b|.*?\b([A-Za-z]{3})$", typed, re.DOTALL)
        sign = next((one for one in code.groups() if one), "") if code else ""
    before, found, behind = typed.partition(sign) if sign else (typed, "", "")
    return sign, f"{before}{behind}" if found else typed


def _is(sign: str, currency: str) -> bool:
    return sign.lower() in (currency.lower(), *SIGNS.get(currency, "").split())


def _reads_two_ways(found: re.Match[str], scale: int, currency: str) -> bool:
    """`1.250m` may be one and a quarter million; `1.234.5` and `0,500` have their marks where none belong."""
    mark = found["mark"]
    if mark is None:
        return False
    marks = set(re.findall(r"[.,']", found["whole"]))
    single = found["whole"].count(mark) == 1 and mark != "'" and found["part"] is None
    odd = len(marks) > 1 or found["point"] == mark or found["whole"].startswith("0")
    return odd or (single and (scale > 1 or currency in THREE_DECIMALS))


def _bad(problem: str) -> BadValue:
    return BadValue(field="Value", problem=problem)
