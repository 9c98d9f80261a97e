"""Configured names in a text: brands and leaders by name, alias, handle, hashtag, ending or small misspelling.

Comparison is folded: case, accents, spaces and hyphens do not count. A name that is also an ordinary word
(Orange, Free, Target) counts only with a capital or as a handle or hashtag.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.names import fold, leader_id, slug
from schemas.settings import Settings

BRAND, PERSON = "BRAND", "PER"
_PARTS = re.compile(r"[^\W_]+")
_MIN_FUZZY = 6  # shorter words have too many neighbours: `axa` and `axe`
# Brands that are also words of every day in French or English, folded.
ORDINARY = frozenset(
    (
        "alan",
        "ally",
        "apple",
        "avis",
        "boost",
        "boulanger",
        "but",
        "canal",
        "carrefour",
        "casino",
        "chase",
        "corsair",
        "delta",
        "discover",
        "dove",
        "express",
        "fiat",
        "ford",
        "free",
        "gap",
        "go",
        "guess",
        "hello",
        "hop",
        "ing",
        "jules",
        "match",
        "metro",
        "mini",
        "monster",
        "nature",
        "next",
        "nickel",
        "nuts",
        "oasis",
        "on",
        "one",
        "orange",
        "pacifica",
        "pulse",
        "quick",
        "red",
        "relay",
        "saga",
        "sage",
        "seat",
        "sharp",
        "shell",
        "signal",
        "skip",
        "smart",
        "sprint",
        "square",
        "subway",
        "suez",
        "super",
        "swan",
        "target",
        "tide",
        "total",
        "unity",
        "vans",
        "visa",
        "vision",
        "wish",
        "yes",
        "zone",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Whom a spelling stands for. `canonical` is `brand:…` or `leader:…`."""

    label: str
    canonical: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A name at tokens `[start, end)`."""

    start: int
    end: int
    name: Name


@dataclass(slots=True)
class Names:
    """All spellings, squeezed to letters and digits, and how many words the longest has."""

    spellings: dict[str, Name] = field(default_factory=dict)
    accounts: dict[str, Name] = field(default_factory=dict)
    ordinary: set[str] = field(default_factory=set)
    near: dict[str, str] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    starts: set[str] = field(default_factory=set)
    longest: int = 1

    @classmethod
    def of(cls, settings: Settings, *, ordinary: frozenset[str] = ORDINARY) -> "Names":
        """Index the names of the settings; `ordinary` are words of every day, folded."""
        names = cls()
        for brand in settings.brands:
            name = Name(label=BRAND, canonical=f"brand:{slug(brand.name)}")
            names._add(name, (brand.name, *brand.aliases), (*brand.accounts, *brand.automation))
        for leader in settings.leaders:
            name = Name(label=PERSON, canonical=leader_id(leader.name))
            names._add(name, (leader.name, *leader.spellings), leader.handles)
        names.ordinary = {spelling for spelling in names.spellings if spelling in ordinary}
        return names

    def find(self, texts: Sequence[str], words: Sequence[str]) -> list[Hit]:
        """Names in order, the longest first where two overlap; `words` are the folded `texts`."""
        hits: list[Hit] = []
        at = 0
        while at < len(texts):
            hit = self._at(texts, words, at) if words[at][:1] in self.starts else None
            if hit is None:
                at += 1
            else:
                hits.append(hit)
                at = hit.end
        return hits

    def _at(self, texts: Sequence[str], words: Sequence[str], at: int) -> Hit | None:
        text = texts[at]
        if text[0] in "@#":
            name = self._tagged(text, words[at])
            return Hit(start=at, end=at + 1, name=name) if name else None
        for end in range(min(len(words), at + self.longest), at, -1):
            key = "".join(_PARTS.findall(" ".join(words[at:end])))
            if not key or not words[end - 1][0].isalnum():
                continue
            spelling = key if key in self.spellings else self._close(key, is_word=end == at + 1)
            name = self.spellings[spelling] if spelling and end - at <= self.parts[spelling] else None
            if name and not (key in self.ordinary and not text[0].isupper()):
                return Hit(start=at, end=end, name=name)
        return None

    def _tagged(self, text: str, word: str) -> Name | None:
        key = "".join(_PARTS.findall(word.split("@")[0]))
        if text[0] == "@":
            return self.accounts.get(key)
        known = self.spellings.get(key) or self.accounts.get(key)
        if known:
            return known
        close = self._close(key, is_word=True)
        return self.spellings[close] if close else None

    def _close(self, key: str, *, is_word: bool) -> str | None:
        """The spelling that this is with another ending, or with one letter more, less, other or swapped."""
        if is_word and len(key) > 3 and key.endswith("s") and key[:-1] in self.spellings:
            return key[:-1]
        if len(key) < _MIN_FUZZY:
            return None
        meant = self.near.get(key)
        if meant is None:
            shorter = (key[:cut] + key[cut + 1 :] for cut in range(1, len(key)))
            meant = next((self.near[form] for form in shorter if form in self.near), None)
        return None if meant in self.ordinary else meant

    def _add(self, name: Name, spellings: Iterable[str], accounts: Iterable[str]) -> None:
        for spelling in spellings:
            parts = _PARTS.findall(fold(spelling))
            key = "".join(parts)
            if not key:
                continue
            self.spellings.setdefault(key, name)
            self.parts[key] = max(len(parts), self.parts.get(key, 1))
            self.starts.add(parts[0][:1])
            self.longest = max(self.longest, len(parts))
            if len(key) >= _MIN_FUZZY:
                self.near.setdefault(key, key)
                for cut in range(1, len(key)):
                    self.near.setdefault(key[:cut] + key[cut + 1 :], key)
        for account in accounts:
            key = "".join(_PARTS.findall(fold(account.lstrip("@").split("@")[0])))
            if key:
                self.accounts.setdefault(key, name)
                self.starts.add(fold(account.lstrip("@"))[:1])
