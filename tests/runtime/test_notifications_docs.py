"""docs/notifications.md shows routes Staysail takes, and says what is shipped."""

import re
from pathlib import Path

from bot.config import load_team_config
from bot.preferences import DEFAULTS

DOCS = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")
ROWS = {
    "critical_alert": "critical alerts",
    "alert": "other alerts",
    "escalation": "escalations: you are called in",
    "reminder": "reminders: are you still on it?",
    "digest": "a daily digest of your own",
}
WORDS = {"at_once": "at once", "digest": "in the digest", "never": "never", None: ""}


def test_the_example_of_routes_loads(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    (tmp_path / "staysail.yaml").write_text(text, encoding="utf-8")
    assert [route.to for route in load_team_config(tmp_path).routes] == [
        "#cs-board",
        "#cs-maria",
        "owner",
        "email",
    ]


def test_what_is_shipped_is_what_is_written() -> None:
    shipped: dict[tuple[str, str], str] = {(event, way): often for (event, way), often in DEFAULTS.items()}
    for event, words in ROWS.items():
        wanted = [WORDS[shipped.get((event, way))] for way in ("slack", "email")]
        cells = re.search(rf"^\| {re.escape(words)} \|(.*)\|$", DOCS, re.MULTILINE)
        assert cells is not None, words
        assert [cell.strip() for cell in cells[1].split("|")] == wanted
