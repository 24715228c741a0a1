"""One spelling for the many ways people write a company's name."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w]+|_+")
_WEB_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)

#: Legal forms that people leave out, or write each in their own way.
LEGAL_FORMS = frozenset(
    {
        *(
            "ab",
            "ag",
            "aps",
            "as",
            "asa",
            "bv",
            "co",
            "company",
            "corp",
            "corporation",
            "eurl",
            "gmbh",
            "inc",
        ),
        *("incorporated", "kft", "kg", "kk", "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "oyj", "plc"),
        *("pte", "pty", "sa", "sarl", "sas", "se", "sl", "sp", "spa", "sro", "srl", "ug"),
    }
)
# "GmbH & Co. KG": what joined two forms goes with them.
_DROPPED = LEGAL_FORMS | {"and"}
#: Letters that do not come apart into a letter and an accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def spell(text: str) -> str:
    """Words in lower case without accents or punctuation, a space between them: ``"É-Corp, Inc."`` is
    ``"e corp inc"``. The same for names, domains and ids, so that one look-up serves all."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    # An apostrophe joins: O'Neill is found as oneill.
    return _NOT_WORD.sub(" ", text.lower().replace("'", "").replace("’", "").replace("&", " and ")).strip()


def drop_legal_form(spelt: str) -> str:
    """The name without legal forms at its end; as it is where next to nothing would be left."""
    words = spelt.split() or [""]
    # "S.A." and "B.V." come apart into letters.
    while len(words) > 2 and len(words[-1]) == 1 and words[-2] + words[-1] in LEGAL_FORMS:
        words = words[:-2]
    while len(words) > (1 if len(words[0]) > 1 else 2) and words[-1] in _DROPPED:
        words.pop()
    return " ".join(words)


def spell_name(name: str) -> str:
    """A company's name as it is compared: spelt alike, and without its legal form."""
    return drop_legal_form(spell(name))


def spell_query(text: str) -> str:
    """What a person typed, spelt alike; a web address counts as its domain."""
    return spell(_WEB_ADDRESS.sub("", text.strip()).rstrip("/"))
