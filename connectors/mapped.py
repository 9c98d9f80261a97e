"""Rows and JSON objects of any shape as events, by what the settings say of them. Pure.

A path names a value: `author.name`, `items.0.id`; a column's name when there is no such path.
"""

import math
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from connectors.base import Source
from connectors.normalize import make_event
from connectors.reading import instant, mail_instant, plain_text, read, unix_instant
from schemas.errors import ConfigError, Malformed
from schemas.event import Event, Kind, Reach, Visibility

T = TypeVar("T")

TIMES = '"iso", "rfc822", "unix", "unix_ms", or a format of strptime such as "%d/%m/%Y %H:%M"'


class Fields(Struct, frozen=True, forbid_unknown_fields=True):
    """Where each part of an event stands in an item. `team` and `deleted` name what is true or not empty then."""

    id: str = "id"
    created_at: str = "created_at"
    author_id: str = "author_id"
    text: str = "text"
    title: str = ""
    conversation: str = "conversation"
    parent: str = "parent"
    handle: str = "handle"
    name: str = "name"
    application: str = ""
    language: str = "language"
    permalink: str = "permalink"
    rating: str = "rating"
    likes: str = ""
    team: str = ""
    deleted: str = ""


class Mapping(Struct, frozen=True):
    """How the items of a source are to be read."""

    fields: Fields = Fields()
    time: str = "iso"
    zone: str = ""
    html: bool = False
    kind: Kind = "post"
    visibility: Visibility = "public"


OPTIONS = {
    "fields": 'a table, where each part of an event stands: fields = {id = "uuid", author_id = "user.id", …}',
    "time": f'how times are written: {TIMES}; "iso" by default',
    "zone": 'the zone of times that name none: "Europe/Paris"; without it they are refused',
    "html": "true when texts are HTML",
    "kind": "post, comment, reply, review or message; post by default",
    "visibility": "public or private; public by default",
}


def settings_of(source: Source, kind: type[T]) -> T:
    """The options of a source as a struct.

    Raises:
        ConfigError: they do not hold together.
    """
    try:
        return read(dict(source.options), kind)
    except Malformed as error:
        raise ConfigError(
            error.what.replace("the item is not what the network documents", "the options do not hold together"),
            where=f"source {source.name}",
            fix=f"`vigie connectors list --json` says what each option of {source.network} means.",
        ) from None


def event_of(raw: Any, source: Source, mapping: Mapping, *, prefix: str = "") -> Event:
    """One item as an event; `prefix` goes before its ids, so that two origins cannot collide.

    Raises:
        Malformed: a part that must be there is not.
    """
    where = mapping.fields
    id = id_of(pick(raw, where.id))
    if not id:
        raise Malformed("the id of the item is missing: see `fields` of this source")

    def linked(path: str) -> str | None:
        native = id_of(pick(raw, path))
        return f"{prefix}{native}" if native else None

    parts = [text_of(pick(raw, path)) for path in (where.title, where.text)]
    parent = linked(where.parent)
    return make_event(
        source,
        id=f"{prefix}{id}",
        conversation=linked(where.conversation),
        parent=parent,
        author_id=text_of(pick(raw, where.author_id)) or text_of(pick(raw, where.handle)),
        handle=text_of(pick(raw, where.handle)),
        name=text_of(pick(raw, where.name)),
        application=text_of(pick(raw, where.application)),
        is_team=is_set(pick(raw, where.team)),
        text="\n".join(plain_text(part) if mapping.html else part for part in parts if part),
        created_at=moment(pick(raw, where.created_at), mapping),
        kind="reply" if parent and mapping.kind == "post" else mapping.kind,
        visibility=mapping.visibility,
        language=text_of(pick(raw, where.language)) or None,
        permalink=text_of(pick(raw, where.permalink)) or None,
        rating=_number(pick(raw, where.rating)),
        reach=Reach(likes=_number(pick(raw, where.likes)) or 0),
        deleted=is_set(pick(raw, where.deleted)),
    )


def pick(raw: Any, path: str) -> Any:
    """What stands at a path; None when nothing does."""
    if not path:
        return None
    if isinstance(raw, dict) and path in raw:
        return raw[path]
    for step in path.split("."):
        if isinstance(raw, dict):
            raw = raw.get(step)
        elif isinstance(raw, list) and step.isdecimal() and int(step[:9]) < len(raw):
            raw = raw[int(step)]
        else:
            return None
    return raw


def text_of(value: Any) -> str:
    """A text, or a number as text; empty for anything else."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return value.strip() if isinstance(value, str) else str(value) if type(value) in (int, float) else ""


def id_of(value: Any) -> str:
    """An id as text. Spreadsheets turn a column of numbers with gaps into 12.0."""
    text = text_of(value)
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def is_set(value: Any) -> bool:
    """Whether a value says yes; in a table, where all is text, "false", "no" and "0" say no."""
    return value.strip().casefold() not in ("", "false", "no", "0", "null") if isinstance(value, str) else bool(value)


def moment(value: Any, mapping: Mapping) -> datetime:
    """An instant as the settings say it is written.

    Raises:
        Malformed: it is not written so, or has no zone and none is declared.
    """
    if mapping.time in ("unix", "unix_ms"):
        try:
            return unix_instant(float(text_of(value)), per_second=1 if mapping.time == "unix" else 1000)
        except ValueError:
            raise Malformed("a time is not a count since 1970") from None
    text = text_of(value)
    if mapping.time == "rfc822":
        return mail_instant(text)
    try:
        found = datetime.fromisoformat(text) if mapping.time == "iso" else datetime.strptime(text, mapping.time)  # noqa: DTZ007 - below
    except ValueError:
        raise Malformed("a time is not written as `time` of this source says") from None
    if found.tzinfo is None and mapping.zone:
        found = found.replace(tzinfo=_zone(mapping.zone))
    return instant(found.isoformat())


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(f"there is no time zone {name!r}", where="zone", fix='Write it as "Europe/Paris".') from None


def _number(value: Any) -> int | None:
    text = text_of(value)
    try:
        return round(float(text)) if text else None
    except (ValueError, OverflowError):
        return None
