"""Where notifications go: Apprise, which knows a hundred channels. One that hangs or fails holds up no other.

Each delivery runs in a thread of its own, since what is behind Apprise may block for ever. A thread cannot be
ended from outside; one that hangs is left behind, and a target that leaves too many behind gets no more.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import apprise

from schemas.errors import ConfigError
from streams.routing import DEFAULT, Target
from streams.words.message import Message

_HANGING = 4  # threads that one target may leave behind
_CODE = re.compile(r"error=(\d{3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a delivery. `reason` is a class of reasons without any secret; empty when it was taken."""

    reason: str = ""
    seconds: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the channel took the message."""
        return not self.reason


class Channels(Protocol):
    """Something that delivers."""

    async def send(self, target: str, message: Message) -> Outcome:
        """Deliver to one target; never raises."""


class AppriseChannels:
    """Every target's own Apprise.

    Raises:
        ConfigError: an address is none that Apprise knows, with the variable that holds it and never the address.
    """

    def __init__(self, targets: Mapping[str, Target], *, timeout_s: float) -> None:
        _silence()
        self._timeout_s = timeout_s
        self._services = {name: _service(target) for name, target in targets.items()}
        self._hanging: dict[str, list[threading.Thread]] = {name: [] for name in targets}

    async def send(self, target: str, message: Message) -> Outcome:
        """Deliver to one target; never raises. What takes longer than the time-out has failed, and may come yet."""
        begun = time.monotonic()
        self._hanging[target] = [thread for thread in self._hanging[target] if thread.is_alive()]
        if len(self._hanging[target]) >= _HANGING:
            return Outcome(reason="hangs")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        thread = threading.Thread(
            target=_deliver, args=(self._services[target], message, loop, answer), name=f"notify-{target}", daemon=True
        )
        thread.start()
        try:
            reason = await asyncio.wait_for(answer, self._timeout_s)
        except TimeoutError:
            self._hanging[target].append(thread)
            reason = "timeout"
        return Outcome(reason=reason, seconds=round(time.monotonic() - begun, 3))


def problems(targets: Iterable[Target]) -> list[str]:
    """A sentence for each address that Apprise does not know; without the address, which is a secret."""
    _silence()
    return [
        f"{variable(target)} (environment) holds {_place(target)}no address that Apprise knows; "
        "write one as it does, such as slack://… or mailtos://…, several with spaces between"
        for target in targets
        if apprise.Apprise.instantiate(target.address.reveal(), suppress_exceptions=True) is None
    ]


def variable(target: Target) -> str:
    """The variable that holds a target's address."""
    name = target.channel.name
    return "VIGIE_NOTIFY__URLS" if name == DEFAULT else f"VIGIE_NOTIFY__CHANNELS__{name.upper()}"


def _place(target: Target) -> str:
    _, _, number = target.name.partition(".")
    return f"at place {number} " if number else ""


def _service(target: Target) -> Any:
    if faults := problems([target]):
        raise ConfigError(faults[0], where="vigie.toml", fix="Correct it, then check with `vigie check-config`.")
    asset = apprise.AppriseAsset(async_mode=False, service_timeout=0)  # in our thread: its pool is shared by all
    service = apprise.Apprise(asset=asset)
    service.add(target.address.reveal())
    return service


def _silence() -> None:
    """Apprise's lines show addresses, which hold secrets."""
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [logging.NullHandler()], False


def _deliver(service: Any, message: Message, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[str]) -> None:
    try:
        result = service.notify(title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT)
        reason = "" if result else _reason(result)
    except Exception as error:  # whatever a plugin does, it is this channel's failure
        reason = type(error).__name__
    try:
        loop.call_soon_threadsafe(_answered, answer, reason)
    except RuntimeError:  # the worker has ended meanwhile
        return


def _answered(answer: asyncio.Future[str], reason: str) -> None:
    if not answer.done():  # nobody waits any more after a time-out
        answer.set_result(reason)


def _reason(result: Any) -> str:
    """A class of reasons from what Apprise noted; its sentences may hold an address, so none is passed on."""
    notes = [entry.message for entry in result.logs()]
    for note in notes:
        if found := _CODE.search(note):
            return f"http_{found[1]}"
    return "unreachable" if any("onnection" in note for note in notes) else "refused"
