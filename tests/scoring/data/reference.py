"""Every signal written a second time: slowly, for one account, from plain rows."""

import math
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .company import Company

Number = float | None


class Reference:
    """The signals of one account on one day. None is unknown."""

    def __init__(self, company: Company, account_id: int, as_of: date, zone: ZoneInfo) -> None:
        self.company, self.account_id, self.as_of, self.zone = company, account_id, as_of, zone
        self.account = next(
            (row for row in company.accounts[account_id] if self._is_known(row)),
            {"status": "live", "custom": {}},
        )
        self.usage = {
            row["day"]: row
            for row in company.usage
            if row["account_id"] == account_id and self._is_known(row)
        }
        metrics = ("active_users", "logins", "core_actions", "api_calls", "new_users", "features")
        self.first_days = {metric: self._find_first_day(metric) for metric in metrics}

    def _is_known(self, row: dict[str, Any]) -> bool:
        until = row["superseded_on"]
        return row["recorded_on"] <= self.as_of and (until is None or until > self.as_of)

    def local(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def days(self, count: int, skip: int = 0) -> list[date]:
        return [self.as_of - timedelta(days=at) for at in range(skip, skip + count)]

    # usage

    def _find_first_day(self, metric: str) -> date | None:
        days = [
            row["day"]
            for row in self.company.usage
            if row["recorded_on"] <= self.as_of
            and (bool(row.get("features")) if metric == "features" else row.get(metric) is not None)
        ]
        return min(days, default=None)

    def entry(self, metric: str, day: date) -> Any:
        """A figure, a zero or empty list that is known to be none, or None for unknown."""
        nothing: Any = [] if metric == "features" else 0
        mine = self.usage.get(day)
        if mine is not None and mine.get(metric) is not None:
            return mine[metric]
        if metric == "seats_used" or self.first_days[metric] is None:
            return None
        if day < self.first_days[metric]:
            return nothing
        complete = self.company.complete_days.get(day)
        return nothing if mine is None and complete is not None and complete <= self.as_of else None

    def known(self, metric: str, days: int, skip: int = 0) -> list[Any]:
        entries = [self.entry(metric, day) for day in self.days(days, skip)]
        return [entry for entry in entries if entry is not None]

    def total(self, metric: str, days: int, skip: int = 0) -> Number:
        known = self.known(metric, days, skip)
        return None if 2 * len(known) < days else sum(known) * days / len(known)

    def sessions(self, days: int) -> Number:
        return self.total("logins", days)

    def core_actions(self, days: int) -> Number:
        return self.total("core_actions", days)

    def api_calls(self, days: int) -> Number:
        return self.total("api_calls", days)

    def new_users(self, days: int) -> Number:
        return self.total("new_users", days)

    def features_used(self, days: int) -> Number:
        known = self.known("features", days)
        if self.first_days["features"] is None or 2 * len(known) < days:
            return None
        return len({name for names in known for name in names})

    def latest_seats(self, days: int) -> Number:
        known = self.known("seats_used", days)
        return known[0] if known else None

    def stickiness(self, days: int) -> Number:
        known = self.known("active_users", days)
        users = self.latest_seats(days)
        users = self.account.get("seats") if users is None else users
        if 2 * len(known) < days or not users:
            return None
        return sum(known) / (len(known) * users)

    def active_users(self, days: int) -> Number:
        known = self.known("active_users", days)
        return None if 2 * len(known) < days else sum(known) / len(known)

    def active_days(self, metric: str, days: int) -> Number:
        known = self.known(metric, days)
        return None if 2 * len(known) < days else sum(1 for entry in known if entry > 0)

    def usage_change(self, metric: str, days: int) -> Number:
        now, before = self.known(metric, days), self.known(metric, days, skip=days)
        least = 1 if metric == "seats_used" else days / 2
        if len(now) < least or len(before) < least or sum(before) == 0:
            return None
        return (sum(now) * len(before)) / (sum(before) * len(now))

    def week_over_week(self, metric: str, days: int, weeks: int) -> Number:
        back = 7 * math.ceil(days / 7)
        now = self.known(metric, days)
        before = [self.known(metric, days, skip=week * back) for week in range(1, weeks + 1)]
        if any(len(side) < days for side in (now, *before)) or sum(map(sum, before)) == 0:
            return None
        return (sum(now) * weeks) / sum(map(sum, before))

    def _days_since(self, entries: list[bool]) -> int:
        return next((at for at, used in enumerate(entries) if used), 400)

    def days_since(self, metric: str) -> Number:
        if self.first_days[metric] is None or not self.known(metric, 7):
            return None
        return self._days_since([bool(self.entry(metric, day)) for day in self.days(400)])

    def days_since_feature(self, feature: str) -> Number:
        seen = any(
            feature in (row.get("features") or ()) and row["recorded_on"] <= self.as_of
            for row in self.company.usage
        )
        if not seen or not self.known("features", 7):
            return None
        return self._days_since([feature in (self.entry("features", day) or ()) for day in self.days(400)])

    def seat_utilization(self, days: int) -> Number:
        used, seats = self.latest_seats(days), self.account.get("seats")
        return None if used is None or not seats else used / seats

    def plan_utilization(self, metric: str, days: int) -> Number:
        known, limit = self.known(metric, days), self.account.get("plan_limit")
        if 2 * len(known) < days or not limit:
            return None
        return (sum(known) * days) / (len(known) * limit)

    # rows

    def mine(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.known_rows(kind) if row["account_id"] == self.account_id]

    def known_rows(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.company.rows[kind] if self._is_known(row)]

    def is_seen(self, kind: str) -> bool:
        return any(row["recorded_on"] <= self.as_of for row in self.company.rows[kind])

    def is_inside(self, day: date, days: int) -> bool:
        return self.as_of - timedelta(days=days) < day <= self.as_of

    def is_fed(self, kind: str, column: str, days: int) -> bool:
        return any(self.is_inside(self.local(row[column]), days) for row in self.known_rows(kind))

    def tickets(self, days: int, severity: str) -> Number:
        if not self.is_fed("tickets", "opened_at", days):
            return None
        return sum(
            self.is_inside(self.local(row["opened_at"]), days)
            and (severity == "any" or row["severity"] in severity.split("+"))
            for row in self.mine("tickets")
        )

    def ticket_spike(self, days: int, quiet: int) -> Number:
        opened = [self.local(row["opened_at"]) for row in self.mine("tickets")]
        ages = [(self.as_of - day).days for day in opened]
        if not self.is_fed("tickets", "opened_at", quiet) or any(0 <= age < quiet for age in ages):
            return None
        spike = sum(quiet <= age < quiet + days for age in ages)
        before = sum(quiet + days <= age < quiet + 2 * days for age in ages)
        return spike / max(before, 1)

    def open_tickets(self, severity: str) -> Number:
        if not self.is_seen("tickets"):
            return None
        return sum(
            self.local(row["opened_at"]) <= self.as_of
            and (row.get("closed_at") is None or self.local(row["closed_at"]) > self.as_of)
            and (severity == "any" or row["severity"] in severity.split("+"))
            for row in self.mine("tickets")
        )

    def ticket_rating(self, days: int) -> Number:
        return mean(
            row["rating"]
            for row in self.mine("tickets")
            if self.is_inside(self.local(row["opened_at"]), days)
            and row.get("rating")
            and (row.get("closed_at") is None or self.local(row["closed_at"]) <= self.as_of)
        )

    def _answers(self, kind: str, days: int) -> list[int]:
        return [
            row["score"]
            for row in self.mine("surveys")
            if row["kind"] == kind and self.is_inside(self.local(row["answered_at"]), days)
        ]

    def nps(self, days: int) -> Number:
        answers = self._answers("nps", days)
        if not answers:
            return None
        return 100 * (sum(a >= 9 for a in answers) - sum(a <= 6 for a in answers)) / len(answers)

    def csat(self, days: int) -> Number:
        return mean(self._answers("csat", days))

    def failed_payment_share(self, days: int) -> Number:
        due = [row for row in self.mine("payments") if self.is_inside(row["due_on"], days)]
        return mean(row["status"] == "failed" for row in due)

    def failed_payments(self, days: int) -> Number:
        if not self.is_seen("payments"):
            return None
        due = [row for row in self.mine("payments") if self.is_inside(row["due_on"], days)]
        return sum(row["status"] == "failed" for row in due)

    def oldest_unpaid_days(self) -> Number:
        due = [row for row in self.mine("payments") if row["due_on"] <= self.as_of]
        unpaid = [
            row["due_on"]
            for row in due
            if row["status"] != "paid" or (row.get("paid_on") is not None and row["paid_on"] > self.as_of)
        ]
        if unpaid:
            return (self.as_of - min(unpaid)).days
        return 0 if any(self.is_inside(row["due_on"], 400) for row in due) else None

    def arr_growth(self, days: int) -> Number:
        sign = {"expansion": 1, "contraction": -1}
        net = sum(
            sign.get(row["kind"], 0) * abs(row["amount_cents"])
            for row in self.mine("movements")
            if self.is_inside(row["moved_on"], days)
        )
        arr = self.account.get("arr_cents")
        if arr is None or arr - net <= 0 or not self.is_seen("movements"):
            return None
        return net / (arr - net)

    def arr(self) -> Number:
        arr = self.account.get("arr_cents")
        return None if arr is None else arr / 100

    def _days_to(self, day: date | None) -> Number:
        return None if day is None else (day - self.as_of).days

    def days_to_renewal(self) -> Number:
        return self._days_to(self.account.get("renewal_on"))

    def days_to_opt_out(self) -> Number:
        notice, days = self.account.get("notice_days"), self.days_to_renewal()
        return None if notice is None or days is None else days - notice

    def days_since_start(self) -> Number:
        days = self._days_to(self.account.get("started_on"))
        return None if days is None else -days

    def _is_touch(self, row: dict[str, Any], kinds: str) -> bool:
        return row["kind"] != "note" and (kinds == "any" or row["kind"] in kinds.split("+"))

    def touches(self, kinds: str, days: int) -> Number:
        if not self.is_fed("touches", "at", days):
            return None
        return sum(
            self.is_inside(self.local(row["at"]), days) and self._is_touch(row, kinds)
            for row in self.mine("touches")
        )

    def days_since_touch(self, kinds: str) -> Number:
        if not self.is_seen("touches"):
            return None
        since = [
            (self.as_of - self.local(row["at"])).days
            for row in self.mine("touches")
            if self.is_inside(self.local(row["at"]), 400) and self._is_touch(row, kinds)
        ]
        return min(since, default=400)

    def _active(self) -> list[dict[str, Any]]:
        return [
            row
            for row in self.mine("contacts")
            if (row.get("since") is None or row["since"] <= self.as_of)
            and (row.get("left_on") is None or row["left_on"] > self.as_of)
        ]

    def contacts(self, role: str) -> Number:
        if not self.is_seen("contacts"):
            return None
        return sum(role == "any" or row["role"] in role.split("+") for row in self._active())

    def champion_threads(self) -> Number:
        if not self.mine("contacts"):
            return None
        active = self._active()
        return len(active) if any(row["role"] == "champion" for row in active) else 0

    def days_since_champion_left(self) -> Number:
        if any(row["role"] == "champion" for row in self._active()):
            return None
        left = [
            row["left_on"]
            for row in self.mine("contacts")
            if row["role"] == "champion" and row.get("left_on") and row["left_on"] <= self.as_of
        ]
        return (self.as_of - max(left)).days if left else None

    def _is_met(self, row: dict[str, Any]) -> bool:
        return row["status"] == "met" and (row.get("met_on") is None or row["met_on"] <= self.as_of)

    def goals_met_share(self) -> Number:
        return mean(self._is_met(row) for row in self.mine("goals"))

    def goals_overdue(self) -> Number:
        goals = self.mine("goals")
        if not goals:
            return None
        return sum(
            row.get("due_on") is not None and row["due_on"] < self.as_of and not self._is_met(row)
            for row in goals
        )

    def custom(self, name: str, agg: str, days: int) -> Number:
        rows = [
            row for row in self.mine("custom") if row["name"] == name and self.is_inside(row["day"], days)
        ]
        values = [row["value"] for row in sorted(rows, key=lambda row: row["day"])]
        if not values:
            return None
        return {
            "last": values[-1],
            "sum": sum(values),
            "mean": sum(values) / len(values),
            "count": len(values),
            "min": min(values),
            "max": max(values),
        }[agg]

    def field(self, name: str) -> Number:
        if name == "arr":
            return self.arr()
        if name in ("seats", "plan_limit", "notice_days", "contract_months"):
            found = self.account.get(name)
            return None if found is None else float(found)
        word = self.account.get("custom", {}).get(name)
        if word in ("true", "false"):
            return float(word == "true")
        try:
            number = float(word)
        except (TypeError, ValueError):
            return None
        return number if math.isfinite(number) else None


def mean(values: Any) -> Number:
    """The mean of some numbers, None of none."""
    found = list(values)
    return sum(found) / len(found) if found else None
