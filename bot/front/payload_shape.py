"""Checks that a payload has the shape of Slack's payloads: its parts have the types that the code expects.

It checks only the parts that Bolt or the handlers read. Everything else passes, so Slack may add parts.
"""

import re
from collections.abc import Mapping
from typing import Any

# Keys with an object.
_OBJECTS = frozenset(
    {"event", "view", "message", "previous_message", "container", "state", "item", "bot_profile", "profile"}
    | {"selected_option", "assistant_thread", "function_data"}
)
# Keys with a list of objects.
_LISTS = frozenset({"actions", "response_urls", "authorizations", "selected_options", "blocks"})
# Keys whose value must not be null.
_NEVER_NULL = frozenset({"response_urls"})
# Keys with an object in some payloads, and an id in others.
_PARTIES = frozenset({"user", "channel", "team", "enterprise"})
# Keys with an id, a name or the like: text on one line. Text that a person typed may hold anything, see `_TYPED`.
_WORDS = frozenset(
    {"type", "subtype", "event_id", "trigger_id", "callback_id", "action_id", "private_metadata"}
    | {"id", "ts", "thread_ts", "event_ts", "action_ts", "reaction", "tab", "item_user", "bot_id", "tz", "block_id"}
    | {"user_id", "team_id", "channel_id", "enterprise_id", "command", "status_emoji"}
    | {"selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time"}
)
# Keys with text that a person typed.
_TYPED = frozenset({"value"})
_ADDRESS = re.compile(r"https?://[\w.-]+(:\d{1,5})?/\S*", re.ASCII)
# Keys with a time, in seconds of Unix time.
_MOMENTS = frozenset({"status_expiration"})
# The end of the year 9999, in seconds of Unix time.
LAST_MOMENT = 253_402_300_799
# Keys with a message.
_MESSAGES = frozenset({"message", "previous_message"})
# For each event that a handler takes, the parts without which it means nothing.
_NEEDED: Mapping[str, Mapping[str, type]] = {
    "message": {"channel": str},
    "reaction_added": {"user": str, "reaction": str, "item": dict},
    "reaction_removed": {"user": str, "reaction": str, "item": dict},
    "user_change": {"user": dict},
    "app_home_opened": {"user": str},
    "member_joined_channel": {"user": str, "channel": str},
    "member_left_channel": {"user": str, "channel": str},
    "tokens_revoked": {"tokens": dict},
}


def is_slacks(payload: object) -> bool:
    """True if a payload can be read, and has the parts without which it means nothing."""
    if not isinstance(payload, dict) or not _means_something(payload) or not _readable(payload):
        return False
    event = payload.get("event") or {}
    needed = _NEEDED.get(event.get("type", ""), {})
    return all(isinstance(event.get(name), kind) for name, kind in needed.items())


def _means_something(payload: Mapping[str, Any]) -> bool:
    """True if a payload has the parts without which nothing can be done with it. `_NEEDED` has those of events."""
    kind = payload.get("type")
    user = payload.get("user")
    someone = isinstance(user, dict) and isinstance(user.get("id"), str)
    match kind:
        case "url_verification":
            return isinstance(payload.get("challenge"), str)
        case "event_callback":
            event = payload.get("event")
            return isinstance(event, dict) and isinstance(event.get("type"), str)
        case "block_actions":
            clicked = payload.get("actions")
            named = isinstance(clicked, list) and all(
                isinstance(action, dict) and isinstance(action.get("action_id"), str) for action in clicked
            )
            return someone and named and bool(clicked)
        case "view_submission" | "view_closed":
            view = payload.get("view")
            named = isinstance(view, dict) and all(isinstance(view.get(name), str) for name in ("type", "callback_id"))
            return someone and named
        case "shortcut" | "message_action":
            return someone and isinstance(payload.get("callback_id"), str)
        case None:
            told = all(isinstance(payload.get(name), str) for name in ("command", "user_id"))
            return (told and isinstance(payload.get("text"), str | None)) or payload.get("ssl_check") == "1"
        case _:
            return someone


def _readable(part: Mapping[str, Any], name: str = "") -> bool:
    """True if each part has the type that the code expects. `name` is the key under which this object stands."""
    said = name in _MESSAGES or (name == "event" and part.get("type") == "message")
    if said and not all(isinstance(part.get(key), str | None) for key in ("text", "user")):
        return False
    if name == "item" and not isinstance(part.get("channel"), str | None):
        return False
    if part.get("type") == "input" and not isinstance(part.get("block_id"), str):
        return False
    return all(_fits(key, value) for key, value in part.items() if value is not None or key in _NEVER_NULL)


def _fits(key: str, value: object) -> bool:
    if key in _WORDS:
        return _is_word(value)
    if key == "response_url":
        return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
    if key in _TYPED:
        return isinstance(value, str)
    if key in _MOMENTS:
        return isinstance(value, int) and 0 <= value <= LAST_MOMENT
    if key in _OBJECTS:
        return isinstance(value, dict) and _readable(value, key)
    if key in _PARTIES:
        return _is_word(value) or (isinstance(value, dict) and _readable(value))
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(one, dict) and _readable(one) for one in value)
    if key == "selected_users":
        return isinstance(value, list) and all(_is_word(one) for one in value)
    if key == "values":
        return isinstance(value, dict) and all(_are_elements(block) for block in value.values())
    return True


def _is_word(value: object) -> bool:
    """True for text without line breaks and without what no database holds: NUL, and halves of surrogate pairs."""
    return isinstance(value, str) and value.isprintable()


def _are_elements(block: object) -> bool:
    """True for what was entered in one block of a form."""
    return isinstance(block, dict) and all(isinstance(one, dict) and _readable(one) for one in block.values())
