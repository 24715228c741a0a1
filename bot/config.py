"""Settings, read once at start: the environment, and the team's own ``staysail.yaml``."""

import re
from datetime import time
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.db.engine import normalise_url
from bot.errors import UserError
from bot.holidays import Holiday, read_holidays
from bot.spans import HOUR, Span


class ConfigError(UserError):
    """A setting or a file of the team is wrong; the text names file, path, value and remedy."""


class Settings(BaseSettings):
    """What the environment says. Empty strings count as not set."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    database_url: str | None = None
    staysail_home: Path | None = None
    staysail_config: Path | None = None
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_base_url: str = "https://slack.com/api/"
    port: int = Field(default=3000, ge=0, le=65535)
    #: Server processes under one `staysail web`, since Python computes on one core at a time.
    web_concurrency: int = Field(default=1, ge=1, le=32)
    #: For demos alone: a file that says how far their clock is ahead of the machine's (bot/moved_clock.py).
    staysail_clock: Path | None = None
    log_format: Literal["console", "json"] = "console"
    #: How e-mail leaves: smtp://user:password@host:587 (STARTTLS where offered), or smtps:// for TLS at once.
    smtp_url: SecretStr | None = None
    #: The sender of our e-mail, such as `Staysail <staysail@example.com>`.
    mail_from: str | None = None
    #: Where people's browsers reach `staysail web`; links in e-mails need it.
    public_url: str | None = None

    @field_validator("slack_api_base_url")
    @classmethod
    def end_with_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"


def load_settings() -> Settings:
    """What the environment says. Raises ConfigError naming the variable; never with a secret's value."""
    try:
        settings = Settings()
    except ValidationError as error:
        problems = [(str(each["loc"][0]).upper(), each["msg"]) for each in error.errors(include_url=False)]
        raise ConfigError("\n".join(f"{name}: {message}" for name, message in problems)) from error
    if settings.database_url:
        try:
            make_url(normalise_url(settings.database_url))
        except ArgumentError as error:
            raise ConfigError(
                "DATABASE_URL is not an address; it looks like postgresql://user:password@host:5432/name"
            ) from error
        except ValueError as error:
            raise ConfigError(f"DATABASE_URL: {error}") from error
    return settings


#: A channel's name as Slack allows it, or the id of a channel or a person.
_PLACE = re.compile(r"#[^\s#A-Z.,@]{1,80}|[CGDUW][A-Z0-9]+")


class Strict(BaseModel):
    """A part of a team's file: an unknown key is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Route(Strict):
    """Where alerts of some accounts go: a channel (``#name`` or id), ``owner`` for a DM to the CSM, or
    ``email`` to the CSM.

    The first route that fits decides; one with ``also`` adds its place, and the search goes on.
    """

    segment: Literal["enterprise", "mid_market", "smb", "self_serve"] | None = None
    severity: Literal["critical", "at_risk"] | None = None
    #: Of annual revenue at least so much, in whole units of the account's currency.
    arr_above: float | None = Field(default=None, ge=0)
    #: The e-mail address of one CSM, whose accounts these are.
    csm: str | None = None
    to: str
    also: bool = False

    @field_validator("to")
    @classmethod
    def known_place(cls, value: str) -> str:
        if value not in ("owner", "email") and not _PLACE.fullmatch(value):
            raise ValueError(
                f"{value!r} is no place for alerts; write a channel's name such as '#cs-smb' (quoted, since "
                "# begins a comment), its id such as C012AB3CD, or owner or email for the account's CSM"
            )
        return value

    @field_validator("csm")
    @classmethod
    def known_address(cls, value: str | None) -> str | None:
        if value is not None and "@" not in value:
            raise ValueError(f"{value!r} is no e-mail address; write the CSM's as in people.csv")
        return value and value.strip().lower()


class WorkingHours(Strict):
    """When people of the team work, each in their own time zone. Holidays are in ``holidays.csv``."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    starts: time = time(9, 0)
    ends: time = time(17, 0)

    @model_validator(mode="after")
    def last_a_while(self) -> Self:
        if not self.days:
            raise ValueError("days is empty; write at least one, such as [mon, tue, wed, thu, fri]")
        if self.starts >= self.ends:
            raise ValueError(
                f"the day starts at {self.starts:%H:%M} and ends at {self.ends:%H:%M}; turn them"
            )
        return self


class Chain(Strict):
    """After how long without an act the manager and then the executive are called in (SPEC A5)."""

    manager: Span | None = None
    executive: Span | None = None


_CHAINS: dict[Literal["critical", "at_risk"], Chain] = {
    "critical": Chain(manager=Span(24 * HOUR), executive=Span(48 * HOUR)),
    "at_risk": Chain(manager=Span(48 * HOUR), executive=Span(96 * HOUR)),
}


class Alerts(Strict):
    """Limits of the alert rules (SPEC A1, A5, A6)."""

    #: A day on which more than this share of accounts move the same way is a broken feed.
    flood_share: float = Field(default=0.15, gt=0, le=1)
    #: Accounts below this number are too few to tell a flood from a bad day.
    flood_minimum: int = Field(default=20, ge=1)
    #: Who is called in when nobody acts, by severity; a rule may have its own times.
    escalation: dict[Literal["critical", "at_risk"], Chain] = _CHAINS
    #: Working days an acknowledged alert may go without a logged touch before its owner is asked.
    confirm_after_days: int = Field(default=3, ge=1, le=30)
    #: Working days the owner has to say that they are still on it.
    confirm_within_days: int = Field(default=1, ge=1, le=30)
    #: Runs in a row over the level after which the end of an alert is proposed.
    good_runs: int = Field(default=2, ge=1, le=30)
    #: Working days after which a proposed end that nobody objects to comes by itself.
    close_after_days: int = Field(default=3, ge=1, le=30)
    #: Alerts of one CSM's accounts that are posted in a day; the rest wait for the digest.
    daily_cap: int = Field(default=8, ge=1)
    #: A stricter limit is proposed for a rule when a smaller part than this of the answers about its alerts
    #: said useful, once there are at least as many answers as this (SPEC A7).
    propose_below: float = Field(default=0.25, ge=0, le=1)
    propose_from: int = Field(default=20, ge=1)

    @field_validator("escalation")
    @classmethod
    def name_every_severity(
        cls, value: dict[Literal["critical", "at_risk"], Chain]
    ) -> dict[Literal["critical", "at_risk"], Chain]:
        # A file that changes one of them must not silence the other.
        return {**_CHAINS, **value}


class TeamConfig(Strict):
    """``staysail.yaml``: the team's names, times and choices, each with a shipped default."""

    timezone: str = "UTC"
    alerts_channel: str = "#cs-alerts"
    digest_channel: str = "#cs-team"
    routes: tuple[Route, ...] = ()
    score_at: time = time(6, 0)
    #: When the daily digest is posted, on working days.
    digest_at: time = time(8, 30)
    #: An account with a smaller part than this of the ARR that a digest is about is counted there, not named.
    digest_floor: float = Field(default=0.001, ge=0, le=1)
    working_hours: WorkingHours = WorkingHours()
    default_model: str = "four_dimension"
    #: Other models that are scored beside the default one.
    models: tuple[str, ...] = ()
    alerts: Alerts = Alerts()
    money_symbol: str = "$"
    #: What e-mails to customers call the team's own product.
    product: str = Field(default="the product", min_length=1)
    #: Playbooks that start by themselves when their time has come. They write to customers, so none does
    #: unless the team names it.
    start_plays: tuple[str, ...] = ()
    #: What ``holidays.csv`` says.
    holidays: tuple[Holiday, ...] = Field(default=(), exclude=True)
    #: Whether e-mail can be sent: SMTP_URL and MAIL_FROM decide (``load_team``), whatever the file says.
    mails: bool = Field(default=False, exclude=True)
    #: The folder that STAYSAIL_CONFIG names, with the team's own playbooks and texts.
    folder: Path | None = Field(default=None, exclude=True)

    @field_validator("timezone")
    @classmethod
    def known_timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no time zone; use a name such as Europe/Berlin")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def all_models(self) -> tuple[str, ...]:
        """The default model first, then the others, each once."""
        return tuple(dict.fromkeys((self.default_model, *self.models)))


def read_yaml(path: Path) -> object:
    """The document in a YAML file; ConfigError naming file and line when it is not YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" line {where.line + 1}" if where else ""
        problem = getattr(error, "problem", None) or re.sub(r"\s+", " ", str(error))
        raise ConfigError(f"{path}{line}: not valid YAML: {problem}") from error


def describe(path: Path, error: ValidationError) -> str:
    """The problems of a file, a line each: file, place in it, what is wrong, and the value found."""
    lines = []
    for problem in error.errors(include_url=False):
        place = ".".join(str(part) for part in problem["loc"]) or "(whole file)"
        found = problem["input"]
        value = "" if isinstance(found, dict | list) or found is None else f" (found {found!r})"
        lines.append(f"{path}: {place}: {problem['msg'].removeprefix('Value error, ')}{value}")
    return "\n".join(lines)


def load_team_config(folder: Path | None) -> TeamConfig:
    """The team's configuration, or the shipped defaults where there is no file. Raises ConfigError."""
    if folder is None:
        return TeamConfig()
    if not folder.is_dir():
        raise ConfigError(f"STAYSAIL_CONFIG: {folder} is not a folder; create it or unset the variable")
    path = folder / "staysail.yaml"
    document = (read_yaml(path) if path.exists() else None) or {}
    if isinstance(document, dict) and "holidays" in document:
        raise ConfigError(f"{path}: holidays: write them into holidays.csv beside it, as date,name")
    try:
        team = TeamConfig.model_validate(document)
    except ValidationError as error:
        raise ConfigError(describe(path, error)) from error
    own = {"holidays": _load_holidays(folder / "holidays.csv"), "folder": folder}
    return team.model_copy(update=own)


def _load_holidays(path: Path) -> tuple[Holiday, ...]:
    try:
        return read_holidays(path) if path.exists() else ()
    except ValueError as error:
        raise ConfigError(str(error)) from error


def load_team(settings: Settings) -> TeamConfig:
    """The team's configuration as a process uses it, which knows whether it can send e-mail.

    Raises ConfigError.
    """
    team = load_team_config(settings.staysail_config)
    return team.model_copy(update={"mails": bool(settings.smtp_url and settings.mail_from)})
