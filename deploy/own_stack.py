"""A stack for the length of a command, and the wait until it has stored what was published."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.drain import until_drained
from deploy.stack import Stack
from schemas.settings import Settings
from streams.worker import AGENTS

_DRAIN_S = 120.0


@contextmanager
def own_stack(
    settings: Settings, data_dir: Path, *, say: Callable[[str], None]
) -> Iterator[tuple[str, Callable[[], None]]]:
    """Its broker, and what to call at the end: an embedded broker forgets what is not stored yet."""
    with Stack(settings, data_dir=data_dir, agents=AGENTS, say=say) as stack:
        say(f'reading. Ask: vigie sql --data-dir {data_dir} "SELECT count() FROM events". Stop: Ctrl-C.')
        kafka = stack.settings.kafka
        yield kafka.bootstrap, lambda: until_drained(kafka, stack=stack, timeout_s=_DRAIN_S)
