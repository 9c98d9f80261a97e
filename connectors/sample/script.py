"""The script of the sample: one conversation a line, as its writers put it down. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.errors import ConfigError
from schemas.event import Kind, Name

Count = Annotated[int, Meta(ge=0)]
Stars = Annotated[int, Meta(ge=1, le=5)]
Handle = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.]{1,64}$")]


class Person(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who writes, as the network shows them."""

    handle: Handle
    name: str
    followers: Count
    verified: bool = False


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happens: a post, or the edit or deletion of an earlier one (`edit`, `delete`: its index).

    `by` is a key of `who`, or `brand`, `auto`, `leader`. `after` is the time since the line before.
    """

    by: str
    text: str = ""
    after: str = "0s"
    kind: Kind | None = None
    to: Count | None = None
    edit: Count | None = None
    delete: Count | None = None
    lang: str = ""
    likes: Count = 0
    shares: Count = 0
    views: Count = 0
    rating: Stars | None = None


class Scene(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One conversation. `start` is `sun|mon|tue HH:MM[:SS]`, Paris time."""

    id: Annotated[str, Meta(pattern=r"^[a-z]{2}-[0-9]{3,4}$")]
    network: Name
    lang: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")]
    start: str
    who: dict[str, Person]
    posts: Annotated[tuple[Line, ...], Meta(min_length=1)]
    region: str = ""


def read_scene(payload: bytes, where: str) -> Scene:
    """One line of a script.

    Raises:
        ConfigError: the line is not JSON, or not a conversation.
    """
    try:
        return msgspec.json.decode(payload, type=Scene)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"this is no conversation of a script: {error}", where=where, fix="Correct it.") from None
