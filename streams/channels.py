"""Where notifications go: Apprise, which knows a hundred channels. The words are here, French and English."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import apprise

from schemas.alert import Alert
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel shows."""

    title: str
    body: str


class Channels(Protocol):
    """Something that delivers."""

    def send(self, message: Message) -> bool:
        """Deliver to every channel; false when one of them did not take it."""


class AppriseChannels:
    """The channels of VIGIE_NOTIFY__URLS; with none, everything is taken and nothing is sent."""

    def __init__(self, urls: Sequence[str]) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines show addresses, which hold secrets
        self._apprise = apprise.Apprise()
        for place, url in enumerate(urls, start=1):
            if not self._apprise.add(url):
                raise ConfigError(
                    f"the address of channel {place} is none that Apprise knows",
                    where="VIGIE_NOTIFY__URLS",
                    fix="Write one as Apprise does, such as slack://… or mailtos://…; several with spaces between.",
                )

    def send(self, message: Message) -> bool:
        """Deliver to every channel; false when one of them did not take it."""
        if not len(self._apprise):
            return True
        return bool(self._apprise.notify(title=message.title, body=message.body))


def message_of(alert: Alert, language: Literal["en", "fr"]) -> Message:
    """The words of an alert."""
    waited, target = _span(alert.waited_s, language), _span(alert.target_s, language)
    who = f"@{alert.customer_handle}" if alert.customer_handle else alert.conversation_id
    lines = [(f"« {alert.text} »" if language == "fr" else f"“{alert.text}”") if alert.text else ""]
    if language == "fr":
        title = f"{who} attend depuis {waited} sur {alert.network}"
        lines.append(f"Délai promis : {target}. Règle : {alert.policy}.")
        if alert.mentions_leader:
            lines.append("Un dirigeant est cité.")
    else:
        title = f"{who} has been waiting for {waited} on {alert.network}"
        lines.append(f"Promised: {target}. Policy: {alert.policy}.")
        if alert.mentions_leader:
            lines.append("An executive is mentioned.")
    if alert.permalink:
        lines.append(alert.permalink)
    return Message(title=title, body="\n".join(line for line in lines if line))


def _span(seconds: float, language: Literal["en", "fr"]) -> str:
    minutes = int(seconds // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} {'j' if language == 'fr' else 'd'} {hours} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
