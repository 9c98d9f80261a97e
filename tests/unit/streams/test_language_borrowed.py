"""Vectors of words in a language that has none: those of what the words are in French."""

from collections.abc import Sequence

import numpy as np
import pytest

from streams.models import translate
from streams.models.train_sentiment import WordVectors, borrowed

FRENCH = WordVectors(
    words=("bon", "beau", "nul", "zut"),
    buckets=np.arange(4),
    units=np.array([[1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32),
)
THERE = {"bon": "bueno", "beau": "bueno", "nul": "nulo", "zut": "zut"}
BACK = {"nulo": "beau", "requetebueno": "très bon", "asco": "asco"}


def by_hand(listed: Sequence[str], source: str, target: str) -> list[str]:
    assert {source, target} == {"fr", "es"}
    return [(THERE if source == "fr" else BACK)[word] for word in listed]


@pytest.fixture
def spanish(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    monkeypatch.setattr(translate, "words", by_hand)
    found = borrowed(FRENCH, "es", ["Nulo, ¡requetebueno!", "asco"])
    return dict(zip(found.words, np.round(found.units, 3).tolist(), strict=True))


def test_a_word_that_no_text_has_is_the_mean_of_the_french_words_that_it_translates(spanish: dict[str, list[float]]):
    assert spanish["bueno"] == pytest.approx([0.707, 0.707])


def test_of_a_word_of_the_texts_its_own_translation_counts(spanish: dict[str, list[float]]):
    assert spanish["nulo"] == [0.0, 1.0]
    assert spanish["requetebueno"] == [1.0, 0.0], "of several words those that have a vector"


def test_a_word_that_the_translator_does_not_know_has_no_vector(spanish: dict[str, list[float]]):
    assert set(spanish) == {"bueno", "nulo", "requetebueno"}
