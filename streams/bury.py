"""A record that cannot be handled becomes a dead letter; when most of a batch would, the worker stops."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from schemas import codec
from schemas.deadletter import DeadLetter, Stage, dead_letter_id
from schemas.errors import VigieError
from schemas.settings import DeadLetters
from schemas.topics import DEAD_LETTERS
from streams.again import again
from streams.batches import Message, Systemic

log = structlog.get_logger()

Send = Callable[[str, bytes | None, bytes], Awaitable[None]]


def where(message: Message) -> str:
    """Where a record stands, as `topic[partition]@offset`."""
    return f"{message.topic}[{message.partition}]@{message.offset}"


@dataclass(slots=True, kw_only=True)
class Burial:
    """The dead letters of one agent. `recent` holds, of the last records, which were buried."""

    stage: Stage
    limits: DeadLetters
    code_version: str
    recent: list[bool] = field(default_factory=list)
    pending: list[bool] = field(default_factory=list)

    def check(self, total: int, failed: int) -> list[bool]:
        """Decide before anything is written whether these failures are of the records or of us.

        Returns:
            What `recent` becomes once the batch is through.
        Raises:
            Systemic: over the limit, counted over this batch and the records just before it.
        """
        span = max(self.limits.min_events * 5, total)
        recent = (self.recent + [True] * failed + [False] * (total - failed))[-span:]
        if len(recent) >= self.limits.min_events and sum(recent) > self.limits.max_share * len(recent):
            raise Systemic(
                f"{sum(recent)} of the last {len(recent)} records at {self.stage} would be dead letters",
                fix="Look at the reason in the log, then mend the producer or upgrade; nothing of this batch was "
                "acknowledged. To bury them all the same raise dead_letters.max_share.",
            )
        return recent

    def settle(self) -> None:
        """The batch is through: count it. Not before, or one that is tried again would count each time."""
        self.recent = self.pending

    def letter(self, message: Message, error: Exception) -> DeadLetter:
        """The dead letter of a record: its bytes whole, where it stood, and why."""
        payload = message.value or b""
        before = again(message)  # one that fails again stays the letter that it was
        place = (message.topic, message.partition, message.offset)
        reason = error.what if isinstance(error, VigieError) else type(error).__name__
        return DeadLetter(
            dead_letter_id=before.dead_letter_id if before else dead_letter_id(self.stage, *place, payload),
            stage=self.stage,
            source=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            error=type(error).__name__,
            reason=reason,
            failed_at=datetime.now(UTC),
            payload=payload,
            code_version=self.code_version,
            attempts=before.attempts + 1 if before else 1,
        )


async def bury(failures: Sequence[tuple[Message, Exception]], *, burial: Burial, total: int, send: Send) -> None:
    """Write the dead letters of a batch; return once the broker has them.

    What a person gave to be tried again counts nowhere: it may fail without stopping anybody.

    Raises:
        Systemic: when too much of what comes would be buried; then nothing was written.
    """
    tried_again = sum(again(message) is not None for message, _ in failures)
    burial.pending = burial.check(total - tried_again, len(failures) - tried_again)
    for message, error in failures:
        letter = burial.letter(message, error)
        await send(DEAD_LETTERS.name, letter.dead_letter_id.encode(), codec.encode(letter))
        log.warning(
            "record_buried",
            stage=letter.stage,
            dead_letter_id=letter.dead_letter_id,
            where=where(message),
            error=letter.error,
            attempts=letter.attempts,
        )
