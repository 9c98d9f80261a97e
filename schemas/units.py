"""Values a person writes with a unit: `30s`, `1h30m`; and secrets, which never print."""

import re

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class Duration(float):
    """Seconds, written `250ms`, `30s`, `15m`, `1h30m`, `2d`."""

    @classmethod
    def parse(cls, text: object) -> "Duration":
        """Read a duration.

        Raises:
            ValueError: the text is not a duration.
        """
        if isinstance(text, str):
            compact = text.replace(" ", "")
            parts = _DURATION.findall(compact)
            if parts and "".join(number + unit for number, unit in parts) == compact:
                return cls(sum(float(number) * _SECONDS[unit] for number, unit in parts))
        raise ValueError('a duration such as "30s", "15m", "1h30m" or "2d"')


class PositiveDuration(Duration):
    """A duration that may not be zero: something waits for it again and again."""

    @classmethod
    def parse(cls, text: object) -> "PositiveDuration":
        """Read a duration above zero.

        Raises:
            ValueError: the text is not one.
        """
        seconds = Duration.parse(text)
        if seconds <= 0:
            raise ValueError('a duration above zero such as "250ms" or "1s"')
        return cls(seconds)


class Secret:
    """A password or token. It prints as `***`; `reveal()` at the door that needs it."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "***" if self._value else "(none)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)
