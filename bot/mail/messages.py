"""An e-mail as bytes: headers that cannot be broken out of, a text and an HTML part, and its thread."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from bot.mail.queue import MailContent
from bot.mail.rendering import clean_line
from bot.mail.setup import MailSetup

# Seven bits, so that any server takes it.
_POLICY = policy.SMTP.clone(cte_type="7bit")
# A long address in a header must stay whole: folded it would be encoded, and no mail client reads that.
_WIRE = _POLICY.clone(max_line_length=900)
_NAME_LIMIT = 80


class BadAddress(Exception):
    """An address that no e-mail can be sent to; the text says why."""


@dataclass(frozen=True)
class Envelope:
    """Who an e-mail goes to and where it stands in its thread: the first and the last message before it."""

    name: str
    address: str
    message_id: str
    references: tuple[str, ...] = ()
    unsubscribe_url: str | None = None


def build_message(
    setup: MailSetup, envelope: Envelope, content: MailContent, *, at: datetime
) -> EmailMessage:
    """The e-mail with all its headers. Raises BadAddress.

    No name or subject can add a header: what is not printable becomes a space.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = setup.sender
    message["To"] = read_address(envelope.name, envelope.address)
    message["Subject"] = clean_line(content.subject, 200)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = envelope.message_id
    if envelope.references:
        message["In-Reply-To"] = envelope.references[-1]
        message["References"] = " ".join(dict.fromkeys(envelope.references))
    # Holiday notices and other machines leave it unanswered.
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content.text)
    message.add_alternative(content.html, subtype="html")
    return message


def to_bytes(message: EmailMessage) -> bytes:
    """The e-mail as it goes over the wire, lines ended with CRLF."""
    return message.as_bytes(policy=_WIRE)


def read_address(name: str, address: str) -> Address:
    """The recipient. Raises BadAddress for what is no address of one mailbox."""
    try:
        read = Address(display_name=clean_line(name, _NAME_LIMIT), addr_spec=address.strip())
        host = read.domain.encode("idna").decode()
    except (ValueError, IndexError, AttributeError, MessageError) as error:
        raise BadAddress(f"{address!r} is no e-mail address: correct people.csv") from error
    if not read.username or not host or not read.username.isascii() or not address.strip().isprintable():
        raise BadAddress(f"{address!r} is no address this mail server takes: correct people.csv")
    return Address(display_name=read.display_name, username=read.username, domain=host)


def make_message_id(setup: MailSetup) -> str:
    """A Message-ID that is nobody else's."""
    return f"<{uuid.uuid4().hex}@{setup.sender.domain}>"
