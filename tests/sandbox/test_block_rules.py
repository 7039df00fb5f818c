"""Block Kit's limits. For each, the sandbox reports Slack's error message and place."""

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Refusal
from bot.sandbox.block_rules import BLOCKS, prepare_blocks
from bot.sandbox.records import Channel
from bot.sandbox.view_rules import prepare_view
from tests.sandbox.blocks import Json, plain


def mrkdwn(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def option(number: int = 0, **more: Any) -> Json:
    return {"text": plain(f"o{number}"), "value": f"v{number}", **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "a", **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain(), "element": element, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": [option()], **more}


def chart(**more: Any) -> Json:
    axes = {"categories": ["W1", "W2"]}
    series = [{"name": "flagged", "data": [{"label": "W1", "value": 1}, {"label": "W2", "value": 2}]}]
    body = {"type": "line", "series": series, "axis_config": axes, **more}
    return {"type": "data_visualization", "title": "Trend", "chart": body}


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def data_table(**more: Any) -> Json:
    return {"type": "data_table", "caption": "c", "rows": [[cell()], [cell()]], **more}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


GOOD: list[Json] = [
    section(fields=[mrkdwn("y" * 2000)] * 10, accessory=button(style="primary", value="v" * 2000)),
    {"type": "header", "text": plain("h" * 150)},
    {"type": "divider", "block_id": "b" * 255},
    {
        "type": "context",
        "elements": [mrkdwn(), {"type": "image", "image_url": "https://x.test/i", "alt_text": "i"}],
    },
    actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()})),
    actions(select(initial_option=option()), {"type": "datepicker", "action_id": "d"}),
    actions({"type": "overflow", "options": [option(url="https://x.test/")]}),
    actions({"type": "checkboxes", "options": [{"text": mrkdwn("*b*"), "value": "1"}]}),
    field({"type": "plain_text_input", "multiline": True, "min_length": 1, "max_length": 3000}),
    field({"type": "number_input", "is_decimal_allowed": False, "min_value": "1", "max_value": "5"}),
    {"type": "image", "image_url": "https://x.test/i.png", "alt_text": "i", "title": plain()},
    rich({"type": "text", "text": "hi", "style": {"bold": True}}, {"type": "user", "user_id": "U1"}),
    {"type": "markdown", "text": "# hi"},
    {"type": "table", "rows": [[cell(), cell()]], "column_settings": [{"align": "right"}]},
    chart(),
    {
        "type": "data_visualization",
        "title": "t",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
    },
    data_table(rows=[[cell()], [{"type": "raw_number", "value": 4.5}]], page_size=100),
]

# (block, complaint, JSON pointer below /blocks/0)
BAD: list[tuple[Any, str, str]] = [
    ("text", "must be an object", ""),
    ({}, "missing required field: type", ""),
    ({"type": "carousel9"}, "unsupported type: carousel9", "/type"),
    ({"type": "section"}, "must have at least one of: text, fields", ""),
    (section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters", "/text/text"),
    (section(text=mrkdwn("")), "must be more than 0 characters", "/text/text"),
    (section(text={"type": "html", "text": "x"}), "unsupported type: html", "/text/type"),
    (section(fields=[mrkdwn()] * 11), "no more than 10 items allowed", "/fields"),
    (section(fields=[mrkdwn("x" * 2001)]), "must be less than 2001 characters", "/fields/0/text"),
    (section(colour="red"), "invalid additional property: colour", ""),
    (section(block_id="b" * 256), "must be less than 256 characters", "/block_id"),
    (
        section(accessory={"type": "plain_text_input"}),
        "unsupported type: plain_text_input",
        "/accessory/type",
    ),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/text/text"),
    ({"type": "header", "text": mrkdwn()}, "unsupported type: mrkdwn", "/text/type"),
    ({"type": "context", "elements": [mrkdwn()] * 11}, "no more than 10 items allowed", "/elements"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button", "/elements/0/type"),
    (
        actions(*[button(action_id=str(n)) for n in range(26)]),
        "no more than 25 items allowed",
        "/elements",
    ),
    (actions(), "no fewer than 1 items allowed", "/elements"),
    (actions(button(), button()), "`action_id` `a` already exists in this block", ""),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters", "/elements/0/text/text"),
    (actions(button(text=mrkdwn())), "unsupported type: mrkdwn", "/elements/0/text/type"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
    (
        actions(button(style="huge")),
        "value must be one of: primary, danger",
        "/elements/0/style",
    ),
    (actions(button(action_id="x" * 256)), "must be less than 256 characters", "/elements/0/action_id"),
    (
        actions(button(url="https://x.test/" + "x" * 3000)),
        "must be less than 3001 characters",
        "/elements/0/url",
    ),
    (
        actions(button(confirm={"title": plain("x" * 101), "text": plain(), "confirm": plain(), "deny": plain()})),
        "must be less than 101 characters",
        "/elements/0/confirm/title/text",
    ),
    (
        actions(button(confirm={"title": plain(), "text": plain("x" * 301), "confirm": plain(), "deny": plain()})),
        "must be less than 301 characters",
        "/elements/0/confirm/text/text",
    ),
    (
        actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain("x" * 31), "deny": plain()})),
        "must be less than 31 characters",
        "/elements/0/confirm/confirm/text",
    ),
    (
        actions(button(confirm={"title": plain(), "text": plain()})),
        "missing required field: confirm",
        "/elements/0/confirm",
    ),
    (
        actions(select(options=[option(n) for n in range(101)])),
        "no more than 100 items allowed",
        "/elements/0/options",
    ),
    (actions(select(options=[])), "no fewer than 1 items allowed", "/elements/0/options"),
    (
        actions(select(options=[option(text=plain("x" * 76))])),
        "must be less than 76 characters",
        "/elements/0/options/0/text/text",
    ),
    (
        actions(select(options=[option(value="x" * 151)])),
        "must be less than 151 characters",
        "/elements/0/options/0/value",
    ),
    (actions(select(options=[option(), option()])), "option values must be unique", "/elements/0/options"),
    (
        actions(select(placeholder=plain("x" * 151))),
        "must be less than 151 characters",
        "/elements/0/placeholder/text",
    ),
    (
        actions(select(initial_option=option(9))),
        "initial option must be one of the options",
        "/elements/0",
    ),
    (
        actions({"type": "static_select"}),
        "must have exactly one of: options, option_groups",
        "/elements/0",
    ),
    (
        actions({"type": "overflow", "options": [option(n) for n in range(6)]}),
        "no more than 5 items allowed",
        "/elements/0/options",
    ),
    (
        actions({"type": "radio_buttons", "options": [option(n) for n in range(11)]}),
        "no more than 10 items allowed",
        "/elements/0/options",
    ),
    (
        actions({"type": "datepicker", "initial_date": "tomorrow"}),
        "must be a date in the format YYYY-MM-DD",
        "/elements/0/initial_date",
    ),
    (
        field({"type": "plain_text_input"}, label=plain("x" * 2001)),
        "must be less than 2001 characters",
        "/label/text",
    ),
    (
        field({"type": "plain_text_input"}, hint=plain("x" * 2001)),
        "must be less than 2001 characters",
        "/hint/text",
    ),
    (field(button()), "unsupported type: button", "/element/type"),
    (
        field({"type": "plain_text_input", "max_length": 3001}),
        "must be less than 3001",
        "/element/max_length",
    ),
    (
        field({"type": "number_input"}),
        "missing required field: is_decimal_allowed",
        "/element",
    ),
    (field({"type": "file_input"}), "unsupported type: file_input", "/element/type"),
    (
        {"type": "image", "image_url": "https://x.test/i", "alt_text": "x" * 2001},
        "must be less than 2001 characters",
        "/alt_text",
    ),
    (
        {"type": "image", "alt_text": "x"},
        "must have exactly one of: image_url, slack_file",
        "",
    ),
    (
        {"type": "image", "image_url": "file:///etc/passwd", "alt_text": "x"},
        "must be a valid URL",
        "/image_url",
    ),
    (rich({"type": "marquee"}), "unsupported type: marquee", "/elements/0/elements/0/type"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters", "/text"),
    ({"type": "table", "rows": [[cell()] * 21]}, "no more than 20 items allowed", "/rows/0"),
    (
        {"type": "table", "rows": [[cell()], [cell(), cell()]]},
        "all rows must have the same number of cells",
        "/rows",
    ),
    (data_table(rows=[[cell()]]), "no fewer than 2 items allowed", "/rows"),
    (data_table(rows=[[cell()]] * 102), "no more than 101 items allowed", "/rows"),
    (data_table(page_size=101), "must be less than 101", "/page_size"),
    (
        data_table(rows=[[rich({"type": "text", "text": "x"})], [cell()]]),
        "unsupported type: rich_text",
        "/rows/0/0/type",
    ),
    (
        chart(axis_config={"categories": ["W1"]}),
        "data labels must match the categories",
        "/chart/series/0/data",
    ),
    (
        chart(axis_config={"categories": ["x" * 21, "W2"]}),
        "must be less than 21 characters",
        "/chart/axis_config/categories/0",
    ),
    (
        {"type": "data_visualization", "title": "x" * 51, "chart": chart()["chart"]},
        "must be less than 51 characters",
        "/title",
    ),
    (
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "pie", "segments": [{"label": str(n), "value": n + 1} for n in range(7)]},
        },
        "no more than 6 items allowed",
        "/chart/segments",
    ),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_what_slack_takes_is_taken(block: Json) -> None:
    (kept,) = prepare_blocks([block], surface="message", at="/blocks")

    assert kept["type"] == block["type"]
    assert kept["block_id"]


@pytest.mark.parametrize(("block", "complaint", "pointer"), BAD)
def test_what_slack_refuses_is_refused_with_its_place(block: Any, complaint: str, pointer: str) -> None:
    with pytest.raises(Refusal) as caught:
        prepare_blocks([block], surface="message", at="/blocks")

    assert caught.value.code == "invalid_blocks"
    messages = caught.value.extra["response_metadata"]["messages"]
    assert f"[ERROR] {complaint} [json-pointer:/blocks/0{pointer}]" in messages


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        ([section(block_id="b")] * 2, "`block_id` `b` already exists [json-pointer:/blocks/1/block_id]"),
        ([chart()] * 3, "no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"),
        ([{"type": "table", "rows": [[cell()]]}] * 2, "only_one_table_allowed [json-pointer:/blocks]"),
        (
            [{"type": "markdown", "text": "x" * 7000}] * 2,
            "markdown blocks must have less than 12001 characters together [json-pointer:/blocks]",
        ),
    ],
)
def test_blocks_are_also_checked_together(blocks: list[Json], complaint: str) -> None:
    with pytest.raises(Refusal) as caught:
        prepare_blocks(blocks, surface="message", at="/blocks")

    assert f"[ERROR] {complaint}" in caught.value.extra["response_metadata"]["messages"]


@pytest.mark.parametrize("kind", ["markdown", "table", "data_table", "data_visualization", "file"])
def test_some_blocks_are_for_messages_only(kind: str) -> None:
    assert kind in BLOCKS
    with pytest.raises(Refusal) as caught:
        prepare_view({"type": "home", "blocks": [{"type": kind}]}, surface="home")

    expected = f"[ERROR] unsupported type: {kind} [json-pointer:/view/blocks/0/type]"
    assert expected in caught.value.extra["response_metadata"]["messages"]


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(), "submit": plain(), "blocks": [section()], **more}


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(callback_id="x" * 256),
            "must be less than 256 characters [json-pointer:/view/callback_id]",
        ),
        (modal(blocks=[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(colour="red"), "invalid additional property: colour [json-pointer:/view]"),
        ({"type": "modal", "title": plain()}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        (
            {"type": "modal", "title": plain(), "blocks": [field({"type": "plain_text_input"})]},
            "missing required field: submit [json-pointer:/view]",
        ),
    ],
)
def test_a_modal_keeps_slacks_limits(view: Json, complaint: str) -> None:
    with pytest.raises(Refusal) as caught:
        prepare_view(view, surface="modal")

    assert caught.value.code == "invalid_arguments"
    assert f"[ERROR] {complaint}" in caught.value.extra["response_metadata"]["messages"]


def test_the_complaint_reaches_the_client(client: WebClient, leads: Channel) -> None:
    too_long = {"type": "header", "text": plain("x" * 151)}

    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=leads.id, text="x", blocks=[too_long])

    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
