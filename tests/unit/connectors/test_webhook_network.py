"""Signed webhook: a secret that was mistyped opens nothing, and a new one and its predecessor hold together."""

import base64
import hmac
from dataclasses import replace

import pytest

from connectors.base import Request
from connectors.networks.webhook import verify
from schemas.units import Secret
from tests.support.networks import NOW, folders

SOURCE = next(folder for folder in folders() if folder.network == "webhook").source()
BODY = b"{}"


def signature(key: bytes) -> str:
    signed = f"m1.{int(NOW.timestamp())}.".encode() + BODY
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def call(given: str) -> Request:
    headers = {"webhook-id": "m1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": given}
    return Request(method="POST", query={}, headers=headers, body=BODY, received_at=NOW)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!"])
def test_a_secret_that_holds_no_key_believes_nobody(secret: str):
    source = replace(SOURCE, secrets={"WEBHOOK_SECRET": Secret(secret)})

    assert not verify(call(signature(b"")), source)


def test_any_of_several_signatures_will_do():
    source = replace(SOURCE, secrets={"WEBHOOK_SECRET": Secret("whsec_" + base64.b64encode(b"new").decode())})

    assert verify(call(f"{signature(b'old')} {signature(b'new')}"), source)
    assert not verify(call(signature(b"old")), source)
