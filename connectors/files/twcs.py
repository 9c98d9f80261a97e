"""The public *Customer Support on Twitter* CSV, replayed as it happened.

Two passes: the first finds each row's place, time and links, and so its conversation; the second reads rows
again in the order of time. Memory is about 210 bytes a row, whatever the texts are (measured: 234 MB for a million).
"""

from __future__ import annotations  # array[int] is a type for the checker alone

from array import array
from collections.abc import Callable
from datetime import datetime

from connectors.files.conversations import Links, brands_of, first_rows, mentioned_brands
from connectors.files.history import SEEN_EVERY_ROWS, BadRows, History, Place, Places, Seen, by_time, in_order
from connectors.files.limits import Limits, from_ms
from connectors.files.lines import InputFile
from connectors.files.twcs_rows import COLUMNS, Row, header_of, mentions, parse_row, records
from schemas.clock import Clock
from schemas.errors import ConfigError, Malformed
from schemas.event import Author, Event

NETWORK = "x"


class _Rows:
    """What the first pass keeps of each good row."""

    def __init__(self) -> None:
        self.places = Places()
        self.ids = array("q")
        self.created_ms = array("q")
        self.authors = array("i")
        self.links = Links()
        self.brand_names: dict[str, int] = {}

    def add(self, place: Place, row: Row) -> None:
        self.places.add(place)
        self.ids.append(row.tweet_id)
        self.created_ms.append(row.created_ms)
        names = self.brand_names
        self.authors.append(-1 if row.inbound else names.setdefault(row.author, len(names)))
        if row.parent is not None:
            self.links.link(row.tweet_id, row.parent)
        for response in row.responses:
            self.links.link(row.tweet_id, response)


def check_header(file: InputFile) -> None:
    """Refuse a file that is not this CSV.

    Raises:
        ConfigError: naming the columns that were found and those that are needed.
    """
    first = file.read(0, 65_536).split(b"\n", 1)[0]
    if first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
        raise ConfigError("these are JSON lines, not a CSV", where=str(file.path), fix="Give --format events.")
    found = header_of(first)
    if tuple(found) != COLUMNS:
        raise ConfigError(
            f"the columns are not those of twcs. Found: {_shown(found)}. Needed: {', '.join(COLUMNS)}",
            where=f"{file.path}, line 1",
            fix="Give the CSV as it was published, with commas and its first line.",
        )


def scan(file: InputFile, limits: Limits, *, clock: Clock, seen: Seen) -> History:
    """Read the whole file once; `items` of the history then reads single rows again."""
    rows = _Rows()
    bad = BadRows(file, source=f"twcs:{file.name}", network=NETWORK, failed_at=clock.now())
    lines = file.lines()
    next(lines)  # the header
    for count, record in enumerate(records(lines)):
        if count % SEEN_EVERY_ROWS == 0:
            seen(record.offset)
        place = Place(record.line, record.offset, record.length)
        try:
            row = parse_row(record.payload)
        except Malformed as error:
            if record.payload.strip():  # an empty line is no row
                bad.add(place, error.what)
            continue
        fault = limits.fault_of(row.created_ms, row.text)
        if fault:
            bad.add(place, fault)
        else:
            rows.add(place, row)
    seen(file.size)
    roots = array("q", map(rows.links.root, rows.ids))
    rows.links = Links()  # the largest part of the memory, needed no more
    order = by_time(rows.created_ms, rows.ids)
    firsts = first_rows(roots, order)
    return History(
        rows=len(bad) + len(order),
        first_at=from_ms(rows.created_ms[order[0]]) if order else None,
        last_at=from_ms(rows.created_ms[order[-1]]) if order else None,
        items=in_order(bad, order, _events(file, rows, firsts, order, clock)),
    )


def _events(
    file: InputFile, rows: _Rows, firsts: array[int], order: array[int], clock: Clock
) -> Callable[[int], Event]:
    """The second pass: a row's number to its event."""

    def read(row: int) -> Row:
        place = rows.places[row]
        return parse_row(file.read(place.offset, place.length))

    names = list(rows.brand_names)
    brands = brands_of(firsts, rows.authors, names)
    mentioned_brands(firsts, order, brands, lambda row: mentions(read(row).text), names)

    def event_of(number: int) -> Event:
        first = firsts[number]
        brand = brands[first]
        return _event(
            read(number),
            conversation_id=f"{NETWORK}:{rows.ids[first]}",
            brand=names[brand] if brand >= 0 else "",
            received_at=clock.now(),
        )

    return event_of


def _event(row: Row, *, conversation_id: str, brand: str, received_at: datetime) -> Event:
    return Event(
        event_id=f"{NETWORK}:{row.tweet_id}",
        network=NETWORK,
        conversation_id=conversation_id,
        author=Author(id=row.author, handle=row.author, role="customer" if row.inbound else "brand"),
        created_at=from_ms(row.created_ms),
        received_at=received_at,
        brand=brand,
        parent_id=f"{NETWORK}:{row.parent}" if row.parent is not None else None,
        text=row.text,
        kind="post" if row.parent is None else "reply",
    )


def _shown(columns: list[str]) -> str:
    shown = ", ".join(column[:40] for column in columns[:12])
    return shown + (" ..." if len(columns) > 12 else "")
