"""The words of an e-mail: each state of an alert, and a team's own templates."""

from pathlib import Path
from typing import Any

import pytest

from bot.mail.contents import to_words
from bot.mail.rendering import BrokenTemplate, render_mail
from tests.mail.conftest import Desk

STATES: list[tuple[str, dict[str, Any], str]] = [
    ("acknowledged", {}, "Acknowledged by Vera Novak"),
    ("snoozed", {"until": None, "reason": "they asked for a week"}, "until the score changes"),
    ("escalated", {"to": "Vera Novak", "role": "manager", "by_hand": False}, "Escalated to Vera Novak"),
    ("resolved", {"why": "recovered", "level": "Green", "score": 71}, "Recovered to 71, Green"),
    ("dismissed", {"reason": "wrong_data", "words": None}, "Dismissed by Vera Novak: wrong data"),
    ("reopened", {"why": "unanswered"}, "nobody said that it is still in hand"),
]


@pytest.mark.parametrize(("kind", "detail", "said"), STATES)
def test_each_state_is_said_in_the_words_of_the_thread(
    desk: Desk, kind: str, detail: dict[str, Any], said: str
) -> None:
    by = None if kind in ("escalated", "reopened", "resolved") else 2
    desk.queue()
    desk.queue(key=f"event:{desk.happen(1, kind, by=by, **detail)}")
    desk.send_all()
    second = desk.office.mails()[-1]
    for part in ("plain", "html"):
        body = second.get_body((part,))
        assert body is not None
        assert said in body.get_content()


def test_an_account_with_a_hostile_name_is_shown_as_it_is_called(desk: Desk) -> None:
    name = "<b>A*B</b> & *Sons* _Co_ :tada: <!channel>"
    desk.add_alert(2, name)
    desk.queue(alert_id=2)
    desk.send_all()
    (mail,) = desk.office.mails()
    assert name in mail["Subject"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert name in text.get_content()
    assert "&lt;b&gt;A*B&lt;/b&gt; &amp; *Sons*" in html.get_content()


@pytest.mark.parametrize(
    ("mrkdwn", "words"),
    [
        ("🔴 *Acme* · 65 → *48*", "🔴 Acme · 65 → 48"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("2*3*4", "2*3*4"),
        ("\u2060*\u2060star\u2060*\u2060", "*star*"),
    ],
)
def test_marks_of_slack_become_words(mrkdwn: str, words: str) -> None:
    assert to_words(mrkdwn) == words


def test_a_teams_own_template_comes_first_and_a_broken_one_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "alert.txt.j2").write_text("Ahoy: {{ headline }} for {{ card.owner }}\n")
    desk.queue()
    desk.send_all(desk.build_post(tmp_path))
    text = desk.office.mails()[0].get_body(("plain",))
    assert text is not None
    assert text.get_content().startswith("Ahoy: 🔴 Acme")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "alert.html.j2").write_text("{{ nothing_of_ours }}")
    desk.queue(key="event:0")
    desk.send_all(desk.build_post(broken))
    row = desk.row(1)
    assert row.status == "failed"
    assert "alert.html.j2" in (row.problem or "")
    assert "nothing_of_ours" in (row.problem or "")


def test_a_fact_that_is_missing_is_an_error_and_no_gap() -> None:
    with pytest.raises(BrokenTemplate, match=r"alert\.txt\.j2"):
        render_mail("alert", subject="s", templates=None)
