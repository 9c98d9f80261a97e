"""RSS and Atom as they are in the wild: the texts of each entry, alike for all versions. Pure.

feedparser reads what no strict XML parser would take. It is given bytes alone, never an address or the name of a
file. Its own reading of times is not used, since it takes one without a zone for UTC.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import feedparser
from msgspec import Struct

from connectors.reading import instant, mail_instant
from schemas.errors import Malformed

# numbers of the halves of UTF-16, as some programs write an emoji; in escaped HTML the ampersand is escaped too
_HALF = rb"&(?:amp;)?#(?:0*(5[5-7][0-9]{3})|[xX]0*([dD][89a-fA-F][0-9a-fA-F]{2}));"
_HALVES, _EACH = re.compile(rb"(?:%b)+" % _HALF), re.compile(_HALF)


class Entry(Struct):
    """One entry. `body` is HTML or plain; `published` and `updated` are as the feed writes them."""

    id: str = ""
    link: str = ""
    title: str = ""
    body: str = ""
    author: str = ""
    author_url: str = ""
    published: str = ""
    updated: str = ""
    parent: str = ""
    language: str = ""


class Feed(Struct):
    """One document. `next_url` is where the feed goes on (RFC 5005), empty at its end."""

    entries: tuple[Entry, ...] = ()
    next_url: str = ""


def read_feed(body: bytes, where: str) -> Feed:
    """The entries in the order of the document.

    Args:
        where: the address of the document, for addresses in it that are not whole.
    Raises:
        Malformed: it is no feed.
    """
    try:
        found = feedparser.parse(
            BytesIO(_HALVES.sub(_joined_halves, body)), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # a parser of tag soup may fail in any way
        raise Malformed("the answer is no feed that can be read") from None
    if not found.get("version") and not found.get("entries"):
        raise Malformed("the answer is neither RSS nor Atom")
    language = _text(found.get("feed", {}), "language")
    links = found.get("feed", {}).get("links", ())
    following = next((_text(link, "href") for link in links if _text(link, "rel") == "next"), "")
    return Feed(
        entries=tuple(_entry(one, where, language) for one in found.get("entries", ())),
        next_url=_joined(where, following),
    )


def _joined_halves(found: re.Match[bytes]) -> bytes:
    """Two halves are one character; one alone is none, and feedparser gives the whole feed up for it."""
    numbers = [int(one[1]) if one[1] else int(one[2], 16) for one in _EACH.finditer(found[0])]
    text = b"".join(number.to_bytes(2, "little") for number in numbers).decode("utf-16-le", "replace")
    ampersand = found[0].partition(b"#")[0]
    return b"".join(b"%b#%d;" % (ampersand, ord(character)) for character in text)


def written_at(entry: Entry) -> datetime:
    """When an entry was published; when it was updated, in feeds that say only that.

    Raises:
        Malformed: it says neither, or without a zone.
    """
    text = (entry.published or entry.updated).strip()
    try:
        return instant(text)
    except Malformed:
        return mail_instant(text)


def _entry(one: Any, where: str, language: str) -> Entry:
    author = one.get("author_detail", {})
    contents: Iterable[Any] = one.get("content", ())
    detail = next((part for part in contents if _text(part, "value")), one.get("summary_detail", {}))
    return Entry(
        id=_text(one, "id"),
        link=_joined(where, _text(one, "link")),
        title=_text(one, "title"),
        body=_text(detail, "value") or _text(one, "summary"),
        author=_author(_text(one, "author"), author),
        author_url=_text(author, "href"),
        published=_text(one, "published"),
        updated=_text(one, "updated"),
        parent=_text(one.get("thr_in-reply-to", {}), "ref"),
        language=_text(detail, "language") or language,
    )


def _author(whole: str, detail: Any) -> str:
    """The name alone: RSS writes `mail@host (Name)`, and addresses are nobody's to keep."""
    if "@" not in whole:
        return whole
    _, bracket, rest = whole.partition("(")
    if bracket:
        return rest.partition(")")[0].strip()
    name = _text(detail, "name")
    return "" if "@" in name else name


def _joined(where: str, link: str) -> str:
    try:
        return urljoin(where, link) if link else ""
    except ValueError:
        return ""


def _text(values: Any, name: str) -> str:
    value = dict.get(values, name)  # feedparser's own `get` gives `published` for an `updated` that is missing
    return value.strip() if isinstance(value, str) else ""
