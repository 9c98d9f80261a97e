"""Each program as the user that `vigie topics --strimzi NAME --users` writes for it, on a broker that has rights."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)

from connectors.publish import Publisher
from deploy.processes import Child, spawn, stop
from deploy.strimzi import User, users
from schemas.event import Author, Event
from schemas.load import load
from schemas.settings import ClickHouse
from streams.store import connect
from streams.worker import AGENTS
from tests.support import clickhouse as servers
from tests.support.kafka_secure import PASSWORD, Secured, secured
from tests.support.system import ROOT, environment, until, vigie

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # sockets that kafka-python leaves
]

_VIGIE = (sys.executable, "-m", "deploy.cli")
_OPERATIONS = {"DescribeConfigs": "DESCRIBE_CONFIGS", "AlterConfigs": "ALTER_CONFIGS"}


def give(bootstrap: str, user: User) -> None:
    """The rights of a user, as the operator of Strimzi gives them."""
    admin = KafkaAdminClient(bootstrap_servers=[bootstrap])
    admin.create_acls(
        [
            ACL(
                f"User:{user.name}",
                "*",
                ACLOperation[_OPERATIONS.get(operation, operation.upper())],
                ACLPermissionType.ALLOW,
                ResourcePattern(
                    ResourceType[right.kind.upper()],
                    right.name,
                    ACLResourcePatternType.PREFIXED if right.prefix else ACLResourcePatternType.LITERAL,
                ),
            )
            for right in user.rights
            for operation in right.operations
        ]
    )
    admin.close()


def question() -> Event:
    now = datetime.now(UTC)
    author = Author(id="u1", role="customer")
    return Event(
        event_id="x:1", network="x", conversation_id="x:1", author=author, created_at=now, received_at=now, text="?"
    )


def publishing(own: dict[str, str]) -> int:
    """The exit code of who publishes an event, in a process of its own: a refused client leaves sockets open."""
    code = (
        "from connectors.publish import Publisher\nfrom deploy.environment import load_settings\n"
        "from tests.integration.kafka.test_kafka_rights import question\n"
        "with Publisher(load_settings().kafka, delivery_s=5.0) as publisher:\n    publisher.publish(question())\n"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment() | own, capture_output=True, timeout=60, check=False, cwd=ROOT
    ).returncode


def environ(broker: Secured, user: str, url: str) -> dict[str, str]:
    return {
        "VIGIE_KAFKA": broker.bootstrap,
        "VIGIE_KAFKA__PARTITIONS": "2",
        "VIGIE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "VIGIE_KAFKA__SASL_USERNAME": f"vigie-{user}",
        "VIGIE_KAFKA__SASL_PASSWORD": PASSWORD,
        "VIGIE_KAFKA__CA_FILE": str(broker.ca_file),
        "VIGIE_CLICKHOUSE": url,
        "VIGIE_CANARY__EVERY": "2s",
        "VIGIE_PRIVACY__FORGET_KEY": "so that the list is read",
    }


@contextlib.contextmanager
def at_work(broker: Secured, url: str, folder: Path) -> Iterator[None]:
    """Every agent and the canary, each as its own user."""
    children: list[Child] = []
    try:
        for agent in AGENTS:
            own = environment() | environ(broker, agent, url)
            children.append(spawn(agent, [*_VIGIE, "worker", agent], log=folder / f"{agent}.log", environ=own))
        own = environment() | environ(broker, "canary", url)
        children.append(spawn("canary", [*_VIGIE, "canary"], log=folder / "canary.log", environ=own))
        yield
    finally:
        stop(children, grace_s=5.0)


def test_every_program_does_its_work_with_its_own_rights_and_no_more(tmp_path: Path) -> None:
    everybody = users()
    with secured(tmp_path / "kafka", [user.name for user in everybody]) as broker:
        for user in everybody:
            give(broker.inner, user)
        store = servers.start(tmp_path / "clickhouse")
        url = store.url.rstrip("/")
        made = vigie("topics", **environ(broker, "setup", url))
        assert made.returncode == 0, made.stderr
        assert vigie("migrate", **environ(broker, "setup", url)).returncode == 0
        client = connect(ClickHouse(url=url))

        with at_work(broker, url, tmp_path):
            with Publisher(load("", environ(broker, "connectors", url)).kafka) as publisher:
                publisher.publish(question())
            until(lambda: client.command("SELECT count() FROM response_turns"), timeout_s=120, what="a turn")
            arrived = "SELECT count() FROM canaries WHERE arrived_at IS NOT NULL"
            until(lambda: int(client.command(arrived)) >= 2, timeout_s=120, what="test events")  # type: ignore[arg-type]
            time.sleep(5)  # tables, windows, groups

        said = "".join(path.read_text() for path in tmp_path.glob("*.log"))
        refused = {user: publishing(environ(broker, user, url)) for user in ("connectors", "enrich", "keda")}
        client.close()
        servers.stop(store)

    assert "AuthorizationFailed" not in said
    assert "not authorized" not in said.lower()
    assert {user: code == 0 for user, code in refused.items()} == {"connectors": True, "enrich": False, "keda": False}
