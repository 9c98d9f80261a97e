"""From a script to events in the order in which they happen. Pure: the same script gives the same bytes."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from connectors.sample.script import Line, Scene
from schemas.errors import ConfigError
from schemas.event import Author, Event, Reach
from schemas.units import Duration

BRAND = "boreane"
PARIS = ZoneInfo("Europe/Paris")
DAYS = {"sun": date(2024, 3, 31), "mon": date(2024, 4, 1), "tue": date(2024, 4, 2)}
END_AT = datetime(2024, 4, 3, tzinfo=PARIS)
LEADER = Author(id="hcastelnaud", handle="hcastelnaud", name="Hélène Castelnaud", role="leader", verified=True)

_WALL_TIME = re.compile(r"(sun|mon|tue) ([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event and the instant at which it happens: that of its post, of its edit or of its deletion."""

    at: datetime
    event: Event


def lay_out(scenes: Iterable[tuple[str, Scene]]) -> list[Happening]:
    """Every happening of the scenes, the earliest first; of one instant, as they stand in the script.

    Args:
        scenes: each with the file and line it stands in.
    Raises:
        ConfigError: naming that file and line.
    """
    happenings: list[Happening] = []
    seen: dict[str, str] = {}
    for where, scene in scenes:
        if scene.id in seen:
            raise _wrong(where, f"the id {scene.id} is taken by {seen[scene.id]}")
        seen[scene.id] = where
        happenings.extend(_happenings(scene, where))
    happenings.sort(key=lambda happening: happening.at)
    return happenings


def wall_time(text: str, where: str) -> datetime:
    """The instant, in UTC, at which the clocks of Paris show `sun|mon|tue HH:MM[:SS]`.

    Raises:
        ConfigError: it is none, or the clocks skip it: on Sunday 31 March 2024 from 02:00 to 03:00.
    """
    parts = _WALL_TIME.fullmatch(text)
    try:
        if parts is None:
            raise ValueError
        local = datetime.combine(DAYS[parts.group(1)], time.fromisoformat(parts.group(2)))
    except ValueError:
        raise _wrong(where, 'the start is not written as "sun 09:12" or "sun 09:12:30"') from None
    at = local.replace(tzinfo=PARIS).astimezone(UTC)
    if at.astimezone(PARIS).replace(tzinfo=None) != local:
        raise _wrong(where, "the start lies in the hour that the change to summer time skips")
    return at


def _happenings(scene: Scene, where: str) -> Iterable[Happening]:
    at = wall_time(scene.start, where)
    delay = _delay(scene.id)
    posts: dict[int, Event] = {}  # by index in the script, as they stand now
    for index, line in enumerate(scene.posts):
        at += timedelta(seconds=_after(line, where))
        if at >= END_AT:
            raise _wrong(where, f"post {index} happens after the three days")
        changed = line.edit if line.edit is not None else line.delete
        if changed is None:
            event = _post(scene, index, posts, at, where)
            posts[index] = event
        else:
            event = posts[changed] = _changed(line, _earlier(posts, changed, index, where), scene, where)
        yield Happening(at=at, event=msgspec.structs.replace(event, received_at=at + delay))


def _post(scene: Scene, index: int, posts: dict[int, Event], at: datetime, where: str) -> Event:
    line = scene.posts[index]
    answered = None
    if posts:
        answered = _earlier(posts, max(posts) if line.to is None else line.to, index, where)
    author = _author(scene, line, where)
    if not line.text:
        raise _wrong(where, f"post {index} has no text")
    kind = line.kind or ("reply" if answered else "post")
    private = scene.network == "whatsapp" or kind == "message"
    language = line.lang or scene.lang
    return Event(
        event_id=f"{scene.network}:{scene.id}.{index}",
        network=scene.network,
        brand=BRAND,
        conversation_id=f"{scene.network}:{scene.id}",
        parent_id=answered.event_id if answered else None,
        author=author,
        text=line.text,
        language=None if language == "und" else language,
        created_at=at,
        received_at=at,
        permalink=None if private else f"https://{scene.network}.example/{author.handle}/status/{scene.id}.{index}",
        kind=kind,
        rating=line.rating,
        reach=Reach(likes=line.likes, shares=line.shares, views=line.views),
        visibility="private" if private else "public",
    )


def _changed(line: Line, original: Event, scene: Scene, where: str) -> Event:
    if original.author != _author(scene, line, where):
        raise _wrong(where, "somebody edits or deletes what another wrote")
    if line.delete is not None:
        return msgspec.structs.replace(original, text="", deleted=True)
    if not line.text:
        raise _wrong(where, "an edit has no text")
    return msgspec.structs.replace(original, text=line.text, edited=True)


def _author(scene: Scene, line: Line, where: str) -> Author:
    french = (line.lang or scene.lang) == "fr"
    handle = "BoreaneAide" if french else "BoreaneHelp"
    name = "Boréane Assurances" if french else "Boréane Help"
    if line.by == "brand":
        return Author(id=handle, handle=handle, name=name, role="brand", verified=True)
    if line.by == "auto":
        return Author(id=f"{handle}:auto", handle=handle, name=name, role="automation", verified=True)
    if line.by == "leader":
        return LEADER
    person = scene.who.get(line.by)
    if person is None:
        raise _wrong(where, "a post is by somebody who is not in `who`")
    return Author(
        id=person.handle,
        handle=person.handle,
        name=person.name,
        role="customer",
        followers=person.followers,
        verified=person.verified,
    )


def _earlier(posts: dict[int, Event], wanted: int, index: int, where: str) -> Event:
    event = posts.get(wanted)
    if event is None:
        raise _wrong(where, f"post {index} points to post {wanted}, which is not an earlier one")
    return event


def _after(line: Line, where: str) -> float:
    try:
        return Duration.parse(line.after)
    except ValueError as error:
        raise _wrong(where, f"`after` is not {error}") from None


def _delay(scene_id: str) -> timedelta:
    """1 to 3 s until a post is fetched, the same for a whole conversation, so that none overtakes another."""
    digest = hashlib.blake2b(scene_id.encode(), digest_size=2).digest()
    return timedelta(milliseconds=1000 + int.from_bytes(digest) % 2001)


def _wrong(where: str, what: str) -> ConfigError:
    return ConfigError(what, where=where, fix="Correct the script of the sample.")
