"""`vigie board`: the boards in a browser, without a Grafana."""

import webbrowser
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.environment import load_settings


def run(
    language: Annotated[Literal["en", "fr"], typer.Option("--lang", help="Language of the first board.")] = "en",
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8350,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Data folder of an embedded stack, running or stopped.")
    ] = None,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Whether to open a browser.")] = True,
    png: Annotated[
        Path | None, typer.Option("--png", help="Write pictures of all boards into this folder instead, and end.")
    ] = None,
) -> None:
    """Serve the Grafana boards as pages on loopback until Ctrl-C, or write them as pictures."""
    from deploy import logs
    from deploy.clickhouse.reach import reach
    from deploy.signals import stop_on_signals
    from deploy.viewer.pictures import take
    from deploy.viewer.serving import served
    from deploy.viewer.shown import editions, finder, viewer

    logs.configure("ERROR")
    settings = load_settings()
    with (
        stop_on_signals() as stopping,
        reach(settings, data_dir) as found,
        served(
            lambda: viewer(settings, finder(settings, data_dir, found), language), port=0 if png else port
        ) as address,
    ):
        if png is not None:
            for picture in take(address, editions(language), png):
                print(picture, flush=True)
            return
        print(f"{address}  (Ctrl-C stops it)", flush=True)
        if browser:
            webbrowser.open(address)
        stopping.wait()
