"""What clicks on an alert and its forms do, and what the clicker is told."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from blocks.alert_states import FEEDBACK_REASONS
from blocks.elements import Reply
from blocks.ids import SUBMITTED, Action, Field
from blocks.moments import spell_out
from blocks.values import read_origin
from bot.accounts.reader import SlackProfile
from bot.errors import NotAllowed, NotFound, UserError
from bot.models import Alert, AlertEvent, AlertFeedback
from bot.preferences import DEFAULTS, load_preferences
from handlers.actions import LISTENERS
from handlers.actions.alert_list import handle_alerts_page
from handlers.actions.alert_modals import handle_more, handle_open, handle_timeline, handle_why
from handlers.actions.alerts import (
    handle_acknowledge,
    handle_not_useful,
    handle_play,
    handle_reopen,
    handle_resolve,
    handle_snooze,
    handle_useful,
    handle_wake,
)
from handlers.actions.home import handle_home_preferences
from handlers.commands.verbs import answer, get_verb
from handlers.entries import WrongEntry
from handlers.parse import parse_alerts
from handlers.views import SUBMISSIONS
from handlers.views.alerts import handle_assign, handle_dismiss, handle_snooze_until
from handlers.views.preferences import handle_preferences
from tests.blocks.checks import check_reply, check_view
from tests.handlers.company import MARIA, NOW, STRANGER, VERA, Heard, make_desk
from tests.handlers.test_actions import Client, choose

Sessions = sessionmaker[Session]
IN_CHANNEL: dict[str, Any] = {"container": {"type": "message", "is_ephemeral": False}, "trigger_id": "T.1"}
PRIVATE: dict[str, Any] = {"container": {"type": "message", "is_ephemeral": True}, "trigger_id": "T.1"}
IN_HOME: dict[str, Any] = {"container": {"type": "view"}, "view": {"type": "home"}, "trigger_id": "T.1"}
STRANGE = SlackProfile(STRANGER)


class Hand:
    """Somebody who clicks, and what they were told and shown."""

    def __init__(self, company: Sessions, slack_id: str = MARIA, now: datetime = NOW) -> None:
        profile = STRANGE if slack_id == STRANGER else None
        self.desk = make_desk(company, slack_id, profile=profile, now=now)
        self.told, self.home, self.client = Heard(), Heard(), Client()

    def press(
        self, listener: Callable[..., None], value: str = "5", body: dict[str, Any] = IN_CHANNEL
    ) -> None:
        listener(Heard(), {"value": value}, body, self.told, self.home, self.desk)

    def choose(
        self, listener: Callable[..., None], word: str, body: dict[str, Any] = IN_CHANNEL
    ) -> dict[str, Any] | None:
        """Choose in a menu; the form that opens, where one does."""
        chosen = choose(f"5|{word}" if word else "5")
        wanted = {"ack": Heard(), "action": chosen, "body": body, "respond": self.told}
        every = {**wanted, "publish": self.home, "client": self.client, "desk": self.desk}
        names = listener.__code__.co_varnames[: listener.__code__.co_argcount]
        listener(**{name: every[name] for name in names})
        calls = self.client.views_open.calls
        return calls[-1]["view"] if calls else None

    def submit(self, listener: Callable[..., None], form: dict[str, Any], **entered: Any) -> None:
        """Submit a form with what it starts with and what was entered."""
        values = {}
        for block in form["blocks"]:
            if block["type"] == "input":
                field = block["block_id"]
                values[field] = {field: entered.get(field, _start(block["element"]))}
        assert set(entered) <= set(values), "no such entry"
        listener({**form, "state": {"values": values}}, self.home, self.desk)


def _start(element: dict[str, Any]) -> dict[str, Any]:
    kept = ("initial_option", "initial_date", "initial_time")
    return {key.replace("initial", "selected"): element[key] for key in kept if key in element}


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value}}


@pytest.fixture
def look(session: Session) -> Callable[[], Alert]:
    """The alert as it is in the database now."""
    return lambda: session.get_one(Alert, 5, populate_existing=True)


def last_detail(session: Session, kind: str) -> dict[str, Any]:
    found = select(AlertEvent.detail).where(AlertEvent.kind == kind).order_by(AlertEvent.id.desc())
    return session.scalars(found.limit(1)).one()


Look = Callable[[], Alert]


def test_every_form_has_a_listener() -> None:
    assert set(SUBMISSIONS) == set(SUBMITTED)
    assert set(LISTENERS) == set(Action)


def test_the_first_click_acknowledges_and_the_second_is_told(
    company: Sessions, look: Look, alert: int
) -> None:
    first, second = Hand(company, MARIA), Hand(company, VERA)
    first.press(handle_acknowledge)
    second.press(handle_acknowledge)

    assert first.told.calls == []
    # Nine in London is four in New York, where Vera is.
    said = "Maria Lopez already acknowledged the alert about *Acme Corp*, 04:00"
    assert said in spell_out(second.told.only["text"])
    assert (look().state, look().acknowledged_by) == ("acknowledged", 1)


@pytest.mark.parametrize(
    "listener",
    [handle_acknowledge, handle_resolve, handle_play, handle_useful],
    ids=lambda each: each.__name__,
)
def test_a_stranger_cannot_act(company: Sessions, look: Look, alert: int, listener: Any) -> None:
    with pytest.raises(NotAllowed, match="Only people of the customer-success team"):
        Hand(company, STRANGER).press(listener)
    assert look().state == "open"


@pytest.mark.parametrize("word", ["assign", "dismiss", "escalate", "resolve", "timeline"])
def test_a_stranger_gets_no_form_either(company: Sessions, alert: int, word: str) -> None:
    hand = Hand(company, STRANGER)
    with pytest.raises(NotAllowed):
        hand.choose(handle_more, word)
    assert hand.client.views_open.calls == []


@pytest.mark.parametrize(
    ("word", "lasts"),
    [
        ("day", timedelta(days=1)),
        ("three_days", timedelta(days=3)),
        ("week", timedelta(days=7)),
        ("score", None),
    ],
)
def test_a_snooze_is_one_choice(
    company: Sessions, look: Look, alert: int, word: str, lasts: timedelta | None
) -> None:
    Hand(company).choose(handle_snooze, word)
    assert look().state == "snoozed"
    assert look().snoozed_until == (NOW + lasts if lasts else None)


def test_a_snooze_until_a_date_wakes_that_morning(
    company: Sessions, session: Session, look: Look, alert: int
) -> None:
    hand = Hand(company)
    form = hand.choose(handle_snooze, "date")
    assert form is not None
    check_view(form)
    entered = {"until": {"selected_date": "2026-12-01"}, "words": {"value": "  they are in audit "}}
    hand.submit(handle_snooze_until, form, **entered)
    # Nine in Madrid, where Maria is.
    assert look().snoozed_until == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    assert last_detail(session, "snoozed")["reason"] == "they are in audit"


def test_a_usual_snooze_can_have_a_reason(
    company: Sessions, session: Session, look: Look, alert: int
) -> None:
    hand = Hand(company)
    form = hand.choose(handle_snooze, "date")
    assert form is not None
    entered = {"snooze_for": option("week"), "until": {"selected_date": None}, "words": {"value": "holiday"}}
    hand.submit(handle_snooze_until, form, **entered)
    assert look().snoozed_until == NOW + timedelta(days=7)
    assert last_detail(session, "snoozed")["reason"] == "holiday"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (None, "Choose a day"),
        ("2026-11-22", "has passed"),
        ("2020-01-01", "has passed"),
        ("2029-01-01", "180"),
    ],
)
def test_a_day_that_cannot_be_is_said_at_its_entry(
    company: Sessions, look: Look, alert: int, day: str | None, said: str
) -> None:
    hand = Hand(company)
    form = hand.choose(handle_snooze, "date")
    assert form is not None
    with pytest.raises(WrongEntry, match=said) as wrong:
        hand.submit(handle_snooze_until, form, until={"selected_date": day})
    assert wrong.value.field == Field.UNTIL
    assert look().state == "open"


def test_an_alert_is_given_to_somebody(company: Sessions, look: Look, alert: int) -> None:
    hand = Hand(company)
    form = hand.choose(handle_more, "assign")
    assert form is not None
    assert "Maria Lopez's now" in check_view(form)
    hand.submit(handle_assign, form, person=option("2"))
    assert look().owner_id == 2


def test_in_a_large_team_a_person_is_chosen_by_slack(company: Sessions, look: Look, alert: int) -> None:
    hand, field = Hand(company), Field.PERSON_BY_SLACK
    block = {"type": "input", "block_id": field, "element": {"type": "users_select"}}
    form = {"private_metadata": "5", "blocks": [block]}
    with pytest.raises(WrongEntry, match="not of the team") as wrong:
        hand.submit(handle_assign, form, **{field: {"selected_user": STRANGER}})
    assert wrong.value.field == field
    hand.submit(handle_assign, form, **{field: {"selected_user": VERA}})
    assert look().owner_id == 3


def test_a_dismissal_needs_a_reason_and_other_needs_words(
    company: Sessions, session: Session, look: Look, alert: int
) -> None:
    hand = Hand(company)
    form = hand.choose(handle_more, "dismiss")
    assert form is not None
    check_view(form)
    with pytest.raises(WrongEntry) as wrong:
        hand.submit(handle_dismiss, form, reason=option("other"), words={"value": "   "})
    assert wrong.value.field == Field.WORDS
    for nonsense in (None, option("because")):
        with pytest.raises(WrongEntry):
            hand.submit(handle_dismiss, form, **({"reason": nonsense} if nonsense else {}))
    hand.submit(handle_dismiss, form, reason=option("other"), words={"value": "<!channel> our own test"})
    assert look().state == "dismissed"
    assert last_detail(session, "dismissed") == {"reason": "other", "words": "<!channel> our own test"}


def test_a_form_submitted_too_late_is_answered_in_words(company: Sessions, alert: int) -> None:
    slow, quick = Hand(company), Hand(company, VERA)
    form = slow.choose(handle_more, "dismiss")
    assert form is not None
    quick.press(handle_resolve)
    with pytest.raises(NotAllowed, match="Vera Stone resolved the alert about Acme Corp"):
        slow.submit(handle_dismiss, form, reason=option("duplicate"))


def test_clicks_on_what_has_changed_or_gone_are_answered(
    company: Sessions, session: Session, alert: int
) -> None:
    hand = Hand(company)
    with pytest.raises(NotAllowed, match="is awake"):
        hand.press(handle_wake)
    hand.press(handle_resolve)
    with pytest.raises(NotAllowed, match="Maria Lopez resolved"):
        hand.choose(handle_snooze, "day")
    with pytest.raises(NotAllowed, match="is over"):
        hand.choose(handle_snooze, "date")
    hand.press(handle_reopen)
    session.execute(delete(Alert))
    session.commit()
    for listener in (handle_acknowledge, handle_resolve, handle_useful):
        with pytest.raises(NotFound, match="no longer exists"):
            hand.press(listener)
    for listener, word in ((handle_snooze, "date"), (handle_more, "timeline"), (handle_more, "assign")):
        with pytest.raises(NotFound, match="no longer exists"):
            hand.choose(listener, word)


@pytest.mark.parametrize("word", ["melt", "date|x", "5"])
def test_a_word_no_menu_of_ours_has_is_refused(company: Sessions, look: Look, alert: int, word: str) -> None:
    for listener in (handle_snooze, handle_more, handle_not_useful):
        with pytest.raises(UserError):
            Hand(company).choose(listener, word)
    assert look().state == "open"


def test_answers_to_whether_it_was_useful_are_kept_once_a_person(
    company: Sessions, session: Session, alert: int
) -> None:
    hand = Hand(company)
    for reason in FEEDBACK_REASONS:
        hand.choose(handle_not_useful, reason)
    kept = session.execute(select(AlertFeedback.useful, AlertFeedback.reason)).all()
    assert [tuple(row) for row in kept] == [(False, "not_my_account")]
    hand.press(handle_useful)
    session.expire_all()
    assert session.scalars(select(AlertFeedback.useful)).all() == [True]


def test_a_private_card_is_drawn_again_in_its_place(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    hand.press(handle_acknowledge, body=PRIVATE)
    message = hand.told.only
    assert message["replace_original"] is True
    text = check_reply(Reply(message["text"], tuple(message["blocks"])))
    assert text.startswith("🟡 *Acme Corp*")
    assert "✅ Acknowledged by Maria Lopez, 10:00" in text


def test_the_home_is_drawn_again_after_a_click_and_after_a_form(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    hand.press(handle_acknowledge, body=IN_HOME)
    assert hand.home.only["user_id"] == MARIA
    assert "Acknowledged by Maria Lopez" in check_view(hand.home.only["view"])
    form = hand.choose(handle_more, "dismiss", IN_HOME)
    assert form is not None
    assert read_origin(form["private_metadata"]) == (5, True)
    hand.submit(handle_dismiss, form, reason=option("expected"))
    assert "Acme Corp" not in check_view(hand.home.calls[-1]["view"]).split("Your book")[0]
    assert hand.told.calls == []


def test_open_shows_the_whole_alert_to_one(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    hand.choose(handle_open, "")
    with pytest.raises(NotAllowed, match="for the customer-success team"):
        Hand(company, STRANGER).choose(handle_open, "")
    assert hand.told.only["response_type"] == "ephemeral"
    assert "*Do:* Call them." in check_reply(Reply("x", tuple(hand.told.only["blocks"])))
    in_home = Hand(company)
    view = in_home.choose(handle_open, "", IN_HOME)
    assert view is not None
    assert "*Do:* Call them." in check_view(view)


def test_why_explains_the_rule_and_the_score(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    handle_why(Heard(), {"value": "5"}, IN_CHANNEL, hand.client, hand.desk)
    text = check_view(hand.client.views_open.only["view"])
    assert "*Rule: Score fell*\nTen points in a week are no noise." in text
    assert "*Pulls it down*" in text


def test_the_timeline_tells_the_past_and_what_comes(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    hand.press(handle_acknowledge)
    handle_timeline(Heard(), {"value": "5"}, IN_CHANNEL, hand.client, hand.desk)
    text = check_view(hand.client.views_open.only["view"])
    assert "10:00  ✅ Acknowledged by Maria Lopez" in text
    assert "• asks Maria Lopez on Thu 26 Nov, 09:00 whether" in text


def ask(company: Sessions, text: str, slack_id: str = MARIA) -> str:
    hand = Hand(company, slack_id)
    reply = answer(*get_verb(f"alerts {text}"), hand.desk)
    return check_reply(reply)


@pytest.mark.parametrize("text", ["", "mine", "all", "csm maria", "open", "at risk", "all open at_risk"])
def test_alerts_lists_what_was_asked_for(company: Sessions, alert: int, text: str) -> None:
    said = ask(company, text)
    assert "1 " in said.splitlines()[0]
    assert "🟡 *Acme Corp* · Yellow · *62* (−18) · $21k at risk" in said


@pytest.mark.parametrize("text", ["csm vera", "snoozed", "critical", "resolved"])
def test_alerts_leaves_out_what_was_not(company: Sessions, alert: int, text: str) -> None:
    said = ask(company, text)
    assert said.startswith("*0 ")
    assert "Acme" not in said


def test_alerts_of_nobody_is_answered(company: Sessions) -> None:
    with pytest.raises(NotFound, match="“zaphod”"):
        ask(company, "csm zaphod")
    with pytest.raises(UserError, match="no state called “melted”"):
        parse_alerts("state=melted")


def test_a_stranger_sees_no_money_in_a_list(company: Sessions, alert: int) -> None:
    said = ask(company, "", STRANGER)
    assert "Acme Corp" in said
    assert "$" not in said


def test_a_page_of_alerts_turns_in_its_place(company: Sessions, alert: int) -> None:
    hand = Hand(company)
    handle_alerts_page(Heard(), {"value": "9|all||"}, hand.told, hand.desk)
    assert hand.told.only["replace_original"] is True
    assert "Acme Corp" in check_reply(Reply("x", tuple(hand.told.only["blocks"])))


def test_wishes_are_kept_when_submitted(company: Sessions, session: Session) -> None:
    hand = Hand(company)
    handle_home_preferences(Heard(), IN_HOME, hand.client, hand.desk)
    form = hand.client.views_open.only["view"]
    check_view(form)
    entered = {"quiet_from": {"selected_time": "22:00"}, "quiet_until": {"selected_time": "07:30"}}
    hand.submit(handle_preferences, form, **{"alert.slack": option("at_once")}, **entered)
    wishes = load_preferences(session, 1)
    assert wishes.choices == {**DEFAULTS, ("alert", "slack"): "at_once"}
    assert wishes.quiet is not None
    assert (wishes.quiet.starts_at, wishes.quiet.ends_at) == (time(22), time(7, 30))
    assert "Nothing rings from 22:00 to 07:30" in check_view(hand.home.only["view"])


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "07:00", "quiet_until": "07:00"}, "quiet_until"),
    ],
)
def test_half_of_quiet_hours_is_said_at_its_entry(
    company: Sessions, session: Session, entered: dict[str, str], field: str
) -> None:
    hand = Hand(company)
    handle_home_preferences(Heard(), IN_HOME, hand.client, hand.desk)
    times = {name: {"selected_time": at} for name, at in entered.items()}
    with pytest.raises(WrongEntry) as wrong:
        hand.submit(handle_preferences, hand.client.views_open.only["view"], **times)
    assert wrong.value.field == field


def test_a_stranger_has_no_wishes(company: Sessions, session: Session) -> None:
    with pytest.raises(NotAllowed, match="Only people of the team"):
        handle_home_preferences(Heard(), IN_HOME, Client(), Hand(company, STRANGER).desk)


def test_one_click_on_play_starts_it_and_takes_the_alert_on(
    company: Sessions, session: Session, look: Look, alert: int
) -> None:
    hand = Hand(company)
    hand.press(handle_play)
    assert look().state == "acknowledged"
    with pytest.raises(NotAllowed, match="Maria Lopez started the play"):
        hand.press(handle_play)
    started = select(func.count()).select_from(AlertEvent).where(AlertEvent.kind == "play_started")
    assert session.scalars(started).one() == 1
