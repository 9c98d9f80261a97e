"""Which alerts are told where, from the settings: routes in order, the channels they name, when these are quiet."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from schemas.alert import Alert
from schemas.calendar import CalendarSettings
from schemas.errors import ConfigError
from schemas.settings import Channel, Route, RouteMatch, Settings
from schemas.units import Secret
from streams.businesstime import Calendar, is_open
from streams.calendars import build

DEFAULT = "default"  # the channel of VIGIE_NOTIFY__URLS

Calendars = Mapping[str, Calendar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address of a channel: what fails, is tried again and is quiet by itself."""

    name: str
    address: Secret
    channel: Channel
    open_in: Calendar | None = None  # quiet outside of it
    quiet_in: Calendar | None = None  # quiet within it

    def is_quiet(self, at_ms: int) -> bool:
        """Whether its readers do not want to be told at this instant."""
        outside = self.open_in is not None and not is_open(at_ms, self.open_in)
        return outside or (self.quiet_in is not None and is_open(at_ms, self.quiet_in))

    def is_urgent(self, alert: Alert) -> bool:
        """Whether it is told all the same."""
        return alert.level in self.channel.urgent_levels or alert.priority in self.channel.urgent_priorities


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Routes in order, and every target by name."""

    routes: tuple[Route, ...]
    targets: Mapping[str, Target]
    language: Literal["en", "fr"]

    def route(self, alert: Alert) -> Route | None:
        """The first that takes this alert."""
        return next((route for route in self.routes if not refusal(route.match, alert)), None)

    def targets_of(self, route: Route) -> list[Target]:
        """Every address of its channels."""
        return [target for target in self.targets.values() if target.channel.name in route.channels]


def refusal(match: RouteMatch, alert: Alert) -> str:
    """The first condition that does not hold for this alert; empty when all hold."""
    found: dict[str, str] = {
        "levels": alert.level,
        "priorities": alert.priority,
        "policies": alert.policy,
        "networks": alert.network,
        "brands": alert.brand,
        "languages": alert.language,
        "owners": alert.owner,
        "to": alert.to,
        "watches": alert.watch,
    }
    for condition, value in found.items():
        wanted = getattr(match, condition)
        if wanted and value not in wanted:
            return condition
    return ""


def routing(settings: Settings, calendars: Calendars) -> Routing:
    """The routes and targets of the settings.

    Raises:
        ConfigError: with one line per fault: where it stands, what it holds, how to repair it.
    """
    wrong: list[str] = []
    addresses = {name: secret.reveal().split() for name, secret in settings.notify.channels.items()}
    if settings.notify.urls:
        if DEFAULT in addresses:
            wrong.append(
                "VIGIE_NOTIFY__URLS and VIGIE_NOTIFY__CHANNELS__DEFAULT (environment) are one channel; keep one"
            )
        addresses[DEFAULT] = settings.notify.urls.reveal().split()
    targets = _targets(settings, addresses, calendars, wrong)
    routes = settings.routes or _default_route(settings, addresses)
    for index, route in enumerate(settings.routes):
        wrong += _faults(index, route, settings, addresses)
    wrong += _repeated("routes", [route.name for route in settings.routes])
    wrong += _repeated("channels", [channel.name for channel in settings.channels])
    if wrong:
        raise ConfigError("\n  ".join(["these settings are wrong:", *wrong]), where="vigie.toml")
    return Routing(routes=routes, targets=targets, language=settings.notify.language)


def _default_route(settings: Settings, addresses: Mapping[str, Sequence[str]]) -> tuple[Route, ...]:
    match = RouteMatch(levels=settings.notify.levels)
    return (Route(name=DEFAULT, channels=tuple(sorted(addresses)), match=match),) if settings.notify.levels else ()


def _targets(
    settings: Settings, addresses: Mapping[str, Sequence[str]], calendars: Calendars, wrong: list[str]
) -> dict[str, Target]:
    described = {channel.name: (index, channel) for index, channel in enumerate(settings.channels)}
    targets: dict[str, Target] = {}
    for name in {**dict.fromkeys(described), **dict.fromkeys(sorted(addresses))}:
        index, channel = described.get(name, (-1, Channel(name=name)))
        open_in, quiet_in = _quiet(f"channels[{index}]", channel, calendars, wrong)
        if name not in addresses:
            variable = f"VIGIE_NOTIFY__CHANNELS__{name.upper()}"
            wrong.append(
                f"channels[{index}].name holds {name!r}, which has no address; set {variable} in the environment"
            )
        for place, address in enumerate(addresses.get(name, ()), start=1):
            own = name if place == 1 else f"{name}.{place}"
            targets[own] = Target(
                name=own, address=Secret(address), channel=channel, open_in=open_in, quiet_in=quiet_in
            )
    return targets


def _quiet(
    at: str, channel: Channel, calendars: Calendars, wrong: list[str]
) -> tuple[Calendar | None, Calendar | None]:
    open_in = calendars.get(channel.quiet_outside)
    if channel.quiet_outside and open_in is None:
        there = _similar(channel.quiet_outside, calendars)
        wrong.append(f"{at}.quiet_outside holds {channel.quiet_outside!r}, which is no calendar; {there}")
    if not channel.quiet_hours:
        return open_in, None
    if not channel.time_zone:
        wrong.append(f'{at}.quiet_hours needs a clock; add time_zone, such as "Europe/Paris"')
        return open_in, None
    hours = CalendarSettings(name=channel.name, time_zone=channel.time_zone, hours=channel.quiet_hours)
    built = build([hours], lambda _: b"")
    for problem in built.problems:
        wrong.append(
            problem.replace("calendars[0].hours", f"{at}.quiet_hours").replace(
                "calendars[0].time_zone", f"{at}.time_zone"
            )
        )
    return open_in, built.calendars.get(channel.name)


def _faults(index: int, route: Route, settings: Settings, addresses: Mapping[str, Sequence[str]]) -> list[str]:
    at = f"routes[{index}]"
    wrong = []
    if not route.channels:
        wrong.append(f"{at}.channels holds nothing, so {route.name!r} tells nobody; name a channel, such as 'default'")
    for name in route.channels:
        described = any(channel.name == name for channel in settings.channels)
        if name not in addresses and not described:  # one that is described and has no address was said above
            variable = "VIGIE_NOTIFY__URLS" if name == DEFAULT else f"VIGIE_NOTIFY__CHANNELS__{name.upper()}"
            there = _similar(name, addresses)
            wrong.append(f"{at}.channels holds {name!r}, which is no channel; {there}; to add it set {variable}")
    policies = [policy.name for policy in settings.policies]
    for name in route.match.policies:
        if name not in policies:
            wrong.append(f"{at}.match.policies holds {name!r}, which is no policy; {_similar(name, policies)}")
    return wrong + _unreachable(at, index, route, settings)


def _unreachable(at: str, index: int, route: Route, settings: Settings) -> list[str]:
    match = route.match
    about_a_watch = "watch" in match.levels or not match.levels
    if match.watches and not about_a_watch:
        return [f"{at}.match can hold for no alert: only the level 'watch' has watches; add it to levels"]
    if match.levels == ("watch",) and match.policies:
        return [f"{at}.match can hold for no alert: an alert of a watch has no policy; take policies or levels away"]
    never = [level for level in match.levels if not _fires(level, settings)]
    if match.levels and len(never) == len(match.levels):
        return [f"{at}.match.levels holds {list(never)!r}, which no policy fires; add it to warnings or escalation"]
    for earlier, other in enumerate(settings.routes[:index]):
        if _takes_all(other.match, match):
            return [
                f"{at} can take no alert: routes[{earlier}] ({other.name!r}) takes all of them before; "
                "put the narrower route first, or take one away"
            ]
    return []


def _fires(level: str, settings: Settings) -> bool:
    if level.startswith("warning_"):
        return any(int(level.removeprefix("warning_")) in policy.warnings for policy in settings.policies)
    if level == "escalation":
        return any(policy.escalation for policy in settings.policies)
    return True


def _takes_all(wide: RouteMatch, narrow: RouteMatch) -> bool:
    """Whether whatever meets `narrow` meets `wide` too."""
    for condition in msgspec.structs.asdict(wide):
        allowed, asked = getattr(wide, condition), getattr(narrow, condition)
        if allowed and not (asked and set(asked) <= set(allowed)):
            return False
    return True


def _repeated(section: str, names: Sequence[str]) -> list[str]:
    return [
        f"{section}[{index}].name holds {name!r}, the name of {section}[{names.index(name)}]; give each its own name"
        for index, name in enumerate(names)
        if names.index(name) != index
    ]


def _similar(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
