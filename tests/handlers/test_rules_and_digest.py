"""`/cs digest` and `/cs rules`, and the clicks on what they answer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from blocks.elements import Reply
from bot.accounts.reader import SlackProfile
from bot.alerts import load_rules
from bot.errors import NotAllowed, NotFound, UserError
from bot.models import Alert, AlertEvent, AuditEntry, Digest, Preference, RuleChange, RuleFire, SlackMessage
from handlers.actions.digest import handle_digest_order, handle_digest_portfolio, handle_digest_stop
from handlers.actions.rules import (
    handle_rule_accept,
    handle_rule_decline,
    handle_rule_false,
    handle_rule_open,
    handle_rule_put_back,
    handle_rule_review,
    handle_rule_true,
)
from handlers.commands.cs import handle_cs
from tests.blocks.checks import check_reply, find_elements
from tests.handlers.company import MARIA, NOW, STRANGER, VERA, Heard, make_desk

Sessions = sessionmaker[Session]
RULES = load_rules(None)
IN_SHADOW = next(rule for rule in RULES if rule.state == "shadow")
PRIVATE = {"container": {"is_ephemeral": True}}
IN_CHANNEL = {"container": {"is_ephemeral": False}}
GUEST = SlackProfile(STRANGER, email="maria@corp.example", is_outsider=True)


def ask(sessions: Sessions, text: str, slack_id: str = MARIA, **desk: Any) -> Reply:
    ack = Heard()
    handle_cs(ack, {"text": text}, make_desk(sessions, slack_id, **desk))
    assert ack.only["response_type"] == "ephemeral"
    return Reply(ack.only["text"], tuple(ack.only["blocks"]))


def read(message: dict[str, Any]) -> str:
    return check_reply(Reply(message["text"], tuple(message["blocks"])))


def click(sessions: Sessions, listener: Any, value: str, slack_id: str = VERA, **more: Any) -> dict[str, Any]:
    """What the clicker is answered."""
    respond = Heard()
    listener(
        Heard(),
        {"value": value, **more},
        *([PRIVATE] if listener in _WITH_BODY else []),
        respond,
        make_desk(sessions, slack_id),
    )
    return respond.only


_WITH_BODY = (handle_rule_accept, handle_rule_decline, handle_rule_put_back)


def add_change(sessions: Sessions) -> int:
    with sessions.begin() as session:
        new = insert(RuleChange).values(
            rule="score_drop",
            key="when.score_fell",
            before=10,
            after=14,
            evidence={"title": "Score fell fast", "unit": "points", "answers": 20, "useful": 3},
            proposed_at=NOW,
        )
        return session.execute(new.returning(RuleChange.id)).scalar_one()


def add_alert(sessions: Sessions, account: int) -> int:
    facts = {"rule_title": "Score fell fast", "score": 38, "arr_at_risk_cents": 5_000_00, "currency": "USD"}
    with sessions.begin() as session:
        row = {"account_id": account, "rule": "score_drop", "severity": "at_risk", "as_of": NOW.date()}
        new = insert(Alert).values(**row, opened_at=NOW - timedelta(hours=1), facts=facts | {"also": []})
        alert_id = session.execute(new.returning(Alert.id)).scalar_one()
        session.add(AlertEvent(alert_id=alert_id, at=NOW - timedelta(hours=1), kind="opened", detail={}))
    return alert_id


def test_a_csm_reads_of_their_own_book(company: Sessions) -> None:
    add_alert(company, 1)
    add_alert(company, 4)
    text = check_reply(ask(company, "digest"))
    assert "Book of Maria Lopez" in text
    assert "*Acme Corp* · opened: Score fell fast" in text
    assert "Northwind" not in text
    assert "$84k" in text


def test_a_leader_reads_of_the_team(company: Sessions) -> None:
    add_alert(company, 1)
    add_alert(company, 4)
    text = check_reply(ask(company, "digest", VERA))
    assert "Team digest" in text
    assert "*Acme Corp* · opened" in text
    assert "*Northwind Logistics GmbH* · opened" in text


def test_a_digest_takes_no_words(company: Sessions) -> None:
    with pytest.raises(UserError, match="no words"):
        ask(company, "digest everything")


@pytest.mark.parametrize("text", ["digest", "rules", "rules score_drop", "rules shadow"])
def test_guests_read_neither(company: Sessions, text: str) -> None:
    add_alert(company, 1)
    with pytest.raises(NotAllowed, match="people of the customer-success team") as refused:
        ask(company, text, STRANGER, profile=GUEST)
    assert "$" not in str(refused.value)


def test_the_digest_can_be_ordered_and_stopped(company: Sessions) -> None:
    for listener, frequency, words in (
        (handle_digest_order, "at_once", "at 08:30 (Europe/Madrid)"),
        (handle_digest_stop, "never", "no more digests"),
    ):
        respond = Heard()
        listener(Heard(), respond, make_desk(company))
        assert respond.only["replace_original"] is False
        assert words in read(respond.only)
        with company() as session:
            wish = session.scalars(select(Preference).execution_options(populate_existing=True)).one()
            assert (wish.person_id, wish.event, wish.way, wish.frequency) == (1, "digest", "slack", frequency)
    last = find_elements(ask(company, "digest").blocks)
    assert [each["text"]["text"] for each in last if each["action_id"] == "digest.order"] == [
        "Send me this every morning at 08:30"
    ]


def test_guests_order_nothing(company: Sessions) -> None:
    with pytest.raises(NotAllowed):
        handle_digest_order(Heard(), Heard(), make_desk(company, STRANGER, profile=GUEST))
    with company() as session:
        assert session.scalars(select(Preference)).all() == []


def test_the_portfolio_is_the_clickers_own(company: Sessions) -> None:
    for slack_id, profile, money in ((MARIA, None, True), (STRANGER, GUEST, False)):
        respond = Heard()
        desk = make_desk(company, slack_id, profile=profile)
        handle_digest_portfolio(Heard(), {"value": "1||"}, respond, desk)
        assert respond.only["response_type"] == "ephemeral"
        assert ("$" in read(respond.only)) is money


def test_the_table_lists_every_rule(company: Sessions) -> None:
    add_fires(company, 3)
    text = check_reply(ask(company, "rules", now=NOW + timedelta(hours=1)))
    assert f"`{IN_SHADOW.name}` · 👤 in shadow" in text
    assert "3 fires" in text
    silent = text[text.index("Never fired") :]
    assert all(rule.title in silent for rule in RULES if rule.name != IN_SHADOW.name)


def test_a_rule_is_found_by_its_name_or_title(company: Sessions) -> None:
    rule = next(rule for rule in RULES if rule.name == "score_drop")
    for called in ("score_drop", "score drop", rule.title.upper()):
        assert rule.why[:30] in check_reply(ask(company, f"rules {called}"))
    with pytest.raises(NotFound, match="Did you mean score_drop"):
        ask(company, "rules score_drob")
    opened = click(company, handle_rule_open, "", selected_option={"value": "score_drop"})
    assert opened["replace_original"] is False
    assert rule.why[:30] in read(opened)


def test_a_leader_accepts_and_puts_back(company: Sessions) -> None:
    change_id = str(add_change(company))
    accepted = click(company, handle_rule_accept, change_id)
    assert accepted["replace_original"] is True
    text = read(accepted)
    assert "above 14 points" in text
    assert "✅ 10 → 14 points, accepted by Vera Stone" in text
    with company.begin() as session:
        row = {"account_id": 1, "as_of": NOW.date(), "at": NOW - timedelta(hours=1), "outcome": "opened"}
        session.add(RuleFire(rule="score_drop", facts={}, **row))
    assert "above 14 points (was above 10 points)" in check_reply(ask(company, "rules"))

    put_back = read(click(company, handle_rule_put_back, change_id))
    assert "above 10 points" in put_back
    assert "put back by Vera Stone" in put_back
    with company() as session:
        acts = [(entry.act, entry.subject) for entry in session.scalars(select(AuditEntry))]
    assert acts == [("rule.accept_change", "rule score_drop"), ("rule.put_back_change", "rule score_drop")]


def test_declined_the_rule_stays(company: Sessions) -> None:
    text = read(click(company, handle_rule_decline, str(add_change(company))))
    assert "declined by Vera Stone" in text
    assert "above 10 points" in text


@pytest.mark.parametrize("listener", _WITH_BODY)
def test_a_csm_decides_nothing(company: Sessions, listener: Any) -> None:
    change_id = str(add_change(company))
    with pytest.raises(NotAllowed, match="managers, executives and admins"):
        click(company, listener, change_id, MARIA)
    with company() as session:
        assert session.scalars(select(RuleChange)).one().state == "proposed"


def test_a_verdict_redraws_the_weekly_message(company: Sessions) -> None:
    change_id = add_change(company)
    with company.begin() as session:
        for facts in ({"changes": [change_id]}, {"changes": [change_id + 1]}):
            day = NOW.date() + timedelta(days=7 * facts["changes"][0])
            row = Digest(kind="rules", channel="#cs-team", day=day, at=NOW, facts=facts)
            session.add(row)
            session.flush()
            session.add(SlackMessage(kind="digest", subject_id=row.id, channel="#cs-team"))
    respond = Heard()
    handle_rule_accept(Heard(), {"value": str(change_id)}, IN_CHANNEL, respond, make_desk(company, VERA))
    assert respond.only["replace_original"] is False
    assert respond.only["response_type"] == "ephemeral"
    with company() as session:
        versions = session.scalars(select(SlackMessage.wanted_version).order_by(SlackMessage.id)).all()
    assert versions == [2, 1]


def add_fires(sessions: Sessions, count: int, version: str = "v1") -> list[int]:
    with sessions.begin() as session:
        return [
            session.execute(
                insert(RuleFire)
                .values(
                    rule=IN_SHADOW.name,
                    account_id=number % 6 + 1,
                    as_of=NOW.date() - timedelta(days=number),
                    at=NOW - timedelta(days=number),
                    outcome="shadow",
                    facts={"said": f"figure {number}", "version": version},
                )
                .returning(RuleFire.id)
            ).scalar_one()
            for number in range(count)
        ]


def test_twenty_fires_are_judged_one_by_one(company: Sessions) -> None:
    fires = add_fires(company, 25)
    shown = ask(company, f"rules shadow {IN_SHADOW.name}")
    assert "0 of 20 fires reviewed" in check_reply(shown)
    judged = list[int]()
    message: dict[str, Any] = {"blocks": shown.blocks}
    for place in range(20):
        value = find_value(message)
        judged.append(int(value))
        listener = handle_rule_false if place % 5 == 0 else handle_rule_true
        message = click(company, listener, value, MARIA)
        assert message["replace_original"] is True
        assert f"{place + 1} of 20 fires reviewed" in read(message)
    assert len(set(judged)) == 20
    assert set(judged) <= set(fires)
    assert judged != sorted(judged)
    assert judged != sorted(judged, reverse=True)
    assert f"set `state: live` in `rules/{IN_SHADOW.name}.yaml`" in read(message)
    assert not list(find_elements(message["blocks"]))
    with company() as session:
        acts = session.scalars(select(AuditEntry.act)).all()
    assert acts == ["rule.review"] * 20


def find_value(message: dict[str, Any]) -> str:
    return str(next(find_elements(message["blocks"]))["value"])


def test_an_edited_rule_begins_a_new_sample(company: Sessions) -> None:
    add_fires(company, 3)
    page = ask(company, f"rules shadow {IN_SHADOW.name}")
    click(company, handle_rule_true, find_value({"blocks": page.blocks}), MARIA)
    with company.begin() as session:
        row = {"account_id": 1, "as_of": NOW.date() + timedelta(days=1), "at": NOW, "outcome": "shadow"}
        session.add(RuleFire(rule=IN_SHADOW.name, facts={"version": "v2"}, **row))
    assert "0 of 20 fires reviewed" in check_reply(ask(company, f"rules shadow {IN_SHADOW.name}"))


def test_the_review_is_entered_from_the_rules_page(company: Sessions) -> None:
    add_fires(company, 2)
    page = check_reply(ask(company, f"rules {IN_SHADOW.name}"))
    assert "0 of 20 fires reviewed" in page
    message = click(company, handle_rule_review, IN_SHADOW.name, MARIA)
    assert "figure" in read(message)


def test_strangers_judge_nothing(company: Sessions) -> None:
    (fire,) = add_fires(company, 1)
    with pytest.raises(NotAllowed):
        handle_rule_true(Heard(), {"value": str(fire)}, Heard(), make_desk(company, STRANGER, profile=GUEST))
    with company() as session:
        assert session.scalars(select(RuleFire.review)).one() is None


def test_a_review_of_no_rule_names_none(company: Sessions) -> None:
    with pytest.raises(NotFound, match="lists them"):
        ask(company, "rules shadow nothing_like_it")
    bare = replace(make_desk(company), rules=())
    ack = Heard()
    handle_cs(ack, {"text": "rules shadow"}, bare)
    assert "No rule is in shadow" in read(ack.only)
