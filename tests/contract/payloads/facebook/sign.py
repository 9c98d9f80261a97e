"""Sign as Meta does: hex HMAC-SHA256 over the body with its escaped letters, keyed with the app secret."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    digest = hmac.new(secrets["FACEBOOK_APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    return body, {"x-hub-signature-256": f"sha256={digest}", "content-type": "application/json"}, {}
