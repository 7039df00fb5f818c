"""The blocks of Block Kit, what Slack refuses in a list of them, and what Slack adds to them."""

import json
import secrets
from typing import Any

from bot.sandbox.block_elements import (
    ELEMENTS,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    INTERACTIVE,
    ONLY_IN_MODALS,
)
from bot.sandbox.block_parts import ID, IMAGE_URL, SLACK_FILE, URL, any_text, plain
from bot.sandbox.checks import (
    Check,
    Scan,
    array,
    boolean,
    both,
    by_type,
    needs_one_of,
    one_of,
    only_one_of,
    shape,
    text,
)
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json
from bot.sandbox.rich_text_rules import RICH_TEXT_PARTS
from bot.sandbox.table_and_chart_rules import DATA_TABLE, DATA_VISUALIZATION, TABLE

# At most this many blocks on each surface.
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
# At most this many characters in all markdown blocks of a message together.
MOST_MARKDOWN = 12_000
# At most this many charts in a message.
MOST_CHARTS = 2
_ID: dict[str, Check] = {"block_id": ID}

BLOCKS: dict[str, Check] = {
    "section": both(
        shape(
            {},
            {
                **_ID,
                "text": any_text(3000),
                "fields": array(any_text(2000), most=10),
                "accessory": by_type(ELEMENTS, IN_SECTION),
                "expand": boolean,
            },
        ),
        needs_one_of("text", "fields"),
    ),
    "header": shape({"text": plain(150)}, _ID),
    "divider": shape({}, _ID),
    "context": shape({"elements": array(by_type(ELEMENTS, IN_CONTEXT), most=10)}, _ID),
    "context_actions": shape({"elements": array(by_type(ELEMENTS, IN_CONTEXT_ACTIONS), most=5)}, _ID),
    "actions": shape({"elements": array(by_type(ELEMENTS, IN_ACTIONS), most=25)}, _ID),
    "image": both(
        shape(
            {"alt_text": text(2000)},
            {**_ID, "image_url": IMAGE_URL, "slack_file": SLACK_FILE, "title": plain(2000)},
        ),
        only_one_of("image_url", "slack_file"),
    ),
    "input": shape(
        {"label": plain(2000), "element": by_type(ELEMENTS, IN_INPUT)},
        {**_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": shape({"elements": RICH_TEXT_PARTS}, _ID),
    "video": shape(
        {"alt_text": text(2000), "title": plain(199), "thumbnail_url": IMAGE_URL, "video_url": IMAGE_URL},
        {
            **_ID,
            "author_name": text(49),
            "description": plain(200),
            "provider_icon_url": IMAGE_URL,
            "provider_name": text(50),
            "title_url": URL,
        },
    ),
    "file": shape({"external_id": text(255), "source": one_of("remote")}, _ID),
    "markdown": shape({"text": text(MOST_MARKDOWN)}, _ID),
    "table": TABLE,
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
}
_EVERYWHERE = {"section", "header", "divider", "context", "actions", "image", "input", "rich_text", "video"}
# The types of blocks that each surface allows.
ALLOWED = {
    "message": _EVERYWHERE | {"file", "markdown", "table", "data_table", "data_visualization", "context_actions"},
    "modal": _EVERYWHERE,
    "home": _EVERYWHERE,
}


def check_blocks(blocks: Any, at: str, scan: Scan) -> None:
    """Reports to `scan` everything that Slack would refuse in a list of blocks. `at` is the JSON pointer of the
    list."""
    least = 0 if scan.surface != "message" else 1
    listed = array(by_type(BLOCKS, ALLOWED[scan.surface]), least=least, most=MOST_BLOCKS[scan.surface])
    listed(blocks, at, scan)
    if not isinstance(blocks, list):
        return
    known = [(number, block) for number, block in enumerate(blocks) if isinstance(block, dict)]
    _block_ids_differ(known, at, scan)
    focused = 0
    for number, block in known:
        elements = elements_of(block)
        seen: set[str] = set()
        for element in elements:
            action_id = element.get("action_id")
            if isinstance(action_id, str) and action_id in seen:
                scan.report(f"`action_id` `{action_id}` already exists in this block", f"{at}/{number}")
            seen.add(str(action_id))
            focused += element.get("focus_on_load") is True
            if element.get("type") in ONLY_IN_MODALS and scan.surface != "modal":
                scan.report(f"unsupported type: {element['type']}", f"{at}/{number}/element/type")
    if focused > 1:
        scan.report("only one element can have focus_on_load", at)
    _special_counts([block for _, block in known], at, scan)


def _block_ids_differ(known: list[tuple[int, Json]], at: str, scan: Scan) -> None:
    seen: set[str] = set()
    for number, block in known:
        block_id = block.get("block_id")
        if not isinstance(block_id, str):
            continue
        if block_id in seen:
            scan.report(f"`block_id` `{block_id}` already exists", f"{at}/{number}/block_id")
        seen.add(block_id)


def _special_counts(blocks: list[Json], at: str, scan: Scan) -> None:
    kinds = [block.get("type") for block in blocks]
    if kinds.count("table") > 1:
        scan.report("only_one_table_allowed", at)
    if kinds.count("data_visualization") > MOST_CHARTS:
        scan.report(f"no more than {MOST_CHARTS} data_visualization blocks allowed", at)
    markdown = sum(len(str(block.get("text"))) for block in blocks if block.get("type") == "markdown")
    if markdown > MOST_MARKDOWN:
        scan.report(f"markdown blocks must have less than {MOST_MARKDOWN + 1} characters together", at)


def elements_of(block: Json) -> list[Json]:
    """Returns the interactive elements of one block, in order."""
    found: Any = []
    if block.get("type") in {"actions", "context_actions"}:
        found = block.get("elements") or []
    elif block.get("type") == "section":
        found = [block.get("accessory")]
    elif block.get("type") == "input":
        found = [block.get("element")]
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict) and one.get("type") in INTERACTIVE]


def prepare_blocks(blocks: Any, *, surface: str, at: str, refusal: str = "invalid_blocks") -> list[Json]:
    """Returns the blocks as Slack keeps them, with an id for each that had none. Raises Refusal with the code `refusal`
    if Slack would not accept them."""
    scan = Scan(surface)
    check_blocks(blocks, at, scan)
    if scan.problems:
        raise Refusal(refusal, messages=scan.problems, errors=_plain_errors(scan))
    return complete_blocks(blocks)


def _plain_errors(scan: Scan) -> list[str]:
    return [problem.removeprefix("[ERROR] ") for problem in scan.problems]


def complete_blocks(blocks: list[Json]) -> list[Json]:
    """Returns a copy in which every block, action and text object has what Slack fills in."""
    kept: list[Json] = json.loads(json.dumps(blocks))  # several times as fast as `copy.deepcopy`
    for block in kept:
        block.setdefault("block_id", _short_id())
        for element in elements_of(block):
            element.setdefault("action_id", _short_id())
        if block["type"] == "input":
            block.setdefault("optional", False)
            block.setdefault("dispatch_action", False)
        _complete_texts(block)
    return kept


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]


def _complete_texts(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _complete_texts(one)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text" and "text" in value:
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for one in value.values():
            _complete_texts(one)
