"""Groups of near-duplicates: one storm is one group, however often its text is passed on, cut short or commented.

Two texts are near when most of their pairs of words are the same; of a retweet or a text that was cut, when most of
the shorter one's are in the longer one. A group's id is a hash of the text that opened it, without addresses,
handles, numbers, signs and case.

Guarantee: the same events in the same order give the same groups, and a text that opens a group gives it the same id
on every worker and in every run. Limits: a worker remembers the last `LEADERS` groups, and nothing of its
life before; a variant that comes to another worker, or after a restart before any text of its group, opens its own.
"""

import functools
import hashlib
import re
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.names import fold_text

LEADERS = 16_384
_MIN_WORDS = 4  # `thanks a lot` is written by many who copy nobody
_MAX_WORDS = 120
_MAX_CHARS = 2_000
_SKETCH = 6  # smallest hashes by which a group is looked up
_MANY = 24  # a pair that so many groups have, such as `in the`, says nothing
_MET = 2  # near-duplicates share most of their smallest hashes
_FACTOR = 0x9E3779B1
_NEAR = 0.6
_INSIDE = 0.8
_PASSED_ON = re.compile(r"^\s*(?:rt|mt)\s+@\w+:?|\bvia\s+@\w+\s*$")
_DROPPED = re.compile(r"(?:https?://|www\.)\S*|[@＠]\w+(?:@[\w.-]+)?|&\w+;|\[[a-z]{2,12}\]")
_CUT = re.compile(r"\w*(?:…|\.\.\.)\s*$")
_WORD = re.compile(r"[^\W\d_]+")

Pairs = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is compared of a text: its words, hashed two by two."""

    key: str
    pairs: Pairs
    least: tuple[int, ...]
    is_partial: bool


@dataclass(slots=True)
class Groups:
    """The groups seen last; bounded."""

    size: int = LEADERS
    leaders: OrderedDict[str, Sketch] = field(default_factory=OrderedDict)
    index: dict[int, list[str]] = field(default_factory=dict)

    def group_of(self, text: str) -> str:
        """The id of the text's group: 16 hex digits, or nothing when the text is too short to tell."""
        found = sketch(text)
        if found is None:
            return ""
        leader = found.key if found.key in self.leaders else self._near(found)
        if leader is None:
            self._open(found)
            return found.key
        self.leaders.move_to_end(leader)
        return leader

    def _near(self, found: Sketch) -> str | None:
        met: dict[str, int] = {}
        for pair in found.pairs if found.is_partial else found.least:
            keys = self.index.get(pair, ())
            if len(keys) <= _MANY:
                for key in keys:
                    met[key] = met.get(key, 0) + 1
        candidates = [key for key, count in met.items() if count >= _MET]
        best = max(((_likeness(found, self.leaders[key]), key) for key in candidates), default=(0.0, ""))
        return best[1] if best[0] >= 1.0 else None

    def _open(self, found: Sketch) -> None:
        self.leaders[found.key] = found
        for least in found.least:
            self.index.setdefault(least, []).append(found.key)
        if len(self.leaders) > self.size:
            key, oldest = self.leaders.popitem(last=False)
            for least in oldest.least:
                self.index[least].remove(key)
                if not self.index[least]:
                    del self.index[least]


def sketch(text: str) -> Sketch | None:
    """The sketch of a text, or None when it has too few words."""
    plain = fold_text(text[:_MAX_CHARS])
    opened = _PASSED_ON.sub(" ", plain)
    closed = _CUT.sub(" ", opened)
    words = _WORD.findall(_DROPPED.sub(" ", closed))[:_MAX_WORDS]
    if len(words) < _MIN_WORDS:
        return None
    codes = [_code(word) for word in words]
    pairs = frozenset([(first * _FACTOR ^ second) & 0xFFFFFFFF for first, second in pairwise(codes)])
    key = hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    least = tuple(sorted(pairs)[:_SKETCH])
    return Sketch(key=key, pairs=pairs, least=least, is_partial=closed != plain)


@functools.lru_cache(maxsize=65_536)
def _code(word: str) -> int:
    """The same on every machine, unlike `hash`."""
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))


def _likeness(found: Sketch, leader: Sketch) -> float:
    """1 and more is near; more is nearer."""
    shared = len(found.pairs & leader.pairs)
    near = shared / (len(found.pairs) + len(leader.pairs) - shared) / _NEAR
    smaller = min(len(found.pairs), len(leader.pairs))
    if (found.is_partial or leader.is_partial) and smaller >= _MIN_WORDS:
        return max(near, shared / smaller / _INSIDE)
    return near
