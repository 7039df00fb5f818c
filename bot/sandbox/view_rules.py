"""What Slack refuses in a modal or an App Home."""

from typing import Any

from bot.sandbox.block_parts import ID, plain
from bot.sandbox.block_rules import check_blocks, complete_blocks
from bot.sandbox.checks import Check, Scan, boolean, shape, text
from bot.sandbox.errors import Refusal
from bot.sandbox.records import Json

# At most this many bytes in a view.
MOST_VIEW_BYTES = 250_000
_OPTIONAL: dict[str, Check] = {
    "private_metadata": text(3000, least=0),
    "callback_id": text(255, least=0),
    "external_id": ID,
}
_VIEWS: dict[str, Check] = {
    "modal": shape(
        {"title": plain(24), "blocks": check_blocks},
        {
            **_OPTIONAL,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    # Slack's SDKs send these keys for a home too, and Slack ignores them.
    "home": shape({"blocks": check_blocks}, _OPTIONAL),
}


def prepare_view(view: Any, *, surface: str, refusal: str = "invalid_arguments") -> Json:
    """Returns the view as Slack keeps it. Raises Refusal, with the code `refusal` if its structure is wrong."""
    if not isinstance(view, dict):
        raise Refusal(refusal, messages=["[ERROR] must be an object [json-pointer:/view]"])
    scan = Scan(surface)
    if view.get("type") != surface:
        problem = "missing required field: type" if "type" not in view else f"must be of type {surface}"
        scan.report(problem, "/view" if "type" not in view else "/view/type")
    else:
        _VIEWS[surface](view, "/view", scan)
        blocks = view.get("blocks")
        listed = blocks if isinstance(blocks, list) else []
        inputs = [one for one in listed if isinstance(one, dict) and one.get("type") == "input"]
        if surface == "modal" and inputs and not view.get("submit"):
            scan.report("missing required field: submit", "/view")
    if scan.problems:
        raise Refusal(refusal, messages=scan.problems)
    if len(str(view).encode()) > MOST_VIEW_BYTES:
        raise Refusal("view_too_large")
    return {**view, "blocks": complete_blocks(view["blocks"])}
