"""One element that a person uses: its first value, its value after a choice or typing, and what is wrong with it."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from bot.sandbox.errors import Impossible
from bot.sandbox.records import Json

# By the type of an element: the key of its value in state and payloads, and the key of its initial value.
VALUE_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", ""),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "checkboxes": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
# The types whose value is a list.
MANY = {name for name in VALUE_KEYS if name.startswith("multi_")} | {"checkboxes", "file_input"}
# The types that hold typed text.
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}


def initial_state(element: Json) -> Json:
    """Returns the entry in state.values of an element that nobody has used yet."""
    key, initial = VALUE_KEYS[element["type"]]
    empty: Any = [] if element["type"] in MANY else None
    return {"type": element["type"], key: element.get(initial, empty)}


def chosen_state(element: Json, value: Any) -> Json:
    """Returns the entry in state.values after a person entered `value`. Raises Impossible if nobody could enter it.

    The value or the text names an option; the id names a person, a channel or a conversation. Dates and times may be
    Python objects or Slack's texts. None, or an empty list, clears the element.
    """
    kind = element["type"]
    key, _ = VALUE_KEYS[kind]
    if kind in MANY:
        many = value if isinstance(value, list | tuple | set) else [] if value is None else [value]
        chosen: Any = [_choose(element, one) for one in many]
        most = element.get("max_selected_items")
        if most is not None and len(chosen) > most:
            raise Impossible(f"at most {most} can be selected")
    else:
        chosen = None if value is None else _choose(element, value)
    return {"type": kind, key: chosen}


def _choose(element: Json, value: Any) -> Any:
    kind = element["type"]
    if kind.endswith("external_select"):
        if not isinstance(value, dict):
            raise Impossible("an external select takes one of the options that the app suggested")
        return value
    if "option" in VALUE_KEYS[kind][0]:
        return find_option(element, value)
    return _in_slacks_form(kind, value)


def _in_slacks_form(kind: str, value: Any) -> Any:
    if kind in TYPED:
        return str(value)
    if kind == "datepicker":
        return value.isoformat() if isinstance(value, dt.date) else dt.date.fromisoformat(value).isoformat()
    if kind == "timepicker":
        return value.strftime("%H:%M") if isinstance(value, dt.time) else value
    if kind == "datetimepicker":
        return int(value.timestamp()) if isinstance(value, dt.datetime) else int(value)
    return value


def all_options(element: Json) -> list[Json]:
    """Returns the options of an element, including those in groups."""
    grouped = [one for group in element.get("option_groups", []) for one in group["options"]]
    return [*element.get("options", []), *grouped]


def find_option(element: Json, wanted: Any) -> Json:
    """Returns the option with that value or text. Raises Impossible."""
    if isinstance(wanted, dict):
        wanted = wanted.get("value")
    offered = all_options(element)
    for option in offered:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    names = ", ".join(f"{one.get('value')} ({one['text']['text']})" for one in offered)
    raise Impossible(f"{wanted!r} is not among the options: {names}")


def what_is_wrong(element: Json, state: Json, *, optional: bool) -> str | None:
    """Returns what Slack's client says about a field before it submits anything. None if nothing is wrong."""
    kind = element["type"]
    value = state.get(VALUE_KEYS[kind][0])
    if value in (None, "", []):
        return None if optional else "Please complete this required field."
    if kind == "plain_text_input":
        return _length_problem(element, value)
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Enter a valid email address."
    if kind == "url_text_input" and not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.\-]*://\S+", value):
        return "Enter a valid URL."
    if kind == "number_input":
        return _number_problem(element, value)
    return None


def _length_problem(element: Json, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Must be at least {least} characters."
    return f"Must be at most {most} characters." if len(value) > most else None


def _number_problem(element: Json, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Enter a number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Must be at least {element['min_value']}."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Must be at most {element['max_value']}."
    return None


def initial_entries(blocks: Sequence[Json], elements_of: Any) -> dict[str, dict[str, Json]]:
    """Returns state.values for blocks that nobody has used yet."""
    entries: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in VALUE_KEYS:
                entries.setdefault(block["block_id"], {})[element["action_id"]] = initial_state(element)
    return entries
