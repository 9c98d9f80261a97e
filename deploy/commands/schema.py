"""`vigie schema`: the contracts, for other languages."""

import json
from pathlib import Path
from typing import Annotated

import typer

from schemas import codec
from schemas.errors import ConfigError
from schemas.topics import TOPICS

app = typer.Typer(no_args_is_help=True, help="The contracts of the topics.")


@app.callback()
def schema() -> None:
    """Keep `export` a subcommand of its own: Typer folds a lone command into its group."""


@app.command()
def export(
    folder: Annotated[Path, typer.Option("--to", help="Write one file per topic into this folder.")] = Path("schema"),
) -> None:
    """Write the JSON Schema of every topic, one file each."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the folder cannot be made: {error.strerror}", where=str(folder), fix="Name another with --to."
        ) from error
    for topic in TOPICS:
        document = codec.json_schema(topic.carries)
        path = folder / f"{topic.name}.json"
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(path)
