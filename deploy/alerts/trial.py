"""Send a test message to every channel, and say which took it."""

import asyncio

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.errors import VigieError
from schemas.settings import Settings
from streams.channels import AppriseChannels, Outcome
from streams.routing import Routing
from streams.words.message import trial

_WHY = {
    "timeout": "did not answer in time",
    "unreachable": "nobody answers at its address",
    "refused": "did not take the message",
}


def try_channels(routes: Routing, settings: Settings) -> None:
    """Send to all at once, print a line for each.

    Raises:
        VigieError: a channel did not take its message, or there is none.
    """
    if not routes.targets:
        raise VigieError("there is no channel", fix="Set VIGIE_NOTIFY__URLS to an Apprise address.")
    outcomes = asyncio.run(_send(routes, settings))
    table = Table("channel", "told by", "result")
    for name, outcome in outcomes.items():
        channel = routes.targets[name].channel.name
        by = ", ".join(route.name for route in routes.routes if channel in route.channels)
        table.add_row(Text(name), Text(by or "no route"), Text(result(outcome)))
    Console(highlight=False).print(table)
    failed = [name for name, outcome in outcomes.items() if not outcome.taken]
    if failed:
        raise VigieError(
            f"{len(failed)} of {len(outcomes)} channels did not take a message: {', '.join(failed)}",
            fix="Correct their addresses; the workers run meanwhile and try again.",
        )


async def _send(routes: Routing, settings: Settings) -> dict[str, Outcome]:
    channels = AppriseChannels(routes.targets, timeout_s=settings.notify.timeout)
    languages = {name: target.channel.language or routes.language for name, target in routes.targets.items()}
    outcomes = await asyncio.gather(*(channels.send(name, trial(languages[name])) for name in routes.targets))
    return dict(zip(routes.targets, outcomes, strict=True))


def result(outcome: Outcome) -> str:
    """What became of a delivery, in words without a secret."""
    if outcome.taken:
        return f"took it in {outcome.seconds:.1f} s"
    if outcome.reason.startswith("http_"):
        return f"refused it with HTTP {outcome.reason.removeprefix('http_')}"
    return _WHY.get(outcome.reason, f"failed: {outcome.reason}")
