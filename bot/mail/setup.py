"""How this installation sends e-mail: SMTP_URL, MAIL_FROM, PUBLIC_URL, read once."""

import ipaddress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.config import ConfigError, Settings

_EXAMPLE = "smtp://user:password@mail.example.com:587 or smtps://user:password@mail.example.com"
_PORTS = {"smtp": 25, "smtps": 465}
#: Where mail programs hand in with a name and a password.
_SUBMISSION_PORT = 587
TEMPLATES = "templates"


@dataclass(frozen=True)
class Server:
    """An SMTP server. ``tls`` is from the first byte on; without it STARTTLS is used where it is offered."""

    host: str
    port: int
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that nobody on the way can listen."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True)
class MailSetup:
    """What is needed to write and send e-mail.

    ``secret`` signs the links that end a kind of e-mail; without it or a public address there are none.
    """

    server: Server
    sender: Address
    public_url: str | None = None
    secret: str | None = field(default=None, repr=False)
    templates: Path | None = None


def build_mail_setup(settings: Settings) -> MailSetup | None:
    """How e-mail is sent; None where it is not. Raises ConfigError naming the variable that is wrong."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    signing = settings.slack_signing_secret
    config = settings.staysail_config
    return MailSetup(
        server=read_server(settings.smtp_url.get_secret_value()),
        sender=read_sender(settings.mail_from),
        public_url=read_public_url(settings.public_url),
        secret=signing.get_secret_value() if signing else None,
        templates=config / TEMPLATES if config else None,
    )


def read_server(url: str) -> Server:
    """The server that SMTP_URL names. Raises ConfigError, without the password."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"SMTP_URL is not an address; write {_EXAMPLE}") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigError(f"SMTP_URL is not an address of a mail server; write {_EXAMPLE}")
    default = _SUBMISSION_PORT if parts.username and parts.scheme == "smtp" else _PORTS[parts.scheme]
    return Server(
        host=parts.hostname,
        port=port or default,
        tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def read_sender(text: str) -> Address:
    """The sender that MAIL_FROM names. Raises ConfigError."""
    name, address = parseaddr(text)
    try:
        sender = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:
        raise _refuse_sender(text) from error
    if not sender.domain or not sender.username or not address.isascii() or "\n" in text or "\r" in text:
        raise _refuse_sender(text)
    return sender


def read_public_url(text: str | None) -> str | None:
    """PUBLIC_URL without a slash at its end. Raises ConfigError."""
    if text is None:
        return None
    url = text.strip().rstrip("/")
    parts = urlsplit(url)
    plain = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    if not plain or not url.isascii() or any(character.isspace() for character in url):
        raise ConfigError(
            f"PUBLIC_URL {text!r} is not where browsers reach Staysail; write https://staysail.example.com"
        )
    return url


def _refuse_sender(text: str) -> ConfigError:
    return ConfigError(
        f"MAIL_FROM {text!r} is no sender; write an address such as Staysail <staysail@example.com>"
    )
