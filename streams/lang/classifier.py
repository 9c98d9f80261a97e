"""`social_classifier`: language, sentiment and topics of a batch of Docs by linear models on hashed n-grams.

All read n-grams of the same batch and sentiment is routed by language, so they are one component.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc

from streams.lang.features import language_features, sentiment_features, topic_features
from streams.lang.linear import Floats, Linear, Routes, chances, probabilities
from streams.lang.ngrams import Batch, plain

LANGUAGE = "vigie.language"
SENTIMENT = "vigie.sentiment"
TOPIC = "vigie.topic"
TEXT = "vigie.text"  # left by whoever made the Doc, since `doc.text` is put together anew each time
_ROUTED_AT = 0.5  # a text whose language is less sure than this is judged by what the languages share


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What training makes: three classifiers, and the words (as `word_key`) that are too common to be a slip."""

    language: Linear
    sentiment: Linear
    topic: Linear
    common_words: npt.NDArray[np.uint32]

    def save(self, folder: Path) -> None:
        """Write one file each."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, linear in (("language", self.language), ("sentiment", self.sentiment), ("topic", self.topic)):
            linear.save(folder / f"{name}.npz")
        np.save(folder / "common_words.npy", self.common_words)

    @classmethod
    def load(cls, folder: Path) -> "Weights":
        """Read what `save` wrote."""
        return cls(
            language=Linear.load(folder / "language.npz"),
            sentiment=Linear.load(folder / "sentiment.npz"),
            topic=Linear.load(folder / "topic.npz"),
            common_words=np.load(folder / "common_words.npy", allow_pickle=False),
        )


class SocialClassifier:
    """The component; loaded with its weights by `spacy.load`."""

    def __init__(self, weights: Weights | None = None) -> None:
        self.weights = weights

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc."""
        self.annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Annotate Docs in batches."""
        remaining = iter(stream)
        while docs := list(islice(remaining, batch_size)):
            self.annotate(docs)
            yield from docs

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Leave the probability of each class in `doc.user_data`, in the order of `classes`."""
        if self.weights is None:
            return
        language, sentiment, topic = self.weights.language, self.weights.sentiment, self.weights.topic
        batch = Batch.of([plain(doc.user_data.get(TEXT) or doc.text) for doc in docs])
        languages = probabilities(language.logits(language_features(batch)))
        routes = choose_routes(languages, language.classes, sentiment.routes)
        feelings = probabilities(sentiment.logits(sentiment_features(batch), routes))
        topics = chances(topic.logits(topic_features(batch)))
        for doc, *odds in zip(docs, languages.tolist(), feelings.tolist(), topics.tolist(), strict=True):
            doc.user_data[LANGUAGE], doc.user_data[SENTIMENT], doc.user_data[TOPIC] = odds

    def to_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> None:
        """Write the weights below `path`."""
        if self.weights is not None:
            self.weights.save(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Sequence[str] = ()) -> "SocialClassifier":
        """Read the weights below `path`."""
        self.weights = Weights.load(Path(path))
        return self


def weights_of(nlp: Language) -> Weights:
    """What the pipeline's classifier was trained to.

    Raises:
        TypeError: it was not trained.
    """
    component = nlp.get_pipe("social_classifier")
    if not isinstance(component, SocialClassifier) or component.weights is None:
        raise TypeError("the pipeline has no trained social_classifier")
    return component.weights


def choose_routes(languages: Floats, classes: Sequence[str], routes: Sequence[str]) -> Routes:
    """Per text, the route of its language, or -1 when it is not sure or has none."""
    places = np.array([routes.index(name) if name in routes else -1 for name in classes], dtype=np.int64)
    chosen: Routes = np.where(languages.max(axis=1) >= _ROUTED_AT, places[languages.argmax(axis=1)], -1)
    return chosen


@Language.factory("social_classifier")
def create_classifier(nlp: Language, name: str) -> SocialClassifier:
    """The factory that the pipeline's config names; weights come from disk."""
    return SocialClassifier()
