"""What people ask of the desk, understood and typed, from whichever door it came in. Who asks is a `Caller`, apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.errors import PersonId
from models.intake import LeadDetails
from models.lifecycle import Move


@dataclass(frozen=True, kw_only=True)
class FlagRequest:
    """A marketer hands over a lead. `rep` is who they ask for; `mends` the rejected handoff that this one makes good.

    `receipt` names the delivery, here and in the other requests. `may_repeat`: it comes from a form that stays open
    after a refusal, so the same may be sent again and is then tried again.
    """

    receipt: str
    lead: LeadDetails
    rep: PersonId | None = None
    mends: int | None = None
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """A person moves a handoff on. What a move needs besides a note is checked by the rules of that move. `to`: whom it
    is handed to, where it is."""

    receipt: str
    number: int
    move: Move
    note: str = ""
    reason: str | None = None
    value_cents: int | None = None
    expected_close: date | None = None
    to: PersonId | None = None
    """Whom it is handed to."""
    attempts_known: int | None = None
    """How many contacts were logged when the person said that this is another one."""
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """Somebody corrects what is known of a lead. `seen`: a digest of each field as it was when they began, so that
    nothing is lost that others changed meanwhile."""

    receipt: str
    number: int
    lead: LeadDetails
    seen: Mapping[str, str]
    may_repeat: bool = True


@dataclass(frozen=True, kw_only=True)
class UndoRequest:
    """Somebody takes back what they did: a line of the ledger, or the last that they can take back."""

    receipt: str
    line: int | None
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class ReactionRequest:
    """A reaction on a card, given or taken away; `event_at` orders the chat's events."""

    receipt: str
    number: int
    reaction: str
    given: bool
    event_at: str
    may_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class CommentRequest:
    """A reply in the thread of a card, new, edited, or (without text) deleted; `event_at` orders the chat's events."""

    number: int
    ts: str
    text: str | None
    event_at: str


Once = FlagRequest | MoveRequest | EditRequest | UndoRequest | ReactionRequest
"""What has its effect once, however often it is delivered: see `receipt`."""
