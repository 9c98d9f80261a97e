"""How the author feels: the classifier's answer, held back where it was not trained."""

import re
from collections.abc import Sequence
from typing import cast

from schemas.enriched import Sentiment, SentimentLabel
from streams.lang.classifier import LANGUAGE, SENTIMENT
from streams.steps.base import Finding, Reading, Step

_UNTRAINED = 0.4  # share of the confidence that is kept for a text in none of the trained languages
_HAS_SIGN = re.compile(r"[^\W\d_]|[\u2600-\u27bf\U0001f300-\U0001faff]|[:;=][-']?[()DPp]")  # a letter, emoji, emoticon
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*|@\w+")
_FLAT = 0.34  # no better than a guess among three


def build(classes: Sequence[str], languages: Sequence[str]) -> Step:
    """The step for classifiers with these sentiment classes and languages."""
    unknown = languages.index("und")

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(sentiment=_decide(reading, classes, unknown)) for reading in readings]

    return Step(name="sentiment", run=run)


def _decide(reading: Reading, classes: Sequence[str], unknown: int) -> Sentiment:
    if not _HAS_SIGN.search(_ADDRESS.sub(" ", reading.text)):
        return Sentiment()
    odds = dict(zip(classes, reading.doc.user_data[SENTIMENT], strict=True))
    label = max(odds, key=lambda name: odds[name])
    score, confidence = odds["positive"] - odds["negative"], odds[label]
    if reading.doc.user_data[LANGUAGE][unknown] > 0.5:
        score *= _UNTRAINED
        confidence = max(_FLAT, confidence * _UNTRAINED)
    return Sentiment(label=cast(SentimentLabel, label), score=round(score, 4), confidence=round(confidence, 4))
