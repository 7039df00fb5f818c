"""The metadata of Baton's messages: the outbox row's token and, on a card, the id and the number of its handoff."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from models.rules.rows import LARGEST_ID
from models.rules.unknown_leads import LARGEST_SHOWN, SeenCard

# The type of the metadata.
EVENT = "baton_message"
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_TS = re.compile(r"\d{1,12}\.\d{6}", re.ASCII)


class Shows(NamedTuple):
    """The handoff that a card shows."""

    handoff: int
    number: int


def metadata(token: str, shows: Shows | None = None) -> dict[str, Any]:
    """Returns the metadata of a message. `shows`: the message is the card of this handoff."""
    card = {"handoff": str(shows.handoff), "number": shows.number} if shows else {}
    return {"event_type": EVENT, "event_payload": {"token": token, **card}}


def token_in(message: Mapping[str, Any]) -> object:
    """Returns the token in the metadata of a message that Slack shows, or None."""
    return _payload(message).get("token")


def cards(messages: Iterable[Mapping[str, Any]], *, by: str) -> Iterator[SeenCard]:
    """Yields the cards among messages that Slack shows, if this user posted them. Leaves out every message whose
    metadata does not say so, such as that of another app, or of a card from before metadata named the handoff."""
    for message in messages:
        found = _payload(message)
        handoff, number, ts = found.get("handoff"), found.get("number"), message.get("ts")
        if (
            message.get("user") == by
            and isinstance(handoff, str)
            and _ID.fullmatch(handoff)
            and int(handoff) <= LARGEST_ID
            and type(number) is int  # True is an int too
            and 0 < number <= LARGEST_SHOWN
            and isinstance(ts, str)
            and _TS.fullmatch(ts)
        ):
            yield SeenCard(int(handoff), number, ts)


def _payload(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the payload of the metadata that Baton gave a message. Empty if there is none."""
    found = message.get("metadata")
    if not isinstance(found, Mapping) or found.get("event_type") != EVENT:
        return {}
    payload = found.get("event_payload")
    return payload if isinstance(payload, Mapping) else {}
