"""Run one statement in a session and hand out its result in pieces. Blocking: call it from a thread."""

from collections.abc import Generator
from dataclasses import dataclass, field

from deploy.embedded.clickhouse import guard
from deploy.embedded.clickhouse.engine import Progress
from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.lexer import first_word, has_word
from deploy.embedded.clickhouse.native import FRAMED_SINCE, reframe
from deploy.embedded.clickhouse.request import Statement, Transport
from deploy.embedded.clickhouse.sessions import Session

Blocks = Generator[bytes, None, None]

# Formats without anything before, between or after the rows of all blocks: only these may be sent block by block.
STREAMABLE = frozenset(
    {"Native", "RowBinary", "TabSeparated", "TSV", "CSV", "JSONEachRow", "JSONCompactEachRow", "JSONLines", "NDJSON"}
)
# A result that fits is sent whole, with its true summary and a true status if it fails; a server buffers as much.
_BUFFER = 1 << 20


@dataclass(slots=True, kw_only=True)
class Result:
    """The beginning of a result, and the rest if there is more than the buffer holds."""

    kind: str
    output_format: str
    head: bytes = field(repr=False)
    rest: Blocks | None
    progress: Progress


def begin(session: Session, statement: Statement, transport: Transport) -> Result:
    """Judge, prepare and start a statement.

    Raises:
        EngineError: whatever the engine or the guard says, up to the first bytes of the result.
    """
    connection = session.connection
    kind = guard.check(connection, statement, session.role)
    session.prepare(statement)
    if statement.data is not None:
        connection.set({f"param_{name}": value for name, value in statement.parameters.items()})
        progress = connection.insert(statement.text, statement.input_format, statement.data)
        return Result(kind=kind, output_format="", head=b"", rest=None, progress=progress)
    if statement.output_format.lower() in ("dataframe", "arrowtable", "datastore"):
        raise EngineError(73, "UNKNOWN_FORMAT", f"Unknown format {statement.output_format}")
    if kind == "READ_ONLY" and not transport.wait_end_of_query and _streams(statement):
        return _streamed(session, statement, transport)
    body, progress = connection.query(statement.text, statement.output_format, statement.parameters)
    session.settle(statement)
    if transport.protocol_version >= FRAMED_SINCE and statement.output_format == "Native":
        body = reframe(body)
    return Result(kind=kind, output_format=statement.output_format, head=body, rest=None, progress=progress)


def _streams(statement: Statement) -> bool:
    return (
        statement.output_format in STREAMABLE
        and first_word(statement.text) in (b"SELECT", b"WITH")
        and not has_word(statement.text, b"TOTALS")
        and statement.settings.get("extremes", "0") == "0"
    )


def _streamed(session: Session, statement: Statement, transport: Transport) -> Result:
    progress = Progress()
    framed = transport.protocol_version >= FRAMED_SINCE and statement.output_format == "Native"
    blocks = session.connection.stream(statement.text, statement.output_format, statement.parameters, progress)
    rest = _reframed(blocks) if framed else blocks
    head: list[bytes] = []
    size = 0
    for block in rest:
        head.append(block)
        size += len(block)
        if size >= _BUFFER:
            break
    return Result(
        kind="READ_ONLY",
        output_format=statement.output_format,
        head=b"".join(head),
        rest=rest if size >= _BUFFER else None,
        progress=progress,
    )


def _reframed(blocks: Blocks) -> Blocks:
    try:
        for block in blocks:
            yield reframe(block)
    finally:
        blocks.close()
