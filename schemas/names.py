"""Names without what people write differently: case, accents, spaces. The ids of brands and leaders are made so."""

import functools
import re
import unicodedata

_CACHED_WORDS = 65_536
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "’": "'", "ʼ": "'"})
_PARTS = re.compile(r"[^\W_]+")


@functools.lru_cache(maxsize=_CACHED_WORDS)
def fold(word: str) -> str:
    """Lower case, accents and width variants taken off."""
    return fold_text(word)


def fold_text(text: str) -> str:
    """The same of a whole text, which does not come again and is not remembered."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def slug(name: str) -> str:
    """A name as an id: `Société Générale` → `societe-generale`."""
    return "-".join(_PARTS.findall(fold(name)))


def leader_id(name: str) -> str:
    """The canonical id of a leader, as entities carry it."""
    return f"leader:{slug(name)}"
