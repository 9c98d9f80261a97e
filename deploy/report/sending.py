"""A report to channels, each in its own language."""

import asyncio
from collections.abc import Callable, Sequence

from deploy.alerts.trial import result
from deploy.board.words import Language
from schemas.errors import ConfigError, VigieError
from schemas.settings import Settings
from streams.channels import AppriseChannels, Channels, Outcome
from streams.routing import Routing, Target
from streams.words.message import Message

_ATTEMPTS, _PAUSE_S = 3, 20.0


def send(routes: Routing, settings: Settings, names: Sequence[str], letter: Callable[[Language], Message]) -> list[str]:
    """Send to every address of the channels; a sentence for each that took it.

    Raises:
        ConfigError: there is no such channel.
        VigieError: an address did not take it, after three attempts. The others have it all the same.
    """
    if unknown := sorted(set(names) - {target.channel.name for target in routes.targets.values()}):
        known = sorted({target.channel.name for target in routes.targets.values()})
        raise ConfigError(
            f"there is no channel {unknown[0]!r}",
            where="--send",
            fix=f"Name one of {', '.join(known)}." if known else "Set VIGIE_NOTIFY__URLS to an Apprise address.",
        )
    targets = [target for target in routes.targets.values() if target.channel.name in names]
    channels = AppriseChannels({target.name: target for target in targets}, timeout_s=settings.notify.timeout)
    outcomes = asyncio.run(_send(channels, targets, lambda target: letter(target.channel.language or routes.language)))
    if failed := {name: result(outcome) for name, outcome in outcomes.items() if not outcome.taken}:
        told = ", ".join(f"{name} {why}" for name, why in failed.items())
        raise VigieError(f"the report did not reach everybody: {told}", fix="Try `vigie alerts test`, then send again.")
    return [f"{name} {result(outcome)}" for name, outcome in outcomes.items()]


async def _send(
    channels: Channels, targets: Sequence[Target], letter: Callable[[Target], Message]
) -> dict[str, Outcome]:
    outcomes = await asyncio.gather(*(_deliver(channels, target, letter(target)) for target in targets))
    return {target.name: outcome for target, outcome in zip(targets, outcomes, strict=True)}


async def _deliver(channels: Channels, target: Target, message: Message) -> Outcome:
    outcome = await channels.send(target.name, message)
    for _ in range(_ATTEMPTS - 1):
        if outcome.taken or outcome.reason == "timeout":  # what timed out may arrive yet: once is enough
            break
        await asyncio.sleep(_PAUSE_S)
        outcome = await channels.send(target.name, message)
    return outcome
