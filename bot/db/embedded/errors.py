"""What goes wrong when Staysail runs its own database."""


class EmbeddedPostgresError(RuntimeError):
    """The database cannot be started; the message says why and what to do about it."""
