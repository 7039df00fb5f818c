"""The blocks that show numbers: table, data_table and data_visualization."""

from typing import Any

from bot.sandbox.block_parts import ID
from bot.sandbox.checks import (
    Check,
    Scan,
    array,
    boolean,
    both,
    by_type,
    if_object,
    number,
    one_of,
    shape,
    text,
    whole,
)
from bot.sandbox.rich_text_rules import RICH_TEXT_PARTS

# At most this many characters in all cells of a table together.
MOST_TABLE_CHARACTERS = 10_000
_RICH_CELL = shape({"elements": RICH_TEXT_PARTS}, {"block_id": ID})
_RAW_NUMBER = shape({"value": number()}, {"text": text(MOST_TABLE_CHARACTERS)})
_CELLS: dict[str, Check] = {
    "rich_text": _RICH_CELL,
    "raw_text": shape({"text": text(MOST_TABLE_CHARACTERS)}),
    "raw_number": _RAW_NUMBER,
}


def characters(value: Any) -> int:
    """Returns how many characters of text a structure shows."""
    if isinstance(value, list):
        return sum(characters(one) for one in value)
    if isinstance(value, dict):
        shown = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return shown + sum(characters(one) for one in value.values() if isinstance(one, dict | list))
    return 0


def _same_width(block: dict[str, Any], at: str, scan: Scan) -> None:
    rows = block.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return
    if len({len(row) for row in rows}) > 1:
        scan.report("all rows must have the same number of cells", f"{at}/rows")


def _not_too_much_text(block: dict[str, Any], at: str, scan: Scan) -> None:
    if characters(block.get("rows")) > MOST_TABLE_CHARACTERS:
        scan.report(f"must have no more than {MOST_TABLE_CHARACTERS} characters in all cells", f"{at}/rows")


def _header_is_simple(block: dict[str, Any], at: str, scan: Scan) -> None:
    rows = block.get("rows")
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        return
    for position, cell in enumerate(rows[0]):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            scan.report("unsupported type: rich_text", f"{at}/rows/0/{position}/type")
    column = block.get("row_header_column_index")
    if isinstance(column, int) and column >= len(rows[0]):
        scan.report(f"must be less than {len(rows[0])}", f"{at}/row_header_column_index")


TABLE = both(
    shape(
        {"rows": array(array(by_type(_CELLS, {"raw_text", "rich_text"}), most=20), most=100)},
        {
            "block_id": ID,
            "column_settings": array(
                shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), most=20
            ),
        },
    ),
    if_object(_same_width),
    if_object(_not_too_much_text),
)
DATA_TABLE = both(
    shape(
        {
            "caption": text(MOST_TABLE_CHARACTERS),
            "rows": array(array(by_type(_CELLS), most=20), least=2, most=101),
        },
        {"block_id": ID, "page_size": whole(1, 100), "row_header_column_index": whole(0, 19)},
    ),
    if_object(_same_width),
    if_object(_not_too_much_text),
    if_object(_header_is_simple),
)

_LABEL = text(20)
_SERIES = shape(
    {
        "name": _LABEL,
        "data": array(shape({"label": _LABEL, "value": number()}), most=20),
    }
)


def _series_fit(chart: dict[str, Any], at: str, scan: Scan) -> None:
    """Reports names that occur twice, and series that do not have exactly one value for every category."""
    series, axis = chart.get("series"), chart.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    if not isinstance(series, list) or not isinstance(categories, list):
        return
    known = [one for one in series if isinstance(one, dict)]
    names = [str(one.get("name")) for one in known]
    if len(set(names)) != len(names):
        scan.report("series names must be unique", f"{at}/series")
    if len({str(one) for one in categories}) != len(categories):
        scan.report("categories must be unique", f"{at}/axis_config/categories")
    for position, one in enumerate(known):
        data = one.get("data")
        labels = [point.get("label") for point in data if isinstance(point, dict)] if isinstance(data, list) else []
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            scan.report("data labels must match the categories", f"{at}/series/{position}/data")


_AXES = both(
    shape(
        {
            "series": array(_SERIES, most=6),
            "axis_config": shape({"categories": array(_LABEL, most=20)}, {"x_label": text(50), "y_label": text(50)}),
        }
    ),
    if_object(_series_fit),
)
_PIE = shape({"segments": array(shape({"label": _LABEL, "value": number(positive=True)}), most=6)})
DATA_VISUALIZATION = shape(
    {
        "title": text(50),
        "chart": by_type({"pie": _PIE, "bar": _AXES, "line": _AXES, "area": _AXES}),
    },
    {"block_id": ID},
)
