"""`social_classifier`: language and sentiment of a batch of Docs by linear models on hashed n-grams.

Both read the same n-grams, so they are one component. Weights are int8 with one scale per class; a table of
2**19 rows for sentiment takes 1.5 MB on disk and in memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import minibatch

from streams.lang.features import LanguageFeatures, SentimentFeatures, language_features, sentiment_features
from streams.lang.ngrams import Batch, plain

LANGUAGE = "vigie.language"
SENTIMENT = "vigie.sentiment"
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A linear classifier: `weights[bucket, class]` as int8, `scale` and `bias` per class."""

    classes: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats

    def logits(self, features: LanguageFeatures | SentimentFeatures) -> Floats:
        """One row of logits per text. Shape: (texts, classes)."""
        total = np.zeros((features.size, len(self.classes)), dtype=np.float32)
        for block in features.blocks:
            if not len(block.rows):
                continue
            starts = np.flatnonzero(np.append(True, block.rows[1:] != block.rows[:-1]))
            summed = np.add.reduceat(self.weights[block.buckets], starts, axis=0, dtype=np.int32)
            rows = block.rows[starts]
            total[rows] += summed * block.values[rows][:, None]
        result: Floats = total * self.scale + self.bias
        return result

    def save(self, path: Path) -> None:
        """Write one compressed file."""
        np.savez_compressed(
            path, classes=np.array(self.classes), weights=self.weights, scale=self.scale, bias=self.bias
        )

    @classmethod
    def load(cls, path: Path) -> "Linear":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            classes = tuple(str(name) for name in stored["classes"])
            return cls(classes=classes, weights=stored["weights"], scale=stored["scale"], bias=stored["bias"])

    @classmethod
    def quantize(cls, classes: Sequence[str], coefficients: Floats, bias: Floats) -> "Linear":
        """From trained coefficients, shape (classes, buckets)."""
        scale = np.maximum(np.abs(coefficients).max(axis=1), 1e-9) / 127
        weights = np.round(coefficients / scale[:, None]).astype(np.int8).T
        return cls(
            classes=tuple(classes),
            weights=np.ascontiguousarray(weights),
            scale=scale.astype(np.float32),
            bias=bias.astype(np.float32),
        )


def probabilities(logits: Floats) -> Floats:
    """Softmax by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return result


class SocialClassifier:
    """The component; loaded with its weights by `spacy.load`."""

    def __init__(self, language: Linear | None = None, sentiment: Linear | None = None) -> None:
        self.language = language
        self.sentiment = sentiment

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc."""
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Annotate Docs in batches."""
        for docs in minibatch(stream, size=batch_size):
            self.annotate(docs)
            yield from docs

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Leave the probabilities of each class in `doc.user_data`, as arrays in the order of `classes`."""
        batch = Batch.of([plain(doc.text) for doc in docs])
        if self.language is not None:
            found = probabilities(self.language.logits(language_features(batch)))
            for doc, row in zip(docs, found.tolist(), strict=True):
                doc.user_data[LANGUAGE] = row
        if self.sentiment is not None:
            found = probabilities(self.sentiment.logits(sentiment_features(batch)))
            for doc, row in zip(docs, found.tolist(), strict=True):
                doc.user_data[SENTIMENT] = row

    def to_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> None:
        """Write the weights below `path`."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, linear in (("language", self.language), ("sentiment", self.sentiment)):
            if linear is not None:
                linear.save(folder / f"{name}.npz")

    def from_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> "SocialClassifier":
        """Read the weights below `path`."""
        self.language = Linear.load(Path(path) / "language.npz")
        self.sentiment = Linear.load(Path(path) / "sentiment.npz")
        return self


@Language.factory("social_classifier")
def create_classifier(nlp: Language, name: str) -> SocialClassifier:
    """The factory that the pipeline's config names; weights come from disk."""
    return SocialClassifier()
