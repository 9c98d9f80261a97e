"""Trustpilot does not sign: the address that it was given holds a secret."""

from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    return body, {"content-type": "application/json"}, {"token": secrets["TRUSTPILOT_WEBHOOK_TOKEN"]}
