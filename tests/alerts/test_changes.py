"""A figure of a rule is proposed, accepted, declined and put back, each by who may, and on the record."""

from collections.abc import Iterable

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.alerts import Rule, load_rules
from bot.alerts.changes import (
    accept_change,
    apply_changes,
    decline_change,
    find_figure,
    load_changes,
    put_back_change,
    put_back_newest,
    set_figure,
)
from bot.alerts.proposals import propose_changes
from bot.config import Alerts
from bot.errors import NotAllowed, NotFound, UserError
from bot.models import AuditEntry, RuleChange
from tests.reports.team import ADA, DAY, MARIA, MORNING, VERA, Team

RULES = load_rules(None)
LIMITS = Alerts()
WHO = {MARIA: "UMARIA", VERA: "UVERA", ADA: "UADA"}


@pytest.fixture
def team(session: Session) -> Team:
    team = Team(session)
    team.add_people()
    return team


def get_rule(rules: Iterable[Rule] = RULES, name: str = "score_drop") -> Rule:
    return next(rule for rule in rules if rule.name == name)


def answer_alerts(
    team: Team, answers: Iterable[tuple[float | None, bool]], first: int = 1, days: int = 30
) -> None:
    """An alert of score_drop for each answer, with the fall that made it fire."""
    for number, (figure, useful) in enumerate(answers, first):
        team.add_account(number)
        at = MORNING - days * DAY
        alert = team.add_alert(number, opened_at=at)
        facts = {} if figure is None else {"figure": figure}
        team.add_fire(number, alert_id=alert, at=at, facts=facts)
        team.answer(alert, MARIA, useful, None if useful else "known_already")


def propose(team: Team, limits: Alerts = LIMITS, days: int = 0) -> list[RuleChange]:
    propose_changes(team.session, rules=RULES, limits=limits, now=MORNING + days * DAY)
    asked = select(RuleChange).where(RuleChange.state == "proposed")
    return list(team.session.scalars(asked))


NOISE = [(11.0, False)] * 8 + [(12.0, False)] * 8
GOOD = [(25.0, True)] * 4


def test_every_shipped_limit_can_be_read_and_set() -> None:
    with_limit = [rule for rule in RULES if rule.limit]
    assert len(with_limit) >= 5
    for rule in with_limit:
        assert rule.limit is not None
        assert find_figure(rule, rule.limit.key) == rule.limit.value
        same = set_figure(rule, rule.limit.key, rule.limit.value)
        assert same is not None
        assert same.model_dump() == rule.model_dump()
        assert same.version == rule.version


def test_a_figure_that_fits_no_rule_is_left_out() -> None:
    rule = get_rule()
    assert set_figure(rule, "when.score_fell", 300.0) is None
    assert find_figure(rule, "when.nothing") is None
    assert find_figure(rule, "name") is None


def test_twenty_answers_of_which_too_few_are_useful_make_a_proposal(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD[:3])
    assert propose(team) == []
    answer_alerts(team, GOOD[3:], first=50)
    (change,) = propose(team)

    assert (change.rule, change.key, change.before, change.after) == ("score_drop", "when.score_fell", 10, 12)
    evidence = change.evidence
    assert (evidence["answers"], evidence["useful"], evidence["reasons"]) == (20, 4, {"known_already": 16})
    assert (evidence["useful_kept"], evidence["not_useful_dropped"]) == (4, 16)
    assert (evidence["fires"], evidence["fires_left"]) == (20, 4)
    assert propose(team) == [change]


def test_useful_rules_are_left_alone(team: Team) -> None:
    answer_alerts(team, [(11.0, False)] * 15 + [(25.0, True)] * 5)
    assert propose(team) == []
    assert len(propose(team, LIMITS.model_copy(update={"propose_below": 0.3}))) == 1


def test_how_many_answers_it_takes_is_the_teams_choice(team: Team) -> None:
    answer_alerts(team, [(11.0, False)] * 9 + [(25.0, True)])
    assert propose(team) == []
    assert len(propose(team, LIMITS.model_copy(update={"propose_from": 10}))) == 1


def test_answers_without_a_figure_count_but_propose_nothing_by_themselves(team: Team) -> None:
    answer_alerts(team, [(None, False)] * 16 + [(None, True)] * 4)
    assert propose(team) == []


def test_old_answers_are_about_another_book(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD, days=181)
    assert propose(team) == []


@pytest.mark.parametrize("act", [accept_change, decline_change, put_back_change])
def test_only_those_who_lead_decide(team: Team, act: object) -> None:
    answer_alerts(team, NOISE + GOOD)
    (change,) = propose(team)
    for slack_id in ("UMARIA", "USTRANGER"):
        with pytest.raises(NotAllowed, match="managers, executives and admins"):
            act(team.session, change_id=change.id, slack_user_id=slack_id, now=MORNING)  # type: ignore[operator]
    assert get_rule(apply_changes(team.session, RULES)).limit == get_rule().limit


def test_accepted_it_counts_and_put_back_it_does_not(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD)
    (change,) = propose(team)
    accepted = accept_change(team.session, change_id=change.id, slack_user_id="UVERA", now=MORNING)
    assert (accepted.state, accepted.by) == ("accepted", "Vera Stone")
    changed = apply_changes(team.session, RULES)
    assert [rule.name for rule in changed] == [rule.name for rule in RULES]
    limit = get_rule(changed).limit
    assert limit is not None
    assert limit.value == 12

    put_back = put_back_change(team.session, change_id=change.id, slack_user_id="UADA", now=MORNING + DAY)
    assert (put_back.by, put_back.put_back_by) == ("Vera Stone", "Ada Admin")
    assert apply_changes(team.session, RULES) == RULES
    acts = [(entry.act, entry.actor.partition(" <")[0]) for entry in team.session.scalars(select(AuditEntry))]
    assert acts == [("rule.accept_change", "Vera Stone"), ("rule.put_back_change", "Ada Admin")]
    assert load_changes(team.session)["score_drop"] == (put_back,)


def test_whoever_comes_second_is_told_who_was_first(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD)
    (change,) = propose(team)
    with pytest.raises(UserError, match="not accepted yet"):
        put_back_change(team.session, change_id=change.id, slack_user_id="UADA", now=MORNING)
    decline_change(team.session, change_id=change.id, slack_user_id="UVERA", now=MORNING)
    with pytest.raises(UserError, match="Vera Stone already declined"):
        accept_change(team.session, change_id=change.id, slack_user_id="UADA", now=MORNING)
    with pytest.raises(NotFound):
        accept_change(team.session, change_id=change.id + 99, slack_user_id="UADA", now=MORNING)


def test_after_a_verdict_only_later_alerts_count(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD)
    (change,) = propose(team)
    decline_change(team.session, change_id=change.id, slack_user_id="UVERA", now=MORNING)
    assert propose(team, days=7) == []
    answer_alerts(team, NOISE + GOOD, first=100, days=-1)
    assert len(propose(team, days=7)) == 1


def test_changes_stand_on_each_other_and_are_put_back_from_the_top(team: Team) -> None:
    first = RuleChange(rule="score_drop", key="when.score_fell", before=10.0, after=12.0, state="accepted")
    second = RuleChange(rule="score_drop", key="when.score_fell", before=12.0, after=15.0, state="accepted")
    for change in (first, second):
        change.proposed_at = change.decided_at = MORNING
        team.session.add(change)
        team.session.flush()
    limit = get_rule(apply_changes(team.session, RULES)).limit
    assert limit is not None
    assert limit.value == 15
    with pytest.raises(UserError, match="later change"):
        put_back_change(team.session, change_id=first.id, slack_user_id="UVERA", now=MORNING)
    assert put_back_newest(team.session, rule="score_drop", person=None, now=MORNING).change_id == second.id
    limit = get_rule(apply_changes(team.session, RULES)).limit
    assert limit is not None
    assert limit.value == 12
    put_back_newest(team.session, rule="score_drop", person=None, now=MORNING)
    with pytest.raises(NotFound, match="its file counts"):
        put_back_newest(team.session, rule="score_drop", person=None, now=MORNING)


def test_whoever_edits_the_file_has_the_last_word(team: Team) -> None:
    change = RuleChange(rule="score_drop", key="when.score_fell", before=10.0, after=12.0, state="accepted")
    change.proposed_at = MORNING
    team.session.add(change)
    team.session.flush()
    edited = set_figure(get_rule(), "when.score_fell", 11.0)
    assert edited is not None
    assert apply_changes(team.session, [edited]) == (edited,)


def test_a_proposal_is_taken_back_when_its_rule_changes(team: Team) -> None:
    answer_alerts(team, NOISE + GOOD)
    assert len(propose(team)) == 1
    edited = set_figure(get_rule(), "when.score_fell", 11.0)
    assert edited is not None
    propose_changes(team.session, rules=[edited], limits=LIMITS, now=MORNING)
    (change,) = team.session.scalars(select(RuleChange))
    assert (change.before, change.after) == (11, 12)


def test_a_rule_has_one_open_proposal(team: Team) -> None:
    row = {"rule": "a", "key": "when.x", "before": 1.0, "after": 2.0, "proposed_at": MORNING}
    team.session.add(RuleChange(**row))
    team.session.flush()
    team.session.add(RuleChange(**row))
    with pytest.raises(IntegrityError):
        team.session.flush()
