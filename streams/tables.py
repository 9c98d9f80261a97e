"""Table: what an agent must remember, as a dictionary, and as a compacted topic from which the next owner reads it.

Faust's own tables believe the record that was written last. That of a worker which was frozen, and writes on after
its partitions went to another, would win over its successor's. Here the greatest version wins, whatever the order;
and each owner takes an epoch that is greater than that of all before it, from which its versions count. They also
read their whole changelog since the last start at every rebalance; here what stays with its owner is not read again.

A small table is a dictionary. One that grows with all that was ever said has a shelf, on disk.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from streams import changelog
from streams.app import Context, all_taken, produce
from streams.shelf import Page, Shelf

log = structlog.get_logger()

EPOCH = b"\x00epoch"  # the key under which an owner leaves its epoch; no conversation is called so
COMPACTED = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": "3600000",
    "max.compaction.lag.ms": "7200000",  # or what was taken out of a state would stay in an open segment for a week
}
_AHEAD = 1_000  # more states than a frozen owner can still publish of one conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The partitions that are ours now, and those among them that were just read."""

    owned: set[int]
    new: set[int]


class Table:
    """The state of one agent over all its partitions: in `data`, or on its shelf."""

    def __init__(
        self,
        context: Context,
        name: str,
        *,
        source: str,
        configs: dict[str, str] | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """
        Args:
            source: the topic whose partitions say which partitions of the table are ours.
            shelf: where to keep it instead of in memory; what another worker owns now leaves it by itself.
        """
        self.name = name
        self.changelog_topic_name = f"{context.group}-{name}-changelog"
        self.data: dict[bytes, bytes] = {}
        self.shelf = shelf
        self._context = context
        self._source = source
        self._configs = {**COMPACTED, **(configs or {})}
        self._tenures: dict[int, int] = {}
        self._told = True  # whether the agent knows of all that came and went
        self._epochs: dict[int, int] = {}
        context.progress.table(name, lambda: len(self.data) if shelf is None else len(shelf))

    @property
    def owned(self) -> set[int]:
        """The partitions that are ours."""
        return set(self._tenures)

    def epoch(self, partition: int) -> int:
        """The version from which those of the present owner count."""
        return self._epochs.get(partition, 0)

    async def own(self, version: Callable[[bytes], int]) -> Handover | None:
        """Read what came to this worker since the last call; to be called by work, before it reads the state.

        Returns:
            None when nothing has changed since the last handover: a call that raised has handed nothing over.
        Raises:
            Revoked: they went while they were read.
            ShelfError: what was read could not be kept.
        """
        tenures = self._context.ownership.tenures(self._source)
        if self._told and tenures == self._tenures:
            return None
        self._told = False
        new = {partition for partition, since in tenures.items() if self._tenures.get(partition) != since}
        self._tenures = {partition: since for partition, since in tenures.items() if partition not in new}
        if self.shelf is not None:
            for partition in self.shelf.pages.keys() - self._tenures.keys():  # also what was read by half
                self.shelf.drop(partition)
        if new:
            await self._read(new, version)
        self._context.ownership.check()
        self._tenures, self._told = tenures, True
        return Handover(owned=set(tenures), new=new)

    def disown(self) -> None:
        """Forget everything: the next call of `own` reads all partitions anew."""
        self._tenures, self._told = {}, False
        self.data.clear()
        if self.shelf is not None:
            self.shelf.throw_away()

    async def _read(self, partitions: set[int], version: Callable[[bytes], int]) -> None:
        kafka, topic = self._context.settings.kafka, self.changelog_topic_name
        begun, count = time.monotonic(), 0
        epochs = dict.fromkeys(partitions, 0)
        overwritten: dict[bytes, int] = {}
        await changelog.create(kafka, topic, self._configs)
        async for records in changelog.read(kafka, topic, partitions):
            self._context.ownership.check()
            for record in records:
                count += 1
                if record.key == EPOCH:
                    epochs[record.partition] = max(epochs[record.partition], int(record.value))
                elif self._keep(record, version):
                    overwritten.pop(record.key, None)
                else:
                    overwritten[record.key] = record.partition
        # what a former owner wrote last must not be what compaction leaves
        await all_taken(
            [await self.note(key, self._known(number).get(key), number) for key, number in overwritten.items()]
        )
        now_ms = time.time_ns() // 1_000_000
        epochs = {partition: max(now_ms, epoch + _AHEAD) for partition, epoch in epochs.items()}
        await all_taken([await self.note(EPOCH, str(epoch).encode(), number) for number, epoch in epochs.items()])
        self._epochs |= epochs
        log.info(
            "table_read",
            agent=self.name,
            count=count,
            overwritten=len(overwritten),
            seconds=round(time.monotonic() - begun, 2),
        )

    def _keep(self, record: Any, version: Callable[[bytes], int]) -> bool:
        kept = self._known(record.partition)
        if record.value is None:
            kept.pop(record.key)
            return True
        known = kept.get(record.key)
        if known is not None and version(record.value) < version(known):
            return False
        kept.set(record.key, record.value)
        return True

    def _known(self, partition: int) -> "Page | _Flat":
        return _Flat(self.data) if self.shelf is None else self.shelf.page(partition)

    async def note(self, key: bytes, value: bytes | None, partition: int) -> Any:
        """Write the changelog, no value to forget the key; the returned future is done once the broker has it."""
        return await produce(self._context, self.changelog_topic_name, key, value, partition=partition)


@dataclass(frozen=True, slots=True)
class _Flat:
    """A dictionary in the shape of a page."""

    kept: dict[bytes, bytes]

    def get(self, key: bytes) -> bytes | None:
        return self.kept.get(key)

    def set(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value

    def pop(self, key: bytes) -> None:
        self.kept.pop(key, None)
