"""The ten files of a company folder: their columns, and a writer that streams them."""

import csv
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": (
        "id",
        "name",
        "domain",
        "segment",
        "stage",
        "arr",
        "currency",
        "started_on",
        "renewal_on",
        "notice_days",
        "contract_months",
        "seats",
        "plan",
        "plan_limit",
        "csm_email",
        "ae_email",
        "parent_id",
        "status",
        "churned_on",
        "churn_reason",
    ),
    "people": ("email", "name", "role", "manager_email", "slack_id", "timezone"),
    "contacts": ("account_id", "email", "name", "title", "role", "since", "left_on"),
    "usage_daily": (
        "account_id",
        "day",
        "active_users",
        "logins",
        "core_actions",
        "api_calls",
        "new_users",
        "seats_used",
        "features",
    ),
    "tickets": ("id", "account_id", "opened_at", "closed_at", "severity", "rating"),
    "surveys": ("account_id", "kind", "score", "answered_at", "contact_email", "comment"),
    "payments": ("id", "account_id", "due_on", "paid_on", "status", "amount"),
    "touches": ("account_id", "kind", "at", "by_email", "note"),
    "goals": ("account_id", "objective", "metric", "baseline", "target", "due_on", "status", "met_on"),
    "arr_movements": ("account_id", "on", "kind", "amount"),
}

Row = Sequence[object]


class CompanyFiles:
    """The open CSV files of one company; rows go out as they come, so memory does not grow with accounts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self.rows = dict.fromkeys(COLUMNS, 0)

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._writers = {}
        for name, columns in COLUMNS.items():
            file = self._stack.enter_context(
                (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="")
            )
            # One line ending on every system, so that the same seed gives the same bytes.
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            self._writers[name] = writer
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, name: str, rows: Iterable[Row]) -> None:
        """Append rows to the file called ``name``; None becomes an empty field."""
        kept = rows if isinstance(rows, list) else list(rows)
        self._writers[name].writerows(kept)
        self.rows[name] += len(kept)
