"""Which n-grams each classifier reads, and how a text of any length weighs the same.

Training and use call the same functions, so the two cannot drift apart.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.lang.ngrams import Batch, Grams, Rows, buckets, pairs

SENTIMENT_BITS = 20  # the lower half of the table is for n-grams, the upper for words by themselves
LANGUAGE_BITS = 16
TOPIC_BITS = 18
_SENTIMENT_CHARS = (2, 3, 4, 5)
_LANGUAGE_CHARS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Buckets of one block, sorted by text, and the value that every bucket of a text has. Shape: values (texts,)."""

    buckets: Rows
    rows: Rows
    values: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a classifier reads of a batch of `size` texts."""

    blocks: tuple[Block, ...]
    size: int


def language_features(batch: Batch) -> Features:
    """Characters 1 to 4 long, and whole words."""
    grams = (*(batch.chars(n) for n in _LANGUAGE_CHARS), batch.words())
    return Features(blocks=_blocks((grams,), batch.size, LANGUAGE_BITS), size=batch.size)


def sentiment_features(batch: Batch) -> Features:
    """Words and their pairs, with and without a gap (negation); characters 2 to 5 long; and words by themselves.

    The last group is for weights that come from word vectors: see `word_buckets`.
    """
    words = batch.words()
    groups = (
        (words, pairs(words), pairs(words, skip=1)),
        tuple(batch.chars(n) for n in _SENTIMENT_CHARS),
    )
    blocks = _blocks(groups, batch.size, SENTIMENT_BITS - 1)
    return Features(blocks=(*blocks, _upper(words, batch.size)), size=batch.size)


def topic_features(batch: Batch) -> Features:
    """Words, their pairs, and characters 4 and 5 long."""
    words = batch.words()
    groups = ((words, pairs(words)), (batch.chars(4), batch.chars(5)))
    return Features(blocks=_blocks(groups, batch.size, TOPIC_BITS), size=batch.size)


def word_buckets(batch: Batch) -> Block:
    """The block of words by themselves, as `sentiment_features` has it last."""
    return _upper(batch.words(), batch.size)


def _upper(words: Grams, size: int) -> Block:
    block = _blocks(((words,),), size, SENTIMENT_BITS - 1)[0]
    return Block(buckets=block.buckets + (1 << SENTIMENT_BITS - 1), rows=block.rows, values=block.values)


def _blocks(groups: tuple[tuple[Grams, ...], ...], size: int, bits: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for grams in groups:
        counts = np.zeros(size, dtype=np.int64)
        for part in grams:
            counts += np.bincount(part.rows, minlength=size)
        values = (1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32)
        blocks.extend(Block(buckets=buckets(part.hashes, bits), rows=part.rows, values=values) for part in grams)
    return tuple(blocks)
