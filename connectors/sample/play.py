"""Play live events: each is published when it is due, and on the broker before the next is waited for."""

from collections.abc import Callable, Iterable

from connectors.replay import Sender
from schemas.clock import Clock
from schemas.event import Event


def play(events: Iterable[Event], publisher: Sender, *, clock: Clock, sleep: Callable[[float], None]) -> int:
    """Publish each event when it is due, at its `received_at`, and count them.

    Raises:
        BrokerError: the broker did not take an event.
    """
    count = 0
    for event in events:
        wait_s = (event.received_at - clock.now()).total_seconds()
        if wait_s > 0:
            publisher.flush()
            sleep(wait_s)
        publisher.publish(event)
        count += 1
    publisher.flush()
    return count
