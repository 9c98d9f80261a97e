"""Whether a text has a word that is tracked. Pure."""

import re
from collections.abc import Callable, Iterable


def matcher(words: Iterable[str]) -> Callable[[str], bool]:
    """A test for texts: any of these words, as a whole word, whatever the case.

    Scripts that write without spaces have no whole words: there any occurrence counts.
    """
    parts = [_pattern(word) for word in sorted({word.strip() for word in words if word.strip()})]
    if not parts:
        return lambda text: False
    found = re.compile("|".join(parts), re.IGNORECASE)
    return lambda text: found.search(text) is not None


def _pattern(word: str) -> str:
    before = r"(?<!\w)" if _has_edges(word[0]) else ""
    after = r"(?!\w)" if _has_edges(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def _has_edges(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80  # from there on: Chinese, Japanese, Korean
