"""`vigie sql`: ask the store a question, read-only."""

import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings

Format = Literal["table", "csv", "json", "ndjson"]

_FORMATS: dict[Format, str] = {
    "table": "JSONCompactStringsEachRowWithNames",
    "csv": "CSVWithNames",
    "json": "JSONEachRow",
    "ndjson": "JSONEachRow",
}
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # what customers write must not steer a terminal


def run(
    statement: Annotated[str, typer.Argument(help="The SQL; - reads it from standard input.")] = "",
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = "table",
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Print ten useful queries.")] = False,
) -> None:
    """Run one query on the events, conversations, response turns, alerts and dead letters."""
    if examples:
        print(example_queries(), end="")
        return
    text = (sys.stdin.read() if statement == "-" else statement).strip().rstrip(";")
    if not text:
        raise ConfigError("there is no statement", where="vigie sql", fix="Try `vigie sql --examples`")
    answer = _ask(load_settings(), text, form, data_dir)
    if form == "table":
        _show(answer)
    else:
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()


def example_queries() -> str:
    """Ten queries, each under a line that says what it answers."""
    return (files("deploy.clickhouse") / "examples.sql").read_text(encoding="utf-8")


def _ask(settings: Settings, text: str, form: Format, data_dir: Path | None) -> bytes:
    from deploy.clickhouse.reach import reach

    with reach(settings, data_dir) as clickhouse:
        return _read(clickhouse, text, form)


def _read(clickhouse: ClickHouse, text: str, form: Format) -> bytes:
    from streams.store import connect, mapped

    client = connect(clickhouse)
    try:
        limits: dict[str, object] = {"output_format_json_array_of_rows": int(form == "json")}
        if str(client.server_settings["readonly"].value) == "0":  # a user who may only read may not set it either
            limits["readonly"] = 2
        with mapped(""):
            return client.raw_query(text, fmt=_FORMATS[form], settings=limits)
    finally:
        client.close()


def _show(answer: bytes) -> None:
    lines = [json.loads(line) for line in answer.decode("utf-8", "replace").splitlines()]
    if not lines:
        return
    table = Table(*(Column(Text(name)) for name in lines[0]))
    for row in lines[1:]:
        table.add_row(*(Text(_CONTROL.sub("�", value)) for value in row))
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    console.print(table)
    console.print(f"{len(lines) - 1} rows")
