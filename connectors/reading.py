"""What parsers share: typed access to a network's item, instants in every form, HTML as text. Pure.

A parser declares the fields that it reads as a `msgspec.Struct` with defaults for all that may be missing, and
lets `read` check them: whatever comes, the answer is that struct or Malformed.
"""

import html
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar

import msgspec

from schemas.errors import Malformed
from schemas.event import utc

T = TypeVar("T")
NativeId = Annotated[str, msgspec.Meta(min_length=1, max_length=480)]  # room for the name of the network

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# html.parser of Python 3.11 takes minutes for 60,000 times "<"; nothing here can look past the next "<" or ">"
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:[\s/][^<>]*)?>|<[!?][^<>]*>")
_BREAKS = frozenset({"br", "p", "div", "li", "ul", "ol", "blockquote", "pre", "tr", "h1", "h2", "h3", "h4", "h5"})
_HIDDEN = frozenset({"script", "style", "template"})
_SPACES = re.compile(r"[ \t\r\f\v]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_AROUND_BREAKS = re.compile(r" *\n *")
# an escaped backslash, a pair of surrogates, half a pair
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_VALUE = re.compile(r"Invalid enum value .*?(?= - at `|$)|Invalid value .*?(?= - at `|$)", re.DOTALL)


def read(raw: Any, kind: type[T]) -> T:
    """A network's item, JSON bytes or values that JSON gave, as the struct that names what is needed of it.

    Raises:
        Malformed: it is not of that shape. The message names the path and never the value.
    """
    try:
        return decoded(raw, kind) if isinstance(raw, bytes | bytearray | str) else msgspec.convert(raw, kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed(
            f"the item is not what the network documents: {_VALUE.sub('a wrong value', str(error))}"
        ) from None


def decoded(json: bytes | bytearray | str, kind: type[T]) -> T:
    """JSON as that type; half a pair of surrogates, as a cut text has, and bytes that are no UTF-8 become U+FFFD.

    Or one cut emoji would make a whole page unreadable, each time that it is asked for.

    Raises:
        msgspec.MsgspecError, UnicodeError, RecursionError: it is no JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(json, type=kind)
    except (msgspec.DecodeError, UnicodeError):
        given = json.encode("utf-8", "replace") if isinstance(json, str) else bytes(json)
        mended = _ESCAPES.sub(_mended, given.decode("utf-8", "replace").encode())
        if mended == given:
            raise
        return msgspec.json.decode(mended, type=kind)


def _mended(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape["lone"] else escape[0]


def instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone, in UTC.

    Raises:
        Malformed: it is none, or has no zone: a time is never guessed.
    """
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise Malformed("a time is not ISO 8601 with a zone") from None


def mail_instant(text: str) -> datetime:
    """An instant as mail and RSS write it (RFC 822, RFC 5322), in UTC.

    Raises:
        Malformed: it is none, or has no zone.
    """
    try:
        return utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        raise Malformed("a time is not as RFC 5322 writes it, with a zone") from None


def unix_instant(value: float, *, per_second: int = 1) -> datetime:
    """An instant counted since 1970: in seconds, or 1000 or 1,000,000 per second.

    Raises:
        Malformed: it lies before 1970 or beyond the year 9999.
    """
    try:
        milliseconds = value * 1000 // per_second
        if not milliseconds >= 0:
            raise ValueError
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError):
        raise Malformed("a time is not a count since 1970") from None


def plain_text(markup: str) -> str:
    """HTML as a person reads it: text with line breaks, without tags, scripts and entities."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    parts: list[str] = []
    end, hidden = 0, ""
    for tag in _TAG.finditer(markup):
        if not hidden:
            parts.append(markup[end : tag.start()])
        end = tag.end()
        name = (tag["name"] or "").lower()
        if hidden:
            hidden = "" if tag["close"] and name == hidden else hidden
        elif name in _HIDDEN and not tag["close"]:
            hidden = name
        elif name in _BREAKS:
            parts.append("\n")
    if not hidden:
        parts.append(markup[end:])
    text = _SPACES.sub(" ", html.unescape("".join(parts)).replace("\xa0", " "))
    return _BLANK_LINES.sub("\n\n", _AROUND_BREAKS.sub("\n", text)).strip()
