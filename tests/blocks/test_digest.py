from dataclasses import replace
from datetime import time

import pytest

from blocks.digest import build_digest, build_digest_order, build_own_digest
from blocks.ids import Action
from bot.reports.digest import OwnDigest
from bot.reports.digest_orders import DigestOrder
from bot.reports.digest_views import AccountList, AlertList, Digest, leave_money_out
from tests.blocks.checks import assert_no_markup, check_reply, find_elements
from tests.blocks.rule_views import make_alerts, make_digest
from tests.blocks.views import HOSTILE


def test_each_list_says_what_happened_and_how_many_more() -> None:
    text = check_reply(build_digest(make_digest(7, shown=2)))
    for words in (
        "Team digest · Monday, 23 November",
        "Since Friday, 20 Nov, 09:30 · scored for 22 Nov",
        "🔴 *Acme* · opened: Score fell fast · score 38 · $50.4k at risk · Maria Lopez",
        "⏫ escalated to Vera Stone: Score fell fast",
        "awake again, commercial news broke the snooze",
        "🟢 recovered: Score fell fast",
        "*Acme* Green → Yellow · 48 (−17) · $84k ARR · Maria Lopez",
        "09:30 *Acme* · Vera Stone is called in unless somebody acts (Score fell fast)",
        "Waiting on us",
        "Score fell fast, unacknowledged since 23 Nov · score 38",
        "Score fell fast, held back by the daily cap",
        "📐 *Score fell fast*: a stricter limit is proposed",
        "0–30 d: 7 accounts, $70k · 31–60 d: 7 accounts, $70k · 61–90 d: 7 accounts, $70k",
        "⏳ opt-out by 1 Dec (in 8 d): 🟡 *Acme* · score 48 · $84k ARR · renews 31 Dec",
        "48 (−17 in 30 d) · $50.4k of $84k at risk",
        "48 (+12) · $84k ARR",
        "has delivered nothing since 19 Nov",
        "62 accounts moved together on 22 Nov",
        "_and 5 more opened, 5 more escalated, 5 more awake again, 5 more ended_",
        "_and 5 more fell, 5 more rose_",
    ):
        assert words in text, words


def test_empty_lists_take_no_room() -> None:
    quiet = replace(make_digest(0), changes=(), problems=(), opened=make_alerts("opened", 1))
    text = check_reply(build_digest(quiet))
    for title in ("Levels", "Due today", "Waiting", "Renewals", "Most at risk", "Improving", "Data problems"):
        assert title not in text


def test_in_ones_own_digest_ones_name_is_left_out() -> None:
    assert "Maria Lopez" in check_reply(build_digest(make_digest(1, book="Jonas Weber")))
    own = check_reply(build_digest(make_digest(1, book="Maria Lopez")))
    assert own.count("Maria Lopez") == 1


def test_without_news_it_says_so() -> None:
    text = check_reply(build_digest(make_digest(0, changes=(), problems=(), is_news=False)))
    assert "Nothing changed since then, and nothing is due today" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_and_any_number_fit(name: str) -> None:
    for count in (1, 5, 12_000):
        reply = build_digest(make_digest(count, name, book=name))
        check_reply(reply)
        assert_no_markup(reply)


def test_where_lists_are_long_each_is_shortened() -> None:
    text = check_reply(build_digest(make_digest(5, "W" * 40)))
    assert "more opened" in text


def test_no_money_is_shown_where_none_may_be() -> None:
    for count in (1, 5, 12_000):
        digest = make_digest(count)
        assert "$" in check_reply(build_digest(digest))
        assert "$" not in check_reply(build_digest(leave_money_out(digest)))
        # Not even where a line was left with an amount by mistake.
        assert "$" not in check_reply(build_digest(replace(digest, money=False)))


def test_the_notification_counts_and_speaks_of_no_money() -> None:
    reply = build_digest(make_digest(1))
    assert reply.text == (
        "Team digest · Monday, 23 November: 1 alert opened, 1 escalated, 1 ended, 1 account fell a level, "
        "1 due today, 1 held back by the daily cap."
    )
    assert "$" not in build_digest(make_digest(9)).text


def _actions(digest: Digest, **changes: bool) -> list[str]:
    return [element["action_id"] for element in find_elements(build_digest(digest, **changes).blocks)]


def test_alerts_and_accounts_can_be_opened() -> None:
    assert _actions(make_digest(2)) == [Action.ALERT_OPEN, Action.SCORE_OPEN, Action.DIGEST_PORTFOLIO]
    nothing = {"fell": AccountList(), "opt_outs": AccountList(), "opt_outs_today": AccountList()}
    lists = {
        name: AlertList() for name, value in vars(make_digest(0)).items() if isinstance(value, AlertList)
    }
    bare = replace(make_digest(0), **lists, **nothing, risks=(), improvers=())
    assert _actions(bare) == [Action.DIGEST_PORTFOLIO]


def test_an_alert_in_two_lists_is_offered_once() -> None:
    same = make_alerts("opened", 1)
    due = AlertList((replace(same.lines[0], what="wake"),), 1)
    digest = make_digest(0, opened=same, held=same, due=due)
    menu = next(each for each in find_elements(build_digest(digest).blocks) if "options" in each)
    assert len(menu["options"]) == 1


def test_only_who_gets_it_can_stop_it() -> None:
    assert Action.DIGEST_STOP not in _actions(make_digest(1))
    assert Action.DIGEST_STOP in _actions(make_digest(1), to_person=True)


@pytest.mark.parametrize(
    ("every_morning", "action"), [(False, Action.DIGEST_ORDER), (True, Action.DIGEST_STOP)]
)
def test_the_answer_offers_what_is_not_so(every_morning: bool, action: Action) -> None:
    reply = build_own_digest(OwnDigest(make_digest(1, book="Maria Lopez"), every_morning, time(8, 30)))
    text = check_reply(reply)
    assert "Book of Maria Lopez" in text
    assert "Waiting on you" in text
    assert [element["action_id"] for element in find_elements(reply.blocks)][-1] == action


def test_an_order_is_confirmed_with_its_time() -> None:
    ordered = check_reply(build_digest_order(DigestOrder(True, time(8, 30), "America/New_York")))
    assert "at 08:30 (America/New York)" in ordered
    assert "no more digests" in check_reply(build_digest_order(DigestOrder(False, time(8, 30), "UTC")))
