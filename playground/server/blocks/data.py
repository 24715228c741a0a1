"""Tables and charts."""

from typing import Any

from playground.server.blocks.parts import BLOCK_ID
from playground.server.blocks.rich_text import RICH_TEXT
from playground.server.blocks.schema import (
    Check,
    Problem,
    Problems,
    by_type,
    flag,
    items,
    number,
    of_type,
    one_of,
    record,
    string,
)
from playground.server.blocks.sums import sum_of_text

MOST_COLUMNS = 20
MOST_TABLE_TEXT = 10_000
MOST_SERIES = 6
LABEL = string(20)
RAW: dict[str, Check] = {
    "raw_text": record({**of_type("raw_text"), "text": string(3000)}),
    "raw_number": record({**of_type("raw_number"), "value": number(whole=False)}, {"text": string(3000)}),
}
CELLS = {**RAW, "rich_text": RICH_TEXT}


def _rows_of_one_width(value: Any, at: str) -> Problems:
    rows = value.get("rows")
    widths = {len(row) for row in rows if isinstance(row, list)} if isinstance(rows, list) else set()
    if len(widths) > 1:
        yield Problem(f"{at}/rows", "all rows must have the same number of cells")


def _plain_header(value: Any, at: str) -> Problems:
    rows = value.get("rows")
    header = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
    for column, cell in enumerate(header):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            yield Problem(f"{at}/rows/0/{column}/type", "rich_text is not allowed in the header row")


def _table_text(value: Any, at: str) -> Problems:
    if sum_of_text(value.get("rows")) > MOST_TABLE_TEXT:
        yield Problem(f"{at}/rows", f"must be less than {MOST_TABLE_TEXT + 1} characters in all cells")


def _labels_are_categories(value: Any, at: str) -> Problems:
    axis, series = value.get("axis_config"), value.get("series")
    if not isinstance(axis, dict) or not isinstance(series, list):
        return
    categories = axis.get("categories")
    for place, one in enumerate(series):
        data = one.get("data") if isinstance(one, dict) else None
        labels = [p.get("label") for p in data if isinstance(p, dict)] if isinstance(data, list) else []
        if isinstance(categories, list) and sorted(map(str, labels)) != sorted(map(str, categories)):
            yield Problem(f"{at}/series/{place}/data", "data point labels must match axis_config categories")


def _unique_names(value: Any, at: str) -> Problems:
    series = value.get("series")
    names = [s.get("name") for s in series if isinstance(s, dict)] if isinstance(series, list) else []
    if len(set(map(str, names))) < len(names):
        yield Problem(f"{at}/series", "series names must be unique")


def _above_zero(value: Any, at: str) -> Problems:
    if isinstance(value, (int, float)) and value <= 0:
        yield Problem(at, "must be greater than 0")


def _both(*checks: Check) -> Check:
    def check(value: Any, at: str) -> Problems:
        for one in checks:
            yield from one(value, at)

    return check


TABLE = record(
    {
        **of_type("table"),
        "rows": items(items(by_type(CELLS), MOST_COLUMNS), 100),
    },
    {
        "block_id": BLOCK_ID,
        "column_settings": items(
            record({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag()}), MOST_COLUMNS
        ),
    },
)
DATA_TABLE = record(
    {
        **of_type("data_table"),
        "caption": string(3000),
        "rows": items(items(by_type(CELLS), MOST_COLUMNS), 101, least=2),
    },
    {
        "block_id": BLOCK_ID,
        "page_size": number(1, 100),
        "row_header_column_index": number(0, MOST_COLUMNS - 1),
    },
    _rows_of_one_width,
    _plain_header,
    _table_text,
)
POINT = record({"label": LABEL, "value": number(whole=False)})
SERIES = record({"name": LABEL, "data": items(POINT, 20)})
AXIS = record({"categories": items(LABEL, 20)}, {"x_label": string(50), "y_label": string(50)})


def _series_chart(kind: str) -> Check:
    return record(
        {**of_type(kind), "series": items(SERIES, MOST_SERIES), "axis_config": AXIS},
        {},
        _unique_names,
        _labels_are_categories,
    )


PIE = record(
    {
        **of_type("pie"),
        "segments": items(
            record({"label": LABEL, "value": _both(number(whole=False), _above_zero)}), MOST_SERIES
        ),
    }
)
CHARTS: dict[str, Check] = {"pie": PIE, **{kind: _series_chart(kind) for kind in ("bar", "area", "line")}}
DATA_VISUALIZATION = record(
    {**of_type("data_visualization"), "title": string(50), "chart": by_type(CHARTS)}, {"block_id": BLOCK_ID}
)
