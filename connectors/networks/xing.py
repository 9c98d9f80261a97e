"""XING: what is left, an export that a person makes.

Source: https://github.com/xing/xing_api/issues/14 (the end of the public API, January 2017; read November 2026)
Guarantee: every row of a file at least once, again when the file has changed.
Limit: XING has no API for posts, comments and messages. Notifications by mail come in by the connector for e-mail.
"""

from collections.abc import Iterator

from connectors.base import Budget, Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.exports import csv_rows, file_pages, row_event
from connectors.http import Http


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    return file_pages(http, source, cursor, csv_rows, source.account)


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One row of the export."""
    yield row_event(raw, source)


CONNECTOR = Connector(
    name="xing",
    title="XING",
    reads="a CSV of posts and comments that a person keeps, at an address of your own",
    parse=parse,
    poll=Poll(pages=pages, interval_s=900.0, budget=Budget(calls=60, per_s=60.0)),
    account="the addresses of the files, with spaces between them; columns: post_id, author, author_is_brand, "
    "created_at, parent_id, text, url",
    closed="the public API ended in January 2017; left are exports by hand and notifications by mail",
    terms=Terms(note="the export is your own", source="https://github.com/xing/xing_api/issues/14"),
)
