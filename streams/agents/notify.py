"""notify: alerts → channels. A level of a turn is sent once; a channel that fails never blocks the stream."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from schemas import codec
from schemas.alert import Alert
from schemas.topics import ALERTS
from streams.app import Context, all_taken, produce, sender, source
from streams.batches import Message, Record, consume
from streams.bury import Burial, bury, where
from streams.channels import Channels, message_of
from streams.recovery import catch_up

log = structlog.get_logger()


def register(context: Context, channels: Channels) -> None:
    """Attach the agent and the table of what was sent to the app."""
    options = context.settings.notify
    burial = Burial(stage="notify", limits=context.settings.dead_letters, code_version=context.code_version)
    send = sender(context)
    sent = context.app.Table("notified", key_type=bytes, value_type=bytes)

    def wanted(alert: Alert) -> bool:
        recent = alert.fired_at.timestamp() > time.time() - options.max_age
        return alert.state == "firing" and alert.level in options.levels and recent

    async def handle(records: Sequence[Record]) -> None:
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
            delivered = await asyncio.to_thread(channels.send, message_of(alert, options.language))
            if not delivered:
                log.error("notification_failed", agent="notify", level=alert.level, network=alert.network)
            place = record.message.partition
            changes.append(await produce(context, sent.changelog_topic_name, key, b"1", partition=place))
            sent.data[key] = b"1"
        await bury(failures, burial=burial, total=len(records), send=send)
        await all_taken(changes)
        burial.settle()
        context.progress.buried += len(failures)

    @sent.on_recover
    async def recovered() -> None:
        await catch_up(context, sent)

    @context.app.agent(source(context, ALERTS), name="notify")
    async def notify(stream: Any) -> None:
        await consume(
            stream.noack_take(100, within=0.25),
            handle,
            name="notify",
            done=context.offsets.done,
            progress=context.progress,
        )
