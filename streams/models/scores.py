"""Measure a pipeline on the validation parts, with 95 % intervals by resampling (bootstrap, fixed seed)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.tokens import Doc

from streams.lang.classifier import LANGUAGE, SENTIMENT, weights_of
from streams.models.corpora import Labelled, Tagged, read_posts, sentiment_validation
from streams.models.train_entities import bare, reference

_SAMPLES = 500
_SHORT = 30
_BINS = 10
ENTITIES = ("PER", "ORG", "LOC")
Score = dict[str, float | list[float]]
Counts = npt.NDArray[np.int64]


def measure(nlp: Language, folder: Path, entities: Mapping[str, Sequence[Tagged]]) -> dict[str, Score]:
    """Every score of the model card, by name."""
    result = {
        f"entities_{name}_micro_f1": scored(entity_counts(nlp, part), micro_f1) for name, part in entities.items()
    }
    classes = weights_of(nlp).language.classes
    hits: list[int] = []
    short: list[int] = []
    parts = {**sentiment_validation(folder), "french_posts": own_posts()}
    for name, part in parts.items():
        docs = list(nlp.pipe([one.text for one in part], batch_size=256, disable=["ner"]))
        odds = np.array([doc.user_data[SENTIMENT] for doc in docs])
        pairs = np.stack([np.array([one.label for one in part]), odds.argmax(axis=1)], axis=1)
        score = macro_recall if name == "tweeteval" else macro_f1
        result[f"sentiment_{name}_{score.__name__}"] = scored(pairs, score)
        result[f"sentiment_{name}_calibration_error"] = {"score": round(calibration_error(pairs, odds), 4)}
        if name in ("tweeteval", "french_posts"):
            continue
        for one, doc in zip(part, docs, strict=True):
            hit = int(classes[int(np.argmax(doc.user_data[LANGUAGE]))] == one.language)
            hits.append(hit)
            if len(one.text) < _SHORT:
                short.append(hit)
        crops = [one.text[:_SHORT].rsplit(" ", 1)[0] for one in part]
        for one, doc in zip(part, nlp.pipe(crops, disable=["ner"]), strict=True):
            short.append(int(classes[int(np.argmax(doc.user_data[LANGUAGE]))] == one.language))
    result["language_accuracy"] = scored(np.array(hits)[:, None], accuracy)
    result["language_accuracy_under_30_characters"] = scored(np.array(short)[:, None], accuracy)
    return result


def own_posts() -> list[Labelled]:
    """Our French posts without their brackets; none was trained on for sentiment."""
    path = Path(__file__).parent / "french_posts.txt"
    return [Labelled(text=bare(line), language="fr", label=label) for line, label in read_posts(path)]


def entity_counts(nlp: Language, sentences: Sequence[Tagged], labels: Sequence[str] = ENTITIES) -> Counts:
    """Per sentence: right, spurious, missed. Exact span and label. Shape: (sentences, 3)."""
    docs = [Doc(nlp.vocab, words=[word for word, _ in sentence]) for sentence in sentences]
    rows = []
    ner: Any = nlp.get_pipe("ner")
    for doc, sentence in zip(ner.pipe(docs, batch_size=256), sentences, strict=True):
        found = _spans(doc, labels)
        wanted = _spans(reference(nlp, sentence), labels)
        rows.append((len(found & wanted), len(found - wanted), len(wanted - found)))
    return np.array(rows, dtype=np.int64)


def _spans(doc: Doc, labels: Sequence[str]) -> set[tuple[int, int, str]]:
    return {(span.start, span.end, span.label_) for span in doc.ents if span.label_ in labels}


def micro_f1(counts: Counts) -> float:
    """F1 over all entities."""
    right, spurious, missed = counts.sum(axis=0)
    return float(2 * right / max(2 * right + spurious + missed, 1))


def macro_f1(pairs: Counts) -> float:
    """Mean F1 of the classes; pairs of (true, predicted)."""
    scores = []
    for label in np.unique(pairs[:, 0]):
        right = int(((pairs[:, 0] == label) & (pairs[:, 1] == label)).sum())
        scores.append(2 * right / max(int((pairs == label).sum()), 1))
    return float(np.mean(scores))


def macro_recall(pairs: Counts) -> float:
    """Mean recall of the classes; pairs of (true, predicted)."""
    return float(np.mean([(pairs[pairs[:, 0] == label, 1] == label).mean() for label in np.unique(pairs[:, 0])]))


def calibration_error(pairs: Counts, odds: npt.NDArray[np.float64]) -> float:
    """Expected calibration error: how far confidence and share of right answers are apart, over ten bins."""
    confidence, hit = odds.max(axis=1), pairs[:, 0] == pairs[:, 1]
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(hit[bins == at].mean() - confidence[bins == at].mean()) * (bins == at).mean() for at in set(bins)]
    return float(sum(gaps))


def accuracy(rows: Counts) -> float:
    """Share of right answers; rows of (true, predicted), or of one 1 or 0 each."""
    return float(rows.mean() if rows.shape[1] == 1 else (rows[:, 0] == rows[:, 1]).mean())


def scored(rows: Counts, score: Callable[[Counts], float]) -> Score:
    """A score with its 95 % interval and the number of rows."""
    rng = np.random.default_rng(0)
    samples = [score(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(_SAMPLES)]
    low, high = np.quantile(samples, (0.025, 0.975))
    return {"score": round(score(rows), 4), "interval": [round(float(low), 4), round(float(high), 4)], "n": len(rows)}
