"""What a run does next: pure, so whole plays pass in a blink."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plays.engine import advance, begin_run, decide, end_run
from bot.plays.simulating import simulate
from bot.plays.state import Deed, RunState
from playbooks.definition import Playbook
from tests.plays.worlds import START, build_world, email, read_play, task

DAY = timedelta(days=1)


def begin(play: Playbook, at: datetime = START, **facts: Any) -> RunState:
    return begin_run(play, started_at=at, variant=None, world=build_world(at, **facts))


def live(
    play: Playbook, run: RunState, until: datetime, **facts: Any
) -> tuple[RunState, list[tuple[datetime, Deed]]]:
    """The run as it looks at a time, looked at whenever it asks to be, and what it did meanwhile."""
    done, now = [], run.next_at or START
    while run.state == "active" and now <= until:
        found = advance(play, run, build_world(now, **facts))
        run = found.run
        done += [(now, deed) for deed in found.deeds]
        now = max(now, run.next_at or now)
    return run, done


def names(happened: list[tuple[datetime, Deed]], *kinds: str) -> list[tuple[str, str | None, int]]:
    return [
        (deed.kind, deed.step, (at - START).days) for at, deed in happened if not kinds or deed.kind in kinds
    ]


def test_steps_come_in_order_on_their_days_and_in_working_hours() -> None:
    play = read_play(steps=[task("look", day=0, due="1d"), email("write", day=1), email("again", day=5)])
    run, happened = live(play, begin(play), START + 6 * DAY)

    sent = [(deed.step, at) for at, deed in happened if deed.kind == "sent"]
    # Day 5 is a Saturday: Monday at nine.
    assert sent == [
        ("write", datetime(2026, 6, 2, 9, tzinfo=START.tzinfo)),
    ]
    run, happened = live(play, run, START + 8 * DAY)
    assert [(deed.step, at.isoformat()[:16]) for at, deed in happened if deed.kind == "sent"] == [
        ("again", "2026-06-08T09:00")
    ]


def test_what_begins_on_a_sunday_has_its_first_day_on_monday() -> None:
    play = read_play(steps=[task("look", day=0), email("write", day=1)])
    sunday = START - DAY
    _, happened = live(play, begin(play, sunday), START + 3 * DAY)
    assert [(deed.kind, at.isoformat()[:16]) for at, deed in happened if deed.kind in ("task", "sent")] == [
        ("task", "2026-06-01T09:00"),
        ("sent", "2026-06-02T09:00"),
    ]


def test_a_task_nobody_does_reminds_calls_the_manager_in_and_lapses() -> None:
    play = read_play(steps=[task("look", day=0, due="1d")])
    run, happened = live(play, begin(play), START + 60 * DAY)

    assert [kind for kind, _, _ in names(happened)] == ["task", "reminded", "escalated", "lapsed", "ended"]
    assert (run.state, run.outcome, run.get("look").outcome) == ("completed", "done", "lapsed")


def test_a_question_never_says_yes_to_itself() -> None:
    play = read_play(
        steps=[
            {
                "name": "ask",
                "action": "approval",
                "text": "May we?",
                "approved": [email("offer")],
                "declined": [task("rework", due="1d")],
            },
            email("bye", day=20),
        ]
    )
    run, happened = live(play, begin(play), START + 60 * DAY)

    kinds = names(happened, "asked", "verdict_reminded", "decided", "sent")
    assert [(kind, step) for kind, step, _ in kinds] == [
        ("asked", "ask"),
        ("verdict_reminded", "ask"),
        ("decided", "ask"),
        ("sent", "bye"),
    ]
    assert run.get("ask").outcome == "expired"
    assert run.get("rework").began_at is not None
    with pytest.raises(KeyError):
        run.get("offer")


def test_an_approved_branch_comes_before_what_follows_it() -> None:
    play = read_play(
        steps=[
            {
                "name": "ask",
                "action": "approval",
                "text": "May we?",
                "approved": [email("offer", day=1), task("call", day=2)],
            },
            email("bye", day=1),
        ]
    )
    run, _ = live(play, begin(play), START + timedelta(hours=1))
    run, _ = decide(play, run, "ask", "approved", START + timedelta(hours=2))
    run, happened = live(play, replace(run, next_at=START + timedelta(hours=2)), START + 4 * DAY)

    assert names(happened, "sent", "task") == [("sent", "offer", 0), ("task", "call", 1), ("sent", "bye", 1)]


def test_a_play_counted_from_the_renewal_follows_it_and_leaves_out_what_was_over_at_its_start() -> None:
    play = read_play(
        **{"from": "renewal"},
        steps=[email("recap", day=-100), task("review", day=-90), email("terms", day=-45)],
    )
    start = datetime(2026, 6, 10, 10, tzinfo=START.tzinfo)
    run, happened = live(play, begin(play, start), start + timedelta(hours=2))
    assert [(deed.kind, deed.step) for _, deed in happened] == [("left_out", "recap"), ("task", "review")]

    moved = build_world(start + DAY, renewal_on=date(2026, 12, 1))
    run = advance(play, run, moved).run
    assert run.get("terms").due_at == datetime(2026, 10, 19, 9, tzinfo=START.tzinfo)

    gone = build_world(start + DAY, renewal_on=None)
    ended = advance(play, run, gone).run
    assert (ended.state, ended.outcome) == ("cancelled", "no_date")


def test_what_is_waited_for_decides_the_branch() -> None:
    step = {
        "name": "answer",
        "action": "wait_for",
        "until": {"touched": True},
        "at_most": "2d",
        "met": [task("thank")],
        "timed_out": [task("call")],
    }
    play = read_play(steps=[step])
    run, happened = live(play, begin(play), START + 3 * DAY)
    assert ("task", "call", 1) in names(happened) or ("task", "call", 2) in names(happened)

    run, _ = live(play, begin(play), START + timedelta(hours=1))
    run, happened = live(
        play, replace(run, next_at=START + timedelta(hours=5)), START + timedelta(hours=6), touched=True
    )
    assert names(happened, "met", "task") == [("met", "answer", 0), ("task", "thank", 0)]


def test_an_e_mail_to_nobody_becomes_a_task() -> None:
    play = read_play(steps=[email("write", day=0), email("again", day=1)])
    _, happened = live(play, begin(play, contacts=()), START + 2 * DAY, contacts=())

    assert [deed.kind for _, deed in happened[:2]] == ["task", "task"]
    assert "nobody at Acme is known" in happened[0][1].detail["problem"]


def test_a_blackout_puts_off_for_two_weeks_and_then_leaves_out() -> None:
    play = read_play(blackouts=["urgent_ticket"], steps=[email("write", day=0), task("call", day=1)])
    run, happened = live(play, begin(play), START + 30 * DAY, urgent_tickets=1)
    assert names(happened, "held", "left_out", "task") == [
        ("held", "write", 0),
        ("left_out", "write", 14),
        ("task", "call", 14),
    ]

    run, _ = live(play, begin(play), START + DAY, urgent_tickets=1)
    run, happened = live(play, run, START + 3 * DAY)
    assert names(happened, "sent") == [("sent", "write", 1)]


def test_a_daily_step_is_done_once_on_the_day_after_a_weekend() -> None:
    step = {"name": "red", "action": "post_message", "text": "Unsigned.", "day": 2, "daily_for": 7}
    play = read_play(steps=[step])
    _, happened = live(play, begin(play), START + 20 * DAY)
    # From Wednesday to Tuesday: five working days.
    assert [day for _, _, day in names(happened, "posted")] == [1, 2, 3, 6, 7]
    assert len(names(happened, "left_out")) == 2


def test_an_exit_calls_off_what_is_left() -> None:
    play = read_play(
        steps=[task("look", day=0), email("write", day=5)],
        exits=[{"name": "recovered", "title": "Healthy again", "when": {"colors": ["green"]}}],
    )
    run, _ = live(play, begin(play), START + DAY)
    ended = advance(play, run, build_world(START + 2 * DAY, color="green"))
    assert (ended.run.outcome, ended.run.reason) == ("recovered", "Healthy again")
    assert {step.state for step in ended.run.steps} == {"cancelled"}


# Random plays: any steps, any nesting, any anchors that make sense.
_spans = st.sampled_from(["1h", "4h", "1d", "3d", "next_working_day"])
_conditions = st.sampled_from(
    [
        {},
        {"colors": ["red"]},
        {"colors": ["yellow"]},
        {"touched": True},
        {"flags": ["low_touch"]},
        {"score": {"below": 60}},
    ]
)


@st.composite
def _contents(draw: st.DrawFn, action: str, branch: Callable[[str], list[dict[str, Any]]]) -> dict[str, Any]:
    """What a step of this action has besides its day."""
    if action == "approval":
        ends = {"expired": branch("e")} if draw(st.booleans()) else {}
        return {
            "text": "?",
            "answer_within": draw(_spans),
            "approved": branch("a"),
            "declined": branch("d"),
            **ends,
        }
    if action == "wait_for":
        ends = {"met": branch("m"), "timed_out": branch("t")}
        return {"until": {"touched": True}, "at_most": draw(_spans), **ends}
    if action == "send_email":
        return {"template": "letter", "needs_yes": draw(st.booleans()), "declined": branch("d")}
    return {
        "create_task": {"due": draw(_spans), "holds": draw(st.booleans())},
        "post_message": {"text": "hello"},
        "crm_update": {"object": "account", "set": {"stage": "x"}},
        "start_play": {"play": "other"},
    }[action]


@st.composite
def steps_of(draw: st.DrawFn, depth: int, prefix: str, anchors: list[str]) -> list[dict[str, Any]]:
    steps, day = [], 0
    for number in range(draw(st.integers(1, 4))):
        day += draw(st.integers(0, 9))
        name = f"{prefix}{number}"
        action = draw(
            st.sampled_from(
                [
                    "create_task",
                    "send_email",
                    "post_message",
                    "approval",
                    "wait_for",
                    "crm_update",
                    "start_play",
                ]
            )
        )
        step: dict[str, Any] = {"name": name, "action": action, "day": day, "only_if": draw(_conditions)}
        if draw(st.booleans()):
            step["any_hour"] = True
        if "previous" in anchors and draw(st.integers(0, 3)) == 0:
            step |= {"from": "previous", "day": draw(st.integers(0, 5))}

        def branch(word: str, name: str = name) -> list[dict[str, Any]]:
            if depth == 0 or draw(st.booleans()):
                return []
            return draw(steps_of(depth - 1, f"{name}{word}", ["previous"]))

        step |= draw(_contents(action, branch))
        steps.append(step)
    return steps


plays = st.builds(
    lambda steps, blackouts: read_play(steps=steps, blackouts=blackouts),
    steps_of(2, "s", ["previous"]),
    st.sampled_from([[], ["urgent_ticket"], ["negotiation"]]),
)


@settings(max_examples=150)
@given(play=plays, data=st.data())
def test_no_run_is_ever_stuck_and_every_step_begins_once_in_order(
    play: Playbook, data: st.DataObject
) -> None:
    run, now = begin(play), START
    began: list[int] = []
    approved: set[str] = set()
    for _ in range(400):
        facts = {
            "color": data.draw(st.sampled_from(["red", "yellow", "green", None])),
            "touched": data.draw(st.booleans()),
            "urgent_tickets": data.draw(st.integers(0, 1)),
        }
        found = advance(play, run, build_world(now, **facts))
        for step in found.run.steps:
            before = next((each for each in run.steps if each.name == step.name), None)
            is_new = step.state != "pending" and (before is None or before.state == "pending")
            if is_new and step.outcome != "cancelled":
                began.append(step.position)
            # What is over stays as it is.
            if before is not None and before.state in ("done", "skipped", "cancelled"):
                assert (step.state, step.outcome) == (before.state, before.outcome)
        run = found.run
        if run.state != "active":
            break
        assert run.next_at is not None
        assert found.moved or run.next_at > now or run.open_steps
        run = _let_somebody_act(play, run, now, data, approved)
        if not found.moved:
            now = max(now, run.next_at or now) + data.draw(
                st.sampled_from([timedelta(0), timedelta(hours=7), 9 * DAY])
            )
    assert run.state == "completed", run
    assert began == sorted(set(began))
    for step in run.steps:
        needs_yes = getattr(play.get_step(step.name), "needs_yes", False)
        if step.outcome == "approved" or (step.outcome == "sent" and needs_yes):
            assert step.name in approved


def _let_somebody_act(
    play: Playbook, run: RunState, now: datetime, data: st.DataObject, approved: set[str]
) -> RunState:
    """Somebody does something with an open step, or nothing."""
    for step in run.open_steps:
        act = data.draw(st.sampled_from(["nothing", "nothing", "yes", "no"]))
        if act == "nothing" or step.waits_for == "condition":
            continue
        if step.waits_for == "person":
            return replace(run.put(step.end("done" if act == "yes" else "skipped", act, now)), next_at=now)
        if act == "yes":
            approved.add(step.name)
        after, _ = decide(play, run, step.name, "approved" if act == "yes" else "declined", now)
        return replace(after, next_at=now)
    return run


@settings(max_examples=100)
@given(play=plays, answers=st.lists(st.sampled_from(["approved", "declined", None]), min_size=1, max_size=9))
def test_a_simulation_comes_to_an_end_whatever_people_say(play: Playbook, answers: list[str | None]) -> None:
    spoken = iter(answers * 200)

    def answer(step: Any) -> str | None:
        word = next(spoken)
        if step.waits_for == "condition" or word is None:
            return None
        return "done" if step.waits_for == "person" else word

    happened = list(simulate(play, start=START, world=build_world(), answer=answer))
    assert happened[-1].deed.kind == "ended"
    assert [each.at for each in happened] == sorted(each.at for each in happened)


def test_what_is_ended_by_hand_stays_ended() -> None:
    play = read_play(steps=[task("look", day=0), email("write", day=5)])
    run, _ = live(play, begin(play), START + DAY)
    run, deeds = end_run(run, "cancelled", "by_hand", "They asked us to stop.", START + DAY)
    assert advance(play, run, build_world(START + 9 * DAY)).run == run
    assert [deed.kind for deed in deeds] == ["ended"]
