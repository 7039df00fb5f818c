"""The messages that Baton shows: their kinds, how Baton treats each kind, and the keys that name them. Pure.

In a key, HANDOFF is the id of a handoff.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class MessageKind(StrEnum):
    # The lead's card in the handoff channel. Key `card:HANDOFF`.
    CARD = "card"
    # To a person who owes (or owed) the next move. Key `turn:HANDOFF:VERSION`, so each version is a new message.
    YOURS = "turn"
    # To the marketer: what became of their lead. To its former owner: who has it now. Key `news:HANDOFF:LEDGER LINE`.
    NEWS = "news"
    # To a manager: a contested rejection. Key `ruling:HANDOFF:PERSON`.
    RULING = "ruling"
    # To one person: a reminder about the handoffs that are its items. Key `nudge:PERSON:MOMENT`.
    NUDGE = "nudge"
    # To the marketer, after the time to answer a rejection: a reminder. Only earlier versions of Baton added this kind.
    # NUDGE has replaced it. Key `unanswered:HANDOFF`.
    UNANSWERED = "unanswered"
    # To the marketer: the time has come to contact a lead again. Key `nurture:HANDOFF:MOMENT`.
    NURTURE = "nurture"
    # The week's digest. Key `digest:WEEK`.
    DIGEST = "digest"
    # The digest's tables, in its thread. Key `digest_details:WEEK`.
    DIGEST_DETAILS = "digest_details"
    # To a manager: something is wrong with the handover itself. Key `alarm:PROBLEM:ABOUT:DAY:PERSON`.
    ALARM = "alarm"


# The kinds that count as reminders. The others (such as YOURS, RULING, NEWS and NURTURE) do not.
REMINDERS = (MessageKind.NUDGE, MessageKind.UNANSWERED)
# The kinds that have a time of their own. Baton sends every other kind at once.
APPOINTMENTS = (MessageKind.NUDGE, MessageKind.UNANSWERED, MessageKind.ALARM)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One message that the chat should show. `lane` is the channel or the person to whom it goes."""

    kind: MessageKind
    key: str
    lane: str
    handoff_id: int | None = None
    due_at: datetime | None = None


def card(handoff: int, channel: str) -> Wanted:
    """Returns the card of a handoff, in the handoff channel."""
    return Wanted(kind=MessageKind.CARD, key=card_key(handoff), lane=channel, handoff_id=handoff)


def card_key(handoff: int) -> str:
    """Returns the key of the card of a handoff."""
    return f"card:{handoff}"


def yours(handoff: int, person: str, *, version: int) -> Wanted:
    """Returns the message to the person who owes the next move from this version of the handoff on."""
    return Wanted(kind=MessageKind.YOURS, key=f"turn:{handoff}:{version}", lane=person, handoff_id=handoff)


def news(handoff: int, line: int, person: str) -> Wanted:
    """Returns the message that tells the marketer what became of their lead, or its former owner who has it now. `line`
    is the id of the ledger line."""
    return Wanted(kind=MessageKind.NEWS, key=f"news:{handoff}:{line}", lane=person, handoff_id=handoff)


def line_of_news(key: str) -> int:
    """Returns the id of the ledger line that the news with this key reports."""
    return int(key.rsplit(":", 1)[1])


def ruling(handoff: int, manager: str) -> Wanted:
    """Returns the message that asks a manager to rule on a contested rejection."""
    return Wanted(kind=MessageKind.RULING, key=f"ruling:{handoff}:{manager}", lane=manager, handoff_id=handoff)


def nudge(person: str, *, due_at: datetime, key: str | None = None) -> Wanted:
    """Returns a reminder. `key` is the key of the reminder that waits for this person already, or None."""
    return Wanted(kind=MessageKind.NUDGE, key=key or f"nudge:{person}:{due_at.isoformat()}", lane=person, due_at=due_at)


def nurture(handoff: int, marketer: str, *, until: datetime) -> Wanted:
    """Returns the message that tells the marketer that they may contact a lead again, because `until` has passed."""
    return Wanted(
        kind=MessageKind.NURTURE, key=f"nurture:{handoff}:{until.isoformat()}", lane=marketer, handoff_id=handoff
    )


def digest(name: str, channel: str) -> tuple[Wanted, Wanted]:
    """Returns the digest called `name` (see `models/reports/digest.py`), and its tables in its thread."""
    return (
        Wanted(kind=MessageKind.DIGEST, key=digest_key(name), lane=channel),
        Wanted(kind=MessageKind.DIGEST_DETAILS, key=f"digest_details:{name}", lane=channel),
    )


def digest_key(name: str) -> str:
    """Returns the key of the digest with this name."""
    return f"digest:{name}"


def digest_name(key: str) -> str:
    """Returns the name of the digest to which a message with this key belongs."""
    return key.split(":", 1)[1]


def alarm(problem: str, about: str, manager: str, *, day: date, due_at: datetime) -> Wanted:
    """Returns the message that tells a manager that something is wrong with the handover itself. The key allows one a
    day for each problem."""
    key = f"alarm:{problem}:{about}:{day}:{manager}"
    return Wanted(kind=MessageKind.ALARM, key=key, lane=manager, due_at=due_at)


def subject_of_alarm(key: str) -> tuple[str, str]:
    """Returns the problem that an alarm with this key reports, and what it is about."""
    _, problem, about, _ = key.split(":", 3)
    return problem, about
