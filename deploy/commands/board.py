"""`vigie board`: the boards in a browser, without a Grafana."""

import webbrowser
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.settings import Board

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SHORTEST_PASSWORD = 16


def run(
    language: Annotated[Literal["en", "fr"], typer.Option("--lang", help="Language of the first board.")] = "en",
    port: Annotated[int | None, typer.Option(help="Before board.port; 0 takes a free one.", show_default=False)] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Data folder of an embedded stack, running or stopped.")
    ] = None,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Whether to open a browser.")] = True,
    png: Annotated[
        Path | None, typer.Option("--png", help="Write pictures of all boards into this folder instead, and end.")
    ] = None,
) -> None:
    """Serve the Grafana boards as pages on board.host until Ctrl-C, or write them as pictures."""
    from deploy import logs
    from deploy.clickhouse.reach import reach
    from deploy.signals import stop_on_signals
    from deploy.viewer.pictures import take
    from deploy.viewer.serving import served
    from deploy.viewer.shown import editions, finder, viewer

    logs.configure("ERROR")
    settings = load_settings()
    if png is None:
        _check(settings.board)
    else:  # our own browser asks, on loopback
        settings = msgspec.structs.replace(settings, board=Board())
    with (
        stop_on_signals() as stopping,
        reach(settings, data_dir) as found,
        served(
            lambda: viewer(settings, finder(settings, data_dir, found), language),
            host="127.0.0.1" if png else settings.board.host,
            port=0 if png else settings.board.port if port is None else port,
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


def _check(board: Board) -> None:
    length = len(board.password.reveal())
    if (board.host not in _LOOPBACK and not length) or 0 < length < _SHORTEST_PASSWORD:
        raise ConfigError(
            f"{'the password is too short' if length else 'beyond loopback a password is asked for, and none is set'}",
            where="VIGIE_BOARD__PASSWORD",
            fix=f"Set one of {_SHORTEST_PASSWORD} characters or more: openssl rand -hex 24",
        )
