"""Apache Kafka for the tests of this folder: `make test-kafka`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import archive
from tests.support.kafka import Cluster, cluster
from tests.support.kafka_jars import missing
from tests.support.stand import Stored, standing

CONVERSATIONS = 1_200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if why := missing():
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason=f"no Apache Kafka: {why}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """An archive and what becomes of it when nothing goes wrong."""

    file: Path
    stored: Stored


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[Cluster]:
    """One broker, empty."""
    with cluster(tmp_path / "kafka", brokers=1) as made:
        yield made


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The run that all others must equal."""
    folder = tmp_path_factory.mktemp("undisturbed")
    file = folder / "archive.csv"
    archive.write(file, conversations=CONVERSATIONS)
    with cluster(folder / "kafka", brokers=1) as made, standing(folder / "D", made) as stand:
        done = stand.replay(file)
        assert done.returncode == 0, done.stderr
        return Undisturbed(file=file, stored=stand.stored())
