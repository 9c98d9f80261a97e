"""A network's item with its people, texts and ids replaced, and its shape kept: for payloads of tests. Pure.

What looks like a word of the protocol (an instant, a type, a language, a number, true or false) stays. Every other
text is replaced letter by letter, the same text always by the same; so reply links still hold. Read what comes out
before you commit it: nobody but you knows what a field means.
"""

import re
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?")
_PROTOCOL = re.compile(r"[a-z]{1,16}([_.:#/-][a-zA-Z]{1,24}){0,6}")
_PROTOCOL_KEYS = re.compile(
    r"(?i)^(\$?type|kind|object|field|verb|item|action|event|event_?type|operation|collection|visibility|language|lang"
    r"|langs|status|mode|format|shape|msgtype|content_?type|state|method|role)$"
)
_TIME_KEYS = re.compile(r"(?i)(time|date|_at|_at_i|created|updated|published|timestamp|time_us|time_ms)$")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_WORD = re.compile(r"&\w+;|<!\[CDATA\[|</?[a-zA-Z][^>@]*>|[^\W\d_]+|\d+")
_LETTERS = "etaoinshrdlucmfwypvbgkqjxz"
_SHORTEST_ID = 5


def anonymized(value: Any, key: str = "") -> Any:
    """The same structure with invented content."""
    if isinstance(value, dict):
        return {_key(name): anonymized(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [anonymized(inner, key) for inner in value]
    if isinstance(value, bytes):
        return anonymized(value.decode("utf-8", "replace"), key)
    if isinstance(value, str):
        return _text(value, key)
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(value, key)
    return value


def _key(name: Any) -> Any:
    return _replaced(name) if isinstance(name, str) and len(name) >= 16 and any(map(str.isdigit, name)) else name


def _text(text: str, key: str) -> str:
    if not text or _INSTANT.fullmatch(text) or (_PROTOCOL_KEYS.match(key) and _PROTOCOL.fullmatch(text)):
        return text
    if text.isdigit() and _TIME_KEYS.search(key):
        return text
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts += [_replaced(text[end : found.start()]), _address(found[0])]
        end = found.end()
    return "".join([*parts, _replaced(text[end:])])


def _number(value: int, key: str) -> int:
    digits = str(abs(value))
    if len(digits) < _SHORTEST_ID or _TIME_KEYS.search(key):
        return value
    return int(_replaced(digits)) * (-1 if value < 0 else 1)


def _address(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{_replaced(parts.query)}" if parts.query else ""
    return f"https://{_replaced(parts.netloc.partition('.')[0])}.example{_replaced(parts.path)}{query}"


def _replaced(text: str) -> str:
    return _WORD.sub(lambda found: found[0] if found[0][0] in "<&" else _word(found[0]), text)


def _word(word: str) -> str:
    """As long as before, digits for digits, capitals for capitals; never a leading zero that was not there."""
    chance = blake2b(word.casefold().encode("utf-8", "replace"), digest_size=64).digest()
    made = []
    for place, character in enumerate(word):
        pick = chance[place % 64] + place // 64
        if character.isdigit():
            made.append("0" if character == "0" and place == 0 else str(1 + pick % 9))
        else:
            letter = _LETTERS[pick % len(_LETTERS)]
            made.append(letter.upper() if character.isupper() else letter)
    return "".join(made)
