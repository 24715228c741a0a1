"""What the words of a portfolio question mean: whose book, which segment, level and stage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.asking import Asking
from bot.accounts.reader import Reader
from bot.accounts.spelling import spell
from bot.errors import NotFound, UserError
from bot.models import Person, PortfolioTotal
from bot.reports.portfolio_views import Filter, PortfolioAsk
from scoring.model import ScoringModel

KINDS = ("csm", "segment", "level", "stage")
SEGMENTS = {"enterprise": "Enterprise", "mid_market": "Mid-market", "smb": "SMB", "self_serve": "Self-serve"}
_SEGMENT_WORDS = {
    "ent": "enterprise",
    "midmarket": "mid_market",
    "mm": "mid_market",
    "selfserve": "self_serve",
}


@dataclass(frozen=True)
class Scope:
    """The accounts meant. None means any. ``words`` names each choice for the title."""

    csm_id: int | None = None
    segment: str | None = None
    level: str | None = None
    stage: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Meaning:
    kind: str
    value: str | int
    label: str


def resolve_scope(
    session: Session, ask: PortfolioAsk, model: ScoringModel, asking: Asking
) -> tuple[Scope, PortfolioAsk]:
    """The accounts that are meant, and the question with every word resolved, as buttons repeat it.

    Raises NotFound for a word that means nothing here, with those that are near.
    """
    known = _Vocabulary(session, model)
    meanings = [meaning for each in ask.filters for meaning in _resolve(each, known, asking.reader)]
    by_kind = {meaning.kind: meaning for meaning in meanings}
    if len(by_kind) < len(meanings):
        raise UserError("Name each of csm, segment, level and stage once.")
    reader = asking.reader
    if "csm" not in by_kind and not ask.everyone and reader.role == "csm" and reader.person_id is not None:
        by_kind["csm"] = _Meaning("csm", reader.person_id, reader.name)
    resolved = tuple(
        Filter(m.kind, f"#{m.value}" if m.kind == "csm" else str(m.value)) for m in by_kind.values()
    )
    return _scope(by_kind), replace(ask, filters=resolved, everyone=ask.everyone or "csm" not in by_kind)


def resolve_csm(session: Session, called: str, model: ScoringModel, reader: Reader) -> tuple[int, str]:
    """Id and name of the person of the team who is called so. Raises NotFound with those that are near."""
    meaning, *more = _resolve(Filter("csm", called), _Vocabulary(session, model), reader)
    if more:
        raise NotFound(f"I do not know what “{more[0].label}” should mean here. `/cs help` shows how to ask.")
    return int(meaning.value), meaning.label


def _scope(by_kind: Mapping[str, _Meaning]) -> Scope:
    csm = by_kind.get("csm")
    texts = {kind: str(by_kind[kind].value) for kind in KINDS[1:] if kind in by_kind}
    words = tuple(by_kind[kind].label for kind in KINDS if kind in by_kind)
    return Scope(csm_id=int(csm.value) if csm else None, words=words, **texts)


class _Vocabulary:
    """By kind, what each spelt word means here; people and stages are read only when a word may be theirs."""

    def __init__(self, session: Session, model: ScoringModel) -> None:
        self._session, self._model = session, model
        self._known: dict[str, dict[str, _Meaning]] = {}

    def __getitem__(self, kind: str) -> dict[str, _Meaning]:
        if kind not in self._known:
            self._known[kind] = dict(_LOADERS[kind](self._session, self._model))
        return self._known[kind]


Words = Iterator[tuple[str, _Meaning]]


def _load_people(session: Session, _model: ScoringModel) -> Words:
    for person_id, name, email in session.execute(select(Person.id, Person.name, Person.email)):
        for word in (name, email, email.partition("@")[0], f"#{person_id}"):
            yield _word(word), _Meaning("csm", person_id, name)


def _load_segments(_session: Session, _model: ScoringModel) -> Words:
    for segment, label in SEGMENTS.items():
        yield _word(segment), _Meaning("segment", segment, label)
    for word, segment in _SEGMENT_WORDS.items():
        yield word, _Meaning("segment", segment, SEGMENTS[segment])


def _load_levels(_session: Session, model: ScoringModel) -> Words:
    for level in model.levels:
        for word in (level.color, level.label, level.name):
            yield _word(word), _Meaning("level", level.name, level.label)


def _load_stages(session: Session, model: ScoringModel) -> Words:
    statement = select(PortfolioTotal.stage).where(PortfolioTotal.model == model.name).distinct()
    for stage in session.scalars(statement):
        if stage:
            yield _word(stage), _Meaning("stage", stage, stage.replace("_", " "))


_LOADERS = {"csm": _load_people, "segment": _load_segments, "level": _load_levels, "stage": _load_stages}


def _word(text: str) -> str:
    return f"#{text[1:]}" if text.startswith("#") else spell(text)


def _resolve(each: Filter, known: _Vocabulary, reader: Reader) -> Iterable[_Meaning]:
    if each.kind is None:
        return _resolve_words(each.value.split(), known)
    if each.kind == "csm" and spell(each.value) in ("me", "mine"):
        if reader.person_id is None:
            raise NotFound("You are not on the team's list of people, so you have no book: `/portfolio all`.")
        return [_Meaning("csm", reader.person_id, reader.name)]
    words = each.value.split()
    for length in range(len(words), 0, -1):
        found = _find(" ".join(words[:length]), known[each.kind])
        if found is not None:
            return [found, *_resolve_words(words[length:], known)]
    raise NotFound(_describe_unknown(each.value, each.kind, known[each.kind]))


def _resolve_words(words: Sequence[str], known: _Vocabulary) -> list[_Meaning]:
    """The meaning of words in a row, the longest run that means something first."""
    if not words:
        return []
    for length in range(len(words), 0, -1):
        run = " ".join(words[:length])
        for kind in ("segment", "level", "stage", "csm"):
            found = _find(run, known[kind])
            if found is not None:
                return [found, *_resolve_words(words[length:], known)]
    every = {word: meaning for kind in KINDS for word, meaning in known[kind].items()}
    raise NotFound(_describe_unknown(" ".join(words), "csm, segment, level or stage", every))


def _find(text: str, known: Mapping[str, _Meaning]) -> _Meaning | None:
    """What the text means: to the letter, or as the beginning or a word of just one of them."""
    word = _word(text)
    if word in known:
        return known[word]
    if len(word) < 2:
        return None
    near = {meaning for name, meaning in known.items() if f" {name}".find(f" {word}") >= 0}
    return near.pop() if len(near) == 1 else None


def _describe_unknown(text: str, kind: str, known: Mapping[str, _Meaning]) -> str:
    near = get_close_matches(_word(text), list(known), 3, 0.6)
    labels = list(dict.fromkeys(known[word].label for word in near))
    if not labels:
        every = list(dict.fromkeys(meaning.label for meaning in known.values()))
        labels = every if len(every) <= 8 else []
    hint = f" There is {', '.join(labels)}." if labels else " `/cs help` shows how to ask."
    return f"I know no {kind} called “{text}”.{hint}"
