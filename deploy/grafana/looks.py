"""How boards look: colours, units, thresholds and the defaults of every panel. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.grafana.said import Said

# Names that Grafana draws in a dark and a light shade of its own.
GOOD, FAIR, BAD = "green", "orange", "red"
CALM, FAINT, PLAIN = "blue", "#8e96a3", "text"

MORE = "continuous-blues"  # the greater, the stronger

SPAN = "dtdurations"  # seconds, read as 2 hours, 5 minutes
SHORT_SPAN = "s"
SHARE = "percentunit"  # 0 to 1, read as 0 % to 100 %
SIZE = "decbytes"  # 236000000 as 236 MB
COUNT = "locale"  # 12,345 as the reader writes it
TIMES = "none"
RATE = "ops"
WHEN = "dateTimeFromNow"
INSTANT = "dateTimeAsLocal"

NOTHING = Said(en="no data in this period", fr="aucune donnée sur cette période")
DASH = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this value on the colour holds; None is from the beginning."""

    color: str
    since: float | None = None


Steps = Sequence[Step]

ALWAYS: Steps = (Step(color=CALM),)
NONE_IS_GOOD: Steps = (Step(color=GOOD), Step(color=BAD, since=1))
SOME_IS_FAIR: Steps = (Step(color=GOOD), Step(color=FAIR, since=1))
USED: Steps = (Step(color=GOOD), Step(color=FAIR, since=0.75), Step(color=BAD, since=1))  # of the promised time
NEGATIVE_SHARE: Steps = (Step(color=GOOD), Step(color=FAIR, since=0.3), Step(color=BAD, since=0.5))


def share_steps(goal: float) -> Steps:
    """Good from the goal on, fair while at most a tenth is missing."""
    return (Step(color=BAD), Step(color=FAIR, since=round(goal - 0.1, 3)), Step(color=GOOD, since=goal))


def thresholds(steps: Steps) -> dict[str, Any]:
    """As Grafana keeps them."""
    return {"mode": "absolute", "steps": [{"color": step.color, "value": step.since} for step in steps]}


def mapping(terms: Mapping[str, Said], colors: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Codes as Grafana's value mapping: each with its words and, when it has one, its colour."""
    colors = colors or {}
    options = {}
    for index, (code, text) in enumerate(terms.items()):
        options[code] = {"text": text, "index": index} | ({"color": colors[code]} if code in colors else {})
    return [{"type": "value", "options": options}]


def address(text: Said) -> list[dict[str, Any]]:
    """An address of the web as words, which a link then opens."""
    return [{"type": "regex", "options": {"pattern": "^https?://.*$", "result": {"text": text, "index": 0}}}]


def fixed(color: str) -> dict[str, str]:
    """One colour whatever the value."""
    return {"mode": "fixed", "fixedColor": color}


def legend(*, shown: bool = True, calcs: Sequence[str] = ()) -> dict[str, Any]:
    """Below the drawing, where a phone has room for it."""
    return {"displayMode": "list", "placement": "bottom", "showLegend": shown, "calcs": list(calcs)}


def tooltip() -> dict[str, str]:
    """All series at the instant that is pointed at, the greatest first."""
    return {"mode": "multi", "sort": "desc"}
