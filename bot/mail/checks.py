"""What can be wrong with e-mail, each with its remedy: the server, the sender, the links, what is unsent."""

import http.client
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.checks import Finding
from bot.config import ConfigError, Settings, TeamConfig
from bot.mail.rendering import find_broken
from bot.mail.setup import MailSetup, build_mail_setup, read_public_url
from bot.mail.smtp import NoService, connect
from bot.models import Mail, Person

#: A person waits for the answer.
TIMEOUT = 8.0
RETRY = "run `staysail check --retry` to send again"


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Findings about the mail server, the sender, the templates and the links in e-mails."""
    try:
        setup = build_mail_setup(settings)
        read_public_url(settings.public_url)
    except ConfigError as error:
        found, _, remedy = str(error).partition("; ")
        yield Finding("fail", "e-mail", found, remedy)
        return
    if setup is None:
        yield _explain_absence(settings)
        return
    yield _check_server(setup)
    for problem in find_broken(setup.templates):
        found, _, remedy = problem.rpartition(": ")
        yield Finding("fail", "e-mail templates", found, remedy)
    yield _check_links(setup)


def check_mails(session: Session) -> Iterator[Finding]:
    """Findings about e-mails that were not sent, or of which nobody knows."""
    counts = session.execute(
        select(Mail.status, Mail.problem, func.count(), func.min(Mail.to_address))
        .where(Mail.status.in_(["failed", "unknown"]))
        .group_by(Mail.status, Mail.problem)
        .order_by(Mail.status, Mail.problem)
    ).all()
    for status, problem, count, address in counts:
        whose = address if count == 1 else f"{address} and others"
        if status == "unknown":
            found = f"{count:,} may have arrived or not ({whose})"
            yield Finding("warn", "e-mails", found, f"ask the recipients, or {RETRY}")
        else:
            yield Finding(
                "fail", "e-mails", f"{count:,} to {whose} not sent: {problem}", f"correct it, then {RETRY}"
            )
    waiting = session.execute(
        select(func.count(), func.min(Mail.problem)).where(Mail.status == "queued", Mail.problem.is_not(None))
    ).one()
    if waiting[0]:
        found = f"{waiting[0]:,} waiting: {waiting[1]}"
        yield Finding("warn", "e-mails", found, "they are sent as soon as the mail server takes them")


def check_routes(session: Session, team: TeamConfig) -> Iterator[Finding]:
    """Findings about routes that can never lead where they say."""
    addresses = {route.csm for route in team.routes if route.csm is not None}
    known = set(session.scalars(select(func.lower(Person.email))))
    for address in sorted(addresses - known):
        yield Finding(
            "warn", "routes", f"{address} is nobody in people.csv", "correct csm in staysail.yaml's routes"
        )
    if any(route.to == "email" for route in team.routes) and not team.mails:
        yield Finding(
            "warn",
            "routes",
            "a route leads to e-mail, which is off: its alerts go to the alerts channel",
            "set SMTP_URL and MAIL_FROM",
        )


def _explain_absence(settings: Settings) -> Finding:
    if settings.smtp_url is None and settings.mail_from is None:
        return Finding("ok", "e-mail", "off (SMTP_URL and MAIL_FROM are not set)")
    missing = "MAIL_FROM" if settings.mail_from is None else "SMTP_URL"
    return Finding("fail", "e-mail", f"{missing} is not set, so none is sent", "set both, or neither")


def _check_server(setup: MailSetup) -> Finding:
    server = setup.server
    try:
        connection = connect(server, timeout=TIMEOUT)
        is_safe = isinstance(connection.sock, ssl.SSLSocket)
        # The sender is what servers refuse most, and they say so before there is an e-mail.
        code, said = connection.mail(setup.sender.addr_spec)
        connection.quit()
    except NoService as error:
        found, _, remedy = str(error).partition(": ")
        return Finding("fail", "e-mail", found, remedy)
    except (OSError, smtplib.SMTPException) as error:
        return Finding(
            "fail", "e-mail", f"{server.host} ended the connection ({error})", "ask the server's admin"
        )
    if code >= 400:
        words = said.decode(errors="replace")
        return Finding(
            "fail",
            "e-mail",
            f"{server.host} refuses the sender {setup.sender.addr_spec} ({code} {words})",
            "set MAIL_FROM to an address this login may send from",
        )
    how = "encrypted" if is_safe else "not encrypted"
    return Finding("ok", "e-mail", f"{server.host}:{server.port}, {how}, from {setup.sender.addr_spec}")


def _check_links(setup: MailSetup) -> Finding:
    if setup.public_url is None:
        remedy = "set PUBLIC_URL to where browsers reach `staysail web`"
        return Finding(
            "warn", "e-mail links", "there are none, so e-mails cannot be ended by a click", remedy
        )
    if setup.secret is None:
        remedy = "set SLACK_SIGNING_SECRET from the app's Basic Information page"
        return Finding("warn", "e-mail links", "they cannot be signed, so there are none", remedy)
    url = f"{setup.public_url}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            if answer.status == 200:
                return Finding("ok", "e-mail links", f"{setup.public_url} answers")
            problem = f"status {answer.status}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        problem = str(getattr(error, "reason", None) or error)
    return Finding(
        "warn",
        "e-mail links",
        f"{url} does not answer from here ({problem})",
        "is `staysail web` up, and does PUBLIC_URL lead to it? From this machine it may be out of reach",
    )
