"""Text for Slack: escaped, cut, and with tokens for people and times. All text that a person typed goes through
here."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.slack.mentions import without_ids
from models.errors import PersonId

# Characters that change the direction of the text after them. They can make one name read as another.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")

_PHONE = re.compile(
    r"(\+)?((?:\(0\)|[\d\s()./\u2010-\u2015-])+?)(?:\s*(?:x|ext\.?|extension|#)\s*(\d{1,8}))?", re.ASCII
)
# The digits of a telephone number: from a short one inside a company to the longest with a prefix to dial out.
FEWEST_DIGITS, MOST_DIGITS = 4, 20
# Signs that follow an amount, as codes do.
CURRENCY_SIGNS = {"EUR": "€"}
# Signs that stand before an amount.
CURRENCY_PREFIXES = {"USD": "$", "GBP": "£", "JPY": "¥"}
_ADDRESS = re.compile(r"https?://[^\s<>|]{1,90}")


def clean(text: str) -> str:
    """Returns the text without what no database holds: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def plain(text: str, limit: int) -> str:
    """Returns typed text for a plain_text object: harmless as it is, at most `limit` characters, never empty."""
    return clamp(_OVERRIDES.sub("", without_ids(text)), limit) or " "


def for_terminal(text: str) -> str:
    """Returns the text without the control characters that steer a terminal. Line breaks stay."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) != "Cc")


def escape(text: str, limit: int = 500) -> str:
    """Returns typed text for mrkdwn: without Slack's control sequences, at most `limit` characters when escaped."""
    text = _OVERRIDES.sub("", without_ids(text))
    kept = clamp(text, limit)
    while len(escaped := kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) > limit:
        kept = clamp(kept, len(kept) - max(1, (len(escaped) - limit) // 4))
    return escaped


def clamp(text: str, limit: int) -> str:
    """Returns at most `limit` characters of the text, with an ellipsis if it was cut."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def joined(sentences: Iterable[str]) -> str:
    """Returns several sentences as one, with a mark at its end."""
    whole = "; ".join(sentences)
    return whole if whole.endswith(("?", "!", ".", "…")) else f"{whole}."


def quoted(text: str, limit: int = 500) -> str:
    """Returns typed words as a quotation, on one line."""
    return f"“{escape(' '.join(text.split()), limit)}”"


def mention(person: str) -> str:
    return f"<@{person}>"


def channel(channel_id: str) -> str:
    return f"<#{channel_id}>"


def mail_link(address: str) -> str:
    """Returns an e-mail address as a link that opens a new e-mail. Empty if there is none."""
    return f"<mailto:{quote(address, safe='@', errors='ignore')}|{escape(address, 300)}>" if address else ""


def phone_link(number: str) -> str:
    """Returns a telephone number as a link that calls it. Other text stays text."""
    found = _PHONE.fullmatch(number.strip())
    digits = re.sub(r"\D", "", found[2].replace("(0)", "") if found[1] else found[2]) if found else ""
    if found is None or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return escape(number, 300)
    extension = f";ext={found[3]}" if found[3] else ""
    return f"<tel:{found[1] or ''}{digits}{extension}|{escape(number, 300)}>"


def when(moment: datetime) -> str:
    """Returns a time that each reader sees in their own zone. Phones' previews and screen readers get UTC."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def at_time(moment: datetime) -> str:
    """Returns the time of a day that the reader knows, in the reader's own zone."""
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


def span(length: timedelta) -> str:
    """Returns a length of time, rounded: 40 min, 3 h, 2 days."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest and hours < 3 else f"{round(minutes / 60)} h"
    return f"{round(minutes / 1440)} days"


def ago(moment: datetime, now: datetime) -> str:
    """Returns how long ago it was, in words: just now, 4 minutes ago, 3 hours ago, 2 days ago."""
    minutes = round((now - moment).total_seconds() / 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = round(minutes / size)
            return f"{count} {unit}{'s' if count != 1 else ''} ago"
    return "just now"


def money(cents: int, currency: str) -> str:
    """Returns an amount: 12,000 € or $12,000. Whole amounts have no decimals."""
    amount = f"{cents // 100:,}" if cents % 100 == 0 else f"{cents / 100:,.2f}"
    if currency in CURRENCY_PREFIXES:
        return f"{CURRENCY_PREFIXES[currency]}{amount}"
    return f"{amount} {CURRENCY_SIGNS.get(currency, currency)}"


def listing(parts: Sequence[str]) -> str:
    """Returns the parts as a list in words: a, b and c."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def permalink(workspace_url: str, channel_id: str, ts: str) -> str:
    """Returns the address of a message, as Slack makes it. Empty if the workspace's address is not known."""
    if not _ADDRESS.fullmatch(workspace_url):
        return ""
    return f"{workspace_url.rstrip('/')}/archives/{channel_id}/p{ts.replace('.', '')}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def show(fact: object, now: datetime) -> str:
    """Returns a fact of a refusal as Slack shows it: people as mentions, times as how long ago or when, typed text
    escaped."""
    match fact:
        case PersonId():
            return mention(fact)
        case datetime():
            return ago(fact, now) if fact <= now else when(fact)
        case _:
            return escape(str(fact), 1500)
