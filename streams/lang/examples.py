"""Likeness to declared examples: how many of the telling words of a text and of an example are the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from spacy.lang.en.stop_words import STOP_WORDS as ENGLISH
from spacy.lang.fr.stop_words import STOP_WORDS as FRENCH

from schemas.names import fold
from streams.lang.words import split_phrase

_STEM = 6  # `remboursement` and `rembourser` are `rembou`
_SHORTEST = 3
_LIKE = 0.5
_UNTOLD = frozenset(fold(word) for word in (*ENGLISH, *FRENCH))


@dataclass(slots=True)
class Examples:
    """Stems of every example under its label, and which examples hold a stem."""

    labels: list[str] = field(default_factory=list)
    stems: list[frozenset[str]] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Mapping[str, Iterable[str]]) -> "Examples":
        """Index examples, written as a person writes them."""
        found = cls()
        for label, texts in examples.items():
            for text in texts:
                stems = telling(split_phrase(text))
                for stem in stems:
                    found.index.setdefault(stem, []).append(len(found.labels))
                found.labels.append(label)
                found.stems.append(stems)
        return found

    def find(self, words: Sequence[str]) -> dict[str, float]:
        """The likeness to the nearest example of each label, where it is near enough: 0.5 to 1."""
        if not self.labels:
            return {}
        stems = telling(words)
        shared: dict[int, int] = {}
        for stem in stems:
            for at in self.index.get(stem, ()):
                shared[at] = shared.get(at, 0) + 1
        found: dict[str, float] = {}
        for at, count in shared.items():
            likeness = count / sqrt(len(stems) * len(self.stems[at]))
            if likeness >= _LIKE and count > 1:
                found[self.labels[at]] = max(likeness, found.get(self.labels[at], 0.0))
        return found


def telling(words: Iterable[str]) -> frozenset[str]:
    """Starts of the folded words that say something."""
    return frozenset(
        word[:_STEM] for word in words if len(word) >= _SHORTEST and word.isalpha() and word not in _UNTOLD
    )
