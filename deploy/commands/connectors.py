"""`vigie connectors`: which networks there are, what each needs, and whether it answers."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.environment import environment, load_settings

if TYPE_CHECKING:
    from deploy.networks import Asked

app = typer.Typer(no_args_is_help=True, help="Networks: list, check, record, add, read back.")

Name = Annotated[str, typer.Argument(help="A source of vigie.toml, or a network.", show_default=False)]
Track = Annotated[
    list[str] | None, typer.Option("--track", help="A word to listen for; may be given again.", show_default=False)
]
Account = Annotated[str, typer.Option(help="Account, page, server or feed; before vigie.toml.")]
Since = Annotated[str, typer.Option(help="Where to begin: 2h, 2026-11-03, 2026-11-03T08:00:00Z")]
Seconds = Annotated[float, typer.Option(help="Look no longer than this.")]


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
        needed = [one["name"] + (" (optional)" if one["optional"] else "") for one in entry["credentials"]]
        shapes = ", ".join(entry["shapes"])
        table.add_row(entry["name"], shapes, ", ".join(needed) or "none", entry["reads"], entry["state"])
    Console().print(table)


@app.command()
def check(name: Name, track: Track = None, account: Account = "", since: Since = "1d", seconds: Seconds = 30.0) -> None:
    """Credentials, quota and scopes, and three events. Nothing is published. Exit code 1: something is wrong."""
    from deploy.networks import checked

    sys.exit(checked(_asked(name, track, account, since), seconds=seconds))


@app.command()
def record(
    name: Name,
    to: Annotated[Path, typer.Option("--to", help="Write into this folder.")] = Path("recorded"),
    items: Annotated[int, typer.Option(min=1, help="So many events.")] = 5,
    track: Track = None,
    account: Account = "",
    since: Since = "1d",
    seconds: Seconds = 60.0,
) -> None:
    """Save what a network gives as payloads for tests, people, texts and ids replaced. Read it before you commit."""
    from deploy.networks import recorded

    for path in recorded(_asked(name, track, account, since), seconds=seconds, items=items, folder=to):
        print(path)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The network: small letters and digits.", show_default=False)],
    shape: Annotated[Literal["poll", "stream", "webhook"], typer.Option(help="How it is read.")] = "poll",
    to: Annotated[Path, typer.Option("--to", help="The root of a checkout.")] = Path(),
) -> None:
    """Begin a connector: module, recorded payloads, test. They pass at once; then make them true."""
    from deploy.skeleton import write

    for path in write(name, shape, to):
        print(path)
    print(f"Next: python -m pytest tests/contract -k {name}; at the end: make docs", file=sys.stderr)


@app.command()
def backfill(
    name: Name,
    since: Annotated[str, typer.Option(help="From here on: 30d, 2026-10-01", show_default=False)],
    until: Annotated[str, typer.Option(help="Up to here, without it: now")] = "0s",
    track: Track = None,
    account: Account = "",
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the stack; default from vigie.toml.")
    ] = None,
) -> None:
    """Read what was written before, within the network's quota. Interrupted, the same command goes on."""
    from deploy.networks import read_back

    asked = _asked(name, track, account, since)
    folder = data_dir or Path(asked.settings.embedded.data_dir)
    sys.exit(read_back(asked, until=until, data_dir=folder))


def _asked(name: str, track: list[str] | None, account: str, since: str) -> "Asked":
    from deploy.networks import Asked

    return Asked(
        settings=load_settings(),
        environ=environment(),
        name=name,
        since=since,
        track=tuple(track or ()),
        account=account,
    )
