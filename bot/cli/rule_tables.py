"""Alert rules as tables for a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.alerts.changes import ChangeLine
from bot.alerts.describing import describe_condition, describe_telling
from bot.alerts.precision import RuleRecord
from bot.alerts.replay import Replay, find_verdict
from bot.alerts.rules import SHIPPED, Rule

#: What a rule is good for, by how many accounts it fires for in 30 days.
VERDICTS = {
    "healthy": "within the budget of 2 %",
    "cheap": "over 2 %: for cheap actions only",
    "list": "over 5 %: a list, not an alert",
    "report": "over 15 %: a report, not an alert",
}
_MOST_FIRES = 40


def build_rule_list(
    rules: Iterable[Rule],
    records: Mapping[str, RuleRecord],
    changes: Mapping[str, Sequence[ChangeLine]],
) -> Table:
    """One row a rule, in the order in which they speak."""
    table = Table("Rule", "State", "Class", "Severity", box=None, pad_edge=False)
    table.add_column("Fires when", overflow="fold")
    table.add_column("Fires in 30 d", justify="right")
    table.add_column("Of accounts", justify="right")
    table.add_column("Changed")
    for rule in rules:
        record = records.get(rule.name)
        table.add_row(
            rule.name,
            rule.state,
            rule.rule_class,
            rule.severity.replace("_", " "),
            escape(describe_condition(rule.when)),
            str(record.fires if record else 0),
            _format_share(record),
            _describe_change(changes.get(rule.name, ())),
        )
    return table


def _format_share(record: RuleRecord | None) -> str:
    share = record.account_share if record else None
    if share is None:
        return "–"
    mark = "" if find_verdict(share) == "healthy" else " !"
    return f"{100 * share:.1f} %{mark}"


def _describe_change(lines: Sequence[ChangeLine]) -> str:
    newest = next((line for line in lines if line.state == "accepted"), None)
    if newest is None:
        return ""
    by = f" by {newest.by}" if newest.by else ""
    return f"{newest.key} {newest.before:g} → {newest.after:g}{by}"


def build_rule_page(rule: Rule, changes: Sequence[ChangeLine], path: Path) -> tuple[Table | Text, ...]:
    """A rule whole: what it is for, when it fires, who hears of it, who changed it."""
    heading = Text(f"{rule.title} ({rule.name}, version {rule.version})", style="bold")
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    days = f"{rule.consecutive_days} days in a row" if rule.consecutive_days > 1 else "the first day"
    lines = [
        ("Fires when", describe_condition(rule.when)),
        ("On", f"{days}, looked at {'as data arrives' if rule.checked == 'on_arrival' else 'daily'}"),
        ("State", rule.state),
        ("Class", rule.rule_class),
        ("Severity", rule.severity.replace("_", " ")),
        ("Tells", describe_telling(rule)),
        ("Silent after", f"{rule.cool_down_days} days"),
        ("Play", rule.play or "–"),
        ("File", "shipped" if path.parent == SHIPPED else str(path)),
    ]
    for key, value in lines:
        table.add_row(key, escape(value))
    for line in changes:
        table.add_row("Changed", escape(f"{line.state}: {_describe_change([line]) or line.key}"))
    return heading, Text(rule.why), table


def build_replay_tables(found: Replay, rule: Rule) -> tuple[Table | Text, ...]:
    """What the rule would have done, per CSM and week, and the fires themselves."""
    told, silent = len(found.told), len(found.fires) - len(found.told)
    heading = Text(
        f"{found.rule} from {found.first} to {found.last}: {told} alerts for "
        f"{len({fire.account_id for fire in found.told})} of {found.accounts} accounts"
        + (f", {silent} more within the cool-down" if silent else ""),
        style="bold",
    )
    share = Text(f"{100 * found.share:.2f} % of the accounts in 30 days, {VERDICTS[found.verdict]}.")
    by_csm = Table("CSM", box=None, pad_edge=False)
    by_csm.add_column("Alerts a week", justify="right")
    for name, count in found.count_by_csm().items():
        by_csm.add_row(escape(name), f"{count:.2f}")
    fires = Table("Day", "Account", "CSM", "Why", box=None, pad_edge=False)
    for fire in found.fires[-_MOST_FIRES:]:
        why = fire.said if fire.told else f"{fire.said} (silent: cool-down of {rule.cool_down_days} days)"
        fires.add_row(str(fire.as_of), escape(fire.name), escape(fire.csm or "–"), escape(why))
    more = len(found.fires) - _MOST_FIRES
    note = [Text(f"The newest {_MOST_FIRES}; {more} earlier ones are in --json.")] if more > 0 else []
    notice = Text("Nothing was written and nobody was told.")
    return heading, share, by_csm, fires, *note, notice
