"""The link in an e-mail that ends this kind of e-mail: signed, for one person and one kind, without a login.

Opening it only asks, since mail scanners open every link; a POST does it, from the page or by the mail
client's own button (RFC 8058).
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode

import structlog
from sqlalchemy.orm import Session, sessionmaker

from bot.mail.rendering import render_page
from bot.models import Person
from bot.preferences import EVENTS, TITLES, NoticeEvent, set_preference

log = structlog.get_logger(__name__)

PATH = "/unsubscribe"
_HEADERS = [
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
]


@dataclass(frozen=True)
class Ticket:
    """Whose e-mails of which kind a link ends."""

    person_id: int
    event: NoticeEvent


def build_link(public_url: str, secret: str, ticket: Ticket) -> str:
    """The address that ends this kind of e-mail for this person."""
    named = f"{ticket.person_id}.{ticket.event}"
    return f"{public_url}{PATH}?{urlencode({'t': f'{named}.{_sign(secret, named)}'})}"


def read_token(secret: str, token: str) -> Ticket | None:
    """What a token is for; None for one that is not ours."""
    named, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(secret, named).encode(), signature.encode(errors="replace")):
        return None
    person_id, _, event = named.partition(".")
    known = next((each for each in EVENTS if each == event), None)
    return None if known is None else Ticket(int(person_id), known)


class Unsubscribing:
    """The WSGI application behind the link."""

    def __init__(self, sessions: sessionmaker[Session], secret: str) -> None:
        self._sessions = sessions
        self._secret = secret

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ.get("REQUEST_METHOD")
        token = parse_qs(environ.get("QUERY_STRING", "")).get("t", [""])[0]
        ticket = read_token(self._secret, token)
        if method not in ("GET", "HEAD", "POST"):
            return _answer(start_response, 405, render_page("unknown"))
        if ticket is None or not self._is_known(ticket):
            return _answer(start_response, 404, render_page("unknown"))
        if method != "POST":
            return _answer(start_response, 200, render_page("ask", what=TITLES[ticket.event], token=token))
        with self._sessions() as session, session.begin():
            set_preference(
                session, person_id=ticket.person_id, event=ticket.event, way="email", frequency="never"
            )
        log.info("mail.unsubscribed", person=ticket.person_id, event_kind=ticket.event)
        return _answer(start_response, 200, render_page("done", what=TITLES[ticket.event], token=token))

    def _is_known(self, ticket: Ticket) -> bool:
        with self._sessions() as session:
            return session.get(Person, ticket.person_id) is not None


def _sign(secret: str, named: str) -> str:
    # A key of its own: a signature made here must be of no use as one of Slack's.
    key = hmac.new(secret.encode(), b"staysail unsubscribe", hashlib.sha256).digest()
    signature = hmac.new(key, named.encode(errors="replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(signature[:18]).decode()


def _answer(start_response: Callable[..., Any], status: int, page: str) -> Iterable[bytes]:
    body = page.encode()
    line = f"{status} {HTTPStatus(status).phrase}"
    start_response(line, [*_HEADERS, ("content-length", str(len(body)))])
    return [body]
