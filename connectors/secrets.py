"""Take secrets and tokens out of a network's payload before it is kept. Pure."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.units import Secret

HIDDEN = "***"
SHORTEST = 6  # a shorter secret would also be found in ordinary words
# a text in an object, or its cut beginning; names are short, and what was read is not read again: linear in time
_FIELD = re.compile(rb'"([^"\\]{1,64})"(\s*:\s*)"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_KEYS = re.compile(
    r"(?i)^(.*[_-])?(access|refresh|id|api|app|bot|auth|bearer|client|page|reply|quote|session)?[_-]?"
    r"(token|secret|password|passwd|authorization|api[_-]?key|cookie|signature|credentials?)$"
)


def redacted(raw: Any, secrets: Iterable[Secret]) -> bytes:
    """The payload as bytes that may be kept: JSON for values, the bytes themselves otherwise.

    What is no JSON as a whole may have the fields of JSON all the same: where half an emoji or a byte that is no UTF-8
    stands in it, where it is cut, where it has a document a line.
    """
    if isinstance(raw, bytes | bytearray | str):
        payload = raw.encode("utf-8", "replace") if isinstance(raw, str) else bytes(raw)
        try:
            values = msgspec.json.decode(payload)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return _without(_FIELD.sub(_hidden, payload), secrets)
        return _without(payload if values == (clean := _clean(values)) else _encoded(clean), secrets)
    return _without(_encoded(_clean(raw)), secrets)


def _hidden(field: re.Match[bytes]) -> bytes:
    key, colon = field[1], field[2]
    return b'"%b"%b"%b"' % (key, colon, HIDDEN.encode()) if _KEYS.match(key.decode("utf-8", "replace")) else field[0]


def _without(payload: bytes, secrets: Iterable[Secret]) -> bytes:
    for secret in secrets:
        value = secret.reveal().encode("utf-8", "replace")
        if len(value) >= SHORTEST:
            payload = payload.replace(value, HIDDEN.encode())
    return payload


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: HIDDEN if isinstance(key, str) and isinstance(item, str) and _KEYS.match(key) else _clean(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, UnicodeError, RecursionError):
        return repr(value).encode("utf-8", "backslashreplace")
