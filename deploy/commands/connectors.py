"""`vigie connectors`: which networks there are, and what each needs."""

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Networks: list, check, record, add, read back.")


@app.callback()
def connectors() -> None:
    """Networks that can be read."""


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Name, shape, credentials, what is read, and the truth about access."""
    from rich.console import Console
    from rich.table import Table

    from connectors.catalogue import catalogue

    entries = catalogue()
    if as_json:
        print(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("network", "shape", "credentials", "reads", "state"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        needed = ", ".join(one["name"] + (" (optional)" if one["optional"] else "") for one in entry["credentials"])
        table.add_row(entry["name"], ", ".join(entry["shapes"]), needed or "none", entry["reads"], entry["state"])
    Console().print(table)
