"""The daily digest: what changed, what is due, who is waited for, and what matters most (SPEC C7)."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.alerts.people import load_team_week
from bot.config import TeamConfig
from bot.errors import NotAllowed
from bot.models import Digest as DigestRow
from bot.models import RuleChange
from bot.preferences import load_preferences
from bot.reports.digest_accounts import (
    OPT_OUT_DAYS,
    Book,
    find_newest_day,
    load_book,
    load_improvers,
    load_moves,
    load_opt_outs,
    load_renewals,
    load_risks,
)
from bot.reports.digest_alerts import AlertScope, load_due, load_happened, load_waiting
from bot.reports.digest_problems import load_problems
from bot.reports.digest_views import Digest, ProposedChange, leave_money_out
from bot.working_time import is_working_day
from scoring.model import ScoringModel

DAILY = "daily"


@dataclass(frozen=True)
class DigestScope:
    """Whose digest: the whole team's, or the book of the person with this id and name."""

    person_id: int | None = None
    name: str | None = None


@dataclass(frozen=True)
class LastDigest:
    """When the one before was written, of which day its scores were, and what was wrong then."""

    at: datetime
    scored_for: date | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnDigest:
    """A digest somebody asked for, and whether they get one every working morning."""

    digest: Digest
    every_morning: bool
    at: time


def load_digest(
    session: Session,
    scope: DigestScope,
    *,
    last: LastDigest,
    now: datetime,
    zone: ZoneInfo,
    team: TeamConfig,
    model: ScoringModel,
    money: bool,
) -> Digest:
    """The digest of what happened since the last one, as it stands at ``now``, for a reader in ``zone``.

    Nothing is changed by it. Without ``money`` no amount is in it.
    """
    today, day = now.astimezone(team.zone).date(), now.astimezone(zone).date()
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    alerts = AlertScope(scope.person_id)
    book = load_book(session, model=model, csm_id=scope.person_id, floor=team.digest_floor)
    problems = load_problems(
        session, model=model, since=last.at, today=today, of_team=scope.person_id is None
    )
    found: dict[str, Any] = {
        **load_happened(session, alerts, since=last.at, until=now),
        **load_waiting(session, alerts, opened_until=last.at),
        **_load_accounts(session, book, last, today),
    }
    digest = Digest(
        book=scope.name,
        day=day,
        zone=zone.key,
        since=last.at,
        at=now,
        money_symbol=team.money_symbol,
        due=load_due(session, alerts, before=midnight),
        changes=_load_proposed(session) if scope.person_id is None else (),
        problems=problems,
        known_problems=last.problems,
        **found,
    )
    digest = replace(digest, is_news=_is_news(digest))
    return digest if money else leave_money_out(digest)


def _load_accounts(session: Session, book: Book, last: LastDigest, today: date) -> dict[str, Any]:
    as_of = find_newest_day(session, book.model)
    soon = today + timedelta(days=OPT_OUT_DAYS)
    found: dict[str, Any] = {
        "scored_for": as_of,
        "opt_outs_today": load_opt_outs(session, book, first=today, last=today),
        "opt_outs": load_opt_outs(session, book, first=today + timedelta(days=1), last=soon),
        "renewals": load_renewals(session, book, today=today),
        "risks": load_risks(session, book),
        "improvers": load_improvers(session, book),
    }
    if as_of is None:
        return found
    since = last.scored_for or as_of - timedelta(days=1)
    return found | load_moves(session, book, since=since, as_of=as_of)


def _load_proposed(session: Session) -> tuple[ProposedChange, ...]:
    asked = select(RuleChange).where(RuleChange.state == "proposed").order_by(RuleChange.id)
    return tuple(
        ProposedChange(
            change_id=change.id,
            rule_title=str(change.evidence.get("title") or change.rule),
            before=change.before,
            after=change.after,
            unit=str(change.evidence.get("unit") or ""),
        )
        for change in session.scalars(asked)
    )


def _is_news(digest: Digest) -> bool:
    """Whether anything changed or is due. What merely stands, such as the accounts most at risk, is not news:
    it is shown with what is."""
    happened = (digest.opened, digest.escalated, digest.woken, digest.ended, digest.fell, digest.rose)
    due = (digest.due, digest.opt_outs_today)
    new_problems = {problem.key for problem in digest.problems} - set(digest.known_problems)
    return any(each.total for each in (*happened, *due)) or bool(new_problems)


def find_last_digest(
    session: Session, *, channel: str, now: datetime, team: TeamConfig, zone: ZoneInfo
) -> LastDigest:
    """The channel's digest before ``now``, sent or not; where there is none, as if there had been one on the
    working day before."""
    asked = select(DigestRow).where(DigestRow.kind == DAILY, DigestRow.channel == channel, DigestRow.at < now)
    row = session.scalars(asked.order_by(DigestRow.at.desc(), DigestRow.id.desc()).limit(1)).one_or_none()
    if row is None:
        return LastDigest(_find_working_morning_before(now, team, zone))
    day = row.facts.get("scored_for")
    problems = tuple(_key(problem) for problem in row.facts.get("problems", ()))
    return LastDigest(row.at, date.fromisoformat(day) if day else None, problems)


def _key(problem: dict[str, Any]) -> str:
    return f"{problem['kind']}:{problem['name']}"


def _find_working_morning_before(now: datetime, team: TeamConfig, zone: ZoneInfo) -> datetime:
    week = load_team_week(team, zone.key)
    day = now.astimezone(zone).date() - timedelta(days=1)
    # A calendar of nothing but holidays must not be walked back for ever.
    found = next((d for d in (day - timedelta(days=n) for n in range(14)) if is_working_day(week, d)), day)
    return datetime.combine(found, team.digest_at, zone)


def load_own_digest(session: Session, _asked: object, asking: Asking) -> OwnDigest:
    """The reader's own digest as of now: of their book, or of the whole team for who leads it.

    Raises NotAllowed for who is not of the team: a digest speaks of accounts and money.
    """
    reader = asking.reader
    if reader.person_id is None or not reader.sees_money:
        raise NotAllowed(
            "The digest is for people of the customer-success team. Ask your admin to add you to people.csv."
        )
    last = find_last_digest(
        session, channel=reader.slack_id, now=asking.now, team=asking.team, zone=reader.zone
    )
    digest = load_digest(
        session,
        compute_scope(reader.person_id, reader.name, reader.leads),
        last=last,
        now=asking.now,
        zone=reader.zone,
        team=asking.team,
        model=asking.get_model(None),
        money=True,
    )
    wish = load_preferences(session, reader.person_id).find_frequency("digest", "slack")
    return OwnDigest(digest, wish == "at_once", asking.team.digest_at)


def compute_scope(person_id: int, name: str, leads: bool) -> DigestScope:
    """The whole team's for who leads it, else the person's own book."""
    return DigestScope() if leads else DigestScope(person_id, name)
