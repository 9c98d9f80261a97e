"""`vigie replay FILE`: feed a file of history through the whole path."""

import hashlib
import math
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError


def run(
    file: Annotated[Path, typer.Argument(help="A CSV or NDJSON file; .gz is read too.", show_default=False)],
    format_name: Annotated[
        Literal["twcs", "events"],
        typer.Option("--format", help="twcs: Customer Support on Twitter, CSV. events: our own events, NDJSON."),
    ] = "events",
    speed: Annotated[str, typer.Option(help="max, or how many seconds of history pass in one: 1, 60")] = "max",
    rebase: Annotated[
        str, typer.Option(help="`now` moves the history so that its last event happens now.", show_default=False)
    ] = "",
    until_done: Annotated[
        bool, typer.Option("--until-done", help="Wait until everything is stored; always so with a stack of its own.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the stack; default from vigie.toml.")
    ] = None,
) -> None:
    """Publish every row in the order in which it happened; bad rows become dead letters.

    Publishes to VIGIE_KAFKA, or to the stack that runs on the data folder, or starts one, waits until
    everything is stored, and stops it. Interrupted and started again it goes on where it was. Exit code: 0
    everything is stored; 2 the file cannot be used; 3 some rows became dead letters.
    """
    from deploy import logs
    from deploy.replaying import Job, replay_into

    if rebase not in ("", "now"):
        raise ConfigError(f"--rebase takes `now`, not {rebase!r}", fix="Write --rebase now, or leave it out.")
    logs.configure("WARNING")
    settings = load_settings()
    folder = data_dir or Path(settings.embedded.data_dir)
    clock: Literal["live", "stream"] = "live" if rebase else "stream"
    settings = msgspec.structs.replace(settings, responses=msgspec.structs.replace(settings.responses, clock=clock))
    job = Job(
        file=file,
        format_name=format_name,
        speed=_speed(speed),
        rebase=rebase == "now",
        position=folder
        / "replays"
        / f"{hashlib.blake2b(str(file.resolve()).encode(), digest_size=8).hexdigest()}.json",
    )
    begun = time.monotonic()
    outcome = replay_into(settings, job, data_dir=folder, until_done=until_done)
    for line in outcome.lines(time.monotonic() - begun):
        print(line)
    sys.exit(outcome.exit_code)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise ConfigError(f"--speed takes `max` or a positive number, not {text!r}", fix="Write --speed 60, say.")
    return value
