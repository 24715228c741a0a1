"""Everything that can be wrong with an installation, each with its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Literal

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.config import Settings, TeamConfig
from bot.manifest import NAME, SCOPES
from bot.models import Account, FeedDay, JobRun, Person, Schedule, ScoreRun, SlackMessage

Mark = Literal["ok", "warn", "fail"]

#: The daily run is late when this much has passed since the last one.
LATE = timedelta(hours=30)
REINSTALL = "apply `staysail manifest`, install the app again and set SLACK_BOT_TOKEN"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, and what to do where it is not well."""

    mark: Mark
    what: str
    found: str
    remedy: str = ""


def check_data(session: Session, *, team: TeamConfig, now: datetime) -> Iterator[Finding]:
    """Findings about accounts, people, the feeds, scores, jobs and messages."""
    yield _check_accounts(session)
    yield _check_people(session)
    yield _check_feeds(session, team, now)
    yield _check_scores(session, team, now)
    yield _check_schedule(session, now)
    yield from _check_messages(session)


def check_slack(
    settings: Settings, team: TeamConfig, build_client: Callable[[Settings], WebClient]
) -> Iterator[Finding]:
    """Findings about the tokens, the permissions and the channels of the Slack app."""
    if settings.slack_bot_token is None:
        yield Finding(
            "warn", "Slack", "SLACK_BOT_TOKEN is not set", "run `staysail manifest`, create the app"
        )
        return
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        yield Finding(
            "fail",
            "Slack",
            "neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set",
            "set one of them from the app's settings",
        )
    client = build_client(settings)
    try:
        yield from _check_bot(client)
        if settings.slack_app_token is not None:
            yield from _check_app_token(client, settings.slack_app_token.get_secret_value())
        yield from _check_channels(client, team)
    except SlackApiError as error:
        yield Finding("fail", "Slack", f"refused ({error.response.get('error')})", REINSTALL)
    except (SlackClientError, OSError, HTTPException, ValueError) as error:
        yield Finding(
            "fail",
            "Slack",
            f"{settings.slack_api_base_url} cannot be reached ({type(error).__name__})",
            "check the network, or SLACK_API_BASE_URL",
        )


def _check_bot(client: WebClient) -> Iterator[Finding]:
    answer = client.auth_test()
    yield Finding("ok", "Slack", f"connected to {answer.get('team')} as {answer.get('user')}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()}
    missing = sorted(set(SCOPES) - granted) if granted else []
    if missing:
        yield Finding("fail", "Slack permissions", f"missing: {', '.join(missing)}", REINSTALL)


def _check_app_token(client: WebClient, token: str) -> Iterator[Finding]:
    try:
        client.apps_connections_open(app_token=token)
    except SlackApiError as error:
        if error.response.get("error") == "ratelimited":
            return
        yield Finding(
            "fail",
            "Socket Mode",
            f"SLACK_APP_TOKEN is refused ({error.response.get('error')})",
            "make an app-level token with the scope connections:write; it begins with xapp-",
        )


def _check_channels(client: WebClient, team: TeamConfig) -> Iterator[Finding]:
    """A finding for each channel of the configuration that the bot cannot see."""
    wanted = {team.alerts_channel, team.digest_channel, *(route.to for route in team.routes)}
    yield from _check_channel_ids(client, wanted)
    unseen = {name.removeprefix("#") for name in wanted if name.startswith("#")}
    cursor = ""
    while unseen:
        kinds = "public_channel,private_channel"
        page = client.conversations_list(
            types=kinds, exclude_archived=True, limit=1000, cursor=cursor or None
        )
        unseen -= {channel["name"] for channel in page["channels"]}
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    for name in sorted(unseen):
        yield Finding(
            "fail",
            "Slack channels",
            f"#{name} does not exist, or is private and without the bot",
            f"create it, or type /invite @{NAME} in it; or name another in staysail.yaml",
        )


def _check_channel_ids(client: WebClient, wanted: set[str]) -> Iterator[Finding]:
    """A finding for each channel named by its id that the bot cannot post in."""
    for channel in sorted(each for each in wanted if each[:1] in ("C", "G")):
        try:
            found: Any = client.conversations_info(channel=channel)
        except SlackApiError as error:
            if error.response.get("error") != "channel_not_found":
                raise
            remedy = f"correct it in staysail.yaml, or type /invite @{NAME} in it"
            yield Finding("fail", "Slack channels", f"{channel} is not known to the bot", remedy)
            continue
        if found["channel"].get("is_archived"):
            name = found["channel"]["name"]
            remedy = "unarchive it, or name another in staysail.yaml"
            yield Finding("fail", "Slack channels", f"#{name} ({channel}) is archived", remedy)


def _check_accounts(session: Session) -> Finding:
    live = session.scalar(select(func.count()).where(Account.status == "live")) or 0
    if not live:
        return Finding("fail", "accounts", "there are none", "run `staysail import FOLDER`")
    unowned = session.scalar(select(func.count()).where(Account.status == "live", Account.csm_id.is_(None)))
    if unowned:
        return Finding(
            "warn", "accounts", f"{live:,} live, {unowned:,} without a CSM", "set csm_email in accounts.csv"
        )
    return Finding("ok", "accounts", f"{live:,} live, each with a CSM")


def _check_people(session: Session) -> Finding:
    people = session.scalar(select(func.count()).select_from(Person)) or 0
    if not people:
        return Finding(
            "fail", "people", "there are none, so nobody may see money or act", "import people.csv"
        )
    return Finding("ok", "people", f"{people:,}")


def _check_feeds(session: Session, team: TeamConfig, now: datetime) -> Finding:
    newest = session.execute(
        select(FeedDay.feed, func.max(FeedDay.day)).group_by(FeedDay.feed).order_by(FeedDay.feed)
    ).all()
    if not newest:
        return Finding("warn", "data", "no feed has delivered a day yet", "run `staysail import FOLDER`")
    yesterday = now.astimezone(team.zone).date() - timedelta(days=1)
    stale = [f"{feed} ends {day:%d %b %Y}" for feed, day in newest if day < yesterday - timedelta(days=2)]
    if stale:
        return Finding("warn", "data", "; ".join(stale), "import the days since; scores show what is unknown")
    return Finding(
        "ok", "data", f"{len(newest)} feeds, the newest day {max(day for _, day in newest):%d %b %Y}"
    )


def _check_scores(session: Session, team: TeamConfig, now: datetime) -> Finding:
    last = session.scalars(
        select(ScoreRun)
        .where(ScoreRun.model == team.default_model, ScoreRun.finished_at.is_not(None))
        .order_by(ScoreRun.as_of.desc())
        .limit(1)
    ).one_or_none()
    if last is None or last.finished_at is None:
        return Finding("fail", "scores", "nothing has been scored yet", "run `staysail score --store`")
    seconds = (last.finished_at - last.started_at).total_seconds()
    at = last.finished_at.astimezone(team.zone)
    found = f"{last.accounts:,} accounts for {last.as_of:%d %b %Y}, run {at:%d %b %H:%M} in {seconds:.1f} s"
    if now - last.finished_at > LATE:
        return Finding(
            "warn", "scores", found, "the daily run is late: is `staysail run` (or worker and clock) up?"
        )
    return Finding("ok", "scores", found)


def _check_schedule(session: Session, now: datetime) -> Finding:
    failed = session.scalars(
        select(JobRun).where(JobRun.problem.is_not(None)).order_by(JobRun.id.desc()).limit(1)
    ).one_or_none()
    due = session.scalar(select(func.min(Schedule.next_run_at)))
    if due is None:
        return Finding(
            "warn", "schedule", "the clock has never run", "start `staysail run`, or worker and clock"
        )
    if now - due > timedelta(minutes=5):
        return Finding(
            "fail", "schedule", f"due since {due:%d %b %H:%M} UTC", "start `staysail run` or `staysail clock`"
        )
    if failed is not None:
        later = session.scalar(
            select(func.count()).where(
                JobRun.name == failed.name,
                JobRun.id > failed.id,
                JobRun.problem.is_(None),
                JobRun.finished_at.is_not(None),
            )
        )
        if not later:
            return Finding(
                "fail",
                "schedule",
                f"{failed.name} failed: {failed.problem}",
                "see the log; it is tried again",
            )
    return Finding("ok", "schedule", f"next due {due:%d %b %H:%M} UTC")


def _check_messages(session: Session) -> Iterator[Finding]:
    dead = session.execute(
        select(SlackMessage.channel, SlackMessage.problem, func.count())
        .where(SlackMessage.state == "dead")
        .group_by(SlackMessage.channel, SlackMessage.problem)
        .order_by(SlackMessage.channel)
    ).all()
    for channel, problem, count in dead:
        yield Finding("fail", "messages", f"{count:,} to {channel} given up", problem or "see the log")
    waiting = session.scalar(
        select(func.count()).where(
            SlackMessage.state != "dead",
            SlackMessage.shown_version < SlackMessage.wanted_version,
            SlackMessage.problem.is_not(None),
        )
    )
    if waiting:
        yield Finding(
            "warn",
            "messages",
            f"{waiting:,} waiting after a failure",
            "they are sent as soon as Slack takes them",
        )
    if not dead and not waiting:
        yield Finding("ok", "messages", "Slack shows what it should")
