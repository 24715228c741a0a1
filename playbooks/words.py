"""A playbook in words, for people who read it in a terminal or a message."""

from playbooks.conditions import Between, Condition
from playbooks.definition import Playbook
from playbooks.steps import AnyStep, Step
from scoring.model.words import describe_when as describe_tests

ACTIONS = {
    "send_email": "E-mail",
    "create_task": "Task",
    "post_message": "Message",
    "approval": "Approval",
    "wait_for": "Wait",
    "crm_update": "CRM",
    "start_play": "Play",
}
ROLES = {
    "csm": "CSM",
    "manager": "manager",
    "executive": "executive",
    "account_executive": "account executive",
}
OUTCOMES = {
    "approved": "if approved",
    "declined": "if declined",
    "expired": "if nobody answers",
    "met": "if it comes",
    "timed_out": "if it does not come",
}


def describe_when(play: Playbook, step: Step) -> str:
    """When a step is due: "day 5", "90 days before the renewal", "2 days after the step before"."""
    anchor, day = play.get_anchor(step), step.day or 0
    at = f" at {step.at:%H:%M}" if step.at else ""
    if step.after is not None:
        return {"start": f"after {step.after}", "previous": f"{step.after} after the step before"}.get(
            anchor, f"{step.after} later"
        )
    days = f"{abs(day)} day{'' if abs(day) == 1 else 's'}"
    if anchor in ("renewal", "churn"):
        if day == 0:
            return f"on the day of the {anchor}{at}"
        return f"{days} {'before' if day < 0 else 'after'} the {anchor}{at}"
    if anchor == "start":
        return f"day {day}{at}"
    if day == 0:
        return "at once" if anchor == "branch" else "then"
    return f"{days} {'later' if anchor == 'branch' else 'after the step before'}{at}"


def describe_what(step: AnyStep) -> str:
    """What a step is about, besides its title: "to the champion, from the CSM; needs a manager's yes"."""
    match step.action:
        case "send_email":
            yes = "; needs a manager's yes" if step.needs_yes else ""
            return f"{step.template}, to the {' or '.join(step.to)}, from the {ROLES[step.sender]}{yes}"
        case "create_task":
            holds = "; what follows waits for it" if step.holds else ""
            return f"{ROLES[step.owner]}, within {step.due}{holds}"
        case "post_message":
            return f"to the {ROLES.get(step.to, step.to)}{', urgent' if step.urgent else ''}"
        case "approval":
            return f"a manager's yes, within {step.answer_within}"
        case "wait_for":
            return f"until {describe_condition(step.until)}, {step.at_most} at most"
        case "crm_update":
            return f"{step.object.replace('_', ' ')}: {', '.join(step.set)}"
        case "start_play":
            return step.play


def describe_condition(condition: Condition) -> str:
    """A condition as a phrase; empty where it always holds."""
    told = [describe_tests(condition, condition.signals)]
    told += [f"level {' or '.join(each)}" for each in (condition.colors, condition.levels) if each]
    told += [f"score {_between(condition.score)}" if condition.score else ""]
    told += [f"ARR {_between(condition.arr)}" if condition.arr else ""]
    told += [f"marked {flag}" for flag in condition.flags]
    told += [f"not marked {flag}" for flag in condition.without_flags]
    told += [f"left because of {' or '.join(condition.churn_reasons)}" if condition.churn_reasons else ""]
    if condition.touched is not None:
        told.append("there was contact since" if condition.touched else "there was no contact since")
    if condition.renewed is not None:
        told.append("it has been renewed" if condition.renewed else "it has not been renewed")
    if condition.recovered is not None:
        told.append("it has recovered" if condition.recovered else "it has not recovered")
    told += [f"{name} is {word.replace('_', ' ')}" for name, word in condition.steps.items()]
    if condition.any:
        told.append(f"({' or '.join(describe_condition(part) for part in condition.any)})")
    if condition.unless is not None:
        told.append(f"not ({describe_condition(condition.unless)})")
    return " and ".join(each for each in told if each)


def _between(borders: Between) -> str:
    words = (
        ("≥", borders.at_least),
        (">", borders.above),
        ("≤", borders.at_most),
        ("<", borders.below),
    )
    return " and ".join(f"{sign} {value:,.10g}" for sign, value in words if value is not None)


def describe_start(play: Playbook) -> str:
    """When a play starts by itself, as a phrase; empty for one that people or rules start."""
    if play.starts is None:
        return ""
    starts, told = play.starts, []
    if starts.from_ is not None:
        day = starts.day or 0
        days = f"{abs(day)} day{'' if abs(day) == 1 else 's'}"
        moment = {"start": "customer start"}.get(starts.from_, starts.from_)
        told.append(
            f"on the day of the {moment}"
            if day == 0
            else f"{days} {'before' if day < 0 else 'after'} the {moment}"
        )
    told.append(describe_condition(starts.when))
    return ", ".join(each for each in told if each)
