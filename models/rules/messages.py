"""The messages that Baton shows: an entry for each kind says how Baton treats it and how its keys are laid out, and a
function beside makes the message. Pure.

Nothing else builds a key or takes one apart.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from typing import Self

from models.rules.week import Week


class To(Enum):
    """Where messages of a kind go."""

    # To one person, in their direct messages.
    PERSON = auto()
    # To the handoff channel, also if the agreement names another one before they are posted.
    HANDOFFS = auto()
    # To the channel of the digests, likewise.
    DIGESTS = auto()


class Then(Enum):
    """What follows once the chat has taken a message that was not there before."""

    # The news of its handoff are sent again, because they link to it.
    LINK = auto()
    # Each handoff that is one of its items gets a ledger line: the person was reminded.
    REMINDED = auto()
    # Its handoff gets a ledger line: the marketer heard that they may contact the lead again.
    RECALLED = auto()


@dataclass(frozen=True, kw_only=True)
class Traits:
    """How Baton treats the messages of a kind."""

    # The names of what follows the kind in a key: `handoff:line` is laid out as `news:HANDOFF:LINE`. Only the last part
    # may have a colon in it. `handoff` is the id of the handoff that the message is about.
    key: str
    to: To
    # It counts as a reminder: it waits for its person's hours, and Baton says only so many a day.
    reminder: bool = False
    # It has a time of its own. Baton sends every other message at once.
    appointment: bool = False
    # It belongs in the thread of the message that has the same key but for the kind, which is this one.
    thread_of: str = ""
    # What follows once it is there.
    then: Then | None = None
    # Once it is there, the person's earlier messages of such kinds fold to a line.
    folds: bool = False
    # A reaction to it is about its handoff.
    reactions: bool = False


class MessageKind(StrEnum):
    traits: Traits

    def __new__(cls, name: str, traits: Traits | None = None) -> Self:
        if traits is None:  # the default is for `MessageKind(name)`, which asks for one that is there
            raise TypeError(f"the kind of message {name!r} has no traits")
        kind = str.__new__(cls, name)
        kind._value_, kind.traits = name, traits
        return kind

    # The lead's card in the handoff channel.
    CARD = "card", Traits(key="handoff", to=To.HANDOFFS, then=Then.LINK, reactions=True)
    # To a person who owes (or owed) the next move. Each version of the handoff is a new message.
    # Its stored name is older than the word.
    YOUR_MOVE = "turn", Traits(key="handoff:version", to=To.PERSON, reactions=True)
    # To the marketer: what became of their lead. To its former owner: who has it now. `line` is the ledger line's id.
    NEWS = "news", Traits(key="handoff:line", to=To.PERSON)
    # To a manager: a contested rejection.
    RULING = "ruling", Traits(key="handoff:person", to=To.PERSON)
    # To one person: a reminder about the handoffs that are its items.
    NUDGE = (
        "nudge",
        Traits(key="person:moment", to=To.PERSON, reminder=True, appointment=True, then=Then.REMINDED, folds=True),
    )
    # To the marketer, after the time to answer a rejection: a reminder. Only earlier versions of Baton added this kind.
    # NUDGE has replaced it.
    UNANSWERED = "unanswered", Traits(key="handoff", to=To.PERSON, reminder=True, appointment=True)
    # To the marketer: the time has come to contact a lead again.
    NURTURE = "nurture", Traits(key="handoff:moment", to=To.PERSON, then=Then.RECALLED)
    # The week's digest. One of a week that is not over has the moment in its key, too.
    DIGEST = "digest", Traits(key="week", to=To.DIGESTS)
    # The digest's tables, in its thread.
    DIGEST_DETAILS = "digest_details", Traits(key="week", to=To.DIGESTS, thread_of="digest")
    # To a manager: something is wrong with the handover itself. The key allows one a day for each finding.
    ALARM = "alarm", Traits(key="finding:about:day:person", to=To.PERSON, appointment=True)

    def of(self, *parts: object) -> str:
        """Returns the key with these parts."""
        return ":".join((self, *map(str, parts)))

    def thread(self, key: str) -> str | None:
        """Returns the key of the message in whose thread the one with this key belongs. None if it stands alone."""
        first, (_, _, rest) = self.traits.thread_of, key.partition(":")
        return f"{first}:{rest}" if first else None


def parts_of(key: str) -> dict[str, str]:
    """Returns the parts of a key by their names. Raises ValueError if it is not laid out as its kind says."""
    names = MessageKind(key.split(":", maxsplit=1)[0]).traits.key.split(":")
    return dict(zip(names, key.split(":", len(names))[1:], strict=True))


def going(to: To) -> tuple[MessageKind, ...]:
    """Returns the kinds that go there."""
    return tuple(kind for kind in MessageKind if kind.traits.to is to)


# Sets of kinds, to be asked about rows of the outbox and in SQL.
TO_A_PERSON = frozenset(going(To.PERSON))
REMINDERS = tuple(kind for kind in MessageKind if kind.traits.reminder)
APPOINTMENTS = tuple(kind for kind in MessageKind if kind.traits.appointment)
FOLDING = tuple(kind for kind in MessageKind if kind.traits.folds)


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
    return MessageKind.CARD.of(handoff)


def your_move(handoff: int, person: str, *, version: int) -> Wanted:
    """Returns the message to the person who owes the next move from this version of the handoff on."""
    key = MessageKind.YOUR_MOVE.of(handoff, version)
    return Wanted(kind=MessageKind.YOUR_MOVE, key=key, lane=person, handoff_id=handoff)


def news(handoff: int, line: int, person: str) -> Wanted:
    """Returns the message that tells the marketer what became of their lead, or its former owner who has it now. `line`
    is the id of the ledger line."""
    key = MessageKind.NEWS.of(handoff, line)
    return Wanted(kind=MessageKind.NEWS, key=key, lane=person, handoff_id=handoff)


def line_of_news(key: str) -> int:
    """Returns the id of the ledger line that the news with this key reports."""
    return int(parts_of(key)["line"])


def ruling(handoff: int, manager: str) -> Wanted:
    """Returns the message that asks a manager to rule on a contested rejection."""
    key = MessageKind.RULING.of(handoff, manager)
    return Wanted(kind=MessageKind.RULING, key=key, lane=manager, handoff_id=handoff)


def nudge(person: str, *, due_at: datetime, key: str | None = None) -> Wanted:
    """Returns a reminder. `key` is the key of the reminder that waits for this person already, or None."""
    key = key or MessageKind.NUDGE.of(person, due_at.isoformat())
    return Wanted(kind=MessageKind.NUDGE, key=key, lane=person, due_at=due_at)


def nurture(handoff: int, marketer: str, *, until: datetime) -> Wanted:
    """Returns the message that tells the marketer that they may contact a lead again, because `until` has passed."""
    key = MessageKind.NURTURE.of(handoff, until.isoformat())
    return Wanted(kind=MessageKind.NURTURE, key=key, lane=marketer, handoff_id=handoff)


def moment_of_nurture(key: str) -> str:
    """Returns the moment, in ISO format, in the key of such a message."""
    return parts_of(key)["moment"]


def digest(week: Week, channel: str, *, extra: datetime | None = None) -> tuple[Wanted, Wanted]:
    """Returns the digest of a week, and its tables in its thread. `extra`: it is one besides the regular one, made at
    this moment."""
    name = f"{week}:{extra:%Y-%m-%dT%H.%M}" if extra else f"{week}"
    return (
        Wanted(kind=MessageKind.DIGEST, key=MessageKind.DIGEST.of(name), lane=channel),
        Wanted(kind=MessageKind.DIGEST_DETAILS, key=MessageKind.DIGEST_DETAILS.of(name), lane=channel),
    )


def week_of_digest(key: str) -> Week:
    """Returns the week of the digest to which a message with this key belongs."""
    return Week.parse(parts_of(key)["week"].split(":")[0])


def alarm(finding: str, about: str, manager: str, *, day: date, due_at: datetime) -> Wanted:
    """Returns the message that tells a manager that something is wrong with the handover itself. The key allows one a
    day for each finding. `finding` is its kind."""
    key = MessageKind.ALARM.of(finding, about, day, manager)
    return Wanted(kind=MessageKind.ALARM, key=key, lane=manager, due_at=due_at)


def subject_of_alarm(key: str) -> tuple[str, str]:
    """Returns the kind of finding that an alarm with this key reports, and what it is about."""
    parts = parts_of(key)
    return parts["finding"], parts["about"]
