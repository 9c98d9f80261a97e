"""Configured names in a text: brands, competitors, products and leaders, however people write them.

A name is found by alias, handle, hashtag, ending or small misspelling. Comparison is folded: case, accents, spaces
and hyphens do not count. A name that is also an ordinary word (Orange, Free, Target) counts only with a capital or
as a handle or hashtag.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from schemas.names import fold, leader_id, slug
from schemas.settings import Settings
from streams.lang.ordinary import ORDINARY

BRAND, PERSON, PRODUCT = "BRAND", "PER", "PRODUCT"
_PARTS = re.compile(r"[^\W_]+")
_RUN = re.compile(r"(.)\1{2,}")
_CAMEL = re.compile(r"[^\W\d_]?[^\W\d_A-ZÀ-Þ]+|[A-ZÀ-Þ]+(?![^\W\d_A-ZÀ-Þ])|\d+")
_MIN_SWAPPED = 5  # shorter words have too many neighbours: `axa` and `axe`
_MIN_FUZZY = 6
_MIN_FIRST = 7  # from so many letters on, the first may be wrong as well
_MIN_INSIDE = 6  # `#allianzfail` holds `allianz`; a shorter name needs its capitals: `#AxaFail`
_REMEMBERED = 65_536
# What accounts put behind the name of their brand.
_SUFFIXES = frozenset(
    (
        *("fr", "france", "uk", "us", "usa", "de", "es", "it", "be", "ch", "ca", "eu", "officiel", "official", "hq"),
        *("help", "helps", "care", "cares", "support", "service", "aide", "sav", "conseil", "contact", "news", "app"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Whom a spelling stands for. `canonical` is `brand:…`, `competitor:…`, `product:…` or `leader:…`."""

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
    firsts: set[str] = field(default_factory=set)  # how the first word of a longer name starts
    seconds: set[str] = field(default_factory=set)  # the first letter of its other words
    longest: int = 1
    common: frozenset[int] = frozenset()
    seen: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, settings: Settings, *, ordinary: frozenset[str] = ORDINARY, common: frozenset[int] = frozenset()
    ) -> "Names":
        """Index the names of the settings.

        Args:
            ordinary: names that are words of every day, folded.
            common: `word_key` of words that are written too often to be a misspelling: `general` is not Generali.
        """
        names = cls(common=common)
        for brand in settings.brands:
            name = Name(label=BRAND, canonical=f"brand:{slug(brand.name)}")
            names._add(name, (brand.name, *brand.aliases), (*brand.accounts, *brand.automation))
        for leader in settings.leaders:
            name = Name(label=PERSON, canonical=leader_id(leader.name))
            names._add(name, (leader.name, *leader.spellings), leader.handles)
        for product in settings.products:
            name = Name(label=PRODUCT, canonical=f"product:{slug(product.name)}")
            names._add(name, (product.name, *product.aliases), ())
        for competitor in settings.competitors:
            name = Name(label=BRAND, canonical=f"competitor:{slug(competitor.name)}")
            names._add(name, (competitor.name, *competitor.aliases), competitor.accounts)
        names.ordinary = {spelling for spelling in names.spellings if spelling in ordinary}
        return names

    def find(self, texts: Sequence[str], words: Sequence[str]) -> list[Hit]:
        """Names in order, the longest first where two overlap; `words` are the folded `texts`."""
        hits: list[Hit] = []
        at = 0
        while at < len(texts):
            longest = self._reach(words, at)
            # most words are no name by themselves and start none, which two look-ups say
            if longest == 1 and self.seen.get(words[at]) == "" and texts[at][0] not in "@#":
                at += 1
                continue
            hit = self._at(texts, words, at, longest)
            if hit is None:
                at += 1
            else:
                hits.append(hit)
                at = hit.end
        return hits

    def _reach(self, words: Sequence[str], at: int) -> int:
        """How many words a name that starts here can have."""
        if at + 1 == len(words):
            return 1
        word, following = words[at], words[at + 1]
        starts = word[:3] in self.firsts or (word[:1] in self.firsts and following[:1] in self.seconds)
        return self.longest if starts or (following.isspace() and word[:1] in self.firsts) else 1

    def _at(self, texts: Sequence[str], words: Sequence[str], at: int, longest: int) -> Hit | None:
        text = texts[at]
        if text[0] in "@#":
            name = self._account(words[at]) if text[0] == "@" else self._hashtag(text[1:], words[at])
            return Hit(start=at, end=at + 1, name=name) if name else None
        for end in range(min(len(words), at + longest), at, -1):
            key = words[at] if end == at + 1 and words[at].isalnum() else _squeeze(" ".join(words[at:end]))
            if not key or not words[end - 1][0].isalnum():
                continue
            spelling = key if key in self.spellings else self._close(key)
            if not spelling or sum(not word.isspace() for word in words[at:end]) > self.parts[spelling]:
                continue
            if not (key in self.ordinary and not text[0].isupper()):
                return Hit(start=at, end=end, name=self.spellings[spelling])
        return None

    def _account(self, word: str) -> Name | None:
        """A configured handle, or the very name of a brand with nothing but a country or a service behind it."""
        key = _squeeze(word.split("@")[0])
        known = self.accounts.get(key) or self.spellings.get(key)
        if known:
            return known
        for cut in range(len(key) - 2, 2, -1):
            if key[cut:] in _SUFFIXES and key[:cut] in self.spellings and key[:cut] not in self.ordinary:
                return self.spellings[key[:cut]]
        return None

    def _hashtag(self, text: str, word: str) -> Name | None:
        key = _squeeze(word)
        known = self.spellings.get(key) or self.accounts.get(key)
        if known:
            return known
        close = self._close(key) or next(self._inside(text, key), None)
        return self.spellings[close] if close else None

    def _inside(self, text: str, key: str) -> Iterator[str]:
        """Names that a hashtag is put together with: `#BoycottAxa`, `#allianzfail`."""
        parts = [_squeeze(fold(part)) for part in _CAMEL.findall(text)]
        if len(parts) > 1:
            for size in range(len(parts) - 1, 0, -1):
                joined = ("".join(parts[at : at + size]) for at in range(len(parts) - size + 1))
                yield from (part for part in joined if part in self.spellings and part not in self.ordinary)
        for size in range(len(key) - 1, _MIN_INSIDE - 1, -1):
            for part in (key[:size], key[-size:]):
                if part in self.spellings and part not in self.ordinary:
                    yield part

    def _close(self, key: str) -> str:
        """The spelling that this is with another ending, or with one letter more, less, other or swapped; or none."""
        found = self.seen.get(key)
        if found is None:
            if len(self.seen) >= _REMEMBERED:
                self.seen.clear()
            found = self.seen[key] = self._search(key)
        return found

    def _search(self, key: str) -> str:
        for ending in ("s", "es"):
            if len(key) > 3 and key.endswith(ending) and key[: -len(ending)] in self.spellings:
                return key[: -len(ending)]
        for short in (_RUN.sub(r"\1", key), _RUN.sub(r"\1\1", key)):
            if short != key and len(short) > 2 and short in self.spellings:
                return short
        if len(key) < _MIN_SWAPPED:
            return ""
        meant = self.near.get(key)
        if meant is None and len(key) >= _MIN_FUZZY:
            meant = next((self.near[form] for form in _shorter(key) if form in self.near), None)
        if meant is None or meant in self.ordinary or word_key(key) in self.common:
            return ""
        return meant

    def _add(self, name: Name, spellings: Iterable[str], accounts: Iterable[str]) -> None:
        for spelling in spellings:
            parts = _PARTS.findall(fold(spelling))
            key = "".join(parts)
            if not key:
                continue
            self.spellings.setdefault(key, name)
            self.parts[key] = max(len(parts), self.parts.get(key, 1))
            if len(parts) > 1:
                self.firsts |= {parts[0][:1], parts[0][:3]}
                self.seconds |= {part[:1] for part in parts[1:]}
                self.longest = max(self.longest, len(parts) + 1)  # one more for a doubled space
            for form in _forms(key):
                self.near.setdefault(form, key)
        for account in accounts:
            key = _squeeze(fold(account.lstrip("@").split("@")[0]))
            if key:
                self.accounts.setdefault(key, name)


def word_key(word: str) -> int:
    """A folded word as 32 bits: what the trained pipeline keeps of the words that it saw often."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def _squeeze(word: str) -> str:
    return "".join(_PARTS.findall(word))


def _shorter(key: str) -> Iterator[str]:
    """`key` without one of its letters; without the first one only when it is long."""
    for cut in range(int(len(key) < _MIN_FIRST), len(key)):
        yield key[:cut] + key[cut + 1 :]


def _forms(key: str) -> Iterator[str]:
    """What a misspelling of `key` is looked up by: itself, itself without a letter; of a short name, slips only."""
    if len(key) >= _MIN_FUZZY:
        yield key
        yield from _shorter(key)
    elif len(key) >= _MIN_SWAPPED:
        for at in range(1, len(key)):
            yield key[:at] + key[at - 1] + key[at:]
        for at in range(1, len(key) - 1):
            yield key[:at] + key[at + 1] + key[at] + key[at + 2 :]
