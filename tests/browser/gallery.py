"""A message with every element of Block Kit that a message can have. Baton itself sends only some of them."""

from typing import Any

Json = dict[str, Any]


def _text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def _option(name: str) -> Json:
    return {"text": _text(name.capitalize()), "value": name}


OPTIONS = [_option("red"), _option("green")]
ASKED = {"title": _text("Sure?"), "text": _text("It can't be undone."), "confirm": _text("Do it"), "deny": _text("No")}
ELEMENTS: list[Json] = [
    {"type": "button", "action_id": "plain", "text": _text("Plain"), "value": "1"},
    {"type": "button", "action_id": "sure", "text": _text("Risky"), "style": "danger", "confirm": ASKED},
    {"type": "button", "action_id": "link", "text": _text("Elsewhere"), "url": "https://elsewhere.example"},
    {"type": "overflow", "action_id": "overflow", "options": OPTIONS},
    {
        "type": "static_select",
        "action_id": "color",
        "placeholder": _text("A color"),
        "options": OPTIONS,
        "initial_option": OPTIONS[0],
    },
    {
        "type": "multi_static_select",
        "action_id": "colors",
        "placeholder": _text("Colors"),
        "options": OPTIONS,
        "initial_options": OPTIONS[:1],
    },
    {"type": "users_select", "action_id": "user", "placeholder": _text("A person")},
    {"type": "conversations_select", "action_id": "place", "placeholder": _text("A place")},
    {"type": "channels_select", "action_id": "channel", "placeholder": _text("A channel")},
    {"type": "external_select", "action_id": "external", "placeholder": _text("From afar"), "min_query_length": 3},
    {"type": "datepicker", "action_id": "day", "placeholder": _text("A day"), "initial_date": "2026-11-09"},
    {"type": "timepicker", "action_id": "time", "placeholder": _text("A time"), "initial_time": "09:30"},
    {"type": "datetimepicker", "action_id": "moment", "initial_date_time": 1794225602},
    {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS, "initial_options": OPTIONS[:1]},
    {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS},
]
BLOCKS: list[Json] = [
    {"type": "header", "text": _text("Gallery")},
    {"type": "actions", "elements": ELEMENTS},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "With *something* beside it"},
        "accessory": {"type": "button", "action_id": "beside", "text": _text("Beside")},
    },
    {
        "type": "input",
        "label": _text("A word"),
        "dispatch_action": True,
        "element": {"type": "plain_text_input", "action_id": "word"},
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": _text("Good"), "value": "good"},
                "negative_button": {"text": _text("Bad"), "value": "bad"},
            },
            {"type": "icon_button", "action_id": "icon", "icon": "trash", "text": _text("Remove")},
        ],
    },
    {"type": "file", "external_id": "elsewhere", "source": "remote"},
]
