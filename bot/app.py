"""The composition root: the one place that sees everything and puts it together."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

import handlers
from bot.accounts.names import AccountNames
from bot.alerts import Rule, load_rules
from bot.config import ConfigError, Settings, TeamConfig
from bot.db.engine import create_engine, create_sessions
from bot.delivery import find_delivery_key, once
from bot.moved_clock import MovedClock
from scoring.model import ScoringModel, load_models

log = structlog.get_logger(__name__)

#: Threads that answer Slack.
LISTENER_THREADS = 16
#: Threads for what follows an answer: a response_url, a first look at who somebody is.
LATER_THREADS = 4
#: Each of them may hold one connection.
LISTENER_POOL = LISTENER_THREADS + LATER_THREADS
#: No answer of Slack's Web API is waited for longer.
API_TIMEOUT = 10


@dataclass(frozen=True)
class Parts:
    """What the running application is made of."""

    settings: Settings
    team: TeamConfig
    url: str
    engine: Engine
    sessions: sessionmaker[Session]
    client: WebClient
    models: Mapping[str, ScoringModel]
    rules: tuple[Rule, ...]
    names: AccountNames
    now: Callable[[], datetime]


def build_clock(settings: Settings) -> Callable[[], datetime]:
    """What tells the present instant: the outermost edge, where time comes in. Raises UserError when
    there is a clock's file that cannot be read."""
    if settings.staysail_clock is not None:
        return MovedClock(settings.staysail_clock)
    return lambda: datetime.now(UTC)


def build_client(settings: Settings) -> WebClient:
    """A client of the configured Slack that never repeats a call by itself.

    slack_sdk repeats a call after a lost connection by default, and a repeated post is a second message.
    """
    if settings.slack_bot_token is None:
        raise ConfigError(
            "SLACK_BOT_TOKEN is not set. Install the app from `staysail manifest` in your workspace and set "
            "the token that begins with xoxb-, or see Staysail without a workspace: staysail demo"
        )
    return _build_client(settings, settings.slack_bot_token.get_secret_value())


def _build_client(settings: Settings, token: str | None) -> WebClient:
    return WebClient(
        token=token, base_url=settings.slack_api_base_url, timeout=API_TIMEOUT, retry_handlers=[]
    )


def build_parts(
    settings: Settings,
    team: TeamConfig,
    url: str,
    *,
    pool_size: int = LISTENER_POOL,
    now: Callable[[], datetime] | None = None,
) -> Parts:
    """The application's parts on one database. Raises ConfigError when a setting or a file is wrong."""
    models = load_models(settings.staysail_config)
    for name in team.all_models:
        if name not in models:
            raise ConfigError(
                f"staysail.yaml: the scoring model {name!r} does not exist; there are {', '.join(models)}"
            )
    engine = create_engine(url, pool_size=pool_size)
    # Errors are logged, and what people wrote does not belong into a log.
    engine.hide_parameters = True
    sessions = create_sessions(engine)
    return Parts(
        settings=settings,
        team=team,
        url=url,
        engine=engine,
        sessions=sessions,
        client=build_client(settings),
        models=models,
        rules=load_rules(settings.staysail_config),
        names=AccountNames(sessions),
        now=now or build_clock(settings),
    )


#: Commands that change nothing.
ASKING = frozenset({"/cs", "/score", "/portfolio"})


def build_slack_app(parts: Parts) -> App:
    """The Bolt app with every listener registered.

    ``process_before_response`` keeps the listener in the request's own thread: no second pool to starve
    and no polling for the answer (docs/adr/0003). The price is that a listener must be short.
    """
    secret = parts.settings.slack_signing_secret
    app = App(
        # Without its token, which `authorize` adds: with it Bolt would ask Slack who it is while the first
        # person waits for an answer, and fail them when Slack is slow.
        client=_build_client(parts.settings, None),
        authorize=_build_authorize(parts.client.token),
        signing_secret=secret.get_secret_value() if secret else "not used over Socket Mode",
        process_before_response=True,
        listener_executor=ThreadPoolExecutor(LATER_THREADS, thread_name_prefix="later"),
        token_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    app.use(_build_provider(parts))
    handlers.register(app)
    app.error(_report_fault)
    return app


def _build_authorize(token: str | None) -> Callable[..., AuthorizeResult]:
    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize


def _build_provider(parts: Parts) -> Callable[..., Any]:
    """Middleware that gives listeners factories by name. It asks nothing of the database or of Slack:
    its time counts against Slack's three seconds, and a session opened here would be closed too early."""

    def provide(context: dict[str, Any], body: dict[str, Any], next: Callable[[], Any]) -> Any:
        # A command that only asks may be answered twice; Slack sends none again by itself.
        key = None if body.get("command") in ASKING else find_delivery_key(body)
        context["sessions"] = once(parts.sessions, key, parts.now)
        context["now"] = parts.now
        context["team"] = parts.team
        context["models"] = parts.models
        context["names"] = parts.names
        context["rules"] = parts.rules
        return next()

    return provide


def _report_fault(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """The last net, for what fails outside a listener. Slack is told that the delivery was taken: a
    repetition would only fail again."""
    log.error("slack.fault", kind=body.get("type") or body.get("command"), exc_info=error)
    return BoltResponse(status=200, body="")
