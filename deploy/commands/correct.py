"""`vigie correct`: say what an event is, against the models."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings
from schemas.correction import Correction, merged
from schemas.enriched import SentimentLabel
from schemas.errors import ConfigError


def run(
    event_id: Annotated[str, typer.Argument(help="Id of the event, as in the view events.")],
    sentiment: Annotated[SentimentLabel | None, typer.Option(help="How its author feels.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="What it is about; several are allowed.")] = None,
    no_topics: Annotated[bool, typer.Option("--no-topics", help="It is about none of the topics.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Keep a correction: it holds in SQL at once, in every later reprocessing, and is training data."""
    from deploy import history
    from deploy.clickhouse.reach import reach
    from deploy.privacy import audit
    from streams.store import Store, connect

    topics = () if no_topics else tuple(dict.fromkeys(topic)) if topic else None
    if sentiment is None and topics is None:
        raise ConfigError(
            "there is nothing to correct", where="vigie correct", fix="Add --sentiment, --topic or --no-topics."
        )
    said = Correction(event_id=event_id, sentiment=sentiment, topics=topics, corrected_at=datetime.now(UTC))
    with reach(load_settings(), data_dir) as clickhouse, Store(clickhouse) as store:
        client = connect(clickhouse)
        try:
            stored = history.one(client, event_id)
            if stored is None:
                raise ConfigError(
                    "there is no such event, or it was deleted",
                    where=f"event {event_id}",
                    fix='Look it up with `vigie sql "SELECT event_id, text FROM events"`.',
                )
            audit.record(store, "correct", event_id, {"sentiment": sentiment is not None, "topics": topics is not None})
            history.correct(stored, merged(history.corrections(client).get(event_id), said), store)
        finally:
            client.close()
    print(f"{event_id} corrected")
