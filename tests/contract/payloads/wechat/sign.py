"""Sign as WeChat does in plain mode: SHA-1 over token, time and nonce, sorted; the body is not signed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    timestamp, nonce = str(int(at.timestamp())), "1486236512"
    signature = hashlib.sha1("".join(sorted((secrets["WECHAT_TOKEN"], timestamp, nonce))).encode()).hexdigest()
    return body, {"content-type": "text/xml"}, {"signature": signature, "timestamp": timestamp, "nonce": nonce}
