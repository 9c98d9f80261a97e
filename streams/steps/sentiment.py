"""How the author feels: the classifier's answer, held back where it was not trained, turned where irony is marked."""

import re
from collections.abc import Sequence
from typing import cast

from schemas.enriched import Sentiment, SentimentLabel
from streams.lang.classifier import LANGUAGE, SENTIMENT
from streams.lang.scripts import is_foreign, letters_of
from streams.steps.base import Finding, Reading, Step

_UNTRAINED = 0.4  # share of the confidence that is kept for a text in none of the trained languages
_SIGN = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]|[:;=][-']?[()DPp]")  # an emoji or emoticon
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*|@\w+")
_MIN_LETTERS = 2
_FLAT = 0.34  # no better than a guess among three
# Marks by which people say that they mean the opposite. Corpora hold too few of them to learn it.
_IRONY = re.compile(
    r"#(?:irony|ironie|ironic|sarcasm|sarcasme|sarcastic)\b|(?:^|\s)/s\s*$|\((?:ironie|sarcasme?|irony)\)"
    r"|\bmerci qui\b|[\U0001f644\U0001f643\U0001f921]",
    re.IGNORECASE,
)
_MEANT = 0.6  # how sure it is that a mark turns praise into blame


def build(classes: Sequence[str], languages: Sequence[str]) -> Step:
    """The step for classifiers with these sentiment classes and languages."""
    unknown = languages.index("und")

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(sentiment=_decide(reading, classes, unknown)) for reading in readings]

    return Step(name="sentiment", run=run)


def _decide(reading: Reading, classes: Sequence[str], unknown: int) -> Sentiment:
    text = _ADDRESS.sub(" ", reading.text)
    if letters_of(text) < _MIN_LETTERS and not _SIGN.search(text):
        return Sentiment()
    odds = dict(zip(classes, reading.doc.user_data[SENTIMENT], strict=True))
    label = max(odds, key=lambda name: odds[name])
    score, confidence = odds["positive"] - odds["negative"], odds[label]
    if label == "positive" and _IRONY.search(reading.text):
        label, score, confidence = "negative", -score * _MEANT, confidence * _MEANT
    if reading.doc.user_data[LANGUAGE][unknown] > 0.5 or is_foreign(reading.text):
        score *= _UNTRAINED
        confidence = max(_FLAT, confidence * _UNTRAINED)
    return Sentiment(label=cast(SentimentLabel, label), score=round(score, 4), confidence=round(confidence, 4))
