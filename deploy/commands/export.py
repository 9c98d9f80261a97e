"""`vigie export`: one row per conversation, turn or alert, into a file or standard output."""

import contextlib
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.units import Duration


def run(
    what: Annotated[Literal["conversations", "turns", "alerts"], typer.Argument(help="One row for each of these.")],
    since: Annotated[str, typer.Option(help="From then on: 2026-11-01, 2026-11-01T09:00:00+01:00, or 30d ago.")],
    until: Annotated[str, typer.Option(help="Until before then; left out, until now.")] = "0s",
    form: Annotated[
        Literal["csv", "parquet", "ndjson"],
        typer.Option("--format", help="In csv, words that begin with = + - @ get an apostrophe in front."),
    ] = "csv",
    out: Annotated[Path | None, typer.Option(help="The file, replaced once all is written.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Export with all times: conversations by their first event, turns by their start, alerts by when they fired.

    Instants are UTC. Cells of words that a table program would take for a formula begin with an apostrophe in csv.
    """
    now = datetime.now(UTC)
    start, end = instant(since, "--since", now=now), instant(until, "--until", now=now)
    if start >= end:
        raise ConfigError("the period is empty", where="--since, --until", fix="Let --since lie before --until.")
    if form == "parquet" and out is None:
        raise ConfigError("parquet is not for standard output", where="--format", fix="Name a file with --out.")
    from deploy.clickhouse.exports import pieces
    from deploy.clickhouse.reach import reach

    with (
        reach(load_settings(), data_dir) as clickhouse,
        pieces(clickhouse, what, form, since=start, until=end) as content,
    ):
        if out is None:
            _print(content)
        else:
            write(out, content)


def instant(text: str, option: str, *, now: datetime) -> datetime:
    """What a person wrote for an instant: a date, a date and time (UTC when it names no zone), or how long ago.

    Raises:
        ConfigError: it is neither.
    """
    with contextlib.suppress(ValueError):
        return now - timedelta(seconds=Duration.parse(text))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is no instant", where=option, fix="Write 2026-11-01, 2026-11-01T09:00:00+01:00, or 30d."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def write(out: Path, content: Iterable[bytes]) -> None:
    """Write a file whole or not at all: whoever reads it meanwhile sees the old one.

    Raises:
        ConfigError: the file cannot be written.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            for piece in content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise ConfigError(
            f"the file cannot be written: {error.strerror}", where=str(out), fix="Name another."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _print(content: Iterable[bytes]) -> None:
    try:
        for piece in content:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
