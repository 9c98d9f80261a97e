"""`vigie actions`: the server behind the links in messages."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings

app = typer.Typer(no_args_is_help=True, help="Decisions of people: the server behind the links in messages.")


@app.callback()
def actions() -> None:
    """Keep `serve` a subcommand of its own: Typer folds a lone command into its group."""


@app.command()
def serve(
    metrics_port: Annotated[int, typer.Option(help="Answer /metrics and /health on this port; 0 nowhere.")] = 0,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded stack.")] = None,
) -> None:
    """Serve signed links and POST /v1/actions until Ctrl-C, on actions.host and actions.port."""
    from deploy import logs
    from deploy.actions import serving

    logs.configure()
    serving.serve(load_settings(), data_dir, lambda sentence: print(sentence, flush=True), metrics_port=metrics_port)
