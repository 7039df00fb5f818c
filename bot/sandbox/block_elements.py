"""The elements of Block Kit, and which of them each block allows."""

from typing import Any

from bot.sandbox.block_parts import (
    CONFIRM,
    DISPATCH,
    FILTER,
    ID,
    IMAGE_URL,
    INITIAL_IS_OFFERED,
    OPTION_GROUPS,
    SLACK_FILE,
    STATIC_CHOICE,
    URL,
    WORKFLOW,
    any_text,
    option,
    options,
    plain,
)
from bot.sandbox.checks import (
    Check,
    Scan,
    anything,
    array,
    boolean,
    both,
    if_object,
    matching,
    one_of,
    only_one_of,
    shape,
    text,
    whole,
)

DATE = matching(r"\d{4}-\d{2}-\d{2}", "must be a date in the format YYYY-MM-DD")
TIME = matching(r"([01]\d|2[0-3]):[0-5]\d", "must be a time in the format HH:mm")
DECIMAL = matching(r"-?\d+(\.\d+)?", "must be a number")
USER = matching(r"[UW][A-Z0-9]+", "must be a user id")
CONVERSATION = matching(r"[CDGUW][A-Z0-9]+", "must be a conversation id")
CHANNEL = matching(r"[CG][A-Z0-9]+", "must be a channel id")

_ANY: dict[str, Check] = {"action_id": ID}
_FOCUS: dict[str, Check] = {"focus_on_load": boolean}
_PICK: dict[str, Check] = {**_ANY, **_FOCUS, "confirm": CONFIRM, "placeholder": plain(150)}
_MANY: dict[str, Check] = {**_PICK, "max_selected_items": whole(1, 100)}
_TYPED: dict[str, Check] = {**_ANY, **_FOCUS, "placeholder": plain(150), "dispatch_action_config": DISPATCH}


def _lengths_fit(element: dict[str, Any], at: str, scan: Scan) -> None:
    least, most = element.get("min_length"), element.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        scan.report("min_length must be less than or equal to max_length", at)


def _range_fits(element: dict[str, Any], at: str, scan: Scan) -> None:
    try:
        least, most = float(element["min_value"]), float(element["max_value"])
    except (KeyError, TypeError, ValueError):
        return
    if least > most:
        scan.report("min_value must be less than or equal to max_value", at)


ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain(75)},
        {
            **_ANY,
            "url": URL,
            "value": text(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": text(75),
        },
    ),
    "workflow_button": shape(
        {"text": plain(75), "workflow": WORKFLOW},
        {**_ANY, "style": one_of("primary", "danger"), "accessibility_label": text(75)},
    ),
    "icon_button": shape(
        {"text": plain(75), "icon": one_of("trash")},
        {
            **_ANY,
            "value": text(2000),
            "confirm": CONFIRM,
            "accessibility_label": text(75),
            "visible_to_user_ids": array(USER, most=100),
        },
    ),
    "feedback_buttons": shape(
        {
            "positive_button": shape({"text": plain(75), "value": text(2000)}, {"accessibility_label": text(75)}),
            "negative_button": shape({"text": plain(75), "value": text(2000)}, {"accessibility_label": text(75)}),
        },
        _ANY,
    ),
    "image": both(
        shape({"alt_text": text(2000)}, {"image_url": IMAGE_URL, "slack_file": SLACK_FILE}),
        only_one_of("image_url", "slack_file"),
    ),
    "overflow": shape({"options": options(5, with_url=True)}, {**_ANY, "confirm": CONFIRM}),
    "checkboxes": both(
        shape(
            {"options": options(10, rich=True)},
            {**_ANY, **_FOCUS, "confirm": CONFIRM, "initial_options": options(10, rich=True)},
        ),
        INITIAL_IS_OFFERED,
    ),
    "radio_buttons": both(
        shape(
            {"options": options(10, rich=True)},
            {**_ANY, **_FOCUS, "confirm": CONFIRM, "initial_option": option(rich=True)},
        ),
        INITIAL_IS_OFFERED,
    ),
    "datepicker": shape({}, {**_PICK, "initial_date": DATE}),
    "timepicker": shape({}, {**_PICK, "initial_time": TIME, "timezone": text(100)}),
    "datetimepicker": shape({}, {**_ANY, **_FOCUS, "confirm": CONFIRM, "initial_date_time": whole(10**9, 10**10 - 1)}),
    "static_select": both(
        shape(
            {},
            {
                **_PICK,
                "options": options(100),
                "option_groups": OPTION_GROUPS,
                "initial_option": option(rich=False),
            },
        ),
        STATIC_CHOICE,
    ),
    "multi_static_select": both(
        shape(
            {},
            {
                **_MANY,
                "options": options(100),
                "option_groups": OPTION_GROUPS,
                "initial_options": options(100),
            },
        ),
        STATIC_CHOICE,
    ),
    "external_select": shape({}, {**_PICK, "initial_option": option(rich=False), "min_query_length": whole(0, 255)}),
    "multi_external_select": shape({}, {**_MANY, "initial_options": options(100), "min_query_length": whole(0, 255)}),
    "users_select": shape({}, {**_PICK, "initial_user": USER}),
    "multi_users_select": shape({}, {**_MANY, "initial_users": array(USER, most=100)}),
    "conversations_select": shape(
        {},
        {
            **_PICK,
            "initial_conversation": CONVERSATION,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": FILTER,
        },
    ),
    "multi_conversations_select": shape(
        {},
        {
            **_MANY,
            "initial_conversations": array(CONVERSATION, most=100),
            "default_to_current_conversation": boolean,
            "filter": FILTER,
        },
    ),
    "channels_select": shape({}, {**_PICK, "initial_channel": CHANNEL, "response_url_enabled": boolean}),
    "multi_channels_select": shape({}, {**_MANY, "initial_channels": array(CHANNEL, most=100)}),
    "plain_text_input": both(
        shape(
            {},
            {
                **_TYPED,
                "initial_value": text(3000, least=0),
                "multiline": boolean,
                "min_length": whole(0, 3000),
                "max_length": whole(1, 3000),
            },
        ),
        if_object(_lengths_fit),
    ),
    "email_text_input": shape({}, {**_TYPED, "initial_value": text(3000, least=0)}),
    "url_text_input": shape({}, {**_TYPED, "initial_value": text(3000, least=0)}),
    "number_input": both(
        shape(
            {"is_decimal_allowed": boolean},
            {**_TYPED, "initial_value": DECIMAL, "min_value": DECIMAL, "max_value": DECIMAL},
        ),
        if_object(_range_fits),
    ),
    "rich_text_input": shape({}, {**_TYPED, "initial_value": anything}),
    "file_input": shape({}, {**_ANY, "filetypes": array(text(255), most=100), "max_files": whole(1, 10)}),
    "plain_text": plain(2000),
    "mrkdwn": any_text(2000),
}

_SELECTS = {
    name
    for kind in ("static", "external", "users", "conversations", "channels")
    for name in (f"{kind}_select", f"multi_{kind}_select")
}
_CHOICES = {"checkboxes", "radio_buttons", "datepicker", "timepicker"}
IN_SECTION = {"button", "image", "overflow", "workflow_button"} | _SELECTS | _CHOICES
IN_ACTIONS = {"button", "overflow", "workflow_button", "datetimepicker", "rich_text_input"} | _SELECTS | _CHOICES
IN_CONTEXT = {"image", "plain_text", "mrkdwn"}
IN_CONTEXT_ACTIONS = {"feedback_buttons", "icon_button"}
IN_INPUT = (
    {
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "file_input",
        "datetimepicker",
    }
    | _SELECTS
    | _CHOICES
)
ONLY_IN_MODALS = {"file_input"}
INTERACTIVE = set(ELEMENTS) - {"image", "plain_text", "mrkdwn"}
