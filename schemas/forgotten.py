"""Forgotten: an author who asked to be erased, known by a keyed hash alone, and what becomes of their posts. Pure."""

import hmac
import re
import unicodedata
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from schemas.customers import is_mark, named_by, number_of
from schemas.event import Author, Event, Identifier, Instant, Name
from schemas.units import Secret

_BETWEEN = r"[0-9A-Za-z]"


class Forgotten(Struct, frozen=True, kw_only=True):
    """One author. `mark` is what stands in the place of their id from then on."""

    mark: Identifier
    network: Name
    at: Instant


def mark_of(network: str, author_id: str, *, key: Secret) -> str:
    """The same author has the same mark on every machine with this key; without it nobody can tell who it is.

    HMAC-SHA256 over the id, NFKC and case folded, cut to 128 bits.
    """
    folded = unicodedata.normalize("NFKC", author_id).casefold()
    message = f"forgotten:{network}:{folded}".encode("utf-8", "surrogatepass")
    return f"forgotten-{hmac.digest(key.reveal().encode(), message, 'sha256').hex()[:32]}"


def erased(event: Event, *, key: Secret, is_forgotten: Callable[[str], bool]) -> Event:
    """The event without those who were forgotten: what they wrote and who they are goes, that they did stays.

    Their id leaves the ids of events and conversations too, where networks build these from it, in posts of others as
    well.
    """
    author, number = event.author, number_of(event.network, event.conversation_id)
    for name in _named(event):
        mark = mark_of(event.network, name, key=key)
        if not is_forgotten(mark):
            continue
        if name == author.id or (name == number and author.role == "customer" and not is_mark(event.author.id)):
            event = msgspec.structs.replace(
                event,
                author=Author(id=mark, role=author.role, followers=author.followers),
                text="",
                permalink=None,
                raw=msgspec.UNSET,
            )
        event = renamed(event, name, mark)
    return event


def renamed(event: Event, name: str, other: str) -> Event:
    """The event with another name in its ids, where the old one stands as a whole word."""
    return msgspec.structs.replace(
        event,
        event_id=without(event.event_id, name, other),
        conversation_id=without(event.conversation_id, name, other),
        parent_id=None if event.parent_id is None else without(event.parent_id, name, other),
        recipient=without(event.recipient, name, other),
    )


def without(identifier: str, name: str, mark: str) -> str:
    """An id with another name in it, where the old one stands as a whole word."""
    return re.sub(pattern_of(name), mark, identifier)


def pattern_of(name: str) -> str:
    """Where the name of an author stands in an id as a whole word."""
    return rf"(?<!{_BETWEEN}){re.escape(name)}(?!{_BETWEEN})"


def _named(event: Event) -> Iterator[str]:
    """Ids of authors that an event may name: its own, and parts of the ids of what it belongs to."""
    seen = {event.author.id: None}
    for identifier in (event.event_id, event.conversation_id, event.parent_id or "", event.recipient):
        native = identifier.partition(":")[2]
        seen.update(dict.fromkeys((native, *native.split("/"), *native.split(":"))))
    seen.update(dict.fromkeys(named_by(event.network, event.conversation_id)))
    yield from (name for name in seen if name and not is_mark(name))
