"""Offsets: what was handled is committed, by ourselves.

Faust commits up to the first gap in its list of acknowledged offsets. After a worker was killed it notes a
gap that is none, and from then on commits one record per interval however many are done (seen with
faust-streaming 0.15.3; upstream issue 596 describes the same). Our agents handle each partition in order
and whole batches at a time, so the last record of a batch is all there is to know.
"""

from collections.abc import Iterable
from typing import Any

from faust.types import TP

from streams.batches import Message


class Offsets:
    """The positions to commit next, per partition."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._pending: dict[TP, int] = {}

    def done(self, messages: Iterable[Message]) -> None:
        """These records are handled for good."""
        for message in messages:
            self._keep({TP(message.topic, message.partition): message.offset + 1})

    async def commit(self) -> None:
        """Commit what was handled; partitions that another worker owns by now are left to it."""
        pending, self._pending = self._pending, {}
        owned = self._app.consumer.assignment()
        mine = {partition: offset for partition, offset in pending.items() if partition in owned}
        taken = not mine
        try:
            taken = taken or await self._app.consumer._commit(mine)
        finally:
            if not taken:
                self._keep(mine)

    def _keep(self, offsets: dict[TP, int]) -> None:
        for partition, offset in offsets.items():
            self._pending[partition] = max(self._pending.get(partition, 0), offset)
