"""score: the scores of all accounts or of one, for any day."""

import difflib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.cli.opening import Opened, open_database
from bot.cli.score_tables import build_account_tables, build_scores_table
from bot.errors import NotFound, UserError
from bot.models import Account
from scoring.catalogue import find_nearest
from scoring.explain import compute_score_json
from scoring.explaining import load_explanations
from scoring.model import ScoringModel, get_model
from scoring.run import compute_explanation, load_models_for, score_day, score_history
from scoring.views import ScoreExplanation


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(score)


def score(
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day to score; yesterday by default.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this account, by the id in accounts.csv.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="The scoring model; the team's default by default.")
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="FIRST..LAST", help="Score every day of this span and store it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Score accounts for a day, from the data as it stood at the end of that day."""
    with open_database() as opened:
        chosen = get_model(model or opened.team.default_model, opened.settings.staysail_config)
        if history:
            day = _score_span(opened, chosen, history, quiet=as_json)
        else:
            day = _parse_day(as_of, "--as-of", opened) if as_of else opened.yesterday()
        with opened.sessions() as session:
            if account is not None:
                found = [_explain_one(session, opened, chosen, account, day)]
            else:
                if not history:
                    _score_all(session, opened, chosen, day, named=model is not None, quiet=as_json)
                found = list(load_explanations(session, model=chosen, as_of=day))
    if as_json:
        document = compute_score_json(chosen, day, found)
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    _print(chosen, day, found, single=account is not None)


def _score_span(opened: Opened, model: ScoringModel, span: str, *, quiet: bool) -> date:
    first_text, dots, last_text = span.partition("..")
    if not dots:
        raise typer.BadParameter(f"{span!r} is no span of days; write it as 2025-01-01..2025-12-31")
    first, last = (_parse_day(part, "--history", opened) for part in (first_text, last_text))
    if first > last:
        raise typer.BadParameter(f"{span}: the first day comes after the last; swap them")
    with opened.sessions.begin() as session, _progress("Scoring days", quiet=quiet) as advance:
        score_history(
            session,
            model=model,
            first=first,
            last=last,
            now=opened.now(),
            zone=opened.team.zone,
            progress=advance,
        )
    return last


def _score_all(
    session: Session, opened: Opened, model: ScoringModel, day: date, *, named: bool, quiet: bool
) -> None:
    """Score and store the day: by the model that was named, else by all the team scores by."""
    models = (model,) if named else load_models_for(opened.team, opened.settings.staysail_config)
    with _progress(f"Scoring {day}", quiet=quiet) as advance:
        score_day(
            session, models=models, as_of=day, now=opened.now(), zone=opened.team.zone, progress=advance
        )
        session.commit()


def _explain_one(
    session: Session, opened: Opened, model: ScoringModel, external_id: str, day: date
) -> ScoreExplanation:
    account_id = session.scalar(select(Account.id).where(Account.external_id == external_id))
    if account_id is None:
        known = list(session.scalars(select(Account.external_id)))
        raise NotFound(f"--account: no account has the id {external_id!r}; {_find_near(external_id, known)}")
    found = compute_explanation(session, model=model, account_id=account_id, as_of=day, zone=opened.team.zone)
    if found is None:
        raise UserError(
            f"{external_id} was no live account on {day} (not started, churned, or not recorded yet); "
            "choose another day with --as-of"
        )
    return found


def _find_near(word: str, known: list[str]) -> str:
    if not known:
        return "there are no accounts yet; load some with staysail import"
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5) if len(known) <= 1000 else []
    if near or len(known) <= 12:
        return find_nearest(word, known)
    return "look it up in accounts.csv"


def _parse_day(text: str, option: str, opened: Opened) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(f"{option} {text!r} is no date; write it as 2026-05-31") from error
    if day > opened.today():
        raise typer.BadParameter(f"{option} {day} is in the future; choose today or an earlier day")
    if day < date(1970, 1, 1):
        raise typer.BadParameter(f"{option} {day} lies before 1970; choose a later day")
    return day


@contextmanager
def _progress(title: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr, so that stdout has the answer alone; none where nobody watches."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(model: ScoringModel, day: date, found: list[ScoreExplanation], *, single: bool) -> None:
    console = Console()
    if not found:
        console.print(f"No account was live on {day}. Load data with staysail import, or choose another day.")
    elif single:
        for table in build_account_tables(found[0]):
            console.print(table)
    else:
        console.print(build_scores_table(model, day, found))
