"""The webhook receiver and a broker together."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from connectors.counters import Counters
from connectors.forgotten import ForgottenList
from connectors.lease import lease
from connectors.publish import SharedBroker
from connectors.roster import Job
from connectors.webhook import Clerk, Receiver, serve
from deploy.connecting import memory_of, state_folder
from deploy.exposition import meters_of, shown
from deploy.reporting import counts_of, reported
from schemas.brokers import at
from schemas.clock import SystemClock
from schemas.settings import Settings

_DELIVERY_S = 10.0  # sooner than a poll: somebody waits for the answer


async def receive(
    jobs: Sequence[Job],
    settings: Settings,
    data_dir: Path,
    bootstrap: str,
    stopping: threading.Event,
    *,
    say: Callable[[str], None],
    metrics_port: int = 0,
) -> None:
    """Serve until told to stop; what was taken is published before it ends."""
    clock, counters = SystemClock(), Counters()
    leases = state_folder(settings, data_dir) / "leases"
    with ExitStack() as held:
        for job in jobs:
            held.enter_context(lease(leases, job.source.name))
        memory = held.enter_context(memory_of(settings, data_dir))
        kafka, key = at(settings.kafka, bootstrap), settings.privacy.pseudonym_key
        erase = held.enter_context(ForgottenList(kafka, settings.privacy)).erase
        broker = held.enter_context(SharedBroker(kafka, pseudonym_key=key, erase=erase, delivery_s=_DELIVERY_S))
        clerk = Clerk(settings, broker, memory, counters, clock)
        receiver = Receiver(jobs, clerk, settings.webhooks, clock=clock, counters=counters)
        scheme = "https" if settings.webhooks.certificate else "http"
        for path, job in receiver.paths.items():
            say(f"{job.connector.title}: {scheme}://{settings.webhooks.host}:{settings.webhooks.port}{path}")
        held.enter_context(
            shown(settings.health.host, metrics_port, meters_of(counters), lambda: {"alive": not clerk.is_broker_away})
        )
        held.enter_context(reported("webhooks", kafka, metrics_port, counts=lambda: counts_of(counters)))
        clerk.start()
        try:
            await serve(receiver, settings.webhooks, stopping)
        finally:
            await asyncio.to_thread(clerk.stop)
