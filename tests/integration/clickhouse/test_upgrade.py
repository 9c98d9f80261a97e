"""The schema changes while workers write: none of their rows is lost, and none is refused for good."""

import threading
from dataclasses import replace

import msgspec
import pytest

from deploy.clickhouse import migrate as migrating
from deploy.clickhouse.migrate import Migration, migrate
from schemas.errors import StoreError
from schemas.settings import Settings
from schemas.tables import DEAD_LETTERS
from streams.rows import Row, dead_letter_row
from streams.store import Rejected, Store, connect
from tests.support.builders import make_dead_letter

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(fresh: Settings) -> Settings:
    """A database of this test alone, which changes its tables."""
    return fresh


_LAST_OLD = 12  # dead letters had no attempts then
OLD = replace(DEAD_LETTERS, columns=tuple(one for one in DEAD_LETTERS.columns if one[0] != "attempts"))


@pytest.fixture
def yesterday(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database as an older program left it; only what it had is kept for ever."""
    whole = migrating.render

    def render(settings: Settings, cluster: bool) -> list[Migration]:
        return [one for one in whole(settings, cluster) if one.number <= _LAST_OLD]

    with monkeypatch.context() as older:
        older.setattr(migrating, "render", render)
        older.setattr(migrating, "retention", lambda _: ())
        for later in ("_definers", "_terms"):  # what a program of then did not do
            older.setattr(migrating, later, lambda *_, **__: [])
        migrate(empty)
    kept = msgspec.structs.replace(empty.retention, dead_letters_days=0)
    return msgspec.structs.replace(empty, retention=kept)


def row(number: int) -> Row:
    return dead_letter_row(make_dead_letter(b"%d" % number, offset=number))


def test_a_worker_of_before_writes_on_while_a_column_is_added(yesterday: Settings):
    written, ending = list[int](), threading.Event()

    def work() -> None:
        with Store(yesterday.clickhouse) as store:
            while not ending.is_set():
                store.insert(OLD, [row(len(written))[:-1]], token=str(len(written)))
                written.append(len(written))

    worker = threading.Thread(target=work)
    worker.start()
    while len(written) < 5:
        ending.wait(0.01)
    applied = migrate(yesterday)
    during = len(written)
    while len(written) < during + 5:
        ending.wait(0.01)
    ending.set()
    worker.join()

    assert [one.number for one in applied][:1] > [_LAST_OLD]
    client = connect(yesterday.clickhouse)
    (found,) = client.query("SELECT count(), min(attempts), max(attempts), any(state) FROM dead_letters").result_rows
    client.close()
    assert tuple(found) == (len(written), 1, 1, "open")


def test_a_new_worker_that_comes_before_the_migration_waits_for_it_and_buries_nothing(yesterday: Settings):
    with Store(yesterday.clickhouse) as store:
        with pytest.raises(StoreError, match="vigie migrate") as refused:
            store.insert(DEAD_LETTERS, [row(1)], token="1")
        assert not isinstance(refused.value, Rejected), "the sink tries again, and takes no row for the culprit"

        migrate(yesterday)

        assert store.insert(DEAD_LETTERS, [row(1)], token="1") == 1
