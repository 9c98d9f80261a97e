"""Apache Kafka that lets in who proves who they are, over TLS: certificates are made for the run."""

import contextlib
import datetime
import ipaddress
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.processes import free_port, spawn, stop, wait_for_port
from tests.support.kafka import _JVM
from tests.support.kafka_jars import jars

USER, PASSWORD = "vigie", "a password of the test"
_START_S = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """Where it listens, and whom to believe."""

    bootstrap: str
    ca_file: Path
    inner: str = ""


@contextlib.contextmanager
def secured(folder: Path, users: Sequence[str] = ()) -> Iterator[Secured]:
    """One broker with a SASL_SSL listener for clients; brokers and controllers talk on loopback without.

    Args:
        users: others who may come in with the same password; then nobody but USER may do anything without a right, and
            who comes by `inner` may give them.
    """
    ca_file, keystore = _certificates(folder)
    client, inner, controller = free_port(), free_port(), free_port()
    properties = folder / "server.properties"
    lines = {
        "process.roles": "broker,controller",
        "node.id": 0,
        "listeners": f"CLIENT://127.0.0.1:{client},INNER://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{client},INNER://127.0.0.1:{inner}",
        "inter.broker.listener.name": "INNER",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CLIENT:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"0@127.0.0.1:{controller}",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.client.ssl.keystore.type": "PEM",
        "listener.name.client.ssl.keystore.location": keystore,
        "log.dirs": folder / "data",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
    }
    if users:
        lines["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        lines["super.users"] = f"User:ANONYMOUS;User:{USER}"
    properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    java = ["java", *_JVM, "-cp", f"{jars()}/*"]
    scram = [f"SCRAM-SHA-512=[name={name},password={PASSWORD}]" for name in (USER, *users)]
    subprocess.run(
        [
            *java,
            "kafka.tools.StorageTool",
            "format",
            "-t",
            "MkU3OEVBNTcwNTJENDM2Qg",
            "-c",
            str(properties),
            *(word for one in scram for word in ("-S", one)),
        ],
        check=True,
        capture_output=True,
        timeout=_START_S,
    )
    child = spawn("kafka", [*java, "kafka.Kafka", str(properties)], log=folder / "kafka.log")
    try:
        wait_for_port(child, client, timeout_s=_START_S)
        yield Secured(bootstrap=f"127.0.0.1:{client}", ca_file=ca_file, inner=f"127.0.0.1:{inner}")
    finally:
        stop([child], grace_s=0.5)


def _certificates(folder: Path) -> tuple[Path, Path]:
    """Who to believe, and key and certificate of the broker in one PEM file, as Kafka reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a CA of the test")])
    now = datetime.datetime.now(datetime.UTC)

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    ca_usage = x509.KeyUsage(*(False,) * 5, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
    ca = (
        builder(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(ca_usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    host = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = (
        builder(host, key.public_key())
        .add_extension(names, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    ca_file, keystore = folder / "ca.pem", folder / "broker.pem"
    ca_file.write_bytes(ca.public_bytes(pem))
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    keystore.write_bytes(plain + leaf.public_bytes(pem) + ca.public_bytes(pem))
    return ca_file, keystore
