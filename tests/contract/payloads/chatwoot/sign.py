"""Sign as Chatwoot does: hex HMAC-SHA256 over an instant in seconds, a dot and the body."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    sent_at = str(int(at.timestamp()))
    key = secrets["CHATWOOT_WEBHOOK_SECRET"].encode()
    digest = hmac.new(key, sent_at.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "x-chatwoot-timestamp": sent_at,
        "x-chatwoot-signature": f"sha256={digest}",
    }
    return body, headers, {}
