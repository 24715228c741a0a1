"""What goes wrong when Staysail runs its own database."""

from bot.errors import UserError


class EmbeddedPostgresError(UserError):
    """The database cannot be started; the message says why and what to do about it."""
