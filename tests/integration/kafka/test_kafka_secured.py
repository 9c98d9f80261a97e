"""The whole path on Apache Kafka over TLS with SCRAM: every client proves who it is."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.publish import Publisher
from deploy.drain import until_drained
from deploy.stack import Stack
from schemas.event import Author, Event
from schemas.settings import Enrich, Kafka, Settings
from schemas.units import Secret
from streams.store import connect
from tests.support.kafka_secure import PASSWORD, USER, secured

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # kafka-python leaves refused sockets
]


def event(native: str) -> Event:
    now = datetime.now(UTC)
    author = Author(id="u1", role="customer")
    return Event(
        event_id=native, network="x", conversation_id=native, author=author, created_at=now, received_at=now, text="?"
    )


def publishing(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A publisher in a process of its own, since kafka-python leaves sockets open when it is refused."""
    code = (
        "from connectors.publish import Publisher\nfrom deploy.environment import load_settings\n"
        "with Publisher(load_settings().kafka, connect_s=5.0):\n    pass\n"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, timeout=60, check=False)


def test_a_post_goes_the_whole_way_over_tls_with_scram(tmp_path: Path):
    with secured(tmp_path / "kafka") as broker:
        kafka = Kafka(
            bootstrap=broker.bootstrap,
            partitions=2,
            security_protocol="SASL_SSL",
            sasl_username=USER,
            sasl_password=Secret(PASSWORD),
            ca_file=str(broker.ca_file),
        )
        environ = {
            "VIGIE_KAFKA__PARTITIONS": "2",
            "VIGIE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "VIGIE_KAFKA__SASL_USERNAME": USER,
            "VIGIE_KAFKA__SASL_PASSWORD": PASSWORD,
            "VIGIE_KAFKA__CA_FILE": str(broker.ca_file),
            "VIGIE_PRIVACY__FORGET_KEY": "so that the list is read",
        }
        settings = Settings(kafka=kafka, enrich=Enrich(steps=False))
        agents = ("enrich", "responses", "watch", "sink")
        with Stack(settings, data_dir=tmp_path / "stack", agents=agents, environ=environ) as stack:
            with Publisher(kafka) as publisher:
                publisher.publish(event("x:1"))
            until_drained(kafka, stack=stack, timeout_s=90)
            client = connect(stack.settings.clickhouse)
            deadline = time.monotonic() + 30
            while not client.command("SELECT count() FROM response_turns") and time.monotonic() < deadline:
                time.sleep(0.5)
            found = client.query("SELECT event_id, state FROM events JOIN conversations USING conversation_id")
            client.close()
            assert found.result_rows == [("x:1", "waiting")]

        logs = b"".join(path.read_bytes() for path in (tmp_path / "stack").rglob("*.log"))
        assert PASSWORD.encode() not in logs
        for wrong in (
            {"VIGIE_KAFKA__SASL_PASSWORD": "a wrong password"},
            {"VIGIE_KAFKA__CA_FILE": ""},
            {"VIGIE_KAFKA__SECURITY_PROTOCOL": "PLAINTEXT"},
        ):
            refused = publishing(environ | {"VIGIE_KAFKA": broker.bootstrap} | wrong)
            assert refused.returncode != 0, refused.stderr
            assert "BrokerError" in refused.stderr
            assert PASSWORD not in refused.stderr
            assert "a wrong password" not in refused.stderr
