"""Files for networks that cannot be read any more: a CSV that a person exports, at an address that can be asked for.

One row is one thing that somebody wrote: post_id, author, author_is_brand, created_at, parent_id, text, url. The names
are ours; post_id, created_at, author and text must be there. Commas or semicolons, as the office program writes them.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from connectors.base import Page, Raw, Source
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from schemas.errors import Malformed, Missing, Refused
from schemas.event import Event

NEEDED = frozenset({"post_id", "author", "created_at", "text"})
YES = frozenset({"1", "true", "yes", "oui", "x"})
NOT_MODIFIED = 304
ROWS_A_PAGE = 500


class Row(Struct):
    post_id: NativeId
    author: str
    created_at: str
    text: str
    author_is_brand: str = ""
    parent_id: str = ""
    url: str = ""


def file_pages(
    http: Http, source: Source, cursor: str | None, items_of: Callable[[bytes], Sequence[Raw]], addresses: str
) -> Iterator[Page]:
    """The items of each file that is new or has changed; a file says which by its ETag.

    Args:
        addresses: of the files, with spaces between them.
    Raises:
        Refused: there are none.
    """
    if not addresses.split():
        raise Refused("no file is named", where=f"source {source.name}", fix="Set it to the address of the export.")
    versions: dict[str, str] = read(cursor, dict[str, str]) if cursor else {}
    for address in addresses.split():
        headers = {"if-none-match": versions[address]} if versions.get(address) else {}
        try:
            answer = http.get(address, headers=headers, accept=(NOT_MODIFIED,))
        except Missing:
            continue  # the export of this month is not there yet
        if answer.status == NOT_MODIFIED:
            continue
        items = items_of(answer.body)
        versions[address] = answer.headers.get("etag", "")
        for start in range(0, len(items), ROWS_A_PAGE):
            yield Page(items=items[start : start + ROWS_A_PAGE])
        yield Page(items=(), cursor=msgspec.json.encode(versions).decode())


def csv_rows(body: bytes) -> list[dict[str, str]]:
    """The rows by the names of their columns.

    Raises:
        Malformed: it is no CSV in UTF-8, or a column is missing.
    """
    try:
        text = body.decode("utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
        names = {name.strip() for name in reader.fieldnames or ()}
        if missing := NEEDED - names:
            raise Malformed(f"the export has no column {', '.join(sorted(missing))}")
        return [
            {(name or "").strip(): value for name, value in row.items() if isinstance(value, str)} for row in reader
        ]
    except (UnicodeError, csv.Error):
        raise Malformed("the export is no CSV in UTF-8") from None


def row_event(raw: Raw, source: Source) -> Event:
    """The event of one row.

    Raises:
        Malformed: an id, an author or an instant with a zone is missing.
    """
    row = read(raw, Row)
    return make_event(
        source,
        id=row.post_id,
        parent=row.parent_id or None,
        author_id=row.author,
        handle=row.author,
        is_team=row.author_is_brand.strip().casefold() in YES,
        text=row.text,
        created_at=instant(row.created_at.strip()),
        kind="comment" if row.parent_id else "post",
        permalink=row.url or None,
    )
