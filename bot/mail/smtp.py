"""One e-mail over SMTP, in two halves: all but the end, and the end, after which the server has it.

Between the two the caller writes down that nobody will know what became of the e-mail if it ends now.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.mail.setup import Server

#: No answer of the mail server is waited for longer.
TIMEOUT = 30.0
_NO_ANSWER = "the mail server gave no answer"

#: taken: it is the server's now. later: refused for the time being. refused: for good. lost: the connection
#: ended before the e-mail did, so the server has nothing. unknown: it ended when nothing but the answer was
#: missing.
Fate = Literal["taken", "later", "refused", "lost", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """What came of one e-mail, and the server's words about it."""

    fate: Fate
    said: str | None = None


class NoService(Exception):
    """The mail server cannot be used at all; no e-mail is to blame. The text says what to do."""


def connect(server: Server, *, timeout: float = TIMEOUT) -> smtplib.SMTP:
    """A connection that is ready for e-mails: encrypted where that can be had, and logged in. Raises
    NoService."""
    try:
        return _log_in(_open(server, timeout), server)
    except smtplib.SMTPAuthenticationError as error:
        raise NoService(
            f"{server.host} refuses the name or password ({_describe(error)}): correct SMTP_URL"
        ) from error
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", None) or error.reason or "TLS failed"
        raise NoService(
            f"{server.host} cannot be trusted ({reason}): name it in SMTP_URL as its certificate does"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NoService(
            f"{server.host}:{server.port} cannot be reached ({_describe(error)}): "
            "check SMTP_URL and the network"
        ) from error


def send(
    connection: smtplib.SMTP, *, sender: str, to: str, message: bytes, before_end: Callable[[], bool]
) -> Verdict:
    """Send an e-mail. ``before_end`` is called when all but the end has been sent; where it says no, the
    connection is cut, and the server forgets the e-mail."""
    try:
        refusal = _begin(connection, sender, to)
        if refusal is not None:
            return refusal
        connection.send(_stuff(message))
    except (OSError, smtplib.SMTPException) as error:
        connection.close()
        return Verdict("lost", _describe(error))
    has_right = False
    try:
        has_right = before_end()
    finally:
        if not has_right:
            connection.close()
    return _end(connection) if has_right else Verdict("lost", "another mailer has it")


def _end(connection: smtplib.SMTP) -> Verdict:
    try:
        connection.send(b".\r\n")
        code, said = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        connection.close()
        return Verdict("unknown", f"{_NO_ANSWER} at the end ({_describe(error)})")
    if 200 <= code < 300:
        return Verdict("taken")
    if code < 400:
        # Neither yes nor no.
        connection.close()
        return Verdict("unknown", f"the mail server answered {_say(code, said)!r} at the end")
    return _refuse(connection, code, said)


def _open(server: Server, timeout: float) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(
            server.host, server.port, timeout=timeout, context=ssl.create_default_context()
        )
    connection = smtplib.SMTP(server.host, server.port, timeout=timeout)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=ssl.create_default_context())
        connection.ehlo()
    elif server.password and not server.is_local:
        connection.close()
        raise NoService(
            f"{server.host} offers no encryption, and a password is not sent in the clear: "
            "write smtps:// in SMTP_URL, or the port that offers STARTTLS"
        )
    return connection


def _log_in(connection: smtplib.SMTP, server: Server) -> smtplib.SMTP:
    if server.user is not None:
        try:
            connection.login(server.user, server.password or "")
        except Exception:
            connection.close()
            raise
    return connection


def _begin(connection: smtplib.SMTP, sender: str, to: str) -> Verdict | None:
    """Say from whom and to whom; None when the server wants the e-mail now."""
    code, said = connection.mail(sender)
    if 200 <= code < 300:
        code, said = connection.rcpt(to)
    if 200 <= code < 300:
        code, said = connection.docmd("DATA")
    return None if code == 354 else _refuse(connection, code, said)


def _refuse(connection: smtplib.SMTP, code: int, said: bytes) -> Verdict:
    if code == 421:
        # The server is about to close the connection, whatever was sent.
        connection.close()
        return Verdict("lost", _say(code, said))
    try:
        connection.rset()
    except (OSError, smtplib.SMTPException):
        connection.close()
    return Verdict("refused" if code >= 500 else "later", _say(code, said))


def _stuff(message: bytes) -> bytes:
    """The e-mail with a dot before each dot that begins a line: a dot alone would end it."""
    body = re.sub(rb"(?m)^\.", b"..", message)
    return body if body.endswith(b"\r\n") else body + b"\r\n"


def _say(code: int, said: bytes) -> str:
    words = " ".join(said.decode(errors="replace").split())[:300]
    return f"{code} {words}".strip()


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _say(error.smtp_code, said if isinstance(said, bytes) else said.encode())
    return str(error) or type(error).__name__
