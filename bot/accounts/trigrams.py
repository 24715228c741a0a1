"""Texts by the runs of three letters in them: a quick sieve before likeness is measured."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BITS = 6
_CODES = 1 << (3 * _BITS)
# Letters, digits and the space have codes of their own; other scripts share the rest, which only makes
# the sieve a little coarser for them.
_ASCII = np.zeros(128, dtype=np.int64)
_ASCII[ord("a") : ord("z") + 1] = np.arange(1, 27)
_ASCII[ord("0") : ord("9") + 1] = np.arange(27, 37)
_SHARED_FIRST, _SHARED = 37, 27


def _codes(text: str) -> NDArray[np.int64]:
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    return np.where(points < 128, _ASCII[np.minimum(points, 127)], _SHARED_FIRST + points % _SHARED)


def _trigrams(text: str) -> NDArray[np.int64]:
    """The code of the run that begins at each place but the last two."""
    codes = _codes(text)
    return (codes[:-2] << (2 * _BITS)) | (codes[1:-1] << _BITS) | codes[2:]


def _sorted_once(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    # np.unique hashes, which takes five times as long for these.
    numbers.sort()
    once: NDArray[np.int64] = numbers[np.diff(numbers, prepend=-1) != 0]
    return once


class TrigramIndex:
    """For each run of three letters, the places of the texts that have it."""

    def __init__(self, texts: Sequence[str]) -> None:
        padded = [f"  {text} " for text in texts]
        lengths = np.array([len(text) for text in padded], dtype=np.int64)
        pairs = np.empty(0, dtype=np.int64)
        if len(texts):
            codes = _trigrams("".join(padded))
            # A run that would reach into the next text is none.
            starts = np.repeat(np.arange(len(texts)), lengths)[: len(codes)]
            ends = np.cumsum(lengths)
            whole = np.arange(len(codes)) + 2 < ends[starts]
            pairs = _sorted_once(codes[whole] * len(texts) + starts[whole])
        self._places = (pairs % max(1, len(texts))).astype(np.int32)
        self._offsets = np.searchsorted(pairs, np.arange(_CODES + 1) * len(texts))
        self._lengths = lengths.astype(np.float32)

    def find(self, text: str, limit: int) -> NDArray[np.int64]:
        """The places of at most ``limit`` texts that share most runs with ``text``, short ones first."""
        runs = np.unique(_trigrams(f"  {text} "))
        shared = [self._places[self._offsets[run] : self._offsets[run + 1]] for run in runs]
        counts = np.bincount(np.concatenate(shared), minlength=len(self._lengths))
        highest = int(counts.max(initial=0))
        if highest == 0:
            return np.empty(0, dtype=np.int64)
        places = np.flatnonzero(counts >= max(1, highest // 2))
        if len(places) <= limit:
            return places
        # Counted in shared runs; a text three letters too long is as far as one run less.
        surplus = np.abs(self._lengths[places] - len(text) - 3) / 3
        nearness = counts[places] - np.minimum(surplus, 3.0)
        return places[np.argpartition(-nearness, limit)[:limit]]
