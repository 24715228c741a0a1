"""A cell that cannot be taken."""


class BadValue(Exception):
    """A cell that cannot be taken: what is wrong, and the remedy.

    ``follows`` marks a row that is right in itself and refers to one that is bad.
    """

    def __init__(self, message: str, remedy: str, *, follows: bool = False) -> None:
        super().__init__(message)
        self.follows = follows
        self.message = message
        self.remedy = remedy
