"""The mail server as SMTP_URL names it: encryption, logins, and what is said of one that cannot be used."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.config import ConfigError, Settings
from bot.mail.setup import MailSetup, Server, build_mail_setup, read_public_url, read_sender, read_server
from bot.mail.smtp import NoService, connect
from tests.mail.office import PostOffice, open_office


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.corp.example", Server("mail.corp.example", 25)),
        ("smtp://mail.corp.example:2525", Server("mail.corp.example", 2525)),
        ("smtp://me:p%40ss@mail.corp.example", Server("mail.corp.example", 587, False, "me", "p@ss")),
        ("smtps://me:x@mail.corp.example", Server("mail.corp.example", 465, True, "me", "x")),
    ],
)
def test_smtp_url_names_a_server(url: str, server: Server) -> None:
    assert read_server(url) == server


@pytest.mark.parametrize(
    "url", ["mail.corp.example", "http://mail", "smtp://", "smtp://x:99999", "smtp://[x"]
)
def test_an_smtp_url_that_is_none_is_named_with_an_example(url: str) -> None:
    with pytest.raises(ConfigError, match=r"SMTP_URL is not an address.*smtp://user:password@"):
        read_server(url)


@pytest.mark.parametrize("text", ["Staysail", "a@b@c", "", "x@y\nBcc: z@y", "<>", "ä@corp.example"])
def test_a_sender_that_is_none_is_named_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="MAIL_FROM"):
        read_sender(text)


@pytest.mark.parametrize("text", ["staysail.example.com", "ftp://x", "https://x/?a=b", "https://a b"])
def test_a_public_url_that_is_none_is_named_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match=r"PUBLIC_URL .*https://staysail\.example\.com"):
        read_public_url(text)


def test_e_mail_is_off_until_both_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://me:secret@mail.corp.example")
    monkeypatch.delenv("MAIL_FROM", raising=False)
    assert build_mail_setup(Settings()) is None
    monkeypatch.setenv("MAIL_FROM", "Staysail <staysail@corp.example>")
    monkeypatch.setenv("PUBLIC_URL", "https://staysail.corp.example/")
    setup = build_mail_setup(Settings())
    assert isinstance(setup, MailSetup)
    assert setup.public_url == "https://staysail.corp.example"
    assert "secret" not in repr(setup)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has signed but itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=office -addext"
    subject = ["subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run([*command.split(), *subject], check=True, capture_output=True)
    return made, key


@pytest.fixture
def safe_office(certificate: tuple[Path, Path]) -> Iterator[PostOffice]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with open_office(tls=context) as office:
        yield office


def test_encryption_that_is_offered_is_used(
    safe_office: PostOffice, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    connection = connect(read_server(safe_office.url))
    assert isinstance(connection.sock, ssl.SSLSocket)
    connection.quit()


def test_a_certificate_nobody_vouches_for_is_refused(safe_office: PostOffice) -> None:
    with pytest.raises(NoService, match="cannot be trusted"):
        connect(read_server(safe_office.url))


def test_a_login_is_made_and_a_wrong_one_is_named_without_its_password() -> None:
    with open_office(login=True) as office:
        here = f"127.0.0.1:{office.port}"
        connect(read_server(f"smtp://maria:s%20p%40ce@{here}")).quit()
        with pytest.raises(NoService, match=r"refuses the name or password.*correct SMTP_URL") as refused:
            connect(read_server(f"smtp://maria:hunter2@{here}"))
        assert "hunter2" not in str(refused.value)


def test_a_password_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "is_local", False)
    with open_office(login=True) as office, pytest.raises(NoService, match="not sent in the clear"):
        connect(read_server(f"smtp://maria:s%20p%40ce@127.0.0.1:{office.port}"))


def test_a_server_that_is_not_there_is_named_with_its_port() -> None:
    with pytest.raises(NoService, match=r"127\.0\.0\.1:1 cannot be reached .*check SMTP_URL and the network"):
        connect(read_server("smtp://127.0.0.1:1"))
