"""A local Slack: Web API, Socket Mode, signed HTTP and a page, for any Bolt app, on this machine only."""

from playground.local import Installed, LocalSlack

__all__ = ["Installed", "LocalSlack"]
