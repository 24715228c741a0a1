"""The one message instead of many alerts, when so many accounts move that the data is to blame."""

from blocks.elements import Reply, context, section
from blocks.figures import format_share
from blocks.text import escape
from bot.alerts.views import FloodCard


def build_flood(card: FloodCard) -> Reply:
    """What happened, what it probably is, and what to do about it."""
    share = format_share(card.moved / card.scored) if card.scored else "many"
    way = "fell" if card.direction == "down" else "rose"
    said = (
        f"🚧 {card.moved:,} of {card.scored:,} scores {way} sharply on {card.as_of.day} {card.as_of:%b} "
        f"({share}). "
        "That many accounts do not change on one day: a feed is probably broken, so alerts are held back."
    )
    lines = [said]
    if card.suspects:
        moved = ", ".join(f"{escape(title)} ({count} of {card.sample})" for title, count in card.suspects[:5])
        lines.append(f"*Moved most:* {moved}")
    lines.append(
        "*Do:* look at the newest days of that data, import it again where it is wrong, "
        "then run `staysail score`."
    )
    return Reply(said, (section("\n".join(lines)), context(f"model {escape(card.model)}")))
