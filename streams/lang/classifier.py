"""`social_classifier`: language and sentiment of a batch of Docs by linear models on hashed n-grams.

Both read the same n-grams and sentiment is routed by language, so they are one component.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from streams.lang.features import language_features, sentiment_features
from streams.lang.linear import Floats, Linear, Routes, probabilities
from streams.lang.ngrams import Batch, plain

LANGUAGE = "vigie.language"
SENTIMENT = "vigie.sentiment"
_ROUTED_AT = 0.5  # a text whose language is less sure than this is judged by what the languages share


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
        remaining = iter(stream)
        while docs := list(islice(remaining, batch_size)):
            self.annotate(docs)
            yield from docs

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Leave the probability of each class in `doc.user_data`, in the order of `classes`."""
        if self.language is None or self.sentiment is None:
            return
        batch = Batch.of([plain(doc.text) for doc in docs])
        languages = probabilities(self.language.logits(language_features(batch)))
        routes = choose_routes(languages, self.language.classes, self.sentiment.routes)
        feelings = probabilities(self.sentiment.logits(sentiment_features(batch), routes))
        for doc, language, feeling in zip(docs, languages.tolist(), feelings.tolist(), strict=True):
            doc.user_data[LANGUAGE] = language
            doc.user_data[SENTIMENT] = feeling

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


def choose_routes(languages: Floats, classes: Sequence[str], routes: Sequence[str]) -> Routes:
    """Per text, the route of its language, or -1 when it is not sure or has none."""
    places = np.array([routes.index(name) if name in routes else -1 for name in classes], dtype=np.int64)
    chosen: Routes = np.where(languages.max(axis=1) >= _ROUTED_AT, places[languages.argmax(axis=1)], -1)
    return chosen


@Language.factory("social_classifier")
def create_classifier(nlp: Language, name: str) -> SocialClassifier:
    """The factory that the pipeline's config names; weights come from disk."""
    return SocialClassifier()
