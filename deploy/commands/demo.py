"""`vigie demo`: everything in one command, with the bundled sample."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings

_OWN_FOLDER = Path(".vigie") / "demo"


def run(
    duration: Annotated[
        str, typer.Option("--for", help="Stop by itself after so long, such as 60s.", show_default=False)
    ] = "",
    summary: Annotated[
        Path | None, typer.Option(help="At the end write what was seen into this file, as JSON.")
    ] = None,
    language: Annotated[Literal["en", "fr"], typer.Option("--lang", help="Language of the board.")] = "en",
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help=f"Where the data stays; default {_OWN_FOLDER}, emptied first.")
    ] = None,
) -> None:
    """Three days of an invented insurer: history first, as fast as it goes, then live, with a board and alerts.

    Starts an embedded broker and ClickHouse on loopback, and stops all of it on Ctrl-C.
    """
    from deploy import demo, logs
    from deploy.screen import screen
    from deploy.signals import stop_on_signals

    logs.configure("ERROR")
    seconds = _seconds(duration)
    settings = demo.demo_settings(language)
    folder = data_dir or _OWN_FOLDER
    if summary is not None and not summary.parent.is_dir():
        raise ConfigError("there is no such folder", where=str(summary.parent), fix="Correct --summary.")
    with stop_on_signals() as stopping, screen(language) as (show, say):
        seen = demo.run(
            settings,
            data_dir=folder,
            fresh=data_dir is None,
            stopping=stopping,
            seconds=seconds,
            show=show,
            say=say,
            page=partial(_page, settings, language),
        )
    if summary is not None:
        summary.write_bytes(msgspec.json.format(msgspec.json.encode(seen), indent=2) + b"\n")
    print(
        f"{seen.events_stored:,} events of {seen.conversations:,} conversations stored, "
        f"{seen.turns_waiting:,} customers waiting, {sum(seen.alerts_by_level.values()):,} alerts."
    )
    print("Next:")
    print(f'  vigie sql --data-dir {folder} "SELECT network, count() FROM events GROUP BY network ORDER BY 2 DESC"')
    print("  vigie sql --examples")
    print(f"  vigie board --data-dir {folder}   (the boards in a browser)")
    print("  vigie replay twcs.csv --format twcs --data-dir .vigie/twcs   (Customer Support on Twitter)")


def _page(
    settings: Settings, language: Literal["en", "fr"], where: Callable[[], ClickHouse]
) -> AbstractContextManager[str]:
    from deploy.viewer.serving import PORT, served  # not before there is something to see: the first rows come sooner
    from deploy.viewer.shown import viewer

    return served(lambda: viewer(settings, where, language), port=PORT, other_port=True)


def _seconds(text: str) -> float | None:
    from schemas.units import Duration

    if not text:
        return None
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise ConfigError(f"--for takes {error}, not {text!r}", fix="Write --for 60s, say.") from None
