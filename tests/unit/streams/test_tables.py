"""A table is read by its owner, and what a former owner wrote late does not win."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP

from schemas.settings import Kafka
from streams import changelog
from streams.app import Context
from streams.ownership import Revoked
from streams.shelf import Shelf
from streams.tables import EPOCH, Table
from tests.support.agents import FakeApp, FakeOffsets, make_context, owning

SOURCE = "signal.enriched.v1"


@dataclass(frozen=True)
class Written:
    """A record of the changelog; its value is its version."""

    partition: int
    key: bytes
    value: bytes | None


@dataclass
class Log:
    """The changelog on the broker, and which partitions were read."""

    records: list[Written] = field(default_factory=list)
    reads: list[set[int]] = field(default_factory=list)

    async def read(self, _: Kafka, __: str, partitions: Iterable[int]) -> AsyncIterator[list[Any]]:
        self.reads.append(set(partitions))
        yield [record for record in self.records if record.partition in self.reads[-1]]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    async def create(*_: Any) -> None:
        pass

    found = Log()
    monkeypatch.setattr(changelog, "read", found.read)
    monkeypatch.setattr(changelog, "create", create)
    return found


def worker(*partitions: int, shelf: Shelf | None = None) -> tuple[Context, Table]:
    context = make_context()
    offsets: FakeOffsets = context.offsets  # type: ignore[assignment]
    offsets.ownership = owning(*[TP(SOURCE, number) for number in partitions])
    return context, Table(context, "timelines", source=SOURCE, shelf=shelf)


def own(table: Table) -> set[int] | None:
    handover = asyncio.run(table.own(int))
    return None if handover is None else handover.owned


def noted(context: Context) -> list[tuple[bytes | None, int | None]]:
    app: FakeApp = context.app
    return [(one.key, one.partition) for one in app.producer.taken]


def test_what_came_to_the_worker_is_read_once(log: Log):
    log.records = [Written(0, b"c1", b"1"), Written(1, b"c2", b"1")]
    _, table = worker(0)

    assert (own(table), own(table)) == ({0}, None)
    assert table.data == {b"c1": b"1"}
    assert log.reads == [{0}]


def test_the_greatest_version_wins_and_not_the_last_record(log: Log):
    log.records = [Written(0, b"c1", b"7"), Written(0, b"c1", b"9"), Written(0, b"c1", b"8")]
    _, table = worker(0)

    own(table)

    assert table.data == {b"c1": b"9"}


def test_what_a_former_owner_overwrote_is_written_again_before_compaction_takes_it(log: Log):
    log.records = [Written(0, b"c1", b"9"), Written(0, b"c1", b"8"), Written(0, b"c2", b"2"), Written(0, b"c2", b"3")]
    context, table = worker(0)

    own(table)

    app: FakeApp = context.app
    assert [(one.key, one.value) for one in app.producer.taken if one.key != EPOCH] == [(b"c1", b"9")]


def test_each_owner_leaves_an_epoch_that_is_greater_than_that_of_its_predecessor(log: Log):
    far_ahead = 9_999_999_999_999  # written by a machine whose clock is wrong
    log.records = [Written(0, EPOCH, str(far_ahead).encode())]
    context, table = worker(0)

    own(table)

    app: FakeApp = context.app
    (left,) = app.producer.taken
    assert (left.key, left.partition) == (EPOCH, 0)
    assert table.epoch(0) == int(left.value) > far_ahead + 100


def test_what_stays_is_not_read_again_and_what_comes_is(log: Log):
    context, table = worker(0)
    own(table)

    context.ownership.assigned(2, [TP(SOURCE, 0), TP(SOURCE, 1)])

    assert own(table) == {0, 1}
    assert log.reads == [{0}, {1}]


def test_after_a_generation_that_was_missed_everything_is_read_again(log: Log):
    context, table = worker(0)
    own(table)

    context.ownership.assigned(3, [TP(SOURCE, 0)])

    assert own(table) == {0}
    assert log.reads == [{0}, {0}]


def test_what_went_while_it_was_read_is_read_when_it_comes_back(log: Log):
    context, table = worker(0)

    async def interrupted() -> None:
        async with context.ownership.work():
            context.ownership.lost()
            await table.own(int)

    with pytest.raises(Revoked):
        asyncio.run(interrupted())
    context.ownership.assigned(2, [TP(SOURCE, 0)])

    assert own(table) == {0}
    assert log.reads == [{0}, {0}]


def test_a_deleted_key_is_forgotten(log: Log):
    log.records = [Written(0, b"c1", b"1"), Written(0, b"c1", None)]
    _, table = worker(0)

    own(table)

    assert table.data == {}


def test_a_shelf_holds_what_a_dictionary_would(log: Log, tmp_path: Path):
    log.records = [Written(0, b"c1", b"7"), Written(0, b"c1", b"9"), Written(0, b"c1", b"8"), Written(1, b"c2", b"1")]
    log.records += [Written(1, b"c3", b"1"), Written(1, b"c3", None)]
    shelf = Shelf(tmp_path)
    context, table = worker(0, 1, shelf=shelf)

    own(table)

    assert list(shelf.page(0).chunks()) == [[(b"c1", b"9")]]
    assert list(shelf.page(1).chunks()) == [[(b"c2", b"1")]]
    assert [key for key, _ in noted(context) if key != EPOCH] == [b"c1"]


def test_a_partition_that_goes_leaves_the_shelf_and_one_that_comes_again_holds_nothing_of_before(
    log: Log, tmp_path: Path
):
    log.records = [Written(0, b"c1", b"1"), Written(1, b"c2", b"1")]
    shelf = Shelf(tmp_path)
    context, table = worker(0, 1, shelf=shelf)
    own(table)

    context.ownership.assigned(2, [TP(SOURCE, 0)])
    own(table)
    assert len(shelf) == 1

    log.records = [Written(0, b"c1", b"1"), Written(1, b"c3", b"1")]  # its owner forgot c2 meanwhile
    context.ownership.assigned(3, [TP(SOURCE, 0), TP(SOURCE, 1)])
    own(table)
    assert list(shelf.page(1).chunks()) == [[(b"c3", b"1")]]


def test_a_shelf_that_was_thrown_away_is_filled_again(log: Log, tmp_path: Path):
    log.records = [Written(0, b"c1", b"1")]
    shelf = Shelf(tmp_path)
    _, table = worker(0, shelf=shelf)
    own(table)

    table.disown()

    assert own(table) == {0}
    assert shelf.page(0).get(b"c1") == b"1"


def test_what_left_is_told_although_the_first_look_at_it_was_interrupted(log: Log):
    context, table = worker(0, 1)
    own(table)
    context.ownership.assigned(2, [TP(SOURCE, 0)])

    async def interrupted() -> None:
        async with context.ownership.work():
            context.ownership.lost()
            await table.own(int)

    with pytest.raises(Revoked):
        asyncio.run(interrupted())

    assert (own(table), own(table)) == ({0}, None)


def test_a_table_that_forgot_everything_says_so_although_nothing_is_left_to_read(log: Log):
    context, table = worker(0)
    own(table)
    table.disown()
    context.ownership.assigned(2, [])

    assert (own(table), own(table)) == (set(), None)


def test_what_was_read_by_half_leaves_the_shelf_when_it_goes_elsewhere(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    log.records = [Written(1, b"c1", b"1")]
    shelf = Shelf(tmp_path)
    context, table = worker(0, shelf=shelf)
    own(table)
    context.ownership.assigned(2, [TP(SOURCE, 0), TP(SOURCE, 1)])

    async def interrupted(*_: Any, **__: Any) -> None:
        raise Revoked("a rebalance began")

    with monkeypatch.context() as broken:
        broken.setattr(table, "note", interrupted)
        with pytest.raises(Revoked):
            own(table)
    context.ownership.assigned(3, [TP(SOURCE, 0)])
    own(table)

    assert set(shelf.pages) <= {0}
