"""The Web API's methods, one module a family; importing this package registers them all."""

from playground.server.api import auth, chat, views

__all__ = ["auth", "chat", "views"]
