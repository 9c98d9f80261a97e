"""Watch: a figure over many conversations that is looked at all the time, and the bound that it must keep."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.policy import Priority
from schemas.units import PositiveDuration

WatchKind = Literal["share_within_target", "p90", "backlog", "storm", "leader", "silence"]
Scope = Literal["all", "network", "brand"]
ALL = "all"  # the scope of a watch that looks at everything at once
SEVERAL = "several"  # the scope of one alert in the place of many
LONGEST_WINDOW_S = 7 * 86_400.0


class WatchMatch(Struct, frozen=True, kw_only=True):
    """What a watch looks at. An empty list is every one."""

    networks: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()


class Watch(Struct, frozen=True, kw_only=True):
    """One figure and its bound. `floor`, `limit`, `window` or `min_sample` left out is the usual one of its kind.

    `by` watches everything together, each network, or each brand. `limit` counts customers (backlog, leader), times
    of the promise (p90), times of what is usual (storm) or posts that should have come (silence). Nothing is said
    about fewer than `min_sample` cases, and nothing again before `cooldown` has passed since the last recovery.
    """

    name: str
    kind: WatchKind
    floor: Annotated[float, Meta(gt=0.0, le=1.0)] | None = None
    limit: Annotated[float, Meta(ge=0.0)] | None = None
    window: PositiveDuration | None = None
    min_sample: Annotated[int, Meta(ge=1)] | None = None
    cooldown: PositiveDuration = PositiveDuration(3600)
    match: WatchMatch = WatchMatch()
    by: Scope = "all"
    priority: Priority = "high"
    to: str = ""


class Usual(Struct, frozen=True, kw_only=True):
    """What holds for a kind of watch where the settings say nothing."""

    window_s: float
    floor: float = 0.0
    limit: float = 0.0
    min_sample: int = 1


USUAL: dict[WatchKind, Usual] = {
    "share_within_target": Usual(window_s=3600, floor=0.8, min_sample=20),
    "p90": Usual(window_s=4 * 3600, limit=2, min_sample=20),
    "backlog": Usual(window_s=86_400, limit=50),
    "storm": Usual(window_s=3600, limit=2, min_sample=10),
    "leader": Usual(window_s=86_400, limit=2),
    "silence": Usual(window_s=86_400, limit=15),
}

DEFAULT_WATCHES = (
    Watch(name="in-time", kind="share_within_target"),
    Watch(name="slowest-tenth", kind="p90"),
    Watch(name="backlog", kind="backlog"),
    Watch(name="storm", kind="storm"),
    Watch(name="leader", kind="leader"),
    Watch(name="silence", kind="silence", by="network"),
)


def usual(watch: Watch) -> Usual:
    """The figures of this watch: its own where it has them, those of its kind where not."""
    known = USUAL[watch.kind]
    return Usual(
        window_s=float(known.window_s if watch.window is None else watch.window),
        floor=known.floor if watch.floor is None else watch.floor,
        limit=known.limit if watch.limit is None else watch.limit,
        min_sample=known.min_sample if watch.min_sample is None else watch.min_sample,
    )


def problems(watches: tuple[Watch, ...]) -> list[str]:
    """One line for each watch that cannot work: where it stands, what it holds, what it should hold."""
    found: list[str] = []
    names: dict[str, int] = {}
    for index, watch in enumerate(watches):
        at = f"watches[{index}]"
        if not watch.name or len(watch.name) > 100 or ":" in watch.name:
            found.append(f"{at}.name holds {watch.name!r}, should hold 1 to 100 characters and no colon")
        elif watch.name in names:
            found.append(f"{at}.name holds {watch.name!r}, which watches[{names[watch.name]}] has already")
        names.setdefault(watch.name, index)
        found += [f"{at}.{problem}" for problem in _of_kind(watch)]
    return found


def _of_kind(watch: Watch) -> Iterator[str]:
    kind = watch.kind
    if watch.floor is not None and kind != "share_within_target":
        yield f"floor is for share_within_target; a watch of kind {kind} has a limit"
    if watch.limit is not None and kind == "share_within_target":
        yield "limit is for the other kinds; a watch of kind share_within_target has a floor"
    if watch.window is not None and kind in ("silence", "leader"):
        yield f"window has no meaning for a watch of kind {kind}; leave it out"
    elif watch.window is not None and not 60 <= watch.window <= LONGEST_WINDOW_S:
        yield f"window holds {watch.window:g} seconds, should hold 1m to 7d"
    elif kind == "storm" and (usual(watch).window_s % 1200 or usual(watch).window_s > 86_400):
        yield f"window holds {watch.window:g} seconds, should hold 20m, 40m, 1h and so on, up to 1d, for a storm"
    if kind == "storm" and usual(watch).limit < 1:
        yield f"limit holds {watch.limit:g}, should hold 1 or more: how many times the usual is a storm"
    if kind == "p90" and usual(watch).limit <= 0:
        yield "limit holds 0, should hold more: how many times the promise the slowest tenth may wait"
