"""docs/escalation.md says what happens: its examples are tried."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from bot.config import Alerts, TeamConfig, load_team_config
from bot.spans import Span
from bot.working_time import WorkingWeek, compute_due

PAGE = (Path(__file__).parents[2] / "docs" / "escalation.md").read_text()
MONDAY = date(2026, 3, 16)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def read_block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_table_of_spans_is_right() -> None:
    zone = ZoneInfo("Europe/Berlin")
    rows = re.findall(r"^\| (\w+) (\d\d:\d\d) \| ([^|]+) \| (\w+) (\d\d:\d\d)", PAGE, re.MULTILINE)
    assert len(rows) == 5
    for opened, at, span, due, due_at in rows:
        day = MONDAY + timedelta(days=DAYS.index(opened))
        start = datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=zone)
        found = compute_due(WorkingWeek(zone), start, Span.parse(span.strip("`").replace(" ", "")))
        assert found.astimezone(zone).strftime("%A %H:%M") == f"{due} {due_at}"


def test_the_shipped_chains_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| (critical|at risk) \| (\d+) h \| (\d+) h \|", PAGE, re.MULTILINE)
    shipped = TeamConfig().alerts.escalation
    assert {name.replace(" ", "_"): (f"{first}h", f"{second}h") for name, first, second in rows} == {
        severity: (str(chain.manager), str(chain.executive)) for severity, chain in shipped.items()
    }


def test_the_files_of_the_page_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "staysail.yaml").write_text(read_block("yaml"))
    (tmp_path / "holidays.csv").write_text(read_block("csv"))
    team = load_team_config(tmp_path)
    assert (len(team.holidays), team.alerts.escalation["at_risk"].executive) == (3, None)


def test_changing_one_severity_leaves_the_other_as_shipped() -> None:
    alerts = Alerts.model_validate(yaml.safe_load("escalation: {critical: {manager: 4h}}"))
    assert alerts.escalation["critical"].executive is None
    assert alerts.escalation["at_risk"] == Alerts().escalation["at_risk"]
