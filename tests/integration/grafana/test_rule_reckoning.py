"""The rules reckon as the product's own watches, and Grafana can take their answers about real conversations."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from deploy.clickhouse.migrate import migrate
from deploy.grafana.macros import expand
from deploy.grafana.rules import rules
from deploy.grafana.rules.base import Rule
from schemas.enriched import Enriched, Sentiment
from schemas.settings import ClickHouse, Settings
from schemas.tables import EVENTS
from schemas.watch import DEFAULT_WATCHES, Watch
from streams.arrivals import Slot, slot_start
from streams.instants import to_ms
from streams.rows import event_row
from streams.store import Store
from streams.watch import Finding, findings
from streams.watchwords import words
from streams.windows import Partition, demand, summarise
from tests.support import clickhouse
from tests.support.asking import Frame, Query, Reader, Told
from tests.support.builders import make_enriched, make_event
from tests.support.watching import arrive

pytestmark = pytest.mark.integration

AT = datetime.fromtimestamp(slot_start(int(datetime.now(UTC).timestamp() * 1000)) / 1000, UTC)
BY_NETWORK = tuple(
    msgspec.structs.replace(watch, by="network") for watch in DEFAULT_WATCHES if watch.kind in ("storm", "silence")
)


def instants(
    chance: random.Random, *, days: float, a_day: float, still_h: float = 0.0, burst: int = 0
) -> Iterator[datetime]:
    """Posts at random from so many days ago until so many hours ago, and more in the last quarter."""
    for _ in range(int(days * a_day)):
        ago_s = chance.uniform(still_h * 3600, days * 86_400)
        yield AT - timedelta(seconds=int(ago_s) + 0.5)
    for _ in range(burst):
        yield AT - timedelta(seconds=chance.randrange(900) + 0.5)


def history() -> list[Enriched]:
    """Twenty-four networks: of all ages and sizes, some with a storm, some that have fallen silent."""
    chance, found = random.Random(7), []
    for number in range(24):
        days, a_day = (29.0, 10.2, 3.4, 2.1)[number % 4], (12.0, 60.0, 240.0)[number % 3]
        still_h, burst = (0.0, 0.7, 5.0, 11.0)[number // 6], 60 if number % 5 == 0 else 0
        for place, at in enumerate(instants(chance, days=days, a_day=a_day, still_h=still_h, burst=burst)):
            network = f"network_{number:02}"
            event = make_event(str(place), event_id=f"{network}:{place}", network=network, created_at=at)
            unhappy = chance.random() < 0.4 or at > AT - timedelta(minutes=15)
            label, score = ("negative", -0.7) if unhappy else ("neutral", 0.0)
            found.append(make_enriched(event, sentiment=Sentiment(label=label, score=score)))
    return found


def judged(enriched: list[Enriched], watches: tuple[Watch, ...]) -> dict[tuple[str, str], Finding]:
    """What `vigie worker watch` finds of the same events, by kind and network."""
    slots: dict[int, Slot] = {}
    for offset, one in enumerate(enriched):
        start = slot_start(to_ms(one.event.created_at))
        arrive(slots.setdefault(start, Slot(partition=0, start_ms=start)), one, offset)
    at_ms = to_ms(AT)
    window = summarise(Partition(number=0, slots=slots), at_ms, demand(watches))
    return {(one.watch.kind, one.scope): one for one in findings(watches, (), [window], at_ms, words("en"))}


def ask(reader: Reader, rule: Rule) -> Frame:
    query = Query(board="rules", kind="rule", name=rule.uid, sql=rule.sql)
    return reader.ask(query, period=timedelta(seconds=rule.period_s))


@pytest.fixture(scope="module")
def settings(server: clickhouse.Running) -> Settings:
    place = ClickHouse(url=server.url.rstrip("/"), database="reckoning")
    settings = Settings(clickhouse=place, watches=BY_NETWORK)
    migrate(settings)
    return settings


def figures(http: httpx.Client, settings: Settings, rule: Rule) -> Mapping[str, float]:
    """The rule's answer at the instant AT, by network."""
    sql = expand(rule.sql, since=AT - timedelta(seconds=rule.period_s), until=AT, interval_ms=60_000)
    answer = http.post(
        "/", params={"database": settings.clickhouse.database, "default_format": "JSONCompact"}, content=sql.encode()
    )
    assert answer.status_code == 200, answer.text[:600]
    return {row[1]: float(row[2]) for row in answer.json()["data"]}


def test_storms_and_silences_are_those_that_the_watches_find(http: httpx.Client, settings: Settings):
    enriched = history()
    with Store(settings.clickhouse) as store:
        rows = [
            event_row(one, published_at=one.event.created_at, topic="t", partition=0, offset=place)
            for place, one in enumerate(enriched)
        ]
        store.insert(EVENTS, rows, token="history")
    found = judged(enriched, BY_NETWORK)
    made = {rule.kind: rule for rule in rules(settings)}
    storms, silences = (figures(http, settings, made[kind]) for kind in ("storm", "silence"))

    for network in sorted({one.event.network for one in enriched}):
        storm, silence = found["storm", network], found["silence", network]
        if "last day" not in storm.explanation:  # with less than three days the watch compares with the last day
            assert (storms[network] > 0) == (storm.condition == "bad"), network
        assert (silences[network] > 0) == (silence.condition == "bad"), network
        if silence.condition == "bad":
            assert silences[network] == silence.sample, network
    assert 2 <= sum(value > 0 for value in storms.values()) <= 20
    assert 2 <= sum(value > 0 for value in silences.values()) <= 20


@pytest.mark.parametrize("data", ["sample", "conversations", "empty"])
def test_who_may_only_read_gets_every_rule_answered_with_one_number_a_row(data: str, request: pytest.FixtureRequest):
    told: Told | Reader = request.getfixturevalue(data)
    reader = told if isinstance(told, Reader) else told.reader

    for rule in rules(Settings()):
        frame = ask(reader, rule)
        numbers = [kind for kind in frame.types if kind != "String"]
        assert len(numbers) == 1, (rule.uid, frame.types)
        assert numbers[0] in ("UInt64", "Float64", "Int64"), rule.uid
        assert frame.rows or (rule.kind, data) == ("no_data", "empty"), rule.uid
