"""What may be known of an account when a text is written: all, nothing, and anything between."""

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from playbooks.context import AccountWords, LetterContext, PersonWords, write_greeting, write_signature

CONTACT = PersonWords("Dana Fox", "Dana", "dana@acme.example")
CSM = PersonWords("Maria Lopez", "Maria", "maria@corp.example")
FULL = LetterContext(
    account=AccountWords("Acme", "Team", 40, "3 March 2025", "product"),
    greeting=write_greeting("Dana"),
    signature=write_signature("Maria Lopez", "Orbit"),
    contact=CONTACT,
    sender=CSM,
    csm=CSM,
    manager=PersonWords("Mo Manager", "Mo", "mo@corp.example"),
    product="Orbit",
    today="1 June 2026",
    renewal_on="1 September 2026",
    days_to_renewal=92,
    opt_out_on="1 August 2026",
    arr="$12,000",
    score=38,
    level="red",
    drivers=("logins 12 in 30 days (20 expected)", "NPS 3"),
    logins=120,
    active_users=9,
    features_used=4,
    usage_change_percent=-35,
    seats_used=35,
    seats_used_percent=88,
    nps=3,
    open_tickets=2,
    goal="Close the books in three days",
    goals_met=("Onboard ten people", "Drop the spreadsheet"),
)
EMPTY = LetterContext(
    account=AccountWords("Acme"),
    greeting=write_greeting(None),
    signature=write_signature(None, "the product"),
)
#: Everything but these may be unknown.
_ALWAYS = {"account", "greeting", "signature", "product", "today"}
_OTHERS: dict[str, list[Any]] = {
    "logins": [0, 1],
    "active_users": [0, 1],
    "features_used": [0, 1],
    "seats_used": [0],
    "seats_used_percent": [0, 100],
    "usage_change_percent": [0, 400],
    "days_to_renewal": [0, 1],
    "goals_met": [("One thing",)],
    "drivers": [("one thing",)],
}


@st.composite
def contexts(draw: st.DrawFn) -> LetterContext:
    """Any of the known things missing, or at its edge."""
    chosen: dict[str, Any] = {}
    for each in fields(LetterContext):
        if each.name in _ALWAYS:
            continue
        full, empty = getattr(FULL, each.name), getattr(EMPTY, each.name)
        chosen[each.name] = draw(st.sampled_from([full, empty, *_OTHERS.get(each.name, [])]))
    account = AccountWords(
        "Acme",
        draw(st.sampled_from([None, "Team"])),
        draw(st.sampled_from([None, 40])),
        None,
        draw(st.sampled_from([None, "product", "value", "relationship", "financial", "competition", "odd"])),
    )
    greeting = write_greeting(draw(st.sampled_from([None, "Dana"])))
    signature = write_signature(draw(st.sampled_from([None, "Maria Lopez"])), "the product")
    return LetterContext(account=account, greeting=greeting, signature=signature, **chosen)
