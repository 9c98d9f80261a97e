"""Language of a text: the classifier's, unless the script alone says it; `und` when nothing does.

The network's hint moves the odds a little and never decides.
"""

import re
from collections.abc import Sequence

from schemas.enriched import Language
from streams.lang.classifier import LANGUAGE
from streams.steps.base import Finding, Reading, Step

_MIN_CONFIDENCE = 0.45
_HINT_WEIGHT = 3.0
_LETTER = re.compile(r"[^\W\d_]")
_TAG = re.compile(r"(?:https?://|www\.)\S*|[@#]\w+|\[[a-z]{2,12}\]|\bhttp\b")
# Scripts that one language writes; Arabic, Cyrillic and Devanagari are shared by several and say nothing.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)
_OTHER_SCRIPT = re.compile(r"[\u0370-\u05ff\u0600-\u1cff\u3040-\u9fff\uac00-\ud7af]")


def build(classes: Sequence[str]) -> Step:
    """The step for a classifier with these classes."""

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(language=_decide(reading, classes)) for reading in readings]

    return Step(name="language", run=run)


def _decide(reading: Reading, classes: Sequence[str]) -> Language:
    text = _TAG.sub(" ", reading.text)
    letters = len(_LETTER.findall(text))
    if letters < 2:
        return Language()
    if not text.isascii():
        foreign = len(_OTHER_SCRIPT.findall(text))
        if foreign * 2 > letters:
            return _by_script(text, letters)
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


def _by_script(text: str, letters: int) -> Language:
    for code, pattern in _SCRIPTS:
        count = len(pattern.findall(text))
        if count and (code == "ja" or count * 2 > letters):
            return Language(code=code, confidence=0.95)
    return Language()
