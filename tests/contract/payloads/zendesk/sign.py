"""Sign as Zendesk does: base64 of HMAC-SHA256 over an ISO instant and the body right behind it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    sent_at = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secrets["ZENDESK_WEBHOOK_SECRET"].encode(), sent_at.encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-zendesk-webhook-signature-timestamp": sent_at,
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
    }
    return body, headers, {}
