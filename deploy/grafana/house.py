"""House: what boards take from the settings of a company. Pure."""

from dataclasses import dataclass

from schemas.settings import Settings
from schemas.watch import USUAL, Watch, WatchKind, usual


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The figures and names that differ from company to company.

    Args:
        goal: which share of requests should be answered in time.
        zone: on whose clock the hours of a week are told.
        storms, silences: the watches that tell of a storm, and of a network that sends nothing.
    """

    goal: float = USUAL["share_within_target"].floor
    zone: str = "UTC"
    storms: tuple[str, ...] = ("storm",)
    silences: tuple[str, ...] = ("silence",)


def house_of(settings: Settings) -> House:
    """As the settings have it: the floor of the watch over answers in time, the zone of the first calendar."""
    goals = [usual(watch).floor for watch in settings.watches if watch.kind == "share_within_target"]
    zones = [calendar.time_zone for calendar in settings.calendars]
    return House(
        goal=goals[0] if goals else House().goal,
        zone=zones[0] if zones else House().zone,
        storms=_named(settings.watches, "storm"),
        silences=_named(settings.watches, "silence"),
    )


def _named(watches: tuple[Watch, ...], kind: WatchKind) -> tuple[str, ...]:
    return tuple(watch.name for watch in watches if watch.kind == kind)
