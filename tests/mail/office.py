"""A real SMTP server on loopback, with the faults that real ones have, and what it was given."""

import asyncio
import random
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class PostOffice:
    """The server's handler: keeps every e-mail it took, and fails as it is told to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.recipients: list[str] = []
        self.connections = 0
        #: Answers to the next recipients and to the next e-mails' ends, instead of taking them.
        self.refuse_recipients: list[str] = []
        self.refuse_data: list[str] = []
        #: Of the next e-mails: cut the connection before, or after it was taken but before the answer.
        self.cut_before: int = 0
        self.cut_after: int = 0
        #: Seconds each end of an e-mail may take.
        self.slowness = 0.0
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[EmailMessage]:
        """What was taken, read as a mail client reads it."""
        read: list[Any] = [message_from_bytes(each, policy=policy.default) for each in self.taken]
        return read

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipients:
            return self.refuse_recipients.pop(0)
        if self.cut_before:
            self.cut_before -= 1
            _cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refuse_data:
            return self.refuse_data.pop(0)
        if self.slowness:
            await asyncio.sleep(random.uniform(0, self.slowness))
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        if self.cut_after:
            self.cut_after -= 1
            _cut(server)
        elif self.slowness:
            # The e-mail is taken and the answer is still under way.
            await asyncio.sleep(random.uniform(0, self.slowness))
        return "250 Taken"


def _cut(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


def check_password(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
) -> AuthResult:
    """The one login that is right is maria's."""
    right = isinstance(given, LoginPassword) and given.login == b"maria" and given.password == b"s p@ce"
    return AuthResult(success=right, handled=False)


@contextmanager
def open_office(*, tls: ssl.SSLContext | None = None, login: bool = False) -> Iterator[PostOffice]:
    """A post office that is open inside the block."""
    office, ready = PostOffice(), threading.Event()
    loop = asyncio.new_event_loop()
    given: dict[str, Any] = {"tls_context": tls, "loop": loop, "hostname": "office.example"}
    if login:
        given |= {"authenticator": check_password, "auth_require_tls": False}

    def accept() -> SMTP:
        office.connections += 1
        return SMTP(office, **given)

    async def open_it() -> asyncio.Server:
        server = await loop.create_server(accept, "127.0.0.1", 0)
        office.port = server.sockets[0].getsockname()[1]
        ready.set()
        return server

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(open_it())
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
