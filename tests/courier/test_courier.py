"""One message for life: posted once, edited in place, in order, at the channel's pace."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.courier.delivery import Delivery
from bot.courier.lanes import find_next_due, release_lane, take_errand
from bot.courier.outcomes import MAX_ATTEMPTS, Outcome, compute_backoff, record_outcome
from bot.courier.runner import Courier
from bot.messages import CALM, bury_message, revive_dead_messages, want_message
from tests.courier.conftest import Office, build_note


def test_a_wanted_message_is_posted_once_and_then_edited_in_place(office: Office) -> None:
    message_id = office.want(7)
    assert office.run_once()
    assert not office.run_once()
    posted = office.row(message_id)
    assert office.texts() == ["note 7 version 1"]
    office.stale(7)
    assert office.run_once()
    assert office.texts() == ["note 7 version 2"]
    assert office.row(message_id).ts == posted.ts


def test_edits_that_pile_up_become_one(office: Office) -> None:
    office.want(7)
    office.run_once()
    for _ in range(5):
        office.stale(7)
    office.run_once()
    assert not office.run_once()
    assert len(office.slack.journal("chat.update")) == 1
    assert office.texts() == ["note 7 version 6"]


def test_asking_for_the_same_message_again_keeps_it_one(office: Office) -> None:
    assert office.want(7) == office.want(7)
    office.run_once()
    assert not office.run_once()
    assert office.texts() == ["note 7 version 2"]


def test_messages_of_a_channel_go_out_in_the_order_they_were_wanted(office: Office) -> None:
    for subject in (3, 1, 2):
        office.want(subject)
    office.run_all()
    assert office.texts() == ["note 3 version 1", "note 1 version 1", "note 2 version 1"]


def test_a_channel_rests_a_second_after_each_message(office: Office) -> None:
    office.want(1)
    office.run_once()
    assert 0.5 < office.rest() <= 1.0


def test_retry_after_holds_its_own_channel_and_no_other(office: Office) -> None:
    office.slack.faults("ratelimited", method="chat.postMessage", channel="C1", retry_after=30, times=1)
    limited = office.want(1, "#cs-alerts")
    office.want(2, "#cs-team")
    office.run_once()
    assert 25 < office.rest("#cs-alerts") <= 30
    office.run_once()
    assert office.texts("cs-team") == ["note 2 version 1"]
    row = office.row(limited)
    assert (row.state, row.attempts) == ("live", 0), "being paced is no failure"
    office.run_all()
    assert office.texts() == ["note 1 version 1"]


def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(office: Office) -> None:
    office.slack.faults("lost_answer", method="chat.postMessage", times=1)
    message_id = office.want(1)
    office.run_once()
    assert office.row(message_id).state == "ambiguous"
    office.run_all()
    assert office.texts() == ["note 1 version 1"]
    assert [call["ok"] for call in office.slack.journal("chat.postMessage")].count(True) == 1
    assert office.row(message_id).ts == office.slack.messages("cs-alerts")[-1]["ts"]


def test_a_post_that_never_arrived_is_sent_again(office: Office) -> None:
    office.slack.faults("reset_before", method="chat.postMessage", times=1)
    office.want(1)
    office.run_all()
    assert office.texts() == ["note 1 version 1"]


def test_a_server_error_makes_a_post_ambiguous_and_an_edit_merely_due_again(office: Office) -> None:
    office.slack.faults("status", method="chat.postMessage", status=500, times=1)
    message_id = office.want(1)
    office.run_once()
    assert office.row(message_id).state == "ambiguous"
    office.run_all()
    office.slack.faults("status", method="chat.update", status=503, times=1)
    office.stale(1)
    office.run_once()
    row = office.row(message_id)
    assert row.state == "live"
    assert row.shown_version < row.wanted_version
    office.run_all()
    assert office.texts() == ["note 1 version 2"]


def test_a_courier_killed_between_sending_and_writing_leaves_a_post_that_is_looked_up(office: Office) -> None:
    message_id = office.want(1)
    delivery = Delivery(office.client, office.sessions, {"note": build_note})
    with office.sessions() as session, session.begin():
        errand = take_errand(session)
        assert errand is not None
    delivery.carry_out(errand)
    assert office.row(message_id).state == "ambiguous"
    with office.sessions() as session, session.begin():
        session.connection().exec_driver_sql("update slack_lane set leased_until = now() - interval '1 s'")
    office.run_all()
    assert office.texts() == ["note 1 version 1"]
    assert [call["ok"] for call in office.slack.journal("chat.postMessage")].count(True) == 1


def test_a_courier_that_was_overtaken_writes_nothing(office: Office) -> None:
    message_id = office.want(1)
    with office.sessions() as session, session.begin():
        slow = take_errand(session)
        assert slow is not None
        session.connection().exec_driver_sql("update slack_lane set leased_until = now() - interval '1 s'")
    office.run_all()
    shown = office.row(message_id).ts
    with office.sessions() as session, session.begin():
        assert not record_outcome(session, slow, Outcome("shown", ts="1.1", version=99))
    assert office.row(message_id).ts == shown


def test_a_message_deleted_in_slack_is_posted_again(office: Office) -> None:
    office.want(1)
    office.run_once()
    office.slack.delete("cs-alerts", office.slack.messages("cs-alerts")[-1]["ts"])
    office.stale(1)
    office.run_all()
    assert office.texts() == ["note 1 version 2"]


@pytest.mark.parametrize(
    ("trouble", "channel", "said"),
    [
        ("unknown", "#nowhere", "create it, or invite the bot"),
        ("archived", "#cs-alerts", "unarchive it or name another"),
        ("private", "C3", "invite"),
        ("nobody", "U404", "correct slack_id"),
    ],
)
def test_a_message_that_cannot_be_delivered_is_given_up_with_a_remedy(
    office: Office, trouble: str, channel: str, said: str
) -> None:
    if trouble == "archived":
        office.slack.archive("cs-alerts")
    doomed = office.want(1, channel)
    fine = office.want(2, "#cs-team")
    office.run_all()
    row = office.row(doomed)
    assert row.state == "dead"
    assert row.problem is not None
    assert said in row.problem
    assert office.row(fine).ts is not None


def test_messages_given_up_are_sent_once_the_cause_is_gone(office: Office) -> None:
    message_id = office.want(1, "C3")
    office.run_once()
    assert office.row(message_id).state == "dead"
    office.slack.invite("C3", office.app.bot_user_id)
    with office.sessions() as session, session.begin():
        assert revive_dead_messages(session) == 1
    office.run_once()
    assert office.texts("C3") == ["note 1 version 1"]


def test_a_refused_token_blames_no_message(office: Office) -> None:
    message_id = office.want(1)
    good = office.client.token
    office.client.token = "xoxb-revoked"
    for _ in range(MAX_ATTEMPTS + 2):
        office.run_once()
    row = office.row(message_id)
    assert row.state != "dead"
    assert row.problem is not None
    assert "SLACK_BOT_TOKEN" in row.problem
    office.client.token = good
    office.run_all()
    assert office.texts() == ["note 1 version 1"]


def test_the_bot_joins_a_public_channel_by_itself(office: Office) -> None:
    office.want(1)
    office.run_once()
    assert office.texts() == ["note 1 version 1"]
    assert [call["ok"] for call in office.slack.journal("chat.postMessage")] == [False, True]


def test_what_keeps_failing_is_given_up_in_the_end_and_the_channel_goes_on(office: Office) -> None:
    office.slack.faults("status", method="chat.update", status=500, times=MAX_ATTEMPTS)
    doomed = office.want(1)
    office.run_once()
    office.stale(1)
    for _ in range(MAX_ATTEMPTS):
        office.run_once()
    row = office.row(doomed)
    assert row.state == "dead"
    assert row.problem is not None
    assert "given up after 12 attempts" in row.problem
    office.want(2)
    office.run_once()
    assert "note 2 version 1" in office.texts()


def test_pauses_grow_to_five_minutes() -> None:
    assert [compute_backoff(attempt) for attempt in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert compute_backoff(50) == 300.0


def test_a_layout_that_slack_refuses_still_reaches_people_as_text(office: Office) -> None:
    message_id = office.want(400)
    office.run_once()
    assert office.texts() == ["note 400 version 1"]
    assert office.row(message_id).state == "live"


def test_a_subject_with_nothing_to_show_costs_no_call(office: Office) -> None:
    office.want(404)
    office.run_once()
    assert not office.run_once()
    assert office.slack.journal("chat.postMessage") == []


def test_a_reply_waits_for_the_message_it_answers(office: Office) -> None:
    parent = office.want(1, "#cs-team")
    with office.sessions() as session, session.begin():
        session.connection().exec_driver_sql("update slack_message set not_before = now() + interval '1 day'")
    reply = office.want(2, "#cs-team", thread_of=parent)
    office.run_once()
    assert office.row(reply).ts is None
    with office.sessions() as session, session.begin():
        session.connection().exec_driver_sql("update slack_message set not_before = now()")
    office.run_all()
    thread = office.slack.messages("cs-team", thread_ts=office.row(parent).ts or "")
    assert [message["text"] for message in thread] == ["note 1 version 1", "note 2 version 1"]


def test_a_running_courier_is_woken_by_the_commit(
    office: Office, start_courier: Callable[[], Courier]
) -> None:
    start_courier()
    office.want(1)
    office.slack.wait_for(office.texts)
    assert office.texts() == ["note 1 version 1"]


def test_two_couriers_post_each_message_once(office: Office, start_courier: Callable[[], Courier]) -> None:
    office.slack.faults("lost_answer", method="chat.postMessage", times=2, probability=0.5)
    start_courier()
    start_courier()
    subjects = range(1, 7)
    for subject in subjects:
        office.want(subject, "#cs-alerts" if subject % 2 else "#cs-team")

    def everything() -> bool:
        return len(office.texts()) + len(office.texts("cs-team")) == len(subjects)

    office.slack.wait_for(everything, timeout=40)
    assert sorted(office.texts() + office.texts("cs-team")) == [f"note {n} version 1" for n in subjects]


def test_an_edit_nobody_waits_for_keeps_its_distance_and_a_persons_does_not(office: Office) -> None:
    message_id = office.want(7)
    office.stale(7, hurry=False)
    assert office.run_once(), "what is not shown yet need not wait"
    shown_at = office.row(message_id).shown_at
    assert shown_at is not None
    office.stale(7, hurry=False)
    assert not office.run_once()
    assert office.row(message_id).not_before == shown_at + CALM
    office.stale(7)
    assert office.run_once()
    assert office.texts() == ["note 7 version 4"]


def test_a_machines_change_does_not_hold_a_persons_back(office: Office) -> None:
    office.want(7)
    office.run_once()
    office.stale(7)
    office.stale(7, hurry=False)
    assert office.run_once()
    assert office.texts() == ["note 7 version 3"]


def test_replies_to_what_is_not_posted_cost_nothing(office: Office) -> None:
    parent = office.want(1, "#nowhere")
    office.run_once()
    assert office.row(parent).state == "dead"
    office.want(2, "#cs-team", thread_of=parent)
    with office.sessions() as session, session.begin():
        assert take_errand(session) is None
        assert find_next_due(session) is None, "a courier that looks again at once would spin"
    assert not office.run_once()


def test_a_channel_named_by_name_and_by_id_rests_as_one(office: Office) -> None:
    office.want(1, "#cs-alerts")
    office.run_once()
    office.want(2, "C1")
    office.run_once()
    office.want(3, "#cs-alerts")
    office.want(4, "C1")
    with office.sessions() as session, session.begin():
        rest = text("update slack_lane set next_at = clock_timestamp() + make_interval(secs => :secs)")
        session.execute(rest.bindparams(secs=-1))
        first = take_errand(session)
        assert first is not None
        assert take_errand(session) is None, "the other lane waits while one is in flight"
        release_lane(session, channel=first.channel, lease=first.lease, pause=30)
        assert take_errand(session) is None, "and while it rests"


def test_what_is_given_up_is_handed_on_in_the_same_transaction(office: Office) -> None:
    lost: list[tuple[int, str]] = []

    def move(session: Session, message_id: int, problem: str) -> None:
        lost.append((message_id, problem))
        bury_message(session, message_id, problem)
        want_message(session, kind="note", subject_id=1, channel="#cs-team")

    doomed = office.want(1, "#nowhere")
    assert office.run_once({"note": move})
    assert [message_id for message_id, _ in lost] == [doomed]
    assert "create it, or invite the bot" in lost[0][1]
    office.run_all()
    assert office.texts("cs-team") == ["note 1 version 1"]


def test_a_fault_in_handing_on_still_gives_the_message_up(office: Office) -> None:
    def fail(session: Session, message_id: int, problem: str) -> None:
        want_message(session, kind="note", subject_id=9, channel="#cs-team")
        raise RuntimeError(problem)

    doomed = office.want(1, "#nowhere")
    office.run_once({"note": fail})
    assert office.row(doomed).state == "dead"
    assert not office.run_once({"note": fail})
    assert office.texts("cs-team") == []


def test_a_message_whose_content_is_at_fault_is_not_handed_on(office: Office) -> None:
    lost: list[int] = []
    doomed = office.want(415)
    office.run_once({"note": lambda _session, message_id, _problem: lost.append(message_id)})
    row = office.row(doomed)
    assert row.state == "dead"
    assert "no text" in (row.problem or "")
    assert lost == []
