"""/metrics and /health of processes that are no worker."""

import urllib.error
import urllib.request

import pytest

from deploy.exposition import shown
from deploy.processes import free_port
from schemas import metrics
from schemas.errors import ConfigError
from streams.meters import Meters
from tests.support.figures import scraped, total


def status(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_figures_and_health_are_answered_and_nothing_else():
    meters, port = Meters(), free_port()
    meters.add(metrics.CANARIES, outcome="sent")
    told = {"alive": True, "reason": ""}

    with shown("127.0.0.1", port, meters, lambda: told):
        assert total(scraped(port), "vigie_canaries_total", outcome="sent") == 1
        assert status(port, "/health") == (200, b'{"alive":true,"reason":""}')
        told |= {"alive": False, "reason": "it stands"}
        assert status(port, "/health") == (503, b'{"alive":false,"reason":"it stands"}')
        assert status(port, "/etc/passwd") == (404, b"")


def test_port_0_answers_nowhere_and_a_port_in_use_is_refused_with_a_sentence():
    port = free_port()

    with (
        shown("127.0.0.1", 0, Meters()),
        shown("127.0.0.1", port, Meters()),
        pytest.raises(ConfigError, match="cannot be listened on"),
        shown("127.0.0.1", port, Meters()),
    ):
        pass
