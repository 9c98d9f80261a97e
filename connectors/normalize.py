"""From what a network knows of an item to an Event: ids, role, language and counts, alike for all networks. Pure."""

import re
from datetime import UTC, datetime

from connectors.base import Source
from connectors.people import Writer, role_of
from schemas.errors import Malformed
from schemas.event import Author, Event, Kind, Reach, Visibility, utc

MAX_ID_CHARS = 512
MAX_NAME_CHARS = 512
MAX_ADDRESS_CHARS = 2048
MAX_COUNT = 2**53

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=[-_]|$)")


def make_event(
    source: Source,
    *,
    id: str,
    author_id: str,
    created_at: datetime,
    text: str = "",
    conversation: str | None = None,
    parent: str | None = None,
    handle: str = "",
    name: str = "",
    followers: int | None = None,
    verified: bool = False,
    application: str = "",
    is_bot: bool = False,
    is_team: bool = False,
    kind: Kind = "post",
    visibility: Visibility = "public",
    permalink: str | None = None,
    language: str | None = None,
    rating: int | None = None,
    reach: Reach = Reach(),
    edited: bool = False,
    deleted: bool = False,
) -> Event:
    """An event from what a network knows, with native ids; the role is decided here, for all networks alike.

    Args:
        source: the Source that is read.
        conversation: native id of what opened the conversation. Where the network gives only the parent, leave it
            out: the frame finds the root. An event without either opens its own.
        is_bot: the network marks the account as automatic.
        is_team: the network itself says that the author belongs to the brand (staff, page, owner).
    Raises:
        Malformed: an id is missing or too long.
    """
    network = source.network
    role, brand = role_of(
        source.people,
        Writer(
            network=network,
            id=author_id,
            handle=handle,
            application=application,
            is_bot=is_bot,
            is_team=is_team,
            text=text,
        ),
    )
    return Event(
        event_id=_qualified(network, id),
        network=network,
        conversation_id="" if parent and not conversation else _qualified(network, conversation or id),
        author=Author(
            id=_checked(author_id, "author"),
            role=role,
            handle=handle[:MAX_NAME_CHARS],
            name=name[:MAX_NAME_CHARS],
            followers=_count(followers) if followers is not None else None,
            verified=verified,
        ),
        created_at=utc(created_at),
        received_at=_EPOCH,  # the frame knows it
        brand=source.brand or brand,
        parent_id=_qualified(network, parent) if parent else None,
        text=text.replace("\0", ""),
        language=_language(language),
        permalink=_address(permalink),
        kind=kind,
        rating=rating,
        reach=Reach(likes=_count(reach.likes), shares=_count(reach.shares), views=_count(reach.views)),
        visibility=visibility,
        edited=edited,
        deleted=deleted,
    )


def _qualified(network: str, native: str) -> str:
    return f"{network}:{_checked(native, 'item', room=len(network) + 1)}"


def _checked(native: str, what: str, *, room: int = 0) -> str:
    if not native or len(native) + room > MAX_ID_CHARS:
        raise Malformed(f"the id of the {what} is empty or longer than {MAX_ID_CHARS} characters")
    return native


def _address(url: str | None) -> str | None:
    """People click on it: nothing but the web, and no longer than a browser takes."""
    is_web = url is not None and url.startswith(("https://", "http://")) and len(url) <= MAX_ADDRESS_CHARS
    return url if is_web else None


def _count(value: int) -> int:
    return min(max(0, value), MAX_COUNT)


def _language(tag: str | None) -> str | None:
    found = _LANGUAGE.match(tag) if tag else None
    return found[0].lower() if found else None
