"""Every alert rule asks a real ClickHouse: of nothing, of a quiet day, and of data about which it must speak."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.clickhouse.migrate import apply
from deploy.grafana.macros import expand
from deploy.grafana.rules import rules
from deploy.grafana.rules.base import Rule
from deploy.processes import free_port, spawn, stop, wait_for_port
from schemas import canary
from schemas.conversation import Conversation
from schemas.enriched import Sentiment
from schemas.policy import Priority
from schemas.settings import Brand, ClickHouse, Leader, Settings, SourceSettings
from schemas.tables import CANARIES, CONVERSATIONS, DEAD_LETTERS, EVENTS, TURNS, WORKER_STATES
from schemas.watch import DEFAULT_WATCHES, Watch, WatchMatch
from schemas.worker import WorkerState
from streams.rows import canary_row, conversation_row, dead_letter_row, event_row, turn_rows
from streams.store import Store, connect
from streams.workerrows import worker_row
from tests.support.builders import (
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
    make_worker_state,
)

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = Settings(
    brands=(Brand(name="acme"),),
    leaders=(Leader(name="Ada Lovelace"),),
    sources=(SourceSettings(network="mastodon"), SourceSettings(network="x")),
)
BY_BRAND = msgspec.structs.replace(
    SETTINGS,
    brands=(Brand(name="acme"), Brand(name="l'autre")),
    watches=tuple(msgspec.structs.replace(watch, by="brand") for watch in DEFAULT_WATCHES if watch.kind != "leader"),
)
NARROW = msgspec.structs.replace(
    SETTINGS,
    watches=tuple(
        msgspec.structs.replace(watch, match=WatchMatch(networks=("x",), brands=("acme",))) for watch in DEFAULT_WATCHES
    ),
)
RULES = {rule.uid: rule for rule in rules(SETTINGS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Grafana would get: the columns with their types, and the rows."""

    types: Mapping[str, str]
    rows: Sequence[Mapping[str, object]]

    def figure(self, row: Mapping[str, object]) -> float:
        (name,) = [name for name, kind in self.types.items() if is_number(kind)]
        return float(row[name])  # type: ignore[arg-type]  # a number

    @property
    def figures(self) -> dict[tuple[str, ...], float]:
        texts = [name for name, kind in self.types.items() if not is_number(kind)]
        return {tuple(str(row[name]) for name in texts): self.figure(row) for row in self.rows}


def is_number(kind: str) -> bool:
    return bool(re.fullmatch(r"(Nullable\()?(U?Int\d+|Float\d+)\)?", kind))


def ask(client: Client, rule: Rule, *, at: datetime = NOW) -> Answer:
    sql = expand(rule.sql, since=at - timedelta(seconds=rule.period_s), until=at, interval_ms=60_000, variables=None)
    result = client.query(sql)
    types = dict(zip(result.column_names, (kind.name for kind in result.column_types), strict=True))
    return Answer(types=types, rows=list(result.named_results()))


def is_bad(rule: Rule, figure: float) -> bool:
    return figure < rule.bound if rule.bad_when == "lt" else figure > rule.bound


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("chdb", reason="the extra `embedded` is not installed")
    folder, port = tmp_path_factory.mktemp("clickhouse"), free_port()
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder / "data"), "--port", str(port)]
    child = spawn("clickhouse", command, log=Path(folder / "clickhouse.log"))
    try:
        wait_for_port(child, port, timeout_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop([child], grace_s=5)


def database(url: str, name: str) -> Client:
    settings = Settings(clickhouse=ClickHouse(url=url, database=name))
    first = connect(settings.clickhouse, database="default")
    apply(first, settings)
    first.close()
    return connect(settings.clickhouse)


def posts(
    client: Client,
    instants: Sequence[datetime],
    *,
    name: str = "p",
    network: str = "mastodon",
    negative: bool = False,
    lag: timedelta = timedelta(seconds=1),
) -> None:
    """Posts of customers, stored as long after Kafka had them as `lag` says."""
    columns = [*EVENTS.columns, ("stored_at", "DateTime64(3, 'UTC')")]
    label, score = ("negative", -0.8) if negative else ("neutral", 0.0)
    rows = []
    for place, instant in enumerate(instants):
        event = make_event(f"{name}{place}", event_id=f"{network}:{name}{place}", network=network, created_at=instant)
        enriched = make_enriched(event, sentiment=Sentiment(label=label, score=score))
        row = event_row(enriched, published_at=instant, topic="signal.enriched.v1", partition=0, offset=place)
        rows.append((*row, int((instant + lag).timestamp() * 1000)))
    client.insert(
        EVENTS.name,
        rows,
        column_names=[name for name, _ in columns],
        column_type_names=[kind for _, kind in columns],
    )


def every(step: timedelta, *, since: timedelta, until: timedelta = timedelta()) -> list[datetime]:
    """Instants from so long ago until so long ago."""
    count = int((since - until) / step)
    return [NOW - until - step * (place + 0.5) for place in range(count)]


def answered(name: str, *, waited_s: float, ago: timedelta = timedelta(minutes=10), network: str = "x") -> Conversation:
    """Answered so long ago, after so long, with a promise of an hour."""
    turn = make_turn(waited_s=waited_s, started_at=NOW - ago - timedelta(seconds=waited_s))
    return make_conversation(turn, conversation_id=name, network=network)


def waiting(name: str, *, since: timedelta, priority: Priority = "normal", leader: str = "") -> Conversation:
    """Waits, with a promise of an hour."""
    turn = make_turn(started_at=NOW - since, due_at=NOW - since + HOUR, priority=priority)
    due = {"waiting_since": turn.started_at, "due_at": turn.due_at}
    return make_conversation(turn, conversation_id=name, network="x", priority=priority, leader=leader, **due)


def keep(url: str, name: str, conversations: Sequence[Conversation], letters: int = 0) -> None:
    with Store(ClickHouse(url=url, database=name)) as store:
        rows = [row for one in conversations for row in turn_rows(one)]
        store.insert(TURNS, rows, token=f"{name}:turns")
        store.insert(CONVERSATIONS, [conversation_row(one) for one in conversations], token=f"{name}:conversations")
        dead = [make_dead_letter(offset=place, failed_at=NOW - HOUR / 2) for place in range(letters)]
        store.insert(DEAD_LETTERS, [dead_letter_row(one) for one in dead], token=f"{name}:dead")


def say(url: str, name: str, *words: WorkerState, canary_at: datetime) -> None:
    """What workers said, and a test event that arrived."""
    with Store(ClickHouse(url=url, database=name)) as store:
        store.insert(WORKER_STATES, [worker_row(word) for word in words], token=f"{name}:workers")
        store.insert(CANARIES, [canary_row(canary.make(canary_at), arrived=True)], token=f"{name}:canary")


@pytest.fixture(scope="module")
def nothing(url: str) -> Iterator[Client]:
    client = database(url, "nothing")
    yield client
    client.close()


@pytest.fixture(scope="module")
def quiet(url: str) -> Iterator[Client]:
    """A good month: three posts an hour, of which one is unhappy; most are answered in time."""
    client = database(url, "quiet")
    posts(client, every(HOUR / 2, since=29 * DAY), name="calm")
    posts(client, every(HOUR, since=29 * DAY), name="sad", negative=True)
    posts(client, every(HOUR / 2, since=29 * DAY), name="x", network="x")
    kept = [answered(f"kept-{place}", waited_s=1200) for place in range(28)]
    late = [answered(f"late-{place}", waited_s=4000) for place in range(2)]
    waits = [waiting(f"waits-{place}", since=HOUR / 2, priority="urgent") for place in range(9)]
    overdue = [waiting(f"over-{place}", since=3 * HOUR, priority="urgent", leader="Ada Lovelace") for place in range(1)]
    keep(url, "quiet", [*kept, *late, *waits, *overdue], letters=3)
    say(url, "quiet", make_worker_state(at=datetime.now(UTC) - HOUR, state="stopped"), canary_at=NOW)
    yield client
    client.close()


@pytest.fixture(scope="module")
def bad(url: str) -> Iterator[Client]:
    """A bad hour after a good month."""
    client = database(url, "bad")
    posts(client, every(HOUR, since=29 * DAY, until=DAY), name="sad", negative=True)
    posts(client, every(HOUR / 40, since=HOUR), name="storm", negative=True, lag=timedelta(minutes=5))
    kept = [answered(f"kept-{place}", waited_s=1200) for place in range(10)]
    late = [answered(f"late-{place}", waited_s=4 * 3600, ago=timedelta(minutes=place)) for place in range(20)]
    just_due = [waiting(f"due-{place}", since=HOUR + HOUR / 2) for place in range(20)]
    over = [
        waiting(f"{priority}-{place}", since=5 * HOUR, priority=priority)
        for priority, count in (("urgent", 6), ("high", 21), ("normal", 35), ("low", 51))
        for place in range(count)
    ]
    led = [waiting(f"led-{place}", since=5 * HOUR, leader="Ada Lovelace") for place in range(3)]
    keep(url, "bad", [*kept, *late, *just_due, *over, *led], letters=30)
    here = datetime.now(UTC)
    say(
        url,
        "bad",
        make_worker_state(worker="a", at=here - HOUR),
        make_worker_state(worker="b", at=here, state="stalled"),
        canary_at=NOW - HOUR,
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def still(url: str) -> Iterator[Client]:
    """A month of ten posts an hour, and nothing any more for half a day."""
    client = database(url, "still")
    posts(client, every(HOUR / 10, since=29 * DAY, until=DAY / 2))
    yield client
    client.close()


@pytest.mark.parametrize("data", ["nothing", "quiet", "bad", "still"])
@pytest.mark.parametrize("settings", [SETTINGS, BY_BRAND, NARROW, Settings()], ids=["all", "by brand", "some", "none"])
def test_a_rule_gives_one_column_of_numbers_and_labels_that_tell_its_rows_apart(
    data: str, settings: Settings, request: pytest.FixtureRequest
):
    client = request.getfixturevalue(data)

    for rule in rules(settings):
        found = ask(client, rule)
        if not found.rows:  # without rows the client tells no columns
            assert (rule.uid, data) == ("vigie-no-data", "nothing")
            continue
        numbers = [kind for kind in found.types.values() if is_number(kind)]
        assert len(numbers) == 1, rule.uid
        assert numbers[0] not in ("UInt8", "Nullable(UInt8)"), f"{rule.uid}: Grafana takes it for a truth"
        assert {kind for kind in found.types.values() if not is_number(kind)} == {"String"}, rule.uid
        assert {"brand", "network"} < set(found.types), rule.uid
        assert len(found.figures) == len(found.rows), f"{rule.uid}: two rows have the same labels"
        assert all(figure == figure for figure in found.figures.values()), f"{rule.uid}: not a number"


@pytest.mark.parametrize("uid", [uid for uid in RULES if uid != "vigie-no-data"])
def test_a_store_without_rows_is_a_row_that_is_no_alert(nothing: Client, uid: str):
    found = ask(nothing, RULES[uid])

    assert found.rows
    assert not [labels for labels, figure in found.figures.items() if is_bad(RULES[uid], figure)]


def test_a_store_without_rows_is_no_row_for_the_rule_that_speaks_then(nothing: Client):
    rule = RULES["vigie-no-data"]

    assert ask(nothing, rule).rows == []
    assert rule.no_data == "Alerting"


@pytest.mark.parametrize("uid", RULES)
def test_a_good_day_is_no_alert(quiet: Client, uid: str):
    found = ask(quiet, RULES[uid])

    assert found.rows
    assert not [labels for labels, figure in found.figures.items() if is_bad(RULES[uid], figure)]


@pytest.mark.parametrize(
    ("uid", "labels", "figure"),
    [
        pytest.param("vigie-watch-in-time", ("acme", "all"), 10 / 30, id="10 kept, 20 became overdue"),
        pytest.param("vigie-watch-slowest-tenth", ("acme", "all"), 4.0, id="a tenth waited for four hours"),
        pytest.param("vigie-watch-backlog-urgent", ("acme", "all", "urgent"), 6, id="6 urgent"),
        pytest.param("vigie-watch-backlog-high", ("acme", "all", "high"), 21, id="21 of high priority"),
        pytest.param("vigie-watch-backlog-normal", ("acme", "all", "normal"), 20 + 35 + 3, id="58 of normal priority"),
        pytest.param("vigie-watch-backlog-low", ("acme", "all", "low"), 51, id="51 of low priority"),
        pytest.param("vigie-watch-leader", ("Ada Lovelace", "acme", "all"), 3, id="3 of the leader"),
        pytest.param("vigie-watch-storm", ("acme", "all"), 40, id="40 posts where one is usual"),
        pytest.param("vigie-dead-letters", ("all", "mastodon", "enrich"), 30, id="30 dead letters"),
        pytest.param("vigie-pipeline-lag", ("all", "all"), 300, id="five minutes of lag"),
        pytest.param("vigie-workers", ("all", "all", "enrich"), 2, id="one is silent, one stands still"),
        pytest.param("vigie-canary", ("all", "all"), 3600, id="no test event for an hour"),
    ],
)
def test_a_bad_hour_is_an_alert_with_the_figure_of_a_plain_count(
    bad: Client, uid: str, labels: tuple[str, ...], figure: float
):
    found = ask(bad, RULES[uid]).figures

    assert found[labels] == pytest.approx(figure)
    assert is_bad(RULES[uid], found[labels])


def test_a_network_that_is_still_is_an_alert_and_the_one_that_never_sent_is_none(still: Client):
    found = ask(still, RULES["vigie-watch-silence"]).figures

    assert found == {("acme", "mastodon"): 80, ("acme", "x"): 0}
    assert is_bad(RULES["vigie-watch-silence"], found["acme", "mastodon"])


def test_a_store_that_stands_still_is_an_alert(still: Client):
    (figure,) = ask(still, RULES["vigie-no-data"]).figures.values()

    assert figure == pytest.approx(12 * 3600, abs=200)
    assert is_bad(RULES["vigie-no-data"], figure)


def test_three_posts_at_night_wake_nobody(url: str):
    client = database(url, "night")
    posts(client, [NOW - timedelta(minutes=minutes) for minutes in (5, 20, 50)], negative=True, lag=timedelta(hours=1))
    keep(url, "night", [waiting(f"night-{place}", since=3 * HOUR, priority="urgent") for place in range(3)], letters=3)

    woken = {
        uid for uid, rule in RULES.items() for figure in ask(client, rule).figures.values() if is_bad(rule, figure)
    }
    client.close()

    assert woken == set()


def test_a_brand_is_told_apart_when_the_watch_says_so(bad: Client):
    (share,) = [rule for rule in rules(BY_BRAND) if rule.kind == "share_within_target"]

    assert ask(bad, share).figures == {("acme", "all"): pytest.approx(1 / 3), ("l'autre", "all"): 1}


def test_a_watch_that_looks_at_some_networks_counts_these_alone(bad: Client):
    of_x = Watch(name="x", kind="storm", match=WatchMatch(networks=("x",)))
    (storm,) = [rule for rule in rules(msgspec.structs.replace(SETTINGS, watches=(of_x,))) if rule.kind == "storm"]

    assert ask(bad, storm).figures == {("acme", "all"): 0}


def test_every_question_of_the_runbook_is_one_that_clickhouse_answers(bad: Client):
    runbook = (Path(__file__).parents[3] / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
    questions = re.findall(r'(?m)^    vigie sql "(.*)"$', runbook)

    assert len(questions) >= 7
    for question in questions:
        bad.query(question)
