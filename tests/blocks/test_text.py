import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.text import cut, escape, plain, sentence
from tests.blocks.views import HOSTILE


@given(st.text())
def test_escaped_text_opens_nothing(text: str) -> None:
    safe = escape(text)
    assert "<" not in safe
    assert ">" not in safe
    assert safe.strip()
    assert "\n" not in safe


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_one_line_and_never_empty(text: str) -> None:
    assert 1 <= len(plain(text)) <= 80
    assert "\n" not in plain(text)


def test_marks_do_not_pair_and_emoji_codes_do_not_become_pictures() -> None:
    assert "*" not in escape("*bold*").replace("\u2060*\u2060", "")
    assert ":tada:" not in escape("hi :tada: there")
    # What cannot format is left as it is, so that it can be copied.
    assert escape("snake_case_name at 10:30") == "snake_case_name at 10:30"


def test_a_sentence_of_ours_keeps_its_code() -> None:
    assert sentence("Try `/cs score <account>` & more") == "Try `/cs score &lt;account&gt;` &amp; more"


def test_cut_keeps_the_limit() -> None:
    assert cut("a" * 10, 10) == "a" * 10
    assert cut("a" * 11, 10) == "a" * 9 + "…"
