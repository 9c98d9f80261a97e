"""`vigie reprocess`: enrich history again with the present models."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings


def run(
    since: Annotated[
        datetime, typer.Option(help="Events written then or later, UTC.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
    ],
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Write language, sentiment, names, topics and intent anew; corrections stay, and nothing is doubled.

    Running it again, or breaking it off and starting again, leaves the same. Conversations are not measured anew.
    """
    from deploy import history
    from deploy.clickhouse.reach import reach
    from streams.enricher import enricher_of
    from streams.store import Store, connect

    settings = load_settings()
    enricher = enricher_of(settings)
    done = 0
    with reach(settings, data_dir) as clickhouse, Store(clickhouse) as store:
        client = connect(clickhouse)
        try:
            kept = history.corrections(client)
            for page in history.since(client, since.replace(tzinfo=UTC)):
                history.reprocess(page, enricher, kept, store)
                done += len(page)
        finally:
            client.close()
    print(f"{done} events enriched again with {enricher.model_version}")
