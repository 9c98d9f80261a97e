"""`vigie connect NAME…`: read networks, live."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import environment, load_settings
from schemas.errors import ConfigError


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Sources of vigie.toml, or networks; without any, all sources.", show_default=False),
    ] = None,
    track: Annotated[
        list[str] | None, typer.Option("--track", help="A word to listen for; may be given again.", show_default=False)
    ] = None,
    account: Annotated[str, typer.Option(help="Account, page, server or feed; before vigie.toml.")] = "",
    since: Annotated[str, typer.Option(help="Where a first read begins: 2h, 2026-11-03, 2026-11-03T08:00:00Z")] = "1h",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write events on standard output; publish and remember nothing.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Ask every source once, to its end, then stop.")] = False,
    share: Annotated[str, typer.Option(help="This machine's part of the sources: 2/3 is the second of three.")] = "1/1",
    metrics_port: Annotated[int, typer.Option(help="Answer /metrics and /health on this port; 0 nowhere.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the stack; default from vigie.toml.")
    ] = None,
) -> None:
    """Read until Ctrl-C or SIGTERM, and go on where it was left off when started again.

    Publishes to VIGIE_KAFKA, or to the stack that runs on the data folder, or starts one. Two processes never read
    the same source. Exit code: 0 stopped as told; 1 a source was refused; 2 a setting is wrong.
    """
    from connectors.roster import Wish, roster, share_of
    from deploy import logs
    from deploy.connecting import Reading, instant_from, read_sources, told
    from deploy.signals import stop_on_signals

    logs.configure("WARNING" if dry_run else environment().get("LOG_LEVEL", "INFO"))
    settings = load_settings()
    wish = Wish(
        names=names or [one.network for one in settings.sources],
        since=instant_from(since, where="--since"),
        track=tuple(track or ()),
        account=account,
    )
    number, of = _share(share)
    jobs = share_of(roster(settings, environment(), wish), number, of)
    readable = [job for job in jobs if job.connector.poll or job.connector.stream]
    if names:
        readable = jobs
    if not readable:
        raise ConfigError("there is nothing to read", fix="Name a network, or declare [[sources]] in vigie.toml.")
    reading = Reading(
        jobs=readable,
        settings=settings,
        data_dir=data_dir or Path(settings.embedded.data_dir),
        until="read once" if once else "stopped",
        dry=dry_run,
        metrics_port=metrics_port,
    )
    with stop_on_signals() as stopping:
        sys.exit(told(read_sources(reading, stopping)))


def _share(text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    if slash and number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise ConfigError(f"--share takes a part such as 2/3, not {text!r}", fix="Write --share 1/1 for all of it.")
