"""Errors that a person can do something about."""


class UserError(Exception):
    """What is wrong and what to do, in a sentence or more that can be shown as it is."""


class NotFound(UserError):
    """Something asked for by name is not there; the text says what is near."""


class NotAllowed(UserError):
    """The person may not do this; the text says who may."""
