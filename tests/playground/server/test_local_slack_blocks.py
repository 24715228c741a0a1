"""Blocks are refused where Slack refuses them and in its words; what the SDK builds is taken."""

from typing import Any

import pytest
from bolt_apps import client_of, manifest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError
from slack_sdk.models import blocks as kit

from playground import LocalSlack
from playground.server.blocks.check import check_message_blocks, check_view
from playground.server.blocks.elements import ELEMENTS
from playground.server.blocks.layout import BLOCKS
from playground.server.kinds import Json


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def option(text: str, value: str = "v") -> Json:
    return {"text": plain(text), "value": value}


def chart(**more: Any) -> Json:
    points = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": -2.5}]
    series = [{"name": "Sales", "data": points}]
    axis = {"categories": ["Mon", "Tue"]}
    line = {"type": "line", "series": series, "axis_config": axis, **more}
    return {"type": "data_visualization", "title": "Trend", "chart": line}


def data_table(rows: list[list[Json]], **more: Any) -> Json:
    return {"type": "data_table", "caption": "Accounts", "rows": rows, **more}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}],
}
ROW = [raw("a"), {"type": "raw_number", "value": 1.5}]

TAKEN: dict[str, list[Json]] = {
    "section at its limits": [
        {"type": "section", "text": mrkdwn("x" * 3000), "fields": [mrkdwn("y" * 2000)]}
    ],
    "fifty blocks": [{"type": "divider"}] * 50,
    "a header": [{"type": "header", "text": plain("x" * 150)}],
    "rich text": [RICH],
    "twenty-five buttons": [{"type": "actions", "elements": [button(action_id=f"b{n}") for n in range(25)]}],
    "an overflow": [
        {
            "type": "section",
            "text": mrkdwn("x"),
            "accessory": {"type": "overflow", "options": [option("a")] * 5, "action_id": "o"},
        }
    ],
    "a data table": [data_table([[raw("Name"), raw("ARR")], ROW], page_size=20)],
    "two charts": [chart(), chart()],
    "a pie": [
        {
            "type": "data_visualization",
            "title": "Levels",
            "chart": {"type": "pie", "segments": [{"label": "Red", "value": 1}]},
        }
    ],
    "a card": [{"type": "card", "title": mrkdwn("t"), "body": mrkdwn("b"), "actions": [button()]}],
    "a container": [
        {"type": "container", "title": plain("t"), "child_blocks": [{"type": "divider"}, chart()]}
    ],
    "a table": [{"type": "table", "rows": [[raw("a"), RICH]]}],
}

REFUSED: dict[str, tuple[list[Json], str]] = {
    "unknown type": ([{"type": "sparkle"}], "unsupported type: sparkle [json-pointer:/blocks/0/type]"),
    "no type": ([{}], "missing required field: type [json-pointer:/blocks/0]"),
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "long section": (
        [{"type": "section", "text": mrkdwn("x" * 3001)}],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty text": (
        [{"type": "section", "text": mrkdwn("")}],
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty section": (
        [{"type": "section"}],
        "must define either `text` or `fields` [json-pointer:/blocks/0]",
    ),
    "eleven fields": (
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "mrkdwn header": (
        [{"type": "header", "text": mrkdwn("x")}],
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "long header": (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "emoji in mrkdwn": (
        [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    "long button": (
        [{"type": "actions", "elements": [button(text=plain("x" * 76))]}],
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "button style": (
        [{"type": "actions", "elements": [button(style="loud")]}],
        "must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "long value": (
        [{"type": "actions", "elements": [button(value="x" * 2001)]}],
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "same action twice": (
        [{"type": "actions", "elements": [button(), button()]}],
        "action_id `go` already exists in this block [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "same block twice": (
        [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
        "block_id `a` already exists [json-pointer:/blocks/1/block_id]",
    ),
    "an input as accessory": (
        [{"type": "section", "text": mrkdwn("x"), "accessory": {"type": "plain_text_input"}}],
        "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
    ),
    "101 options": (
        [{"type": "actions", "elements": [{"type": "static_select", "options": [option("x")] * 101}]}],
        "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "options and groups": (
        [{"type": "actions", "elements": [{"type": "static_select", "placeholder": plain("x")}]}],
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    "stray initial option": (
        [
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "static_select",
                        "options": [option("a", "1")],
                        "initial_option": option("b", "2"),
                    }
                ],
            }
        ],
        "initial option must exactly match one of the options provided [json-pointer:/blocks/0/elements/0]",
    ),
    "six overflow options": (
        [{"type": "actions", "elements": [{"type": "overflow", "options": [option("x")] * 6}]}],
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    "two tables": (
        [{"type": "table", "rows": [[raw("a")]]}] * 2,
        "only 1 table block allowed in a message [json-pointer:/blocks]",
    ),
    "three charts": (
        [chart()] * 3,
        "only 2 data_visualization blocks allowed in a message [json-pointer:/blocks]",
    ),
    "uneven data table": (
        [data_table([[raw("a"), raw("b")], [raw("1")]])],
        "all rows must have the same number of cells [json-pointer:/blocks/0/rows]",
    ),
    "rich header": (
        [data_table([[RICH], [raw("1")]])],
        "rich_text is not allowed in the header row [json-pointer:/blocks/0/rows/0/0/type]",
    ),
    "header alone": (
        [data_table([[raw("a")]])],
        "no fewer than 2 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "102 rows": (
        [data_table([ROW] * 102)],
        "no more than 101 items allowed [json-pointer:/blocks/0/rows]",
    ),
    "heavy data table": (
        [data_table([[raw("x" * 2000)] for _ in range(6)])],
        "must be less than 10001 characters in all cells [json-pointer:/blocks/0/rows]",
    ),
    "no caption": (
        [{"type": "data_table", "rows": [ROW, ROW]}],
        "missing required field: caption [json-pointer:/blocks/0]",
    ),
    "labels off the axis": (
        [chart(axis_config={"categories": ["Mon", "Wed"]})],
        "data point labels must match axis_config categories [json-pointer:/blocks/0/chart/series/0/data]",
    ),
    "series twice": (
        [
            chart(
                series=[{"name": "a", "data": [{"label": "Mon", "value": 1}]}] * 2,
                axis_config={"categories": ["Mon"]},
            )
        ],
        "series names must be unique [json-pointer:/blocks/0/chart/series]",
    ),
    "long label": (
        [chart(axis_config={"categories": ["x" * 21, "Tue"]})],
        "must be less than 21 characters [json-pointer:/blocks/0/chart/axis_config/categories/0]",
    ),
    "nothing in the pie": (
        [
            {
                "type": "data_visualization",
                "title": "x",
                "chart": {"type": "pie", "segments": [{"label": "a", "value": 0}]},
            }
        ],
        "must be greater than 0 [json-pointer:/blocks/0/chart/segments/0/value]",
    ),
    "alert in a message": (
        [{"type": "alert", "text": mrkdwn("x")}],
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    ),
    "long markdown": (
        [{"type": "markdown", "text": "x" * 7000}] * 2,
        "markdown blocks must be less than 12001 characters together [json-pointer:/blocks]",
    ),
    "not an object": (["text"], "must provide an object [json-pointer:/blocks/0]"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", TAKEN)
def test_blocks_within_the_limits_are_taken(name: str) -> None:
    assert check_message_blocks(TAKEN[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_blocks_beyond_the_limits_are_refused_with_their_place(name: str) -> None:
    blocks, message = REFUSED[name]
    assert message in check_message_blocks(blocks)


def test_what_the_sdk_builds_is_taken() -> None:
    built: list[kit.Block] = [
        kit.SectionBlock(
            text=kit.MarkdownTextObject(text="*x*", verbatim=True),
            accessory=kit.ButtonElement(
                text="Go",
                action_id="a",
                value="v",
                style="danger",
                confirm=kit.ConfirmObject(title="t", text="x", confirm="y", deny="n"),
            ),
        ),
        kit.ContextBlock(
            elements=[
                kit.ImageElement(image_url="https://x.test/a.png", alt_text="a"),
                kit.PlainTextObject(text="x"),
            ]
        ),
        kit.ActionsBlock(
            elements=[
                kit.StaticSelectElement(
                    action_id="s", placeholder="p", options=[kit.Option(text="a", value="1")]
                ),
                kit.DatePickerElement(action_id="d", initial_date="2026-11-22"),
                kit.UserSelectElement(action_id="u", placeholder="p"),
            ]
        ),
        kit.ImageBlock(image_url="https://x.test/a.png", alt_text="a", title="t"),
        kit.MarkdownBlock(text="**x**"),
    ]
    assert check_message_blocks([block.to_dict() for block in built]) == []


VIEW: Json = {"type": "modal", "title": plain("A"), "blocks": []}
FIELD: Json = {
    "type": "input",
    "label": plain("Why"),
    "element": {"type": "plain_text_input", "focus_on_load": True},
}
BAD_VIEWS: dict[str, tuple[Json, str]] = {
    "title": ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
    "metadata": (
        {"private_metadata": "x" * 3001},
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "blocks": (
        {"blocks": [{"type": "divider"}] * 101},
        "no more than 100 items allowed [json-pointer:/view/blocks]",
    ),
    "no submit": ({"blocks": [FIELD]}, "missing required field: submit [json-pointer:/view]"),
    "two focused": (
        {"blocks": [FIELD, FIELD], "submit": plain("Go")},
        "only one element can set focus_on_load [json-pointer:/view/blocks]",
    ),
    "message block": (
        {"blocks": [{"type": "markdown", "text": "x"}]},
        "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ),
    "type": ({"type": "dialog"}, "unsupported type: dialog [json-pointer:/view/type]"),
}


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_views_beyond_the_limits_are_refused(name: str) -> None:
    change, message = BAD_VIEWS[name]
    assert message in check_view({**VIEW, **change})


def test_views_within_the_limits_are_taken() -> None:
    alert = {"type": "alert", "level": "warning", "text": mrkdwn("x")}
    assert check_view({**VIEW, "blocks": [alert, FIELD], "submit": plain("Save")}) == []
    assert check_view({"type": "home", "blocks": [{"type": "divider"}] * 100}) == []


def test_posting_and_validating_say_the_same(slack: LocalSlack) -> None:
    slack.limits(enforce=False)
    client = client_of(slack, slack.install(manifest(), channels=["alerts"]))
    blocks = [{"type": "header", "text": plain("x" * 151)}]
    with pytest.raises(SlackApiError) as posted:
        client.chat_postMessage(channel="C2", text="x", blocks=blocks)
    with pytest.raises(SlackApiError) as validated:
        client.blocks_validate(blocks=blocks)
    answer = posted.value.response
    assert (answer["error"], answer["errors"]) == (
        "invalid_blocks",
        ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
    )
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    [error] = validated.value.response["errors"]
    assert (error["pointer"], error["code"]) == ("/0/text/text", "failed_constraint")
    assert error["constraint"] == {"type": "max_length", "expected": 150, "got": 151}
    assert client.blocks_validate(message={"blocks": [{"type": "divider"}]})["ok"]
    assert slack.messages("alerts") == []


def test_all_blocks_of_a_message_share_one_allowance_of_text(slack: LocalSlack) -> None:
    slack.limits(enforce=False)
    client = client_of(slack, slack.install(manifest(), channels=["alerts"]))
    sections = [{"type": "section", "text": mrkdwn("x" * 2640)} for _ in range(5)]
    client.chat_postMessage(channel="C2", text="x", blocks=sections)
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(
            channel="C2", text="x", blocks=[*sections, {"type": "section", "text": plain("y")}]
        )
    assert refused.value.response["error"] == "msg_blocks_too_long"


WORDS = st.sampled_from(sorted({*BLOCKS, *ELEMENTS, "plain_text", "mrkdwn", "primary", "", "x"}))
SHAPES = ["type", "text", "fields", "elements", "accessory", "options", "option_groups", "initial_option"]
DATA = ["rows", "chart", "series", "data", "axis_config", "categories", "block_id", "action_id"]
NAMES = st.sampled_from([*SHAPES, *DATA])
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(ANYTHING)
@settings(deadline=None)
def test_no_json_whatever_breaks_the_check(value: Any) -> None:
    assert all(isinstance(message, str) for message in check_message_blocks(value) + check_view(value))
    assert all(
        isinstance(message, str)
        for message in check_message_blocks([{"type": "section", "accessory": value}])
    )
    assert all(isinstance(message, str) for message in check_view({**VIEW, "blocks": value}))
