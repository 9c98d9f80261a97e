"""Logistic regression on hashed n-grams: the only place that fits, shared by language, sentiment and topics."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # it ships no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it ships no types

from streams.lang.features import Features
from streams.lang.linear import Floats
from streams.lang.ngrams import Batch, Rows, plain

_BATCH = 256
# what is left half way is another model on another processor: at 1e-3 the weights correlate with 0.984 with the end's
_PASSES = 1000
_TOLERANCE = 1e-5
_FACTORS = (0.05, 5.0)  # between these a temperature is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What was learnt. Shape: weights (features, classes), bias (classes,)."""

    weights: Floats
    bias: Floats
    classes: tuple[str, ...]


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


def fit(
    texts: sp.csr_matrix | Floats,
    labels: npt.NDArray[np.str_] | npt.NDArray[np.int64],
    *,
    weights: npt.NDArray[np.float64] | None = None,
    strength: float = 1.0,
    balanced: bool = False,
) -> Fitted:
    """Fit until it has converged; `strength` is the inverse of the regularization."""
    model = LogisticRegression(
        C=strength, max_iter=_PASSES, tol=_TOLERANCE, class_weight="balanced" if balanced else None
    )
    model.fit(texts, labels, sample_weight=weights)
    return Fitted(
        weights=model.coef_.T.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
        classes=tuple(str(name) for name in model.classes_),
    )


def rarity(texts: sp.csr_matrix) -> Floats:
    """Weight of each bucket: the rarer the heavier, 1 on average."""
    counts = np.bincount(texts.indices, minlength=texts.shape[1])
    found = np.log(1 + texts.shape[0] / (1 + counts)).astype(np.float32)
    result: Floats = found / found.mean()
    return result


def frequent(texts: sp.csr_matrix, least: int = 2) -> Rows:
    """Buckets that so many texts have."""
    return np.flatnonzero(np.bincount(texts.indices, minlength=texts.shape[1]) >= least)


def temperature(logits: Floats, labels: npt.NDArray[np.int64]) -> float:
    """The factor that makes softmax probabilities as sure as they are right: least negative log-likelihood."""

    def loss(factor: float) -> float:
        scaled = logits * factor
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]))

    return float(min(np.geomspace(*_FACTORS, 200), key=loss))
