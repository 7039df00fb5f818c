"""The composition objects of Block Kit: text, confirm, options and groups, filter, dispatch, Slack file."""

from typing import Any

from bot.sandbox.checks import (
    Check,
    Scan,
    array,
    boolean,
    both,
    by_type,
    if_object,
    matching,
    one_of,
    only_one_of,
    shape,
    text,
)

ID = text(255)
URL = both(text(3000), matching(r"(?s)[a-z][a-z0-9+.\-]*:.+", "must be a valid URL"))
IMAGE_URL = both(text(3000), matching(r"(?s)https?://.+", "must be a valid URL"))


def plain(most: int) -> Check:
    """Returns the check for a plain_text object of at most `most` characters."""
    return by_type({"plain_text": shape({"text": text(most)}, {"emoji": boolean})})


def any_text(most: int) -> Check:
    """Returns the check for a plain_text or mrkdwn object of at most `most` characters."""
    return by_type(
        {
            "plain_text": shape({"text": text(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": text(most)}, {"verbatim": boolean}),
        }
    )


CONFIRM = shape(
    {"title": plain(100), "text": any_text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def option(*, rich: bool, with_url: bool = False) -> Check:
    """Returns the check for an option. With `rich` (checkboxes, radio buttons) it may use mrkdwn."""
    words = any_text(75) if rich else plain(75)
    optional: dict[str, Check] = {"description": any_text(75) if rich else plain(75)}
    if with_url:
        optional["url"] = URL
    return shape({"text": words, "value": text(150)}, optional)


def _distinct_values(options: Any, at: str, scan: Scan) -> None:
    if not isinstance(options, list):
        return
    values = [one.get("value") for one in options if isinstance(one, dict)]
    if len({value for value in values if isinstance(value, str)}) != len(values):
        scan.report("option values must be unique", at)


def options(most: int, *, rich: bool = False, with_url: bool = False, least: int = 1) -> Check:
    """Returns the check for a list of `least` to `most` options, each with its own value."""
    return both(array(option(rich=rich, with_url=with_url), least=least, most=most), _distinct_values)


OPTION_GROUPS = array(shape({"label": plain(75), "options": options(100)}), most=100)


def _initial_is_offered(element: dict[str, Any], at: str, scan: Scan) -> None:
    groups = element.get("option_groups") or []
    offered = list(element.get("options") or [])
    for group in groups if isinstance(groups, list) else []:
        offered += group.get("options", []) if isinstance(group, dict) else []
    faces = [_face(one) for one in offered if isinstance(one, dict)]
    chosen: list[Any] = list(element.get("initial_options") or [])
    if "initial_option" in element:
        chosen.append(element["initial_option"])
    for one in chosen:
        if isinstance(one, dict) and _face(one) not in faces:
            scan.report("initial option must be one of the options", at)


def _face(one: dict[str, Any]) -> tuple[Any, Any]:
    """Returns the value and the text of an option. An initial option counts as offered only if both are the same."""
    words = one.get("text")
    return one.get("value"), words.get("text") if isinstance(words, dict) else words


INITIAL_IS_OFFERED = if_object(_initial_is_offered)
STATIC_CHOICE = both(only_one_of("options", "option_groups"), INITIAL_IS_OFFERED)

FILTER = both(
    shape(
        {},
        {
            "include": array(one_of("im", "mpim", "private", "public"), most=4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        },
    ),
)
DISPATCH = shape({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), most=2)})
SLACK_FILE = both(shape({}, {"id": text(255), "url": URL}), only_one_of("id", "url"))
WORKFLOW = shape(
    {
        "trigger": shape(
            {"url": URL},
            {"customizable_input_parameters": array(shape({"name": text(255), "value": text(3000)}), most=100)},
        )
    }
)
