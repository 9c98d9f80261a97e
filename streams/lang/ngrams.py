"""Hashed n-grams of a whole batch of texts at once, with numpy alone.

A batch becomes one array of code points. A polynomial hash with wrap-around in 64 bits gives every character
n-gram and every word in a few array operations; a text costs about 20 µs where a Python loop costs 300.
The hash is part of a trained model: to change anything here is to train again (`VERSION`).
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

VERSION = 1
MAX_CHARS = 2_000  # a feeling shows in the first 2,000 characters; a text of 1 MB must not stop a batch

Codes = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_INVERSE = pow(_BASE, -1, 1 << 64)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")  # literal escapes
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*|\bhttp\b")
_HANDLE = re.compile(r"[@＠]\w+")
_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\ufe0f\x00-\x1f]+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "."})
_ENTITIES = (("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grams:
    """Hashes of one kind and the text each belongs to (an index into the batch)."""

    hashes: Codes
    rows: Rows


def plain(text: str) -> str:
    """The form that n-grams are taken from: lower case, one sign per address, handle, number; runs of 3 become 2."""
    text = unescape(text[:MAX_CHARS]).lower().translate(_QUOTES)
    text = _ADDRESS.sub("\ue000", text)
    text = _HANDLE.sub("@", text)
    text = _DIGITS.sub("0", text)
    text = _RUN.sub(r"\1\1", text)
    return _SPACE.sub(" ", text).strip()


def unescape(text: str) -> str:
    """The text with escapes and entities, as some exports of networks hold them, as the signs that they stand for."""
    if "\\u" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    if "&" in text:
        for escaped, sign in _ENTITIES:
            text = text.replace(escaped, sign)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The code points of a batch, each text between two spaces, with running hashes."""

    codes: Codes
    rows: Rows
    sums: Codes
    size: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Batch":
        """Lay out texts that went through `plain`."""
        raw = [np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32) for text in texts]
        codes = np.concatenate(raw).astype(np.uint64) if raw else np.zeros(0, dtype=np.uint64)
        rows = np.repeat(np.arange(len(raw), dtype=np.int64), [len(part) for part in raw])
        powers, _ = _powers(len(codes))
        sums = np.zeros(len(codes) + 1, dtype=np.uint64)
        np.cumsum((codes + np.uint64(1)) * powers, out=sums[1:])
        return cls(codes=codes, rows=rows, sums=sums, size=len(raw))

    def chars(self, n: int) -> Grams:
        """Every run of `n` characters inside one text."""
        if len(self.codes) < n:
            return Grams(hashes=np.zeros(0, dtype=np.uint64), rows=np.zeros(0, dtype=np.int64))
        starts = np.flatnonzero(self.rows[: len(self.rows) - n + 1] == self.rows[n - 1 :])
        return Grams(hashes=_mix(self._between(starts, starts + n), n), rows=self.rows[starts])

    def words(self) -> Grams:
        """Every word, and every other sign that is not a space by itself, in order."""
        kinds = _kinds()[np.minimum(self.codes, np.uint64(len(_kinds()) - 1))]
        if not len(kinds):
            return Grams(hashes=np.zeros(0, dtype=np.uint64), rows=np.zeros(0, dtype=np.int64))
        edges = np.ones(len(kinds), dtype=bool)
        edges[1:] = (kinds[1:] != kinds[:-1]) | (kinds[1:] == 2)
        starts = np.flatnonzero(edges)
        ends = np.append(starts[1:], len(kinds))
        kept = kinds[starts] != 0
        starts, ends = starts[kept], ends[kept]
        return Grams(hashes=_mix(self._between(starts, ends), 101), rows=self.rows[starts])

    def _between(self, starts: Rows, ends: Rows) -> Codes:
        _, inverses = _powers(len(self.codes))
        return (self.sums[ends] - self.sums[starts]) * inverses[starts]


def pairs(words: Grams, *, skip: int = 0) -> Grams:
    """Two words of one text in order, with `skip` words between them."""
    step = 1 + skip
    if len(words.rows) <= step:
        return Grams(hashes=words.hashes[:0], rows=words.rows[:0])
    same = words.rows[:-step] == words.rows[step:]
    first, second = words.hashes[:-step][same], words.hashes[step:][same]
    return Grams(hashes=_mix(first * np.uint64(3) + second, 201 + skip), rows=words.rows[:-step][same])


def buckets(hashes: Codes, bits: int) -> Rows:
    """Where each hash falls in a table of `2**bits` rows."""
    return (hashes >> np.uint64(64 - bits)).astype(np.int64)


def _mix(values: Codes, salt: int) -> Codes:
    mixed = (values ^ np.uint64(salt * 0x632BE59BD9B4E019 & (1 << 64) - 1)) * np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    mixed ^= mixed >> np.uint64(29)
    result: Codes = mixed * np.uint64(_BASE)
    return result


@functools.lru_cache(maxsize=4)
def _tables(size: int) -> tuple[Codes, Codes]:
    tables = []
    for base in (_BASE, _INVERSE):
        steps = np.full(size, base, dtype=np.uint64)
        steps[0] = 1
        tables.append(np.cumprod(steps))
    return tables[0], tables[1]


def _powers(size: int) -> tuple[Codes, Codes]:
    rounded = max(1 << 16, 1 << max(size, 1).bit_length())
    powers, inverses = _tables(rounded)
    return powers[:size], inverses[: size + 1]


@functools.lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.int8]:
    """0 space, 1 part of a word, 2 a sign of its own; the last entry stands for every code point above."""
    table = np.full(0x3100, 2, dtype=np.int8)
    for code in range(0x3100 - 1):
        sign = chr(code)
        if sign.isalnum() or sign in "_'":
            table[code] = 1
        elif sign.isspace():
            table[code] = 0
    return table
