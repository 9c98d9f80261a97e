"""The row of a delivery, pure: in the column order of `schemas.tables.DELIVERIES`."""

from schemas.delivery import Delivery
from streams.instants import to_ms
from streams.rows import Row


def delivery_row(delivery: Delivery) -> Row:
    """One step of a delivery as ClickHouse keeps it."""
    return (
        delivery.delivery_id,
        delivery.alert_id,
        delivery.level,
        delivery.conversation_id,
        delivery.turn,
        delivery.network,
        delivery.brand,
        delivery.policy,
        to_ms(delivery.fired_at) if delivery.fired_at else None,
        delivery.route,
        delivery.channel,
        delivery.occasion,
        to_ms(delivery.snoozed_until) if delivery.snoozed_until else None,
        delivery.state,
        delivery.attempt,
        delivery.alerts,
        delivery.reason,
        to_ms(delivery.at),
    )
