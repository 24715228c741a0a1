"""What people may do to an alert in which state, and what follows from it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.errors import NotAllowed, NotFound, UserError
from bot.models import Account, AccountScore, AlertEvent, Person, SlackMessage
from tests.alerts.office import ADA, MARIA, NOW, OTTO, PATHS, VERA, Office

DAY = timedelta(days=1)

#: What each act makes of each state, or "!" and the beginning of the sentence that refuses it. What is over
#: is spoken of first, so for it this is the end of the sentence.
TRANSITIONS: dict[str, dict[str, str]] = {
    "acknowledge": {
        "open": "acknowledged",
        "acknowledged": "acknowledged",
        "snoozed": "acknowledged",
        "over": "!There is nothing left to acknowledge.",
    },
    "snooze": {
        "open": "snoozed",
        "acknowledged": "snoozed",
        "snoozed": "!Maria Lopez snoozed the alert about Acme 1 at 10:00, until 27 Nov, 10:00. Wake it",
        "over": "!Reopen it first if it needs attention later.",
    },
    "wake": {
        "open": "!The alert about Acme 1 is awake: Staysail opened it at 09:00.",
        "acknowledged": "!The alert about Acme 1 is awake: Maria Lopez acknowledged it at 10:00.",
        "snoozed": "open",
        "over": "!Reopen it if it needs attention.",
    },
    "assign": {
        "open": "open",
        "acknowledged": "acknowledged",
        "snoozed": "snoozed",
        "over": "!Reopen it first if somebody is to look at it.",
    },
    "escalate": {
        "open": "open",
        "acknowledged": "acknowledged",
        "snoozed": "open",
        "over": "!Reopen it first if it needs somebody else.",
    },
    "resolve": {
        "open": "resolved",
        "acknowledged": "resolved",
        "snoozed": "resolved",
        "over": "!There is nothing left to resolve.",
    },
    "dismiss": {
        "open": "dismissed",
        "acknowledged": "dismissed",
        "snoozed": "dismissed",
        "over": "!There is nothing left to dismiss.",
    },
    "reopen": {
        "open": "!The alert about Acme 1 is open: Staysail opened it at 09:00. Acknowledge it",
        "acknowledged": "open",
        "snoozed": "open",
        "over": "open",
    },
    "confirm": {
        "open": "!Nobody is asked about Acme 1 any more: Staysail opened it at 09:00. Acknowledge it",
        "acknowledged": "!Nobody is asked about Acme 1 any more: Maria Lopez acknowledged it at 10:00.",
        "snoozed": "!Nobody is asked about Acme 1 any more: Maria Lopez snoozed it at 10:00.",
        "over": "!There is nothing left to confirm.",
    },
    "keep_open": {
        "open": "!Nobody proposes to end the alert about Acme 1: Staysail opened it at 09:00.",
        "acknowledged": "!Nobody proposes to end the alert about Acme 1: Staysail opened it at 09:00.",
        "snoozed": "!Nobody proposes to end the alert about Acme 1: Staysail opened it at 09:00.",
        "over": "!Reopen it if it is not over.",
    },
    "start_play": {
        "open": "acknowledged",
        "acknowledged": "acknowledged",
        "snoozed": "acknowledged",
        "over": "!Reopen it first to start a play.",
    },
}


def find_expected(deed: str, state: str) -> str:
    """The state that follows, or "!" and the beginning of the refusal."""
    if state not in ("resolved", "dismissed"):
        return TRANSITIONS[deed][state]
    over = TRANSITIONS[deed]["over"]
    spoken_of = f"!Maria Lopez {state} the alert about Acme 1 at 10:00. "
    return over.replace("!", spoken_of)


@pytest.fixture
def office(session: Session) -> Office:
    office = Office(session)
    office.hire()
    office.add_account()
    office.open()
    return office


def version(office: Office) -> int:
    """How often the alert's message was asked to be drawn."""
    asked = select(SlackMessage.wanted_version).where(
        SlackMessage.kind == "alert", SlackMessage.subject_id == office.alerts[-1]
    )
    return office.session.scalars(asked.execution_options(populate_existing=True)).one()


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("deed", TRANSITIONS)
def test_each_act_in_each_state(office: Office, deed: str, state: str) -> None:
    office.bring(state)
    events, audited, drawn = office.kinds(), office.audited(), version(office)
    expected = find_expected(deed, state)
    if expected.startswith("!"):
        with pytest.raises(NotAllowed) as refused:
            office.act(deed, VERA)
        assert str(refused.value).startswith(expected.removeprefix("!"))
        assert (office.alert.state, office.kinds(), office.audited()) == (state, events, audited)
        return
    done = office.act(deed, VERA)
    assert done.account_name == "Acme 1"
    assert office.alert.state == expected
    if (deed, state) == ("acknowledge", "acknowledged"):
        # The second click is no act: it is told who was first.
        assert (done.first, done.by, done.at) == (False, "Maria Lopez", NOW)
        assert (office.kinds(), office.audited()) == (events, audited)
        return
    assert len(office.kinds()) > len(events)
    assert office.audited() == [*audited, f"alert.{deed}"]
    assert version(office) > drawn


def test_an_alert_that_is_gone_is_said_to_be_gone(office: Office) -> None:
    for deed in TRANSITIONS:
        with pytest.raises(NotFound, match="no longer exists"):
            office.act(deed, alert_id=999)


def test_every_change_but_the_quiet_ones_is_a_reply_in_the_thread(office: Office) -> None:
    office.act("acknowledge")
    office.act("feedback")
    office.act("resolve")
    lines = office.session.execute(
        select(AlertEvent.kind, SlackMessage.channel, SlackMessage.thread_of)
        .join(SlackMessage, SlackMessage.subject_id == AlertEvent.id)
        .where(SlackMessage.kind == "alert_line")
        .order_by(AlertEvent.id)
    ).all()
    main = office.session.scalars(select(SlackMessage.id).where(SlackMessage.kind == "alert")).one()
    assert [tuple(line) for line in lines] == [
        ("acknowledged", "#cs-alerts", main),
        ("resolved", "#cs-alerts", main),
    ]


def test_acknowledging_pauses_the_escalation_and_promises_to_ask(office: Office) -> None:
    assert office.pending()["escalate"] is not None
    office.act("acknowledge")
    pending = office.pending()
    assert pending["escalate"] is None
    assert pending["confirm"] == NOW + 3 * DAY, "three working days later"
    office.act("reopen")
    due = office.pending()["escalate"]
    assert due is not None
    assert due > NOW
    assert set(office.pending()) == {"escalate"}
    assert office.alert.acknowledged_by is None


def test_a_snooze_ends_at_its_time_and_the_escalation_goes_on(office: Office) -> None:
    office.act("snooze", until=NOW + DAY)
    assert office.pending() == {"escalate": None, "wake": NOW + DAY}
    card = office.card()
    assert card.snooze is not None
    assert (card.snooze.until, card.snooze.by, card.snooze.reason) == (
        NOW + DAY,
        "Maria Lopez",
        "They are on holiday",
    )
    office.act("wake", VERA)
    assert set(office.pending()) == {"escalate"}
    assert office.pending()["escalate"] is not None
    assert office.card().snooze is None


def test_a_snooze_until_the_score_changes_keeps_todays_score(office: Office) -> None:
    office.act("snooze", until=None)
    assert (office.alert.snoozed_until, office.alert.snoozed_score) == (None, 60), "the alert's own"
    office.act("wake")
    office.session.add(_score(1, 54_600_000))
    office.act("snooze", until=None)
    assert office.alert.snoozed_score == 55
    assert set(office.pending()) == {"escalate"}
    card = office.card()
    assert card.snooze is not None
    assert card.snooze.until is None


def _score(account_id: int, micro: int) -> AccountScore:
    values = {
        column.name: 0
        for column in AccountScore.__table__.columns
        if not column.nullable and column.server_default is None
    }
    known = {
        "account_id": account_id,
        "model": "four_dimension",
        "version": "1",
        "as_of": NOW.date(),
        "computed_at": NOW,
        "score_micro": micro,
        "level": "yellow",
        "currency": "USD",
    }
    return AccountScore(
        **{
            **values,
            **{key: value for key, value in known.items() if key in AccountScore.__table__.columns},
        }
    )


@pytest.mark.parametrize(
    ("until", "said"), [(NOW, "has passed"), (NOW - DAY, "has passed"), (NOW + 181 * DAY, "at most 180 days")]
)
def test_a_snooze_lasts_until_a_time_to_come_within_half_a_year(
    office: Office, until: object, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        office.act("snooze", until=until)
    assert office.act("snooze", until=NOW + 180 * DAY).account_name == "Acme 1"


def test_a_dismissal_says_why(office: Office) -> None:
    with pytest.raises(UserError, match="few words"):
        office.act("dismiss", reason="other", words="   ")
    office.act("dismiss", reason="other", words=" We let them go. ")
    card = office.card()
    assert card.dismissal is not None
    assert (card.dismissal.reason, card.dismissal.by, card.dismissal.words) == (
        "other",
        "Maria Lopez",
        "We let them go.",
    )
    assert office.pending() == {}


def test_a_new_owner_is_told_and_may_act(office: Office) -> None:
    with pytest.raises(NotAllowed, match="Maria Lopez, managers above and admins can"):
        office.act("acknowledge", OTTO)
    done = office.act("assign", to_person_id=4)
    assert done.to == "Otto Weber"
    assert office.card().owner == "Otto Weber"
    nudged = office.session.scalars(
        select(SlackMessage.channel).where(SlackMessage.kind.in_(("alert_nudge", "alert")))
    ).all()
    assert OTTO in nudged
    with pytest.raises(NotAllowed, match=r"is Otto Weber's already: Maria Lopez assigned it at 10:00"):
        office.act("assign", to_person_id=4)
    assert office.act("acknowledge", OTTO).first
    with pytest.raises(UserError, match="Choose somebody else"):
        office.act("assign", to_person_id=999)


def test_taking_an_alert_oneself_disturbs_nobody(office: Office) -> None:
    office.act("assign", ADA, to_person_id=7)
    channels = set(office.session.scalars(select(SlackMessage.channel)))
    assert channels == {"#cs-alerts"}


def test_escalating_by_hand_takes_one_step_at_a_time_up_to_the_top(office: Office) -> None:
    assert office.act("escalate").to == "Vera Manager"
    with pytest.raises(NotAllowed, match=r"Maria Lopez escalated .* to Vera Manager at 10:00. If nothing"):
        office.act("escalate", ADA)
    later = NOW + timedelta(minutes=15)
    assert office.act("escalate", now=later).to == "Eve Executive"
    assert office.card().escalated_to == "Eve Executive"
    with pytest.raises(UserError, match="nobody is above them"):
        office.act("escalate", now=later + DAY)
    assert office.kinds().count("escalated") == 2
    assert "escalate" not in office.pending(), "nobody is left to be called in"


def test_a_reopened_alert_starts_anew(office: Office) -> None:
    office.act("resolve")
    office.act("reopen", VERA, now=NOW + DAY)
    alert = office.alert
    assert (alert.state, alert.resolved_at, alert.good_runs, alert.proposed_at) == ("open", None, 0, None)
    assert office.card().end is None
    due = office.pending()["escalate"]
    assert due is not None
    assert due > NOW + DAY


def test_an_account_has_one_living_alert(office: Office) -> None:
    first = office.alerts[0]
    office.act("resolve")
    office.open()
    with pytest.raises(NotAllowed, match="Acme 1 has another alert that is open"):
        office.act("reopen", alert_id=first)
    office.act("dismiss")
    office.open(rule="score_drop")
    with pytest.raises(NotAllowed, match="Acme 1 has another alert that is open"):
        office.act("reopen", alert_id=first)
    office.act("dismiss")
    assert office.act("reopen", alert_id=first).account_name == "Acme 1"


def test_a_churned_accounts_alert_stays_closed(office: Office) -> None:
    office.act("resolve")
    office.session.execute(update(Account).values(status="churned"))
    office.session.expire_all()
    with pytest.raises(NotAllowed, match="has churned"):
        office.act("reopen")


def test_what_ended_by_itself_says_so(office: Office) -> None:
    office.recover()
    with pytest.raises(NotAllowed, match=r"Acme 1 has recovered since; the alert ended at 10:00\."):
        office.act("acknowledge")


def test_still_on_it_asks_again_after_as_long(office: Office) -> None:
    office.act("acknowledge")
    office.now = NOW + 3 * DAY
    office.ask()
    assert office.card().asks_confirmation
    assert "unanswered" in office.pending()
    office.act("confirm", now=office.now)
    card = office.card()
    assert not card.asks_confirmation
    assert "unanswered" not in office.pending()
    confirm = office.pending()["confirm"]
    assert confirm is not None
    assert confirm > office.now + 2 * DAY
    with pytest.raises(NotAllowed, match="said that it is in hand"):
        office.act("confirm", VERA)


def test_not_over_yet_takes_the_proposal_back(office: Office) -> None:
    office.propose()
    assert office.card().proposes_end
    assert set(office.pending()) == {"escalate", "close"}
    assert office.pending()["escalate"] is None, "nobody is called in while the score is back"
    office.act("keep_open")
    assert not office.card().proposes_end
    assert set(office.pending()) == {"escalate"}
    assert office.pending()["escalate"] is not None
    with pytest.raises(NotAllowed, match="Maria Lopez said that it is not over at 10:00"):
        office.act("keep_open", VERA)


def test_acknowledging_what_is_proposed_to_end_asks_nothing_more(office: Office) -> None:
    office.propose()
    office.act("acknowledge")
    assert set(office.pending()) == {"escalate", "close"}
    office.act("keep_open")
    assert set(office.pending()) == {"escalate", "confirm"}


def test_a_play_is_acknowledged_planned_and_started_once(office: Office) -> None:
    office.act("start_play")
    assert office.kinds() == ["opened", "acknowledged", "play_started"]
    started = office.session.scalars(select(AlertEvent).where(AlertEvent.kind == "play_started")).one()
    plan = [(step["on"], step["action"], step["owner"]) for step in started.detail["steps"]]
    # From Tuesday the 24th: the fifth day is a Sunday, so the call is on Monday.
    assert plan == [
        ("2026-11-24", "task", "csm"),
        ("2026-11-25", "email", "executive"),
        ("2026-11-30", "task", "csm"),
        ("2026-12-08", "email", "csm"),
    ]
    assert started.detail["steps"][1]["to"] == "Eve Executive"
    card = office.card()
    assert card.play == card.play_started == started.detail["title"]
    with pytest.raises(NotAllowed, match=r"Maria Lopez started the play .* for Acme 1 at 10:00"):
        office.act("start_play", VERA)
    with pytest.raises(NotFound, match="no play called 'nonesuch'"):
        office.act("start_play", name="nonesuch")


@pytest.mark.parametrize("state", PATHS)
def test_everybody_may_say_in_any_state_whether_it_was_useful(office: Office, state: str) -> None:
    office.bring(state)
    office.act("feedback", OTTO, useful=False, reason="wrong_data")
    assert (office.alert.state, office.card().not_useful) == (state, 1)


def test_answers_are_counted_once_a_person_and_the_last_holds(office: Office) -> None:
    office.act("feedback", OTTO, useful=False, reason="too_late")
    office.act("feedback", OTTO, useful=False, reason="too_late")
    office.act("feedback", useful=True)
    card = office.card()
    assert (card.useful, card.not_useful) == (1, 1)
    office.act("feedback", OTTO, useful=True, reason="too_late")
    card = office.card()
    assert (card.useful, card.not_useful) == (2, 0)
    assert office.audited() == ["alert.feedback"] * 3, "saying the same again is no news"
    with pytest.raises(NotAllowed, match="Only people of the customer-success team"):
        office.act("feedback", "USTRANGER")


def test_moments_are_told_in_the_time_zone_of_who_reads_them(office: Office) -> None:
    office.session.execute(update(Person).where(Person.slack_id == VERA).values(timezone="Asia/Tokyo"))
    office.session.expire_all()
    office.act("resolve", now=NOW + timedelta(hours=6))
    with pytest.raises(NotAllowed, match=r"at 16:00"):
        office.act("resolve", MARIA, now=NOW + timedelta(hours=7))
    with pytest.raises(NotAllowed, match=r"at 01:00"):
        office.act("resolve", VERA, now=NOW + timedelta(hours=7))
    with pytest.raises(NotAllowed, match=r"on 24 Nov, 16:00"):
        office.act("resolve", MARIA, now=NOW + DAY)
