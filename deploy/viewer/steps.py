"""How wide a step of a time series is: Grafana's own rule and its round values. Pure."""

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000

# Below the first number of a pair the step is the second.
_ROUND = (
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1_500, _SECOND),
    (3_500, 2 * _SECOND),
    (7_500, 5 * _SECOND),
    (12_500, 10 * _SECOND),
    (17_500, 15 * _SECOND),
    (25_000, 20 * _SECOND),
    (45_000, 30 * _SECOND),
    (90_000, _MINUTE),
    (210_000, 2 * _MINUTE),
    (450_000, 5 * _MINUTE),
    (750_000, 10 * _MINUTE),
    (1_050_000, 15 * _MINUTE),
    (1_500_000, 20 * _MINUTE),
    (2_700_000, 30 * _MINUTE),
    (5_400_000, _HOUR),
    (9_000_000, 2 * _HOUR),
    (16_200_000, 3 * _HOUR),
    (32_400_000, 6 * _HOUR),
    (86_400_000, 12 * _HOUR),
    (604_800_000, _DAY),
    (1_814_400_000, 7 * _DAY),
    (3_628_800_000, 30 * _DAY),
)
_UNITS = {"ms": 1, "s": _SECOND, "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": 7 * _DAY}


def step_ms(span_ms: int, *, points: int, least_ms: int) -> int:
    """The step for a span that is drawn with so many points, never below what the panel asks for."""
    wanted = span_ms / max(1, points)
    rounded = next((step for below, step in _ROUND if wanted < below), 365 * _DAY)
    return max(rounded, least_ms, 1)


def milliseconds(text: str) -> int:
    """A panel's `interval` or `timeFrom`, such as `30s`, `>1m` or `7d`; 0 when there is none.

    Raises:
        ValueError: it is none of these.
    """
    text = text.strip().removeprefix(">")
    if not text:
        return 0
    digits = text.rstrip("mshdw")
    unit = _UNITS.get(text[len(digits) :])
    if unit is None or not digits.isdecimal():
        raise ValueError(f"not a span of time: {text!r}")
    return int(digits) * unit
