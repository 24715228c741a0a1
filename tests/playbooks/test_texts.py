"""Every shipped text, for customers of whom much or nothing is known: no holes, and nothing silly."""

import re

import pytest
from hypothesis import given, settings

from playbooks import get_library
from playbooks.context import LetterContext, find_first_name
from playbooks.letters import LetterError, Letters
from playbooks.load import inline_texts
from tests.playbooks.contexts import EMPTY, FULL, contexts

LIBRARY = get_library()
TEMPLATES = sorted(LIBRARY.letters.names)
TEXTS = [
    (f"{play.name}.{step.name}.{place}", text)
    for play in LIBRARY.plays.values()
    for step in play.all_steps
    for place, text in inline_texts(step)
    if text
]

#: What a hole looks like, and what no e-mail of ours should look like.
HOLES = {
    "a value that is not known": r"\bNone\b|\bTrue\b|\bFalse\b|[{}\[\]]|%[^ .,]",
    "a greeting without a name": r"^(Hi|Dear)\s*,",
    "a missing word": r" ,| \.(\s|$)|\(\)|\( |\s\)|\bin  |  +\S|\"\"| ;| :(\s|$)",
    "a sentence that goes nowhere": r"\b(before|of|the|a|an)[.,?](\s|$)",
    "an empty line of a list": r"^-\s*$",
    "four of one": r"\b1 (people|days|features)\b",
    "text before a list on one line": r"[a-z]- [A-Z]",
}


def find_hole(text: str) -> str | None:
    for name, pattern in HOLES.items():
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            return f"{name}: {found[0]!r} in\n{text}"
    return None


def write_all(context: LetterContext) -> dict[str, str]:
    known = context.as_dict()
    written = {}
    for name in TEMPLATES:
        letter = LIBRARY.letters.write(name, known)
        assert letter.subject, name
        assert "\n" not in letter.subject
        assert len(letter.subject) <= 90, letter.subject
        written[name] = f"{letter.subject}\n\n{letter.body}"
    for name, text in TEXTS:
        if name == "renewal_prep.deal.set.close_date" or name == "renewal_prep.deal.set.amount":
            continue
        written[name] = LIBRARY.letters.write_text(text, known)
    return written


@pytest.mark.parametrize("context", [FULL, EMPTY], ids=["all known", "nothing known"])
def test_every_text_is_whole(context: LetterContext) -> None:
    for name, text in write_all(context).items():
        assert find_hole(text) is None, f"{name}: {find_hole(text)}"
        assert len(text) >= 20 or ".set." in name, name


@settings(max_examples=25)
@given(context=contexts())
def test_every_text_is_whole_whatever_is_missing(context: LetterContext) -> None:
    for name, text in write_all(context).items():
        assert find_hole(text) is None, f"{name}: {find_hole(text)}"


def test_every_letter_greets_says_something_and_is_signed() -> None:
    for name in TEMPLATES:
        body = LIBRARY.letters.write(name, EMPTY.as_dict()).body
        first, *_, last = body.splitlines()
        assert first == "Hello,", name
        assert last == "Your customer success team", name
        assert 40 <= len(body.split()) <= 190, (name, len(body.split()))
        assert not re.search(
            r"\bgame.?changer|\bleverage|\bsynerg|\bexcited to|\bI hope this|just checking", body, re.I
        )


def test_every_template_is_used_and_offers_are_marked() -> None:
    used = {getattr(step, "template", None) for play in LIBRARY.plays.values() for step in play.all_steps}
    assert set(TEMPLATES) == used - {None}
    marked = {name for name in TEMPLATES if LIBRARY.letters.needs_yes(name)}
    offers = {
        name for name in TEMPLATES if name.startswith("save_") or name in ("retention_offer", "renewal_terms")
    }
    assert offers <= marked


def test_what_is_not_known_is_refused_and_not_written_as_nothing() -> None:
    letters = Letters()
    with pytest.raises(LetterError, match="not known"):
        letters.write_text("Your renewal on {{ renewal_on }}", EMPTY.as_dict())
    with pytest.raises(LetterError, match="nickname"):
        letters.write_text("Hi {{ contact.nickname }}", FULL.as_dict())


def test_a_name_that_is_an_address_greets_nobody() -> None:
    assert find_first_name("Dana Fox") == "Dana"
    assert find_first_name("dana@acme.example") is None
    assert find_first_name("  ") is None
