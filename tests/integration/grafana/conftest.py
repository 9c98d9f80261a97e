"""One ClickHouse with three databases: the sample, real conversations, and nothing; read by who may only read."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import httpx
import msgspec
import pytest

from connectors.sample.bundle import sample_events
from deploy.clickhouse.migrate import migrate
from schemas import canary
from schemas.delivery import Delivery, delivery_id
from schemas.enriched import Enriched
from schemas.load import load
from schemas.settings import ClickHouse, Settings
from schemas.tables import ACTIONS, ALERTS, CANARIES, DEAD_LETTERS, DELIVERIES, WORKER_STATES
from schemas.worker import WorkerState
from streams.deliveryrows import delivery_row
from streams.rows import action_row, alert_row, canary_row, dead_letter_row
from streams.store import Store
from streams.workerrows import worker_row
from tests.support import archive, clickhouse, stored
from tests.support.asking import Reader, Told
from tests.support.builders import make_action, make_alert, make_dead_letter, make_worker_state

_REAL = Path(os.environ.get("TEST_DATA", "")) / "twcs_sample.csv"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clickhouse.Running]:
    pytest.importorskip("chdb", reason="the extra `embedded` is not installed")
    running = clickhouse.start(
        tmp_path_factory.mktemp("clickhouse"),
        *("--user", f"{clickhouse.READER}:env:VIGIE_TEST_READER_PASSWORD:readonly"),
    )
    yield running
    clickhouse.stop(running)


@pytest.fixture(scope="session")
def http(server: clickhouse.Running) -> Iterator[httpx.Client]:
    login = (clickhouse.READER, clickhouse.PASSWORD)
    with httpx.Client(base_url=server.url, timeout=60, auth=login) as http:
        yield http


@pytest.fixture(scope="session")
def empty(server: clickhouse.Running, http: httpx.Client) -> Reader:
    """A database that was migrated and never written to."""
    migrate(_settings(Settings(), server, "nothing"))
    return Reader(http=http, database="nothing")


@pytest.fixture(scope="session")
def sample(server: clickhouse.Running, http: httpx.Client) -> Told:
    """The bundled sample, all of it written until now, and a row or two in the views that it leaves empty."""
    toml = (files("deploy") / "demo.toml").read_text(encoding="utf-8")
    settings = _settings(load(toml, {}, where="deploy/demo.toml"), server, "sample")
    migrate(settings)
    told = sample_events(rebase_to=datetime.now(UTC))
    late = max(event.created_at for event in told.live) - datetime.now(UTC)
    told = sample_events(rebase_to=datetime.now(UTC) - late - timedelta(minutes=1))
    enriched = stored.store(settings, [*told.history, *told.live])
    with Store(settings.clickhouse) as store:
        _write_beside(store, enriched)
    return Told(reader=Reader(http=http, database="sample"), enriched=enriched)


@pytest.fixture
def workers(server: clickhouse.Running, sample: Told) -> Told:
    """The same, and its workers have just said how they are."""
    with Store(ClickHouse(url=server.url.rstrip("/"), database="sample")) as store:
        words = said_by_workers(datetime.now(UTC))
        store.insert(WORKER_STATES, [worker_row(word) for word in words], token="workers")
    return sample


@pytest.fixture(scope="session")
def conversations(server: clickhouse.Running, http: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Real conversations where they are there, else invented ones in the same shape; the last one was written now."""
    path = _REAL
    if not path.is_file():
        path = tmp_path_factory.mktemp("archive") / "archive.csv"
        archive.write(path, conversations=400)
    settings = _settings(Settings(), server, "conversations")
    migrate(settings)
    enriched = stored.store(settings, stored.archive_events(path, until=datetime.now(UTC)))
    return Told(reader=Reader(http=http, database="conversations"), enriched=enriched)


def _settings(settings: Settings, server: clickhouse.Running, database: str) -> Settings:
    retention = msgspec.structs.replace(settings.retention, events_days=0, conversations_days=0, alerts_days=0)
    place = ClickHouse(url=server.url.rstrip("/"), database=database)
    return msgspec.structs.replace(settings, clickhouse=place, retention=retention)


def _write_beside(store: Store, enriched: list[Enriched]) -> None:
    """A storm, an offer to a delegate, decisions, a dead letter, a delivery, what workers said, a test event."""
    now = datetime.now(UTC)
    hour = now - timedelta(hours=1)
    about = next(one.event for one in enriched if one.mentions_leader)
    where = {"conversation_id": about.conversation_id, "network": about.network, "brand": about.brand}
    storm = make_alert(
        "watch",
        **where,
        alert_id="watch:storm:all:1",
        fired_at=hour,
        started_at=hour,
        watch="storm",
        scope="all",
        turn=0,
        explanation="In the last hour, 45 negative posts came.",
    )
    offer = make_alert("delegation", **where, fired_at=hour, started_at=hour, to="Nora", priority="urgent")
    store.insert(ALERTS, [alert_row(storm), alert_row(offer)], token="watches")
    store.insert(ACTIONS, [action_row(make_action(conversation_id=about.conversation_id, at=hour))], token="actions")
    letter = make_dead_letter(network=about.network, failed_at=now - timedelta(minutes=5))
    store.insert(DEAD_LETTERS, [dead_letter_row(letter)], token="letters")
    delivery = Delivery(
        delivery_id=delivery_id("n", "sent", 1),
        alert_id=offer.alert_id,
        level="delegation",
        channel="care",
        state="sent",
        at=hour,
        **where,
    )
    store.insert(DELIVERIES, [delivery_row(delivery)], token="deliveries")
    store.insert(WORKER_STATES, [worker_row(word) for word in said_by_workers(now)], token="workers")
    store.insert(CANARIES, [canary_row(canary.make(now - timedelta(seconds=2)), arrived=True)], token="canary")
    store.insert(CANARIES, [canary_row(canary.make(hour), arrived=False)], token="late")


def said_by_workers(now: datetime) -> list[WorkerState]:
    """Five minutes of words: enrich catches up, the sink has been silent for two minutes, notify stopped itself."""
    since = now - timedelta(hours=3)
    words = []
    for place in range(20):
        at, times = now - timedelta(seconds=15 * place), {"started_at": since, "since": since}
        words.append(make_worker_state("enrich", at=at, lag=10 * place, memory_bytes=200_000_000 + place, **times))
        if place >= 8:
            words.append(make_worker_state("sink", at=at, lag=place, memory_bytes=700_000_000, **times))
    return [*words, make_worker_state("notify", at=now - timedelta(minutes=30), state="failed", started_at=since)]
