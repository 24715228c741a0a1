"""The daily digest: short lists, the weightiest first, each with the way to more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from blocks.digest_lines import (
    format_alert,
    format_due,
    format_improver,
    format_move,
    format_opt_out,
    format_problem,
    format_renewals,
    format_risk,
)
from blocks.elements import Block, Reply, actions, button, context, header, menu, section
from blocks.figures import format_day
from blocks.ids import Action
from blocks.text import cut, escape, plain
from blocks.values import write_portfolio_value, write_score_value
from bot.reports.digest import OwnDigest
from bot.reports.digest_orders import DigestOrder
from bot.reports.digest_views import MOST, AlertList, Digest
from bot.reports.portfolio_views import PortfolioAsk

# Slack refuses a message of about 12,000 letters over all its blocks, wherever they stand. The menus, which
# are the same however short the lists, take up to 2,300 of them.
_LETTERS = 7_200
_LINE = 200
_OPTIONS, _OPTION = 25, 45


@dataclass(frozen=True)
class Part:
    """A part of a digest: its title, the lines it names, and how many more there are of what."""

    title: str
    lines: tuple[str, ...]
    more: tuple[str, ...] = ()


def build_digest(digest: Digest, *, to_person: bool = False) -> Reply:
    """The message for a channel, or for the person who gets it every working morning."""
    buttons = [_stop_button()] if to_person else []
    return _build(digest, buttons, to_person=to_person)


def build_own_digest(own: OwnDigest) -> Reply:
    """The answer to `/cs digest`, with the button that orders it for every morning or stops that."""
    order = button(Action.DIGEST_ORDER, f"Send me this every morning at {own.at:%H:%M}", "daily")
    return _build(own.digest, [_stop_button() if own.every_morning else order], to_person=True)


def build_digest_order(order: DigestOrder) -> Reply:
    """What somebody is told who ordered the digest or stopped it."""
    if order.wanted:
        zone = order.timezone.replace("_", " ")
        said = (
            f"You get your digest as a direct message on your working days at {order.at:%H:%M} ({zone}), "
            "when something changed."
        )
        return Reply(said, (section(said), actions(_stop_button())))
    said = "You get no more digests by direct message. `/cs digest` shows it whenever you want."
    return Reply(said, (section(said),))


def build_digest_text(digest: Digest) -> str:
    """The digest in a sentence without money, for notifications and screen readers."""
    counted = (
        (digest.opened.total, "alert opened", "alerts opened"),
        (digest.escalated.total, "escalated", "escalated"),
        (digest.ended.total, "ended", "ended"),
        (digest.fell.total, "account fell a level", "accounts fell a level"),
        (digest.due.total, "due today", "due today"),
        (digest.held.total, "held back by the daily cap", "held back by the daily cap"),
    )
    said = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counted if count)
    return f"{escape(_title(digest), 150)}: {said or 'nothing changed'}."


def _build(digest: Digest, buttons: Sequence[Block], *, to_person: bool) -> Reply:
    blocks = _build_body(digest, MOST, to_person)
    for most in range(MOST - 1, 0, -1):
        if _count_letters(blocks) <= _LETTERS:
            break
        blocks = _build_body(digest, most, to_person)
    controls = actions(*_build_menus(digest), *buttons, block_id="digest.controls")
    return Reply(build_digest_text(digest), (*blocks, controls))


def _build_body(digest: Digest, most: int, to_person: bool) -> list[Block]:
    zone = ZoneInfo(digest.zone)
    since = digest.since.astimezone(zone)
    facts = [f"Since {since:%A}, {format_day(since.date(), digest.day)}, {since:%H:%M}"]
    if digest.scored_for:
        facts.append(f"scored for {format_day(digest.scored_for, digest.day)}")
    blocks = [header(_title(digest)), context(" · ".join(facts))]
    parts = [part for part in _find_parts(digest, zone, most, to_person) if part.lines or part.more]
    if not digest.is_news:
        blocks.append(section("Nothing changed since then, and nothing is due today. This is how it stands:"))
    return blocks + [section(_format_part(part)) for part in parts]


def _format_part(part: Part) -> str:
    lines = [f"*{part.title}*", *(cut(line, _LINE) for line in part.lines)]
    if part.more:
        lines.append(f"_and {', '.join(part.more)}_")
    return "\n".join(lines)


def _find_parts(digest: Digest, zone: ZoneInfo, most: int, to_person: bool) -> Iterator[Part]:
    yield _part("Alerts", _changed(digest), digest, most)
    yield _build_moves(digest, most)
    due = [format_due(line, zone, digest.day) for line in digest.due.lines[:most]]
    today = [format_opt_out(line, digest) for line in digest.opt_outs_today.lines[:most]]
    left = digest.due.total + digest.opt_outs_today.total - len(due) - len(today)
    yield Part("Due today", (*today, *due), _more(left, "more"))
    yield _build_waiting(digest, most, to_person)
    ahead = tuple(format_opt_out(line, digest) for line in digest.opt_outs.lines[:most])
    left = digest.opt_outs.total - len(ahead)
    yield Part("Renewals ahead", (*format_renewals(digest), *ahead), _more(left, "more opt-out deadlines"))
    yield Part("Most at risk", tuple(format_risk(line, digest) for line in digest.risks[:most]))
    yield Part(
        "Improving most in 30 days", tuple(format_improver(line, digest) for line in digest.improvers[:most])
    )
    yield Part("Data problems", tuple(format_problem(each, digest) for each in digest.problems[: 2 * MOST]))


def _changed(digest: Digest) -> Mapping[str, AlertList]:
    return {
        "opened": digest.opened,
        "escalated": digest.escalated,
        "awake again": digest.woken,
        "ended": digest.ended,
    }


def _build_moves(digest: Digest, most: int) -> Part:
    lines, more = list[str](), list[str]()
    for word, listed in (("fell", digest.fell), ("rose", digest.rose)):
        shown = listed.lines[:most]
        lines += [format_move(line, digest) for line in shown]
        more += _more(listed.total - len(shown), f"more {word}")
    return Part("Levels", tuple(lines), tuple(more))


def _build_waiting(digest: Digest, most: int, to_person: bool) -> Part:
    lists = {
        "unacknowledged": digest.unacknowledged,
        "asked for": digest.asked,
        "proposed to end": digest.proposed,
        "held back": digest.held,
    }
    part = _part("Waiting on you" if to_person else "Waiting on us", lists, digest, most)
    changes = tuple(
        f"📐 *{escape(change.rule_title)}*: a stricter limit is proposed, see `/cs rules`"
        for change in digest.changes[:most]
    )
    return Part(part.title, (*part.lines, *changes), part.more)


def _part(title: str, lists: Mapping[str, AlertList], digest: Digest, most: int) -> Part:
    lines, more = list[str](), list[str]()
    for word, listed in lists.items():
        shown = listed.lines[:most]
        lines += [format_alert(line, digest) for line in shown]
        more += _more(listed.total - len(shown), f"more {word}")
    return Part(title, tuple(lines), tuple(more))


def _more(count: int, what: str) -> tuple[str, ...]:
    return (f"{count:,} {what}",) if count > 0 else ()


def _build_menus(digest: Digest) -> Iterator[Block]:
    alerts = [
        (plain(f"{line.account_name}: {line.rule_title}", _OPTION), str(line.alert_id))
        for line in digest.alert_lines
    ]
    if alerts:
        yield menu(Action.ALERT_OPEN, "Open an alert…", alerts[:_OPTIONS])
    lists = (digest.fell.lines, digest.opt_outs_today.lines, digest.opt_outs.lines, digest.risks)
    named = {line.account_id: line.name for lines in (*lists, digest.improvers) for line in lines}
    if named:
        options = [(plain(name, _OPTION), write_score_value(number)) for number, name in named.items()]
        yield menu(Action.SCORE_OPEN, "Open an account…", options[:_OPTIONS])
    yield button(Action.DIGEST_PORTFOLIO, "Portfolio", write_portfolio_value(PortfolioAsk()))


def _stop_button() -> Block:
    return button(Action.DIGEST_STOP, "Stop sending me this", "daily")


def _title(digest: Digest) -> str:
    whose = f"Book of {plain(digest.book, 60)}" if digest.book else "Team digest"
    return f"{whose} · {_format_date(digest.day)}"


def _format_date(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B}"


def _count_letters(blocks: Sequence[Block]) -> int:
    return sum(len(block["text"]["text"]) for block in blocks if "text" in block)
