"""Files of the twcs format, invented row by row."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id"
DATE = "Tue Oct 31 22:10:47 +0000 2017"


def twcs_row(
    tweet_id: object = 1,
    author: str = "900001",
    *,
    inbound: bool | None = None,
    at: str = DATE,
    text: str = "hello",
    responses: str = "",
    parent: object = "",
) -> str:
    """One row, quoted as needed; an author of digits is a customer unless `inbound` says otherwise."""
    side = author.isdigit() if inbound is None else inbound
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow([tweet_id, author, side, at, text, responses, parent])
    return stream.getvalue()


def write_twcs(path: Path, rows: Iterable[str | bytes]) -> Path:
    """A file with the header and these rows."""
    lines = [row if isinstance(row, bytes) else row.encode() for row in rows]
    path.write_bytes(b"\n".join([HEADER.encode(), *lines, b""]))
    return path
