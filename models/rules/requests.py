"""What people ask the desk to do, parsed and typed, the same from every entry point. The `Caller` says who asks.

A handoff is named by its id, which buttons and forms carry (`rows.CarriedId`), or by its number, which people type.
Every id that the program makes is larger than every number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.errors import PersonId
from models.rules.fields import LeadDetails
from models.rules.lifecycle import Move


@dataclass(frozen=True, kw_only=True)
class FlagRequest:
    """A marketer hands over a lead. `rep` is the person they ask for. `fixes` is the rejected handoff that this one
    corrects.

    `receipt` names the delivery, here and in the other requests. `may_repeat`: the request comes from a form that stays
    open after a refusal, so the person may send the same again, and Baton tries it again.
    """

    receipt: str
    lead: LeadDetails
    rep: PersonId | None = None
    fixes: int | None = None
    may_repeat: bool = False


class MoveField(StrEnum):
    """What a form of a move asks for, as a refusal of it calls it."""

    TO = "Hand to"
    VALUE = "Value"
    EXPECTED_CLOSE = "Expected close"


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """A person makes a move on a handoff. The rules of the move check what it needs besides a note. `to` is the person
    who gets the handoff, if the move hands it on."""

    receipt: str
    handoff: int
    move: Move
    note: str = ""
    reason: str | None = None
    value_cents: int | None = None
    expected_close: date | None = None
    # The person who gets the handoff.
    to: PersonId | None = None
    # How many contacts were logged when the person said that this is another one.
    attempts_known: int | None = None
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """Somebody corrects the fields of a lead. `seen` holds a digest of each field when they opened the form, so that no
    change of another person is lost."""

    receipt: str
    handoff: int
    lead: LeadDetails
    seen: Mapping[str, str]
    may_repeat: bool = True


@dataclass(frozen=True, kw_only=True)
class UndoRequest:
    """Somebody undoes what they did. `line` is the ledger line, or None for the last one that they can undo."""

    receipt: str
    line: int | None
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class ReactionRequest:
    """A reaction on a card, added or removed. `event_at` orders the chat's events."""

    receipt: str
    handoff: int
    reaction: str
    given: bool
    event_at: str
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class CommentRequest:
    """A reply in the thread of a card: new, edited, or (without text) deleted. `event_at` orders the chat's events."""

    handoff: int
    ts: str
    text: str | None
    event_at: str


# The requests that have their effect once, however often the chat delivers them. See `receipt`.
Once = FlagRequest | MoveRequest | EditRequest | UndoRequest | ReactionRequest
