"""Sign as Standard Webhooks say: base64 of HMAC-SHA256 over id, time and body, with the secret out of its base64."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery. A second signature, of a secret that is no longer ours, goes before."""
    given = secrets["WEBHOOK_SECRET"]
    key = base64.b64decode(given[6:]) if given.startswith("whsec_") else given.encode()
    sent_at = str(int(at.timestamp()))
    digest = hmac.new(key, b"msg_1." + sent_at.encode() + b"." + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": sent_at,
        "webhook-signature": "v1,AAAA v1," + base64.b64encode(digest).decode(),
    }
    return body, headers, {}
