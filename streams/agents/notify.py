"""notify: alerts → channels. A level of a turn is sent once; a channel that fails never blocks the stream."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from schemas import codec
from schemas.alert import Alert
from schemas.topics import ALERTS
from streams.app import Context, all_taken, sender, source
from streams.batches import Message, Record, consume
from streams.bury import Burial, bury, where
from streams.channels import Channels, message_of
from streams.tables import Table

log = structlog.get_logger()


def register(context: Context, channels: Channels) -> None:
    """Attach the agent and the table of what was sent to the app."""
    options = context.settings.notify
    burial = Burial(stage="notify", limits=context.settings.dead_letters, code_version=context.code_version)
    send = sender(context)
    sent = Table(context, "notified", source=ALERTS.name)

    def wanted(alert: Alert) -> bool:
        recent = alert.fired_at.timestamp() > time.time() - options.max_age
        return alert.state == "firing" and alert.level in options.levels and recent

    async def handle(records: Sequence[Record]) -> None:
        await sent.own(lambda _: 0)
        failures: list[tuple[Message, Exception]] = []
        changes: list[Any] = []
        for record in records:
            try:
                alert = codec.decode(record.message.value or b"", Alert, where=where(record.message))
            except Exception as error:
                failures.append((record.message, error))
                continue
            key = alert.alert_id.encode()
            if not wanted(alert) or key in sent.data:
                continue
            context.ownership.check()
            delivered = await asyncio.to_thread(channels.send, message_of(alert, options.language))
            if not delivered:
                log.error("notification_failed", agent="notify", level=alert.level, network=alert.network)
            place = record.message.partition
            changes.append(await sent.note(key, b"1", place))
            sent.data[key] = b"1"
        await bury(failures, burial=burial, total=len(records), send=send)
        await all_taken(changes)
        burial.settle()
        context.progress.buried += len(failures)

    @context.app.agent(source(context, ALERTS), name="notify")
    async def notify(stream: Any) -> None:
        await consume(
            stream.noack_take(100, within=0.25),
            handle,
            name="notify",
            offsets=context.offsets,
            progress=context.progress,
        )
