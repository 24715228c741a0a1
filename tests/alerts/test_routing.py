"""Where an alert goes, and what staysail.yaml may say about it."""

from pathlib import Path
from typing import Any

import pytest

from bot.config import ConfigError, Route, TeamConfig, load_team_config
from tests.alerts.book import TEAM, Book


def with_routes(*routes: dict[str, Any]) -> TeamConfig:
    return TEAM.model_copy(update={"routes": tuple(Route.model_validate(route) for route in routes)})


def fall(book: Book, **account: Any) -> str:
    """The channel of the alert about one account that fell."""
    book.add(1, [80] * 9 + [account.pop("low", 60)], **account)
    book.run_all(8, 9)
    ((_, channel, _),) = book.wanted()
    return channel


@pytest.mark.parametrize(
    ("account", "channel"),
    [
        ({"segment": "enterprise"}, "#cs-enterprise"),
        ({"segment": "smb"}, "#cs-alerts"),
        ({"segment": "smb", "low": 20}, "C0CRITICAL"),
        ({"segment": "enterprise", "low": 20}, "#cs-enterprise"),
        ({"segment": None}, "#cs-alerts"),
    ],
)
def test_the_first_route_that_fits_decides(book: Book, account: dict[str, Any], channel: str) -> None:
    book.team = with_routes(
        {"segment": "enterprise", "to": "#cs-enterprise"},
        {"severity": "critical", "to": "C0CRITICAL"},
        {"segment": "smb", "severity": "critical", "to": "#never"},
    )
    assert fall(book, **account) == channel


@pytest.mark.parametrize(("slack_id", "channel"), [("U0MARIA", "U0MARIA"), (None, "#cs-alerts")])
def test_an_owner_gets_a_direct_message_if_slack_knows_them(
    book: Book, slack_id: str | None, channel: str
) -> None:
    book.team = with_routes({"to": "owner"})
    book.add_person(7, "Maria Lopez", slack_id)
    assert fall(book, csm_id=7) == channel


def test_an_account_of_nobody_goes_to_the_channel(book: Book) -> None:
    book.team = with_routes({"to": "owner"})
    assert fall(book) == "#cs-alerts"


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("segment: big\n    to: owner", "routes.0.segment: Input should be 'enterprise'"),
        ("severity: urgent\n    to: owner", "routes.0.severity: Input should be 'critical' or 'at_risk'"),
        ("to: the owner", "'the owner' is no place for alerts; write a channel's name such as '#cs-smb'"),
        ("to: '#CS Alerts'", "no place for alerts"),
        ("to: ", "routes.0.to: Input should be a valid string"),
        ("segment: smb", "routes.0.to: Field required"),
        ("sgment: smb\n    to: owner", "routes.0.sgment"),
    ],
)
def test_a_bad_route_is_refused_with_a_sentence(tmp_path: Path, route: str, said: str) -> None:
    (tmp_path / "staysail.yaml").write_text(f"routes:\n  - {route}\n")
    with pytest.raises(ConfigError) as refused:
        load_team_config(tmp_path)
    assert "staysail.yaml" in str(refused.value)
    assert said in str(refused.value)
