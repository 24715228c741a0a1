"""What came of an errand, and what a Slack error means for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.courier.lanes import PACE_SECONDS, Errand, release_lane

log = structlog.get_logger(__name__)

#: After this many failures in a row that are nobody's choice, a message is given up, with the reason.
MAX_ATTEMPTS = 12
LONGEST_PAUSE = 300.0

OURS = "this is a fault of Staysail, please report it"
#: Errors that no repetition cures, with what to do. The message is given up and the channel goes on.
REMEDIES = {
    "channel_not_found": "the channel {channel} does not exist or the bot cannot see it: "
    "create it, or invite the bot with /invite, then run `staysail check --retry`",
    "not_in_channel": "the bot is not in {channel}: invite it there with /invite, "
    "then run `staysail check --retry`",
    "is_archived": "the channel {channel} is archived: unarchive it or name another in staysail.yaml, "
    "then run `staysail check --retry`",
    "restricted_action": "posting in {channel} is restricted to some people: "
    "let the bot post there, or name another channel in staysail.yaml",
    "user_not_found": "{channel} is nobody in this workspace: correct slack_id or email in people.csv",
    "cannot_dm_bot": "{channel} is a bot: correct slack_id or email in people.csv",
    "user_disabled": "{channel} has left the workspace: give the account another owner",
    "messages_tab_disabled": "the app's Messages tab is off: apply the manifest of `staysail manifest`",
    "missing_scope": "the Slack app lacks a permission: apply the manifest of `staysail manifest` "
    "and install the app again",
    "cant_update_message": "the message in {channel} belongs to another app and cannot be edited",
    "edit_window_closed": "the workspace no longer allows editing the message in {channel}",
    "cant_post_message": "the bot may not post in {channel}",
    "msg_too_long": "the text is longer than Slack allows; " + OURS,
    "no_text": "the message has no text; " + OURS,
    "invalid_arguments": "Slack refused the message's arguments; " + OURS,
    "metadata_too_large": "the message's metadata is too large; " + OURS,
}
#: Errors of the token: no message can be sent, none is to blame. Everything waits.
TOKEN_ERRORS = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
#: Slack refuses the layout: the text alone still reaches people.
LAYOUT_ERRORS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"}

Fate = Literal["shown", "again", "ambiguous", "gone", "dead"]


@dataclass(frozen=True)
class Outcome:
    """What to write: ``pause`` is the channel's rest in seconds, ``counted`` whether the attempt counts."""

    fate: Fate
    pause: float = PACE_SECONDS
    ts: str | None = None
    channel_id: str | None = None
    version: int = 0
    problem: str | None = None
    counted: bool = True
    #: Of a dead one: whether the place is to blame, so that another one might take the message.
    movable: bool = True


#: Called with the session, the message's id and the problem in the transaction that gives the message up, so
#: that what it showed can be shown elsewhere. It marks the message dead itself (``bury_message``), after it
#: has locked what comes before a message in everybody else's order.
Loss = Callable[[Session, int, str], None]

_WRITE = text(
    """
    update slack_message
    set lease = null, state = :state, problem = :problem, attempts = :attempts,
        ts = case when :forget then null else coalesce(:ts, ts) end,
        channel_id = coalesce(:channel_id, channel_id),
        shown_at = case when :shown then clock_timestamp() else shown_at end,
        shown_version = case when :forget then 0 else greatest(shown_version, :version) end
    where id = :id and lease = :lease
    """
)


def record_outcome(
    session: Session, errand: Errand, outcome: Outcome, *, on_loss: Loss | None = None
) -> bool:
    """Write what came of an errand and free its channel. False, with nothing written, if overtaken.

    ``on_loss`` is called for a message that is given up where it is and might be shown elsewhere.
    """
    freed = release_lane(
        session,
        channel=errand.channel,
        lease=errand.lease,
        pause=outcome.pause,
        channel_id=outcome.channel_id,
    )
    if not freed:
        return False
    outcome = _give_up_after_many(errand, outcome)
    if outcome.fate == "dead" and outcome.movable and on_loss is not None:
        _lose(session, errand, outcome, on_loss)
    state = {"dead": "dead", "ambiguous": "ambiguous"}.get(outcome.fate, "live")
    done = outcome.fate in ("shown", "gone")
    session.execute(
        _WRITE,
        {
            "id": errand.id,
            "lease": errand.lease,
            "state": state,
            "problem": outcome.problem,
            "attempts": 0 if done else errand.attempts + (1 if outcome.counted else 0),
            "forget": outcome.fate == "gone",
            "shown": outcome.fate == "shown",
            "ts": outcome.ts,
            "channel_id": outcome.channel_id,
            "version": outcome.version,
        },
    )
    return True


def _lose(session: Session, errand: Errand, outcome: Outcome, on_loss: Loss) -> None:
    try:
        with session.begin_nested():
            on_loss(session, errand.id, outcome.problem or "")
    except OperationalError:
        raise
    except Exception:
        # The message is given up all the same: `staysail check` names it.
        log.exception("courier.loss", id=errand.id, kind=errand.kind)


def _give_up_after_many(errand: Errand, outcome: Outcome) -> Outcome:
    if outcome.fate != "again" or not outcome.counted or errand.attempts + 1 < MAX_ATTEMPTS:
        return outcome
    problem = f"given up after {MAX_ATTEMPTS} attempts; the last said: {outcome.problem}"
    return Outcome("dead", problem=problem)


def compute_backoff(attempts: int) -> float:
    """Seconds a channel rests after a failure: 1, 2, 4, … up to five minutes."""
    return min(LONGEST_PAUSE, PACE_SECONDS * 2.0 ** min(attempts, 10))


def compute_refusal(errand: Errand, error: str, *, detail: str = "") -> Outcome:
    """What an error code of Slack means for this errand."""
    if error in TOKEN_ERRORS:
        problem = f"Slack refuses the bot's token ({error}): set SLACK_BOT_TOKEN to a valid one and restart"
        return Outcome("again", pause=60.0, problem=problem, counted=False)
    if error == "message_not_found" and errand.ts is not None:
        return Outcome("gone", problem="the message had been deleted in Slack and is posted again")
    if error in REMEDIES:
        remedy = REMEDIES[error]
        return Outcome(
            "dead", problem=remedy.format(channel=errand.channel), movable=not remedy.endswith(OURS)
        )
    said = f"Slack answered {error}" + (f" ({detail})" if detail else "")
    return Outcome("again", pause=compute_backoff(errand.attempts), problem=said)
