"""`vigie corrections`: what people corrected, as training data."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.environment import load_settings


def run(
    task: Annotated[Literal["sentiment", "topics"], typer.Option(help="Which corrections.")] = "sentiment",
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Print {"text", "label" or "topics", "language", "event_id"} lines; `vigie evaluate` reads those of sentiment."""
    from deploy import history
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    with reach(load_settings(), data_dir) as clickhouse:
        client = connect(clickhouse)
        try:
            for correction in history.corrections(client).values():
                said = correction.sentiment if task == "sentiment" else correction.topics
                stored = history.one(client, correction.event_id) if said is not None else None
                if stored is None:
                    continue
                key = "label" if task == "sentiment" else "topics"
                event, language = stored.enriched.event, stored.enriched.language.code
                print(json.dumps({"text": event.text, key: said, "language": language, "event_id": event.event_id}))
        finally:
            client.close()
