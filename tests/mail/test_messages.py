"""An e-mail's headers, whatever names people and accounts have."""

from email import message_from_bytes, policy
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mail.messages import BadAddress, Envelope, build_message, read_address, to_bytes
from bot.mail.rendering import render_mail
from bot.mail.setup import MailSetup, read_server
from tests.mail.conftest import NOON

SETUP = MailSetup(read_server("smtp://127.0.0.1:1"), Address("Staysail", addr_spec="staysail@corp.example"))
ID = "<0123456789abcdef0123456789abcdef@corp.example>"
LINK = "https://staysail.example.com/unsubscribe?t=" + "x" * 120
EXPECTED = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
]
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\r\n\0\t\x0b\x0c\x85\u2028\u2029\u202e,;:<>@()[]\"'\\.=?_ "),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=200,
)
FACTS: dict[str, Any] = {
    "lead": "An alert was opened.",
    "headline": "x",
    "color": "#d64545",
    "facts": [],
    "reasons": [],
    "reasons_title": "Why",
    "next_step": "Call.",
    "state": "",
    "provenance": "p",
    "because": "b",
    "what": "alerts",
    "unsubscribe_url": None,
}


def build(name: str, subject: str) -> bytes:
    content = render_mail("alert", subject=subject, templates=None, **{**FACTS, "headline": subject})
    envelope = Envelope(name, "maria@corp.example", ID, (ID, ID.replace("0", "1")), LINK)
    return to_bytes(build_message(SETUP, envelope, content, at=NOON))


@given(HOSTILE, HOSTILE)
def test_no_name_can_add_a_header_or_a_recipient(name: str, subject: str) -> None:
    raw = build(name, subject)
    raw.decode("ascii")
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=policy.default)
    assert list(mail.keys()) == EXPECTED
    assert [each.addr_spec for each in mail["To"].addresses] == ["maria@corp.example"]
    assert not mail.defects
    assert mail["List-Unsubscribe"] == f"<{LINK}>"
    assert mail["References"] == f"{ID} {ID.replace('0', '1')}"


@given(HOSTILE)
def test_the_html_shows_a_name_and_nothing_of_it_acts(name: str) -> None:
    shown = f"<script>{name}</script><img src=x onerror=a()>"
    mail = message_from_bytes(build("Maria", shown), policy=policy.default)
    body = mail.get_body(("html",))
    assert body is not None
    said = body.get_content()
    assert "<script" not in said
    assert "<img" not in said


@pytest.mark.parametrize(
    "address",
    [
        "maria@corp.example\r\nBcc: all@corp.example",
        "maria@corp.example, eve@corp.example",
        "maria",
        "@corp.example",
        "maria@",
        "",
        "Maria <maria@corp.example>",
        "mária@corp.example",
        "maria@corp example",
        "maria@@corp.example",
    ],
)
def test_only_the_address_of_one_mailbox_is_written_to(address: str) -> None:
    with pytest.raises(BadAddress, match=r"people\.csv"):
        read_address("Maria", address)


def test_a_domain_in_any_script_is_written_as_servers_know_it() -> None:
    assert read_address("Maria", "maria@bücher.example").addr_spec == "maria@xn--bcher-kva.example"


def test_a_long_name_is_cut_and_the_subject_with_it() -> None:
    mail = message_from_bytes(build("n" * 500, "s" * 500), policy=policy.default)
    assert len(mail["To"].addresses[0].display_name) == 80
    assert len(mail["Subject"]) == 150
