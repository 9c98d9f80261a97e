"""Folded words: lower case without accents, so that `Réclamation`, `reclamation` and `RECLAMATION` are one."""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.names import fold

_CACHED_WORDS = 65_536
_CONTRACTION = re.compile(r"(?<=\w)(n't|'(?:s|re|ve|ll|d|m))\b")
_ELISION = re.compile(r"(?<!\w)(c|d|j|l|m|n(?!'t\b)|s|t|qu|jusqu|lorsqu|puisqu)'(?=\w)")


def fold_words(texts: Sequence[str]) -> tuple[str, ...]:
    """One folded word per token; `#` and `@` in front of it and an elision's apostrophe behind it are taken off."""
    return tuple([_bare(text) for text in texts])


@functools.lru_cache(maxsize=_CACHED_WORDS)
def _bare(text: str) -> str:
    folded = fold(text)
    return folded.lstrip("#@").rstrip("'") or folded


def split_phrase(text: str) -> tuple[str, ...]:
    """A phrase in the words that the tokenizer would make of it: `l'appli` is two, `can't` is `ca` and `n't`."""
    return tuple(_ELISION.sub(r"\1 ", _CONTRACTION.sub(r" \1", fold(text))).split())


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    words: tuple[str, ...]


@dataclass(slots=True)
class Lexicon:
    """Words and phrases under labels. `*` at the end of a word stands for any ending: `rembours*`."""

    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    stems: dict[str, list[_Entry]] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    seen: dict[str, tuple[_Entry, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Mapping[str, Iterable[str]]) -> "Lexicon":
        """Index phrases, written as a person writes them, by their first word."""
        lexicon = cls()
        for label, texts in phrases.items():
            for text in texts:
                words = split_phrase(text)
                first = words[0]
                table = lexicon.stems if first.endswith("*") else lexicon.entries
                table.setdefault(first.rstrip("*"), []).append(_Entry(label, words))
        lexicon.lengths = tuple(sorted({len(stem) for stem in lexicon.stems}))
        return lexicon

    def find(self, words: Sequence[str]) -> dict[str, int]:
        """How often each label is named; labels that are not are absent."""
        found: dict[str, int] = {}
        for at, word in enumerate(words):
            candidates = self.seen.get(word)
            if candidates is None:
                candidates = self._candidates(word)
            for entry in candidates:
                if len(entry.words) == 1 or _follows(entry.words, words, at):
                    found[entry.label] = found.get(entry.label, 0) + 1
        return found

    def _candidates(self, word: str) -> tuple[_Entry, ...]:
        found = list(self.entries.get(word, ()))
        for length in self.lengths:
            found.extend(self.stems.get(word[:length], ()) if len(word) >= length else ())
        if len(self.seen) >= _CACHED_WORDS:
            self.seen.clear()
        self.seen[word] = tuple(found)
        return self.seen[word]


def _follows(phrase: tuple[str, ...], words: Sequence[str], at: int) -> bool:
    if at + len(phrase) > len(words):
        return False
    for step in range(1, len(phrase)):
        wanted, word = phrase[step], words[at + step]
        if not (word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted):
            return False
    return True
