"""Sign as X does: base64 of HMAC-SHA256 over the body, keyed with the OAuth 2.0 client secret."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    digest = base64.b64encode(hmac.new(secrets["X_CLIENT_SECRET"].encode(), body, hashlib.sha256).digest()).decode()
    return body, {"x-twitter-webhooks-signature-oauth2": f"sha256={digest}", "content-type": "application/json"}, {}
