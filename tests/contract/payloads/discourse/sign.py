"""Sign as Discourse does: hex HMAC-SHA256 over the body, keyed with the webhook's secret."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    digest = hmac.new(secrets["DISCOURSE_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "x-discourse-event-signature": f"sha256={digest}",
        "x-discourse-event-type": "post",
        "x-discourse-event": "post_created",
        "content-type": "application/json",
    }
    return body, headers, {}
