"""Sign as LinkedIn does: hex HMAC-SHA256 over a prefix and the body, keyed with the client secret."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    digest = hmac.new(secrets["LINKEDIN_CLIENT_SECRET"].encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()
    return body, {"x-li-signature": digest, "content-type": "application/json"}, {}
