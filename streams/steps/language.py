"""Language of a text: the classifier's, unless the script alone says it; `und` when nothing does.

The network's hint moves the odds a little and never decides.
"""

import re
from collections.abc import Sequence

from schemas.enriched import Language
from streams.lang.classifier import LANGUAGE
from streams.lang.scripts import is_foreign, language_by_script, letters_of
from streams.steps.base import Finding, Reading, Step

_MIN_CONFIDENCE = 0.45
_HINT_WEIGHT = 3.0
_BY_SCRIPT = 0.95
_TAG = re.compile(r"(?:https?://|www\.)\S*|[@#]\w+|\[[a-z]{2,12}\]|\bhttp\b")


def build(classes: Sequence[str]) -> Step:
    """The step for a classifier with these classes."""

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(language=_decide(reading, classes)) for reading in readings]

    return Step(name="language", run=run)


def _decide(reading: Reading, classes: Sequence[str]) -> Language:
    text = _TAG.sub(" ", reading.text)
    if letters_of(text) < 2:
        return Language()
    if is_foreign(text):
        code = language_by_script(text)
        return Language(code=code, confidence=_BY_SCRIPT) if code else Language()
    odds = dict(zip(classes, reading.doc.user_data[LANGUAGE], strict=True))
    hint = (reading.event.language or "")[:2].lower()
    if hint in odds:
        odds[hint] *= _HINT_WEIGHT
    total = sum(odds.values())
    code = max(odds, key=lambda name: odds[name])
    confidence = odds[code] / total
    if code == "und" or confidence < _MIN_CONFIDENCE:
        return Language()
    return Language(code=code, confidence=round(confidence, 4))
