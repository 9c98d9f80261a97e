"""People's decisions to Kafka."""

from pathlib import Path

import msgspec

from connectors.publish import Publisher
from deploy.alerts.reading import rows
from deploy.running import addresses
from schemas.action import Action
from schemas.brokers import at
from schemas.errors import ConfigError, StoreError
from schemas.settings import Settings
from streams.store import connect


def publish(settings: Settings, data_dir: Path | None, action: Action) -> None:
    """Hand a decision to the running system; return once the broker has it.

    Raises:
        ConfigError: nothing runs, or nothing is known of the conversation.
        BrokerError: the broker did not take it.
    """
    running = addresses(settings, data_dir)
    if running is None:
        raise ConfigError(
            "nothing runs here that could be told",
            where=str(data_dir or settings.embedded.data_dir),
            fix="Start it with `vigie up`, name its folder with --data-dir, or set VIGIE_KAFKA.",
        )
    _require_known(settings, running.clickhouse, action)
    with Publisher(at(settings.kafka, running.kafka), delivery_s=15.0) as publisher:
        publisher.act(action)


def _require_known(settings: Settings, url: str, action: Action) -> None:
    if not url:
        return
    try:
        client = connect(msgspec.structs.replace(settings.clickhouse, url=url))
        query = (
            "SELECT 1 FROM conversations WHERE conversation_id = {id:String} "
            "UNION ALL SELECT 1 FROM alerts WHERE conversation_id = {id:String}"
        )
        known = rows(client, query, {"id": action.conversation_id})
        client.close()
    except StoreError:
        return  # the decision does not need the store, the check does
    if not known:
        raise ConfigError(
            f"there is no alert or conversation {action.conversation_id!r}",
            fix="Take an id from `vigie alerts list`.",
        )
