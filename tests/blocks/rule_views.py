"""Rules and digests as the domain makes them, with quiet defaults."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.alerts.changes import ChangeLine
from bot.alerts.limits import Limit
from bot.alerts.precision import Audience, RuleRecord
from bot.alerts.shadow import ShadowFire, ShadowReview
from bot.reports.digest_views import (
    AccountLine,
    AccountList,
    AlertLine,
    AlertList,
    Digest,
    Happening,
    Problem,
    ProposedChange,
    RenewalBucket,
)
from bot.reports.rule_report import RuleLine

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)
WINDOW = timedelta(days=90)
LIMIT = Limit("when.score_fell", 10.0, "above")


def make_record(**changes: Any) -> RuleRecord:
    record = RuleRecord(
        rule="score_drop",
        audience=Audience(300, 10, WINDOW),
        opened=24,
        joined=3,
        suppressed={"cool_down": 5, "flood": 40},
        account_months=25,
        alerts=24,
        acknowledged=18,
        median_seconds=7_500.0,
        useful=4,
        not_useful=16,
        reasons={"known_already": 9, "wrong_data": 3},
    )
    return replace(record, **changes)


def make_change(**changes: Any) -> ChangeLine:
    change = ChangeLine(
        change_id=7,
        rule="score_drop",
        key="when.score_fell",
        before=10.0,
        after=14.0,
        state="proposed",
        proposed_at=AT,
        decided_at=None,
        by=None,
        put_back_at=None,
        put_back_by=None,
        evidence={
            "title": "Score fell fast",
            "unit": "points",
            "answers": 20,
            "useful": 4,
            "reasons": {"known_already": 9, "wrong_data": 3},
            "judged_useful": 4,
            "useful_kept": 4,
            "judged_not_useful": 16,
            "not_useful_dropped": 12,
            "days": 90,
            "fires": 24,
            "fires_left": 9,
        },
    )
    return replace(change, **changes)


def make_line(**changes: Any) -> RuleLine:
    line = RuleLine("score_drop", "Score fell fast", "live", make_record(), LIMIT)
    return replace(line, **changes)


def make_fire(**changes: Any) -> ShadowFire:
    fire = ShadowFire(
        fire_id=11,
        account_name="Acme",
        as_of=DAY,
        said="score 60 → 46 in 7 d",
        owner="Maria Lopez",
        segment="enterprise",
        level="red",
        score=46,
        arr_cents=8_400_000,
        currency="USD",
    )
    return replace(fire, **changes)


def make_review(**changes: Any) -> ShadowReview:
    return replace(ShadowReview("score_drop", 31, 12, 9, make_fire()), **changes)


def make_alerts(what: Happening, count: int, name: str = "Acme", shown: int = 5, **changes: Any) -> AlertList:
    lines = tuple(
        AlertLine(
            alert_id=1000 * len(what) + number,
            account_name=name,
            rule_title="Score fell fast",
            what=what,
            at=AT - timedelta(hours=number),
            color="red",
            score=38,
            at_risk_cents=5_040_000,
            owner="Maria Lopez",
            **changes,
        )
        for number in range(min(count, shown))
    )
    return AlertList(lines, count)


def make_accounts(count: int, name: str = "Acme", first: int = 1, **changes: Any) -> tuple[AccountLine, ...]:
    quiet: dict[str, Any] = {
        "color": "yellow",
        "level": "Yellow",
        "score": 48,
        "delta": -17,
        "arr_cents": 8_400_000,
        "at_risk_cents": 5_040_000,
        "owner": "Maria Lopez",
    }
    return tuple(AccountLine(number, name, **quiet | changes) for number in range(first, first + count))


def make_digest(count: int = 2, name: str = "Acme", shown: int = 5, **changes: Any) -> Digest:
    """A digest with so many alerts and accounts of every kind, of which at most ``shown`` are named."""
    renewing = {"renewal_on": date(2026, 12, 31), "opt_out_on": date(2026, 12, 1)}
    listed = min(count, shown)
    digest = Digest(
        book=None,
        day=DAY,
        zone="Europe/Berlin",
        since=AT - timedelta(days=3),
        at=AT,
        scored_for=DAY - timedelta(days=1),
        money_symbol="$",
        opened=make_alerts("opened", count, name, shown),
        escalated=make_alerts("escalated", count, name, shown, who="Vera Stone"),
        woken=make_alerts("woke", count, name, shown, why="commercial"),
        ended=make_alerts("resolved", count, name, shown, why="recovered"),
        fell=AccountList(make_accounts(listed, name, level_before="Green"), count),
        rose=AccountList(make_accounts(listed, name, 10, level_before="Red"), count),
        due=make_alerts("escalate", count, name, shown, who="Vera Stone"),
        opt_outs_today=AccountList(make_accounts(listed, name, 20, **renewing), count),
        unacknowledged=make_alerts("unacknowledged", count, name, shown),
        asked=make_alerts("asked", count, name, shown),
        proposed=make_alerts("proposed", count, name, shown),
        held=make_alerts("held", count, name, shown),
        changes=tuple(ProposedChange(n, "Score fell fast", 10.0, 14.0, "points") for n in range(listed)),
        renewals=tuple(RenewalBucket(days, count, count * 1_000_000) for days in (30, 60, 90)),
        opt_outs=AccountList(make_accounts(listed, name, 30, **renewing), count),
        risks=make_accounts(listed, name, 40, **renewing),
        improvers=make_accounts(listed, name, 50, delta=12),
        problems=(
            Problem("feed", name, DAY - timedelta(days=4)),
            Problem("scores", "", DAY - timedelta(days=4)),
            Problem("flood", "2026-11-22", DAY - timedelta(days=1), 62),
            Problem("messages", "#cs-alerts", None, 3),
            Problem("mail", "", None, 2),
        ),
    )
    return replace(digest, **changes)
