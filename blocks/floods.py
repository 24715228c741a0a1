"""The one message instead of many alerts, when so many accounts move that the data is to blame."""

from blocks.elements import Reply, context, section
from blocks.figures import format_share
from blocks.text import escape
from bot.alerts.views import FloodCard

_GREY = "#8a8f98"


def build_flood(card: FloodCard) -> Reply:
    """What happened, as the text above the bar of colour; beside it what it probably is and what to do."""
    share = format_share(card.moved / card.scored) if card.scored else "many"
    way = "fell" if card.direction == "down" else "rose"
    said = (
        f"🚧 {card.moved:,} of {card.scored:,} scores ({share}) {way} by 5 points or more on "
        f"{card.as_of.day} {card.as_of:%b}."
    )
    lines = [
        "That many do not change on one day: a feed is probably broken. The day's alerts are held back.",
    ]
    if card.suspects:
        moved = " · ".join(
            f"{escape(title)} ({count} of {card.sample})" for title, count in card.suspects[:5]
        )
        lines.append(f"*Moved most:* {moved}")
    lines.append(
        "*Do:* look at the newest days of that data and import it again where it is wrong. Once the scores "
        "are back, whoever really fell is reported; if nothing was wrong, only later falls are."
    )
    blocks = (section("\n".join(lines)), context(f"model {escape(card.model)}"))
    return Reply(said, blocks, _GREY)
