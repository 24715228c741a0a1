"""rules: the alert rules there are, how often they fire, and what one would have fired for."""

import json
import sys
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy.orm import Session

from bot.alerts.changes import apply_changes, load_changes, put_back_newest
from bot.alerts.describing import describe_condition, describe_telling
from bot.alerts.precision import load_rule_records
from bot.alerts.replay import Replay, find_verdict, replay_rule
from bot.alerts.rules import ENDINGS, Rule, find_rule_files, load_rules, read_rule
from bot.cli.opening import Opened, open_database
from bot.cli.rule_tables import build_replay_tables, build_rule_list, build_rule_page
from bot.config import ConfigError, load_settings
from bot.errors import NotFound, UserError
from scoring.catalogue import find_nearest
from scoring.model import ScoringModel, get_model
from scoring.run import score_history

MONTH = timedelta(days=30)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(rules)


def rules(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show one rule whole.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check every rule's file; exit 1 with all problems.")
    ] = False,
    replay: Annotated[
        str | None,
        typer.Option("--replay", metavar="NAME", help="What a rule, or a rule's file, would have fired for."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="With --replay: from this day on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="With --replay: to this day; yesterday.")
    ] = None,
    put_back: Annotated[
        str | None,
        typer.Option("--put-back", metavar="NAME", help="Undo the newest accepted change of a rule."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the alert rules with how often they fire, show or check them, or replay one over the past."""
    if check:
        _check(as_json)
    elif replay is not None:
        _replay(replay, since, until, as_json)
    elif put_back is not None:
        _put_back(put_back)
    elif name is not None:
        _show(name, as_json)
    else:
        _list(as_json)


def _check(as_json: bool) -> None:
    """Print what is wrong, or that nothing is. Exit status 1 when anything is."""
    folder = load_settings().staysail_config
    try:
        found, problems = load_rules(folder), []
    except ConfigError as error:
        found, problems = (), str(error).splitlines()
    if as_json:
        _print_json({"ok": not problems, "problems": problems})
    elif problems:
        sys.stderr.write("\n".join(problems) + "\n")
    else:
        sys.stdout.write(f"All rules are sound: {', '.join(rule.name for rule in found)}.\n")
    if problems:
        raise typer.Exit(1)


def _list(as_json: bool) -> None:
    with open_database() as opened, opened.sessions() as session:
        found = _load(session, opened)
        now = opened.now()
        records = load_rule_records(session, since=now - MONTH, until=now)
        changes = load_changes(session)
        if as_json:
            lines = [_summarise(rule, records.get(rule.name), changes.get(rule.name, ())) for rule in found]
            _print_json({"rules": lines})
        else:
            _print(build_rule_list(found, records, changes))


def _show(name: str, as_json: bool) -> None:
    with open_database() as opened, opened.sessions() as session:
        rule = _get(name, _load(session, opened))
        lines = load_changes(session, rule=name).get(name, ())
        if as_json:
            _print_json({**rule.model_dump(mode="json", by_alias=True), "version": rule.version})
            return
        path = find_rule_files(opened.settings.staysail_config)[name]
        _print(*build_rule_page(rule, lines, path))


def _put_back(name: str) -> None:
    with open_database() as opened, opened.sessions.begin() as session:
        line = put_back_newest(session, rule=name, person=None, now=opened.now())
    sys.stdout.write(f"{name}: {line.key} is {line.before:g} again (was {line.after:g}).\n")


def _replay(name: str, since: str | None, until: str | None, as_json: bool) -> None:
    if since is None:
        raise typer.BadParameter("--replay needs --since DATE, such as --since 2026-08-01")
    with open_database() as opened, opened.sessions() as session:
        rules = _load(session, opened)
        rule = _read(name, rules)
        last = _parse_day(until, "--until") if until else opened.yesterday()
        first = _parse_day(since, "--since")
        if first > last:
            raise typer.BadParameter(
                f"--since {first} comes after the last day, {last}; choose an earlier day"
            )
        model = get_model(opened.team.default_model, opened.settings.staysail_config)
        found = replay_anew(session, opened, rule=rule, rules=rules, model=model, first=first, last=last)
    if as_json:
        _print_json(_describe_replay(found, rule))
    else:
        _print(*build_replay_tables(found, rule))


def replay_anew(
    session: Session,
    opened: Opened,
    *,
    rule: Rule,
    rules: tuple[Rule, ...],
    model: ScoringModel,
    first: date,
    last: date,
) -> Replay:
    """The replay; days that the model has not scored are scored for it, and all of that is rolled back."""
    team = opened.team
    try:
        found = replay_rule(session, rule=rule, rules=rules, model=model, first=first, last=last, team=team)
        if found.unscored:
            before = first - MONTH - timedelta(days=1)
            score_history(session, model=model, first=before, last=last, now=opened.now(), zone=team.zone)
            found = replay_rule(
                session, rule=rule, rules=rules, model=model, first=first, last=last, team=team
            )
        return found
    finally:
        session.rollback()


def _load(session: Session, opened: Opened) -> tuple[Rule, ...]:
    """The rules as they count now, with the figures that were accepted."""
    return apply_changes(session, load_rules(opened.settings.staysail_config))


def _get(name: str, rules: tuple[Rule, ...]) -> Rule:
    for rule in rules:
        if rule.name == name:
            return rule
    raise NotFound(f"no rule is called {name!r}; {find_nearest(name, [rule.name for rule in rules])}")


def _read(name: str, rules: tuple[Rule, ...]) -> Rule:
    """A rule by name, or from a file that is not in force yet."""
    path = Path(name)
    if path.suffix not in ENDINGS:
        return _get(name, rules)
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; give a rule's name or the path of its file")
    return read_rule(path)


def _parse_day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(f"{option} {text!r} is no date; write it as 2026-05-31") from error


def _summarise(rule: Rule, record: Any, changes: Any) -> dict[str, Any]:
    share = None if record is None else record.account_share
    newest = next((line for line in changes if line.state == "accepted"), None)
    return {
        "name": rule.name,
        "title": rule.title,
        "state": rule.state,
        "class": rule.rule_class,
        "severity": rule.severity,
        "when": describe_condition(rule.when),
        "tells": describe_telling(rule),
        "fires_30_days": 0 if record is None else record.fires,
        "share_30_days": share,
        "verdict": None if share is None else find_verdict(share),
        "changed": None
        if newest is None
        else {
            "key": newest.key,
            "before": newest.before,
            "after": newest.after,
            "by": newest.by,
            "at": newest.decided_at.isoformat() if newest.decided_at else None,
        },
    }


def _describe_replay(found: Replay, rule: Rule) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "version": rule.version,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "accounts": found.accounts,
        "alerts": len(found.told),
        "in_cool_down": len(found.fires) - len(found.told),
        "share_30_days": round(found.share, 6),
        "verdict": found.verdict,
        "per_csm_and_week": {name: round(count, 3) for name, count in found.count_by_csm().items()},
        "fires": [{**asdict(fire), "as_of": fire.as_of.isoformat()} for fire in found.fires],
    }


def _print(*tables: Any) -> None:
    # Rich takes 80 columns where there is no terminal, which breaks the tables of a log or a pipe.
    console = Console(width=None if sys.stdout.isatty() else 140)
    for table in tables:
        console.print(table)


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
