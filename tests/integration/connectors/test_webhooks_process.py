"""`vigie webhooks` as a process: real sockets, a real broker, TLS, a broker that goes away, SIGTERM."""

import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.processes import free_port
from schemas import codec
from schemas.event import Event
from schemas.topics import EVENTS
from tests.support.broker import Broker, read_all, stop_broker
from tests.support.system import ROOT, environment, until

pytestmark = pytest.mark.integration

SECRET = "channel-secret-of-a-test"


def body(number: int) -> bytes:
    message = {"id": f"58{number:012d}", "type": "text", "text": "The lid is cracked"}
    source = {"type": "user", "userId": f"U{number:032d}"}
    event = {"type": "message", "timestamp": 1793693645000 + number, "source": source, "message": message}
    return json.dumps({"destination": "U0", "events": [event]}).encode()


def signed(content: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), content, hashlib.sha256).digest()
    return {"x-line-signature": base64.b64encode(digest).decode(), "content-type": "application/json"}


@contextlib.contextmanager
def receiver(broker: Broker, tmp_path: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    port, log = free_port(), tmp_path / "log"
    environ = {
        **environment(),
        "VIGIE_KAFKA": broker.bootstrap,
        "VIGIE_WEBHOOKS__PORT": str(port),
        "VIGIE_CONNECTORS__STATE_DIR": str(tmp_path / "state"),
        "LINE_CHANNEL_SECRET": SECRET,
        **variables,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "webhooks", "line"], cwd=ROOT, env=environ, stdout=out, stderr=out
        )
    try:
        yield process, port, log
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()


def is_up(client: httpx.Client, address: str) -> bool:
    try:
        return client.get(f"{address}/health").status_code == 200
    except httpx.TransportError:
        return False


def test_what_was_answered_is_on_the_broker_and_sigterm_ends_in_order(broker: Broker, tmp_path: Path):
    with receiver(broker, tmp_path) as (process, port, log), httpx.Client() as client:
        address = f"http://127.0.0.1:{port}"
        until(lambda: is_up(client, address), timeout_s=30, what="the receiver answers")

        def call(number: int) -> int:
            content = body(number % 150)  # every call but 150 is a repetition
            return client.post(f"{address}/hooks/line", content=content, headers=signed(content)).status_code

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(call, range(400)))
        stranger = client.post(f"{address}/hooks/line", content=body(999), headers=signed(b"other"))
        health = client.get(f"{address}/health").json()
        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 0
        assert set(answers) == {200}
        assert stranger.status_code == 401
        assert health["networks"]["line"]["published"] == 150
        found = [codec.decode(value, Event).event_id for _, value in read_all(broker.bootstrap, EVENTS)]
        assert sorted(found) == sorted(f"line:58{number:012d}" for number in range(150))
        said = log.read_text()
        assert "cracked" not in said
        assert SECRET not in said


def test_without_the_broker_nothing_is_answered_200(broker: Broker, tmp_path: Path):
    with receiver(broker, tmp_path) as (_, port, _), httpx.Client(timeout=10) as client:
        address = f"http://127.0.0.1:{port}"
        until(lambda: is_up(client, address), timeout_s=30, what="the receiver answers")
        content = body(1)
        assert client.post(f"{address}/hooks/line", content=content, headers=signed(content)).status_code == 200
        stop_broker(broker)

        content = body(2)
        begun = time.monotonic()
        answer = client.post(f"{address}/hooks/line", content=content, headers=signed(content))

        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert time.monotonic() - begun < 2  # LINE waits no longer


def test_it_speaks_tls_with_a_certificate_of_its_own(broker: Broker, tmp_path: Path):
    certificate, key = made_certificate(tmp_path)
    options = {"VIGIE_WEBHOOKS__CERTIFICATE": str(certificate), "VIGIE_WEBHOOKS__CERTIFICATE_KEY": str(key)}
    trusted = ssl.create_default_context(cafile=str(certificate))
    with receiver(broker, tmp_path, **options) as (_, port, _), httpx.Client(verify=trusted) as client:
        address = f"https://localhost:{port}"
        until(lambda: is_up(client, address), timeout_s=30, what="the receiver answers")
        content = body(1)

        assert client.post(f"{address}/hooks/line", content=content, headers=signed(content)).status_code == 200


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
