"""One loop for all sources: what stops one, what is waited for, and that the others go on."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import run
from connectors.base import Connector, Page, Pages, Poll, Source, Stopped, Stream
from connectors.counters import Counters
from connectors.http import HttpPool
from connectors.intake import Intake
from connectors.lease import Taken, lease
from connectors.memory import Memory
from connectors.normalize import make_event
from connectors.pause import StoppablePause
from connectors.roster import Job
from connectors.run import Desk, keep_reading, run_all
from schemas.errors import BrokerError, ConfigError, Refused, Unavailable
from schemas.settings import Settings
from tests.support.fakes import FakePublisher, FixedClock
from tests.support.networks import NOW, FakeBroker, FakePause


def parse(raw: Any, source: Source) -> Iterator[Any]:
    yield make_event(source, id=str(raw), author_id="u1", created_at=NOW)


def job(pages: Pages, *, name: str = "x", stream: bool = False, everything: bool = False) -> Job:
    connector = Connector(
        name="x",
        title="X",
        reads="",
        parse=parse,
        poll=None if stream else Poll(pages=pages, everything=everything),
        stream=Stream(pages=pages) if stream else None,
    )
    source = Source(network="x", name=name, since=NOW - timedelta(days=1))
    return Job(connector=connector, source=source, interval_s=60.0)


class Made:
    """A desk without a network and without a broker; waits pass at once and end the process after so many."""

    def __init__(self, tmp_path: Path, *, stop_after: int = 3, publisher: FakePublisher | None = None) -> None:
        self.publisher = publisher or FakePublisher()
        self.broker = FakeBroker(self.publisher)
        self.clock = FixedClock(NOW)
        self.pause = FakePause(self.clock, stop_after=stop_after)
        self.counters = Counters()
        self.memory = Memory(tmp_path / "memory.sqlite", remember=1000)
        self.desk = Desk(
            settings=Settings(),
            pool=HttpPool(self.pause, self.counters),
            broker=self.broker,
            memory=self.memory,
            counters=self.counters,
            pause=self.pause,
            clock=self.clock,
            leases=tmp_path / "leases",
            monotonic=lambda: self.clock.now().timestamp(),
        )

    def ids(self) -> list[str]:
        return [event.event_id for event in self.publisher.events]


def counting(work: Callable[[int, str | None], Iterator[Page]]) -> Pages:
    """Pages that know how often they were asked."""
    rounds = iter(range(1_000))

    def pages(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        yield from work(next(rounds), cursor)

    return pages


def test_a_poll_is_asked_again_after_its_interval(tmp_path: Path):
    made = Made(tmp_path)
    seen: list[str | None] = []

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        seen.append(cursor)
        yield Page(items=[number], cursor=f"c{number}")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert seen == [None, "c0", "c1", "c2"]
    assert made.ids() == ["x:0", "x:1", "x:2", "x:3"]
    assert all(57 <= wait <= 63 for wait in made.pause.waits)


def test_a_network_that_is_away_is_waited_for_longer_and_longer(tmp_path: Path):
    made = Made(tmp_path, stop_after=6)

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        yield Page(items=[number], cursor=f"c{number}")
        raise Unavailable("away")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert [0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(made.pause.waits)] == [True] * 6
    assert made.memory.cursor("x") == "c6"  # what came before the fault is saved


def test_the_wait_that_the_network_asks_for_is_kept(tmp_path: Path):
    made = Made(tmp_path, stop_after=1)

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        raise Unavailable("later", retry_after_s=900)
        yield

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert made.pause.waits == [900]


def test_pages_that_never_end_are_left_after_so_many_and_what_came_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "MAX_PAGES", 3)
    made = Made(tmp_path, stop_after=1)

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        while True:
            yield Page(items=[1], cursor="the same")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert made.ids() == ["x:1"]
    assert made.memory.cursor("x") == "the same"


def test_a_stream_that_held_for_long_begins_its_waits_anew(tmp_path: Path):
    made = Made(tmp_path, stop_after=5)

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        yield Page(items=[number])
        made.clock.sleep(3600 if number == 3 else 0)
        raise Unavailable("broke")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work), stream=True), made.desk)

    assert made.pause.waits[3] <= 1.0
    assert made.counters.get("x", "reconnects") == 6


def test_a_broker_that_is_away_is_waited_for_and_the_page_read_again(tmp_path: Path):
    class Away(FakePublisher):
        tries = 0

        def flush(self) -> None:
            Away.tries += 1
            if Away.tries < 3:
                self._pending.clear()
                raise BrokerError("away")
            super().flush()

    made = Made(tmp_path, stop_after=3, publisher=Away())
    seen: list[str | None] = []

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        seen.append(cursor)
        yield Page(items=["a"], cursor="c")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert seen == [None, None, None, "c"]
    assert made.ids() == ["x:a"]
    assert made.broker.renewed == 2


def test_a_refusal_stops_the_source_and_says_why(tmp_path: Path):
    made = Made(tmp_path)

    def refused(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        raise Refused("the token has expired", where="source x", fix="Renew it.")
        yield

    def fine(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        yield Page(items=["a"], cursor="c")

    outcomes = run_all([job(refused, name="one"), job(fine, name="other")], made.desk, until="read once")

    assert [(one.source, one.state) for one in outcomes] == [("one", "refused"), ("other", "done")]
    assert outcomes[0].reason == "source x: the token has expired. Renew it."
    assert made.ids() == ["x:a"]


def test_a_mistake_of_ours_in_one_source_leaves_the_others_alone(tmp_path: Path):
    made = Made(tmp_path)

    def broken(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        raise ZeroDivisionError("the words of a customer")
        yield

    (outcome,) = run_all([job(broken)], made.desk)

    assert (outcome.state, outcome.reason) == ("failed", "a fault of ours: ZeroDivisionError")


def test_a_source_that_another_process_reads_is_left_to_it(tmp_path: Path):
    made = Made(tmp_path)

    with lease(tmp_path / "leases", "x"):
        (outcome,) = run_all([job(counting(lambda number, cursor: iter(())))], made.desk)
        with pytest.raises(Taken), lease(tmp_path / "leases", "x"):
            pass
    with lease(tmp_path / "leases", "x"):
        pass

    assert outcome.state == "elsewhere"


def test_told_to_end_it_saves_what_it_took(tmp_path: Path):
    stopping = threading.Event()
    made = Made(tmp_path)
    desk = replace(made.desk, pause=StoppablePause(stopping))

    def endless(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        for number in range(1_000_000):
            if number == 100:
                stopping.set()
            yield Page(items=[number], cursor=str(number))

    (outcome,) = run_all([job(endless, stream=True)], desk)

    assert outcome.state == "stopped"
    assert made.memory.cursor("x") == str(len(made.ids()) - 1)
    assert len(made.ids()) >= 100


def test_caught_up_means_that_a_round_brought_nothing_new(tmp_path: Path):
    made = Made(tmp_path)

    def work(number: int, cursor: str | None) -> Iterator[Page]:
        yield Page(items=[min(number, 4)], cursor=str(min(number, 4)))

    (outcome,) = run_all([job(counting(work))], made.desk, until="caught up")

    assert (outcome.state, made.ids()) == ("done", [f"x:{n}" for n in range(5)])
    assert made.pause.waits == []


def test_what_sends_everything_must_be_told_what_to_keep(tmp_path: Path):
    with pytest.raises(ConfigError, match="nothing says what to keep"):
        keep_reading(job(counting(lambda number, cursor: iter(())), everything=True), Made(tmp_path).desk)


def test_hundreds_of_sources_are_read_by_one_process(tmp_path: Path):
    made = Made(tmp_path)

    def pages(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
        yield Page(items=[source.name], cursor="c")

    outcomes = run_all([job(pages, name=f"s{n}") for n in range(300)], made.desk, until="read once")

    assert {one.state for one in outcomes} == {"done"}
    assert sorted(made.ids()) == sorted(f"x:s{n}" for n in range(300))


def test_an_intake_commits_a_cursor_once(tmp_path: Path):
    made = Made(tmp_path)
    intake = Intake(
        job(counting(lambda number, cursor: iter(()))).connector,
        Source(network="x", name="x", since=NOW),
        made.publisher,
        made.memory,
        clock=made.clock,
        counters=made.counters,
    )

    intake.commit("c")
    intake.commit("c")

    assert made.counters.get("x", "commits") == 1
    assert made.publisher.flushes == 0


def test_a_full_disk_is_waited_for_and_nothing_is_left_out(tmp_path: Path):
    made = Made(tmp_path, stop_after=4)
    (pages,) = made.memory._db.execute("PRAGMA page_count").fetchone()
    made.memory._db.execute(f"PRAGMA max_page_count = {pages}")

    def work(round_: int, cursor: str | None) -> Iterator[Page]:
        assert cursor == (None if round_ < 3 else "c200")  # read again from there, until it could be saved
        if round_ == 2:
            made.memory._db.execute("PRAGMA max_page_count = 1000000")
        if cursor is None:
            yield Page(items=[str(number) for number in range(200)], cursor="c200")

    with pytest.raises(Stopped):
        keep_reading(job(counting(work)), made.desk)

    assert made.memory.cursor("x") == "c200"
    assert set(made.ids()) == {f"x:{number}" for number in range(200)}
