from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from blocks.ids import Action
from blocks.rule_figures import format_duration, format_figure
from blocks.rules import build_rule_page, build_rule_report, build_rule_table, build_shadow_page
from bot.alerts.limits import Limit
from bot.reports.rule_report import RulePage, RuleReport, RuleTable, ShadowPage
from tests.blocks.checks import assert_no_markup, check_reply, find_elements
from tests.blocks.rule_views import (
    AT,
    WINDOW,
    make_change,
    make_fire,
    make_line,
    make_record,
    make_review,
)
from tests.blocks.views import HOSTILE

UTC = ZoneInfo("UTC")


def make_page(**changes: object) -> RulePage:
    page = RulePage(
        line=make_line(),
        why="A fall of more than ten points comes before the level does.",
        severity="by_level",
        history=(),
        review=None,
        days=90,
        may_decide=True,
        now=AT,
        timezone="UTC",
    )
    return replace(page, **changes)  # type: ignore[arg-type]


def actions(*blocks: dict) -> list[str]:
    return [element["action_id"] for element in find_elements(blocks)]


def test_the_table_says_of_each_rule_what_became_of_it() -> None:
    shadow = make_line(name="data_export", title="Data export", state="shadow", record=make_record(useful=0))
    text = check_reply(build_rule_table(RuleTable((make_line(), shadow), (), 90, True)))
    assert "*Score fell fast* `score_drop` · above 10 points" in text
    assert "27 fires (2.8 % of accounts in 30 d) · useful 20 % (4 of 20, likely 8–42 %)" in text
    assert "acknowledged 75 % (18 of 24) · median 2.1 h to acknowledge" in text
    assert "*Data export* `data_export` · 👤 in shadow" in text


def test_rules_that_never_fired_take_one_line() -> None:
    silent = make_record(opened=0, joined=0)
    lines = (make_line(), *(make_line(title=f"Rule {n}", state="shadow", record=silent) for n in range(9)))
    text = check_reply(build_rule_table(RuleTable(lines, (), 90, True)))
    assert "*Never fired:* Rule 0 (in shadow), Rule 1" in text


def test_a_rate_that_is_too_high_is_called_what_it_is() -> None:
    for months, words in ((100, "a list rather than alerts"), (200, "a report rather than alerts")):
        line = make_line(record=make_record(account_months=months))
        assert words in check_reply(build_rule_table(RuleTable((line,), (), 90, True)))


def test_a_changed_figure_says_what_it_was() -> None:
    change = make_change(state="accepted", decided_at=AT, by="Vera Stone", after=10.0, before=8.0)
    text = check_reply(build_rule_table(RuleTable((make_line(change=change),), (), 90, True)))
    assert "above 10 points (was above 8 points)" in text


def test_a_proposal_says_what_it_would_have_done_and_asks() -> None:
    reply = build_rule_table(RuleTable((make_line(),), (make_change(),), 90, True))
    text = check_reply(reply)
    assert "*Score fell fast*: 10 → 14 points?" in text
    assert "Useful 20 % (4 of 20 answers), mostly known already 9, wrong data 3" in text
    assert "kept 4 of the 4 useful ones and spared 12 of the 16 others" in text
    assert "9 of the 24 fires of the last 90 days would be left" in text
    assert actions(*reply.blocks) == [Action.RULE_ACCEPT, Action.RULE_DECLINE, Action.RULE_OPEN]
    accept = next(each for each in find_elements(reply.blocks) if each["action_id"] == Action.RULE_ACCEPT)
    assert accept["value"] == "7"
    assert "can be put back" in accept["confirm"]["text"]["text"]


def test_who_does_not_lead_sees_who_may_decide() -> None:
    reply = build_rule_table(RuleTable((make_line(),), (make_change(),), 90, False))
    assert "A manager, an executive or an admin can accept it" in check_reply(reply)
    assert actions(*reply.blocks) == [Action.RULE_OPEN]


def test_a_page_tells_the_whole_record_and_history() -> None:
    accepted = make_change(state="accepted", decided_at=AT, by="Vera Stone")
    undone = make_change(
        change_id=6,
        state="put_back",
        decided_at=AT - timedelta(days=9),
        by="Vera Stone",
        put_back_at=AT - timedelta(days=2),
        put_back_by=None,
    )
    declined = make_change(change_id=5, state="declined", decided_at=AT - timedelta(days=20), by="Ada Admin")
    reply = build_rule_page(make_page(history=(accepted, undone, declined)))
    text = check_reply(reply)
    for words in (
        "A fall of more than ten points",
        "• 2.1 per CSM and week" if "2.1 per CSM" in text else "per CSM and week",
        "Not useful because: known already 9, wrong data 3",
        "Suppressed: flood 40, cool down 5",
        "✅ 10 → 14 points, accepted by Vera Stone, 08:30",
        "↩️ put back by the command line, 21 Nov, 08:30",
        "❎ 10 → 14 points, declined by Ada Admin, 3 Nov, 08:30",
    ):
        assert words in text, words
    assert actions(*reply.blocks) == [Action.RULE_PUT_BACK]
    assert not actions(*build_rule_page(make_page(history=(accepted,), may_decide=False)).blocks)


def test_a_rule_that_never_fired_has_a_page() -> None:
    empty = make_record(
        opened=0,
        joined=0,
        suppressed={},
        alerts=0,
        acknowledged=0,
        median_seconds=None,
        useful=0,
        not_useful=0,
    )
    text = check_reply(
        build_rule_page(make_page(line=make_line(record=replace(empty, reasons={}), limit=None)))
    )
    assert "0 fires" in text
    assert "no answers yet" in text


def test_a_review_shows_one_fire_and_its_progress() -> None:
    reply = build_shadow_page(ShadowPage("Data export", make_review()))
    text = check_reply(reply)
    assert "12 of 20 fires reviewed, 3 not useful. 31 fired in all." in text
    assert "*Acme* on 23 Nov\nscore 60 → 46 in 7 d\nCSM Maria Lopez · Enterprise · $84k ARR" in text
    assert actions(*reply.blocks) == [Action.RULE_TRUE, Action.RULE_FALSE]


@pytest.mark.parametrize(
    ("useful", "words"),
    [(16, "Ready to go live: set `state: live` in `rules/score_drop.yaml`"), (15, "make the rule stricter")],
)
def test_the_verdict_is_at_most_one_false_in_five(useful: int, words: str) -> None:
    review = make_review(reviewed=20, useful=useful, fire=None)
    reply = build_shadow_page(ShadowPage("Data export", review))
    assert words in check_reply(reply)
    assert not actions(*reply.blocks)


def test_a_short_sample_goes_on_as_the_rule_fires() -> None:
    text = check_reply(build_shadow_page(ShadowPage("x", make_review(fires=12, fire=None))))
    assert "8 more are needed" in text
    assert "No rule is in shadow" in check_reply(build_shadow_page(ShadowPage("", None)))


def test_the_weekly_message_asks_and_then_tells_the_verdict() -> None:
    report = RuleReport((make_line(),), {"score_drop": 6}, (7,), 90)
    asked = build_rule_report(report, [make_change()], UTC)
    text = check_reply(asked)
    assert "6 this week · 27 fires" in text
    assert asked.text == "Rules of the week: 1 rule fired 6 times."
    assert actions(*asked.blocks) == [Action.RULE_ACCEPT, Action.RULE_DECLINE]
    done = build_rule_report(report, [make_change(state="declined", decided_at=AT, by="Vera Stone")], UTC)
    assert "❎ 10 → 14 points, declined by Vera Stone, 08:30" in check_reply(done)
    assert not actions(*done.blocks)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_words_fit(name: str) -> None:
    change = make_change(evidence={**make_change().evidence, "title": name, "reasons": {name: 9}})
    record = make_record(reasons={name: 3}, suppressed={name: 2})
    line = make_line(title=name or "x", record=record)
    accepted = replace(change, state="accepted", decided_at=AT, by=name)
    for reply in (
        build_rule_table(RuleTable((line,) * 30, (change,) * 9, 90, True)),
        build_rule_page(make_page(line=line, why=name or "x", history=(change, accepted) * 10)),
        build_shadow_page(
            ShadowPage(name, make_review(fire=make_fire(account_name=name, said=name, owner=name)))
        ),
        build_rule_report(RuleReport((line,) * 30, {}, (), 90), [change, accepted] * 5, UTC),
    ):
        check_reply(reply)
        assert_no_markup(reply)


def test_figures_and_spans_in_words() -> None:
    assert [
        format_figure(*each) for each in ((14.0, "points"), (0.7, "change"), (7.0, "days"), (2.5, "number"))
    ] == [
        "14 points",
        "70 %",
        "7 days",
        "2.5",
    ]
    assert [format_duration(seconds) for seconds in (10, 1_500, 7_500, 259_200)] == [
        "1 min",
        "25 min",
        "2.1 h",
        "3 d",
    ]
    several = make_line(limit=Limit("when.at_least", 2.0, "above", unit="number", inclusive=True))
    assert "at least 2" in check_reply(build_rule_table(RuleTable((several,), (), WINDOW.days, True)))
    share = make_line(limit=Limit("when.below", 0.7, "below", unit="change"))
    assert "below 70 %" in check_reply(build_rule_table(RuleTable((share,), (), WINDOW.days, True)))
