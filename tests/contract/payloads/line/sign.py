"""Sign as LINE does: base64 of HMAC-SHA256 over the body, keyed with the channel secret."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    digest = hmac.new(secrets["LINE_CHANNEL_SECRET"].encode(), body, hashlib.sha256).digest()
    return body, {"x-line-signature": base64.b64encode(digest).decode(), "content-type": "application/json"}, {}
