"""Signatures of push networks, compared in constant time, and the age of what they sign. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

WINDOW_S = 300.0


def hmac_matches(
    given: str,
    secret: str,
    signed: bytes,
    *,
    algorithm: Literal["sha256", "sha1", "sha384", "sha512"] = "sha256",
    encoding: Literal["hex", "base64"] = "hex",
    prefix: str = "",
) -> bool:
    """Whether a header holds the HMAC of these bytes; a header without the prefix, or none at all, does not."""
    if not secret or not given.startswith(prefix):
        return False
    expected = hmac.digest(secret.encode(), signed, algorithm)
    try:
        found = (
            bytes.fromhex(given[len(prefix) :])
            if encoding == "hex"
            else base64.b64decode(given[len(prefix) :], validate=True)
        )
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(expected, found)


def same(given: str, expected: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ; nothing equals an empty text."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def sha1_of_sorted(*parts: str) -> str:
    """The hex SHA-1 of the parts, sorted and joined: how WeChat signs."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def is_fresh(seconds: str, now: datetime, *, window_s: float = WINDOW_S) -> bool:
    """Whether an instant in seconds since 1970, as text, lies within the window around now."""
    try:
        return abs(now.timestamp() - int(seconds)) <= window_s
    except (ValueError, OverflowError):
        return False


def header(headers: Mapping[str, str], name: str) -> str:
    """A header, empty when there is none."""
    return headers.get(name.lower(), "")
