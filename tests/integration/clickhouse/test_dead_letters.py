"""Dead letters on the engine: which are open, what a decision changes, and a retry that is killed."""

from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from deploy.letters import deciding, reading
from deploy.letters.parsing import Parsing
from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.settings import Settings
from schemas.tables import DEAD_LETTERS
from streams.rows import dead_letter_row
from streams.store import Store
from tests.support.builders import DAY, at, make_dead_letter, make_event
from tests.support.fakes import FakePublisher, Killed

pytestmark = pytest.mark.integration

OPEN = reading.Wanted()


class Broker(FakePublisher):
    """Takes records as they were, too; `dies` ends the process when it is flushed, after the broker has them."""

    def __init__(self, *, dies: bool = False) -> None:
        super().__init__()
        self.again_taken: list[tuple[str, int, bytes, tuple[str, bytes]]] = []
        self._dies = dies

    def again(self, letter: DeadLetter, header: tuple[str, bytes]) -> None:
        self.again_taken.append((letter.source, letter.partition, letter.payload, header))

    def flush(self) -> None:
        super().flush()
        if self._dies:
            raise Killed


def write(store: Store, *letters: DeadLetter) -> None:
    store.insert(DEAD_LETTERS, [dead_letter_row(letter) for letter in letters], token="test")


def many(number: int, **fields: object) -> list[DeadLetter]:
    return [make_dead_letter(b"%d" % place, offset=place, **fields) for place in range(number)]


@pytest.fixture
def desk(client: Client, store: Store) -> deciding.Desk:
    return deciding.Desk(client=client, store=store, by="nora")


@pytest.fixture
def parsing(tmp_path_factory: pytest.TempPathFactory) -> Parsing:
    return Parsing(Settings(), {}, tmp_path_factory.mktemp("state"))


def states(client: Client) -> list[tuple[str, int]]:
    return [tuple(row) for row in client.query("SELECT state, attempts FROM dead_letters ORDER BY state").result_rows]


def test_a_letter_comes_back_byte_for_byte(client: Client, store: Store):
    letter = make_dead_letter(bytes(range(256)), key=b"\xff\x00", attempts=3)
    write(store, letter)

    (kept,) = reading.latest(client, OPEN, 10)

    assert kept.letter == letter
    assert (kept.state, kept.decided_by, kept.decided_at) == ("open", "", None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(reading.Wanted(stages=("sink",)), 1, id="stage"),
        pytest.param(reading.Wanted(errors=("Rejected",)), 1, id="error"),
        pytest.param(reading.Wanted(networks=("bluesky", "mastodon")), 3, id="networks"),
        pytest.param(reading.Wanted(since=at("09:30")), 1, id="since"),
        pytest.param(reading.Wanted(until=at("09:30")), 2, id="until"),
        pytest.param(reading.Wanted(since=at("09:01"), until=at("09:02")), 2, id="from its very instant on"),
        pytest.param(reading.Wanted(states=("dropped",)), 0, id="state"),
        pytest.param(reading.Wanted(errors=("x' OR 1 = 1 --",)), 0, id="no injection"),
    ],
)
def test_letters_are_found_by_what_a_person_knows(client: Client, store: Store, wanted: reading.Wanted, found: int):
    write(store, make_dead_letter(), make_dead_letter(stage="sink", error="Rejected"))
    write(store, make_dead_letter(b"late", network="bluesky", failed_at=at("10:00")))

    assert reading.count(client, wanted) == len(reading.latest(client, wanted, 10)) == found


def test_a_retry_publishes_each_record_to_where_it_stood_and_notes_it(
    client: Client, store: Store, desk: deciding.Desk, parsing: Parsing
):
    (letter,) = many(1)
    write(store, letter)
    broker = Broker()

    done = deciding.retry(desk, OPEN, 10, broker, parsing)

    header = ("vigie-again", f"enrich 1 {letter.dead_letter_id}".encode())
    assert broker.again_taken == [(letter.source, letter.partition, letter.payload, header)]
    assert (done.decided, done.left, done.refusals) == (1, 0, 0)
    assert states(client) == [("retried", 1)]
    assert deciding.retry(desk, OPEN, 10, broker, parsing).decided == 0


def test_one_that_fails_again_is_open_again_and_still_one(client: Client, store: Store, desk: deciding.Desk):
    write(store, make_dead_letter())
    deciding.drop(desk, OPEN, 10)

    write(store, make_dead_letter(attempts=2, failed_at=at("09:02"), offset=41))

    assert states(client) == [("open", 2)]


def test_a_letter_that_is_read_once_more_from_the_beginning_of_its_topic_stays_decided(
    client: Client, store: Store, desk: deciding.Desk
):
    write(store, make_dead_letter())
    deciding.drop(desk, OPEN, 10)

    write(store, make_dead_letter(failed_at=at("12:00")))

    assert states(client) == [("dropped", 1)]


def test_a_retry_that_is_killed_goes_on_and_tries_no_noted_letter_again(
    client: Client, store: Store, desk: deciding.Desk, parsing: Parsing
):
    write(store, *many(reading.PAGE + 50))
    with pytest.raises(Killed):
        deciding.retry(desk, OPEN, 10_000, Broker(dies=True), parsing)
    assert states(client) == [("open", 1)] * (reading.PAGE + 50), "nothing was noted before the broker had it"

    first = deciding.retry(desk, OPEN, reading.PAGE, Broker(), parsing)
    second = deciding.retry(desk, OPEN, 10_000, broker := Broker(), parsing)

    assert (first.decided, first.left, second.decided, second.left) == (reading.PAGE, 50, 50, 0)
    assert len(broker.again_taken) == 50
    assert states(client) == [("retried", 1)] * (reading.PAGE + 50)


def test_what_cannot_be_tried_stands_in_nobodys_way(
    client: Client, store: Store, desk: deciding.Desk, parsing: Parsing
):
    from_a_file = [
        make_dead_letter(b"%d" % line, stage="connect", source="twcs:a.csv", partition=-1, offset=line, network="x")
        for line in range(5)
    ]
    write(store, *from_a_file, *many(5))

    done = deciding.retry(desk, OPEN, 6, broker := Broker(), parsing)

    assert (done.decided, done.refusals, len(broker.again_taken)) == (5, 5, 5)
    assert "replay it" in next(iter(done.refused))
    assert sorted(states(client)) == [("open", 1)] * 5 + [("retried", 1)] * 5


def test_a_dry_run_writes_nothing_and_tells_what_would_fail_again(client: Client, store: Store, parsing: Parsing):
    write(store, make_dead_letter(b'{"no": "event"}'), make_dead_letter(codec.encode(make_event())))
    desk = deciding.Desk(client=client, store=None, by="nora")

    done = deciding.retry(desk, OPEN, 10, None, parsing)

    assert (done.decided, done.unreadable) == (2, 1)
    assert states(client) == [("open", 1)] * 2


def test_the_counters_of_the_boards_tell_days_stages_and_states(client: Client, store: Store, desk: deciding.Desk):
    write(store, *many(3), make_dead_letter(b"x", stage="sink", failed_at=at("09:00", day=DAY + timedelta(days=1))))
    deciding.drop(desk, reading.Wanted(stages=("sink",)), 10)

    found = client.query("SELECT toString(day), stage, state, letters FROM dead_letters_by_day ORDER BY day")

    assert [tuple(row) for row in found.result_rows] == [
        ("2026-03-02", "enrich", "open", 3),
        ("2026-03-03", "sink", "dropped", 1),
    ]
