"""Whether a payload is made as Slack makes them: the parts that are read have the types they are read as.

Only what is read here, by Bolt or by the handlers, is looked at; whatever else Slack adds passes.
"""

from collections.abc import Mapping
from typing import Any

_OBJECTS = frozenset({"event", "view", "message", "previous_message", "container", "state", "item", "bot_profile"})
_PARTIES = frozenset({"user", "channel", "team", "enterprise"})
"""An object here, an id there."""
_WORDS = frozenset(
    {"type", "subtype", "event_id", "trigger_id", "callback_id", "action_id", "response_url", "private_metadata"}
    | {"id", "ts", "thread_ts", "event_ts", "action_ts", "reaction", "tab", "item_user", "bot_id", "tz", "block_id"}
    | {"user_id", "team_id", "channel_id", "enterprise_id", "command"}
)
_MESSAGES = frozenset({"event", "message", "previous_message"})
_NEEDED: Mapping[str, Mapping[str, type]] = {
    "reaction_added": {"user": str, "reaction": str, "item": dict},
    "reaction_removed": {"user": str, "reaction": str, "item": dict},
    "user_change": {"user": dict},
    "app_home_opened": {"user": str},
    "member_joined_channel": {"user": str, "channel": str},
    "member_left_channel": {"user": str, "channel": str},
}
"""Of events that are listened to, the parts without which there is nothing to do."""


def is_slacks(payload: Mapping[str, Any]) -> bool:
    """Whether a payload can be read."""
    if not _readable(payload):
        return False
    event = payload.get("event") or {}
    needed = _NEEDED.get(event.get("type", ""), {})
    return all(isinstance(event.get(name), kind) for name, kind in needed.items())


def _readable(part: Mapping[str, Any], name: str = "") -> bool:
    if name in _MESSAGES and not isinstance(part.get("text") or "", str):
        return False
    return all(_fits(key, value) for key, value in part.items() if value is not None)


def _fits(key: str, value: object) -> bool:
    if key in _WORDS:
        return isinstance(value, str)
    if key in _OBJECTS:
        return isinstance(value, dict) and _readable(value, key)
    if key in _PARTIES:
        return isinstance(value, str) or (isinstance(value, dict) and _readable(value))
    if key in ("actions", "response_urls", "authorizations"):
        return isinstance(value, list) and all(isinstance(one, dict) and _readable(one) for one in value)
    if key == "values":
        return isinstance(value, dict) and all(isinstance(block, dict) for block in value.values())
    return True
