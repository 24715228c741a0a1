"""Slash commands."""

from slack_bolt import App

from handlers.commands.cs import handle_cs
from handlers.commands.shortcuts import handle_portfolio, handle_score
from handlers.errors import Guard


def register(app: App, guard: Guard) -> None:
    """Register `/cs` and its shortcuts."""
    app.command("/cs")(guard(handle_cs))
    app.command("/score")(guard(handle_score))
    app.command("/portfolio")(guard(handle_portfolio))
