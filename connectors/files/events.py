"""Our own events as JSON lines: one Event a line, as `vigie schema export` describes it.

A line without `received_at` gets the present, since the file does not say when it was fetched. `created_at` is
never guessed.
"""

import re
from array import array
from datetime import datetime

import msgspec

from connectors.files.history import SEEN_EVERY_ROWS, BadRows, History, Place, Places, Seen, by_time, in_order
from connectors.files.limits import Limits, from_ms, to_ms
from connectors.files.lines import InputFile
from connectors.files.twcs_rows import COLUMNS, header_of
from schemas import codec
from schemas.clock import Clock
from schemas.errors import ConfigError, DecodeError, Malformed
from schemas.event import Event, utc
from schemas.topics import EVENTS

MAX_LINE_BYTES = EVENTS.max_message_bytes - 2048  # room for received_at and the record's own header
_ECHO = re.compile(r"enum value .* - at", re.DOTALL)  # msgspec repeats an unknown role: it may be anybody's words


def check_header(file: InputFile) -> None:
    """Refuse a file that cannot be JSON lines.

    Raises:
        ConfigError: it is a CSV, or one JSON array.
    """
    first = file.read(0, 65_536).lstrip(b"\xef\xbb\xbf \t\r\n")
    if COLUMNS[0] in header_of(first.split(b"\n", 1)[0]):
        raise ConfigError("this is a CSV, not JSON lines", where=str(file.path), fix="Give --format twcs.")
    if first.startswith(b"["):
        raise ConfigError(
            "this is one JSON array", where=str(file.path), fix="Write one event a line, without brackets and commas."
        )


def scan(file: InputFile, limits: Limits, *, clock: Clock, seen: Seen) -> History:
    """Read the whole file once; `items` of the history then reads single lines again."""
    places, created_ms = Places(), array("q")
    bad = BadRows(file, source=f"events:{file.name}", network="", failed_at=clock.now())
    stamp = clock.now()
    for count, line in enumerate(file.lines()):
        if count % SEEN_EVERY_ROWS == 0:
            seen(line.offset)
        if not line.payload.strip():
            continue
        place = Place(line.number, line.offset, line.length)
        try:
            event = parse_line(line.payload, stamp)
        except Malformed as error:
            bad.add(place, error.what)
            continue
        at_ms = to_ms(event.created_at)
        fault = limits.fault_of(at_ms, event.text)
        if fault:
            bad.add(place, fault)
        else:
            places.add(place)
            created_ms.append(at_ms)
    seen(file.size)
    order = by_time(created_ms)

    def event_of(row: int) -> Event:
        place = places[row]
        return parse_line(file.read(place.offset, place.length), clock.now())

    return History(
        rows=len(bad) + len(order),
        first_at=from_ms(created_ms[order[0]]) if order else None,
        last_at=from_ms(created_ms[order[-1]]) if order else None,
        items=in_order(bad, order, event_of),
    )


def parse_line(payload: bytes, received_at: datetime) -> Event:
    """The event of one line; `received_at` is for a line that has none.

    Raises:
        Malformed: with the cause, which never repeats what the line holds.
    """
    if b"\0" in payload:
        raise Malformed("the line holds NUL bytes")
    if len(payload) > MAX_LINE_BYTES:
        raise Malformed(f"the line is longer than {MAX_LINE_BYTES:,} bytes")
    payload = payload.removeprefix(b"\xef\xbb\xbf")
    try:
        event = codec.decode(payload, Event)
    except DecodeError as error:
        event = _stamped(payload, received_at, error)
    try:
        return msgspec.structs.replace(event, created_at=utc(event.created_at), received_at=utc(event.received_at))
    except OverflowError:
        raise Malformed("a time lies beyond the year 9999 or before the year 1") from None


def _stamped(payload: bytes, received_at: datetime, error: DecodeError) -> Event:
    try:
        fields = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
        if "received_at" not in fields:
            stamp = msgspec.Raw(msgspec.json.encode(received_at))
            return codec.decode(msgspec.json.encode({**fields, "received_at": stamp}), Event)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    except DecodeError as again:
        error = again
    raise Malformed(_ECHO.sub("enum value - at", error.what)) from None
