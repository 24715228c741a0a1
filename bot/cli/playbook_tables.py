"""Playbooks as tables and timelines for a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.plays.simulating import Happening
from playbooks import Playbook
from playbooks.load import SHIPPED
from playbooks.steps import AnyStep
from playbooks.words import (
    ACTIONS,
    OUTCOMES,
    describe_condition,
    describe_start,
    describe_what,
    describe_when,
)

#: What happens in a simulation, in a few words.
HAPPENINGS = {
    "task": "task for somebody",
    "done": "done",
    "sent": "e-mail sent",
    "asked": "a manager is asked",
    "decided": "decided",
    "verdict_reminded": "the manager is reminded",
    "posted": "message posted",
    "crm": "CRM change queued",
    "play": "another play starts",
    "waiting": "waits",
    "met": "what was waited for came",
    "timed_out": "what was waited for did not come",
    "left_out": "left out",
    "held": "put off",
    "reminded": "reminder",
    "escalated": "manager called in",
    "lapsed": "given up",
    "ended": "the play ends",
}
WHY = {
    "not_needed": "its condition does not hold",
    "late": "its day was over before the play began",
    "repeated": "once a day is enough",
    "blackout": "it was put off for too long",
}


def build_playbook_list(plays: Mapping[str, Playbook], files: Mapping[str, Path]) -> Table:
    """One row a playbook."""
    table = Table("Playbook", "Class", "Steps", "Starts by itself", "File", "What it is", box=None)
    for name, play in plays.items():
        shipped = files[name].parent == SHIPPED
        table.add_row(
            name,
            play.play_class,
            str(len(play.all_steps)),
            Text(describe_start(play) or "–"),
            "shipped" if shipped else str(files[name]),
            Text(play.description or play.title),
        )
    return table


def build_timeline(play: Playbook) -> Iterator[Text | Table]:
    """A playbook whole: heading, when it starts and for whom, its steps, and what ends it."""
    yield Text(f"{play.title} ({play.name}, version {play.version}, {play.play_class})", style="bold")
    if play.description:
        yield Text(play.description)
    yield from (Text(line) for line in _describe_rules(play))
    table = Table("When", "What", "Step", "Details", box=None, pad_edge=False)
    for step, depth, outcome in _walk(play.steps):
        if outcome is not None:
            table.add_row(Text(f"{'  ' * depth}{OUTCOMES[outcome]}:", style="italic"))
            continue
        assert step is not None
        table.add_row(
            Text(f"{'  ' * depth}{describe_when(play, step)}"),
            ACTIONS[step.action],
            Text(step.label),
            Text(_describe_details(step)),
        )
    yield table
    for each in play.exits:
        yield Text(f"Ends early: {each.title} ({describe_condition(each.when)}).")


def _describe_details(step: AnyStep) -> str:
    told = [describe_what(step)]
    if not step.only_if.is_empty:
        told.append(f"only if {describe_condition(step.only_if)}")
    if step.variant is not None:
        told.append(f"variant {step.variant}")
    return "; ".join(told)


def _describe_rules(play: Playbook) -> Iterator[str]:
    if start := describe_start(play):
        yield f"Starts by itself: {start}."
    if not play.only_for.is_empty:
        yield f"Only for: {describe_condition(play.only_for)}."
    if play.answers:
        yield f"Answers churn reasons: {', '.join(play.answers)}."
    if play.variants:
        yield f"Variants: {', '.join(variant.name for variant in play.variants)}."
    if play.replaces:
        yield f"Takes the place of: {', '.join(play.replaces)}."
    if play.beside:
        yield "Runs beside other plays."
    if play.blackouts:
        yield f"Writes to nobody while: {', '.join(each.replace('_', ' ') for each in play.blackouts)}."


def _walk(steps: Iterable[AnyStep], depth: int = 0) -> Iterator[tuple[AnyStep | None, int, str | None]]:
    for step in steps:
        yield step, depth, None
        seen: list[tuple[AnyStep, ...]] = []
        for outcome, branch in step.branches.items():
            if branch and not any(branch is other for other in seen):
                seen.append(branch)
                yield None, depth + 1, outcome
                yield from _walk(branch, depth + 1)


def build_simulation(
    play: Playbook, happened: Iterable[Happening], zone: ZoneInfo, *, texts: bool
) -> Iterator[Text | Table]:
    """What would happen and when; with ``texts``, each with what would be written."""
    table = Table("When", "What", "Step", "Details", box=None, pad_edge=False)
    for each in happened:
        deed = each.deed
        title = play.get_step(deed.step).label if deed.step else ""
        moment = f"{each.at.astimezone(zone):%a %d %b %Y %H:%M}"
        details = Text(_describe_happening(each))
        table.add_row(moment, HAPPENINGS.get(deed.kind, deed.kind), Text(title), details)
        if texts and deed.detail.get("body"):
            body = f"{deed.detail.get('subject', '')}\n\n{deed.detail['body']}".strip()
            table.add_row("", "", "", Text(body, style="dim"))
    yield table


def _describe_happening(each: Happening) -> str:
    detail = each.deed.detail
    match each.deed.kind:
        case "sent" | "asked" if detail.get("to"):
            return f"to {detail['to']}: {detail['subject']}"
        case "left_out":
            return WHY.get(str(detail["why"]), str(detail["why"]))
        case "held":
            return str(detail["why"])
        case "crm":
            fields = ", ".join(f"{key}: {value}" for key, value in detail["fields"].items())
            return f"{detail['object'].replace('_', ' ')}: {fields}"
        case "play":
            return str(detail["play"])
        case "decided":
            return str(detail["outcome"])
        case "ended":
            return str(detail["reason"] or detail["outcome"])
    return str(detail.get("problem") or "")
