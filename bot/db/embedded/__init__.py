"""A PostgreSQL of Staysail's own, for a machine that has no database server."""

from bot.db.embedded.account import home_folder
from bot.db.embedded.errors import EmbeddedPostgresError
from bot.db.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "home_folder"]
