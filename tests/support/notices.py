"""Channels, routes and alerts for tests of notifications."""

from datetime import datetime
from typing import Any

import msgspec

from schemas.alert import Alert
from schemas.settings import Channel, Notify, Route, RouteMatch, Settings
from schemas.units import Secret
from streams.channels import Outcome
from streams.instants import to_ms
from streams.notices import Change, Notices, hear
from streams.routing import Routing, routing
from streams.words.message import Message


def make_settings(
    *routes: Route, channels: tuple[Channel, ...] = (), addresses: dict[str, str] | None = None, **fields: Any
) -> Settings:
    """Settings with these routes; without any named address there are the channels care and boss."""
    named = {"care": "json://127.0.0.1:9/care", "boss": "json://127.0.0.1:9/boss"} if addresses is None else addresses
    secrets = {name: Secret(address) for name, address in named.items()}
    return Settings(notify=Notify(channels=secrets, **fields), channels=channels, routes=routes)


def make_route(name: str = "all", *channels: str, resolved: bool = False, language: Any = "", **match: Any) -> Route:
    """A route to these channels, or to care."""
    return Route(
        name=name, channels=channels or ("care",), match=RouteMatch(**match), resolved=resolved, language=language
    )


def make_routing(*routes: Route, channels: tuple[Channel, ...] = (), **fields: Any) -> Routing:
    """These routes, or one that takes everything to care."""
    return routing(make_settings(*(routes or (make_route(),)), channels=channels, **fields), {})


def heard(*alerts: Alert, by: Routing | None = None, at: datetime, notices: Notices | None = None) -> Change:
    """What these alerts, one after the other, leave to tell; the log of all of them."""
    change = Change(notices=notices or Notices(conversation_id=alerts[0].conversation_id, partition=0))
    for alert in alerts:
        known = by or make_routing()
        one = hear(change.notices, alert, known, now_ms=to_ms(at), max_age_s=3600.0)
        change = Change(notices=one.notices, log=(*change.log, *one.log))
    return change


def state(alert: Alert, state: str, **fields: Any) -> Alert:
    """The same alert in another state, a version later."""
    return msgspec.structs.replace(alert, state=state, version=alert.version + 1, **fields)


class FakeChannels:
    """Keeps what it takes. `refusals` says, target by target, with which reason the next messages are refused."""

    def __init__(self, **refusals: list[str]) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.tried: list[str] = []
        self.refusals = refusals

    async def send(self, target: str, message: Message) -> Outcome:
        """Take a message, or refuse it."""
        self.tried.append(target)
        if self.refusals.get(target):
            return Outcome(reason=self.refusals[target].pop(0))
        self.taken.append((target, message))
        return Outcome()
