"""What must hold between the parts of a playbook, beyond each part being right by itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from playbooks.conditions import Condition
from playbooks.definition import Playbook
from playbooks.steps import DATES, AnyStep
from scoring.catalogue import find_nearest


def find_problems(play: Playbook) -> list[str]:
    """Everything wrong with the playbook as a whole, a sentence each; empty when it is sound."""
    problems = list(_twice(play))
    # Everything else finds steps by name.
    return problems or [
        *_variants(play),
        *_anchors(play),
        *_order(play),
        *_references(play),
        *_classes(play),
        *_starts(play),
    ]


def _twice(play: Playbook) -> Iterator[str]:
    groups = {
        "steps": [step.name for step in play.all_steps],
        "variants": [variant.name for variant in play.variants],
        "exits": [each.name for each in play.exits],
    }
    for what, names in groups.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield f"{what}: {name} is there {times} times; rename all but one"


def _variants(play: Playbook) -> Iterator[str]:
    known = [variant.name for variant in play.variants]
    if len(known) == 1:
        yield "variants: one variant is no choice; add another, or delete it"
    for step in play.all_steps:
        if step.variant is not None and step.variant not in known:
            near = find_nearest(step.variant, known) if known else "the playbook has none: add variants"
            yield f"step {step.name}: no variant is called {step.variant!r}; {near}"
    for name in known:
        if all(step.variant not in (None, name) for step in play.steps):
            yield f"variants: {name} has no step at all; give it one, or delete the variant"


def _anchors(play: Playbook) -> Iterator[str]:
    dates = {play.get_anchor(step) for step in play.all_steps} & DATES
    if len(dates) > 1:
        yield "steps: some are counted from the renewal and some from the churn; choose one of the two"
    for step in play.all_steps:
        anchor = play.get_anchor(step)
        if anchor == "branch" and step.name not in play.parents:
            yield f"step {step.name}: from: branch is for steps of a branch; write from: start or previous"
        if (step.day or 0) < 0 and anchor not in DATES:
            yield (
                f"step {step.name}: day {step.day} lies before the {anchor} it is counted from; "
                "count from 0, or write from: renewal"
            )
        if anchor in DATES and step.day is None:
            yield f"step {step.name}: counted from the {anchor} it needs a day, such as day: -30"


def _order(play: Playbook) -> Iterator[str]:
    names: list[str | None] = [each.name for each in play.variants]
    for variant in names or [None]:
        line = [step for step in play.steps if step.variant in (None, variant)]
        fixed = [step for step in line if play.get_anchor(step) != "previous"]
        for earlier, later in pairwise(fixed):
            before, after = _seconds(earlier), _seconds(later)
            if play.get_anchor(earlier) != play.get_anchor(later):
                yield (
                    f"step {later.name}: counted from the {play.get_anchor(later)}, and {earlier.name} "
                    f"before it from the {play.get_anchor(earlier)}: which comes first is not known; "
                    "use one of them"
                )
            elif before > after:
                yield (
                    f"step {later.name} (day {after / 86400:g}) stands after {earlier.name} "
                    f"(day {before / 86400:g}); list the steps in the order in which they happen"
                )


def _seconds(step: AnyStep) -> int:
    if step.after is not None:
        return step.after.seconds or 86400
    return (step.day or 0) * 86400


def _references(play: Playbook) -> Iterator[str]:
    for step in play.all_steps:
        conditions = [step.only_if, *([step.until] if step.action == "wait_for" else [])]
        named = {name for each in conditions for part in each.all_parts for name in part.steps}
        yield from _unknown(f"step {step.name}", named, play, before=step.name)
        if step.action == "start_play" and step.play == play.name:
            yield f"step {step.name}: a play cannot start itself; name another playbook"
    for each in play.exits:
        named = {name for part in each.when.all_parts for name in part.steps}
        yield from _unknown(f"exit {each.name}", named, play)
    if any(part.steps for part in play.only_for.all_parts):
        yield "only_for: asks for steps, but nothing has happened before the start; delete steps there"


def _unknown(place: str, names: Iterable[str], play: Playbook, before: str | None = None) -> Iterator[str]:
    for name in sorted(names):
        if name not in play.positions:
            yield f"{place}: no step is called {name!r}; {find_nearest(name, list(play.positions))}"
        elif before is not None and play.positions[name] >= play.positions[before]:
            yield f"{place}: asks for {name}, which comes no earlier; ask for an earlier step"


def _classes(play: Playbook) -> Iterator[str]:
    if play.name in play.replaces:
        yield "replaces: a playbook cannot take its own place; delete its name there"
    if play.beside and (play.holds or play.replaces):
        yield "beside: what runs beside everything holds and replaces nothing; delete holds and replaces"


def _starts(play: Playbook) -> Iterator[str]:
    if play.starts is None:
        return
    if play.starts.from_ == "churn" and not play.for_churned:
        yield "starts: from churn is for accounts that have left; add for_churned: true"
    if any(_looks_back(part) for part in play.starts.when.all_parts):
        yield (
            "starts: when asks for steps, touched, renewed or recovered, which exist only once it runs; "
            "delete them there"
        )


def _looks_back(part: Condition) -> bool:
    """Whether a condition asks for what has happened since the start."""
    return bool(part.steps) or (part.touched, part.renewed, part.recovered) != (None, None, None)
