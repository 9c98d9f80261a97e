"""Rows of the public *Customer Support on Twitter* CSV: where each ends, and what it says. Pure.

Source: https://www.kaggle.com/datasets/thoughtvector/customer-support-on-twitter
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from connectors.files.limits import MAX_PAYLOAD_BYTES
from connectors.files.lines import Line
from schemas.errors import Malformed

COLUMNS = (
    "tweet_id",
    "author_id",
    "inbound",
    "created_at",
    "text",
    "response_tweet_id",
    "in_response_to_tweet_id",
)
MAX_ID = 2**63 - 1
MAX_HANDLE_CHARS = 512

_CELL = r'("[^"]*+(?:""[^"]*+)*+"|(?!")[^,]*+)'  # RFC 4180, with quotes inside a bare cell taken as they are
_ROW = re.compile(",".join([_CELL] * len(COLUMNS)))
_CELLS = re.compile(_CELL + r"(?:,|\Z)")
_ROW_START = re.compile(rb'(?i)"?[^,"]*"?,"?[^,"]*"?,"?(?:true|false)"?,')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2} [0-3][0-9]) "
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]) ([+-])([01][0-9]|2[0-3])([0-5][0-9]) ([0-9]{4})"
)
_ID = re.compile(r"([0-9]{1,19})(?:\.0)?")  # spreadsheets and pandas turn a column with gaps into 12.0
_MENTION = re.compile(r"@(\w+)")
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Record(NamedTuple):
    """The bytes of one row, which may run over several lines when its text does."""

    line: int
    offset: int
    length: int
    payload: bytes


class Row(NamedTuple):
    """One row that can be an event."""

    tweet_id: int
    author: str
    inbound: bool
    created_ms: int
    text: str
    responses: list[int]
    parent: int | None


def records(lines: Iterable[Line]) -> Iterator[Record]:
    """Rows by counting quotes: a row ends with the line at which the quotes are even.

    A quote that never closes would swallow all that follows, so a line that looks like the start of a row
    ends whatever was open before it.
    """
    opened: list[Line] = []
    size = 0
    for line in lines:
        payload = line.payload
        odd = payload.count(b'"') % 2
        if not opened:
            if not odd:
                yield Record(*line)
                continue
        elif _ROW_START.match(payload) or size + line.length > MAX_PAYLOAD_BYTES:
            yield from _unclosed(opened)
            opened, size = [], 0
            if not odd:
                yield Record(*line)
                continue
        elif odd:
            yield _joined([*opened, line])
            opened, size = [], 0
            continue
        opened.append(line)
        size += line.length
    if opened:
        yield from _unclosed(opened)


def parse_row(payload: bytes) -> Row:
    """What a row says.

    Raises:
        Malformed: with the cause, the same sentence for every row that fails in the same way.
    """
    if b"\0" in payload:
        raise Malformed("the row holds NUL bytes")
    if len(payload) >= MAX_PAYLOAD_BYTES:
        raise Malformed(f"the row is longer than {MAX_PAYLOAD_BYTES:,} bytes; what follows is not kept")
    try:
        record = payload.decode()
    except UnicodeDecodeError:
        raise Malformed("the row is not UTF-8") from None
    cells = _ROW.fullmatch(record.rstrip("\r\n"))
    if cells is None:
        raise Malformed(_fault_of_cells(record.rstrip("\r\n")))
    tweet, author, inbound, created, text, responses, parent = map(_bare, cells.groups())
    if not author:
        raise Malformed("author_id is empty")
    if len(author) > MAX_HANDLE_CHARS:
        raise Malformed("author_id is too long")
    side = inbound.lower()
    if side not in ("true", "false"):
        raise Malformed("inbound is neither True nor False")
    return Row(
        tweet_id=_id(tweet, "tweet_id"),
        author=author,
        inbound=side == "true",
        created_ms=_created_ms(created),
        text=text,
        responses=[_id(one, "response_tweet_id") for one in responses.split(",")] if responses else [],
        parent=_id(parent, "in_response_to_tweet_id") if parent else None,
    )


def header_of(payload: bytes) -> list[str]:
    """The names of the columns in the first line of a CSV, without quotes, spaces and a byte-order mark."""
    return [_bare(cell).strip() for cell in payload.decode("utf-8-sig", "replace").strip().split(",")]


def mentions(text: str) -> list[str]:
    """The handles that a text mentions, in order."""
    return _MENTION.findall(text)


def _unclosed(lines: list[Line]) -> Iterator[Record]:
    """Lines whose quotes stay odd: the first may be a whole row with a quote in its text, the others are not."""
    first, rest = lines[0], lines[1:]
    if rest and _ROW.fullmatch(first.payload.decode(errors="replace").rstrip("\r\n")):
        yield Record(*first)
        yield _joined(rest)
    else:
        yield _joined(lines)


def _joined(lines: list[Line]) -> Record:
    length = sum(line.length for line in lines)
    return Record(lines[0].number, lines[0].offset, length, b"".join(line.payload for line in lines))


def _bare(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell


def _fault_of_cells(record: str) -> str:
    count, at = 0, 0
    while cell := _CELLS.match(record, at):
        count += 1
        at = cell.end()
        if at == len(record):
            count += cell.group().endswith(",")
            return f"the row has {count} columns, {len(COLUMNS)} are needed"
    return "a quote is not closed, or closes before the end of its column"


def _id(cell: str, column: str) -> int:
    number = _ID.fullmatch(cell)
    if number is None:
        raise Malformed(f"{column} is not a whole number" if cell else f"{column} is empty")
    value = int(number.group(1))
    if value > MAX_ID:
        raise Malformed(f"{column} is larger than 64 bits")
    return value


def _created_ms(cell: str) -> int:
    parts = _DATE.fullmatch(cell)
    if parts is None:
        raise Malformed("created_at is not a date such as Tue Oct 31 22:10:47 +0000 2017")
    day, hour, minute, second, sign, zone_hour, zone_minute, year = parts.groups()
    offset_s = (int(zone_hour) * 3600 + int(zone_minute) * 60) * (-1 if sign == "-" else 1)
    at_s = int(hour) * 3600 + int(minute) * 60 + int(second)
    return (_day(day, year) * 86_400 + at_s - offset_s) * 1000


@lru_cache(maxsize=4096)
def _day(day: str, year: str) -> int:
    try:
        return date(int(year), _MONTHS.index(day[:3]) + 1, int(day[4:])).toordinal() - _EPOCH_DAY
    except ValueError:
        raise Malformed("created_at is a day that no calendar has") from None
