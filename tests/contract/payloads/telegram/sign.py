"""Call as Telegram does: the secret of setWebhook in a header; nothing is signed."""

from collections.abc import Mapping
from datetime import datetime


def sign(body: bytes, secrets: Mapping[str, str], at: datetime) -> tuple[bytes, dict[str, str], dict[str, str]]:
    """Body, headers and query of a delivery."""
    headers = {"x-telegram-bot-api-secret-token": secrets["TELEGRAM_SECRET"], "content-type": "application/json"}
    return body, headers, {}
