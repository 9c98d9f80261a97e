"""Headers and the exception trailer of an answer, as a ClickHouse server sends them. Pure."""

import json
from dataclasses import dataclass

from deploy.embedded.clickhouse.engine import Progress
from deploy.embedded.clickhouse.errors import EngineError

_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "CSVWithNamesAndTypes": "text/csv; charset=UTF-8; header=present",
    "XML": "application/xml; charset=UTF-8",
    "HTML": "text/html; charset=UTF-8",
    "Prometheus": "text/plain; version=0.0.4; charset=UTF-8",
}
_BINARY = ("Native", "RowBinary", "Arrow", "Parquet", "ORC", "Avro", "Protobuf", "MsgPack", "CapnProto", "BSON", "Npy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What every answer says about the server."""

    display_name: str
    timezone: str
    version: str


def content_type(output_format: str) -> str:
    """The Content-Type of a format."""
    if output_format in _CONTENT_TYPES:
        return _CONTENT_TYPES[output_format]
    if output_format.startswith(("TabSeparated", "TSV")):
        return _CONTENT_TYPES["TSV"]
    if output_format.startswith("JSON"):
        lines = "EachRow" in output_format
        return "application/x-ndjson; charset=UTF-8" if lines else "application/json; charset=UTF-8"
    if output_format.startswith(_BINARY):
        return "application/octet-stream"
    return "text/plain; charset=UTF-8"


def summary(progress: Progress) -> str:
    """X-ClickHouse-Summary: numbers as strings, as a server writes them."""
    return json.dumps(
        {
            "read_rows": str(progress.read_rows),
            "read_bytes": str(progress.read_bytes),
            "written_rows": str(progress.written_rows),
            "written_bytes": str(progress.written_bytes),
            "total_rows_to_read": "0",
            "result_rows": str(progress.result_rows or progress.written_rows),
            "result_bytes": str(progress.result_bytes or progress.written_bytes),
            "elapsed_ns": str(int(progress.seconds * 1e9)),
        },
        separators=(",", ":"),
    )


def common_headers(server: Server, query_id: str) -> dict[str, str]:
    """Headers of every answer to a query, failed ones included."""
    return {
        "X-ClickHouse-Server-Display-Name": server.display_name,
        "X-ClickHouse-Query-Id": query_id,
        "X-ClickHouse-Timezone": server.timezone,
    }


def error_headers(error: EngineError) -> dict[str, str]:
    """Headers that name an error; a server asks for a password only where none was given."""
    headers = {"X-ClickHouse-Exception-Code": str(error.code), "Content-Type": "text/plain; charset=UTF-8"}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    return headers


def trailer(error: EngineError, version: str, tag: str) -> bytes:
    """What follows the rows already sent when a query fails in the middle; `tag` is in X-ClickHouse-Exception-Tag.

    Source: ClickHouse src/Server/HTTP/WriteBufferFromHTTPServerResponse.cpp, since 25.11.
    """
    message = error.body(version).encode()
    mark, name = b"__exception__", tag.encode()
    size = str(len(message)).encode()
    return b"\r\n".join([b"", mark, name, message + size + b" " + name, mark, b""])
