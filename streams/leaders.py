"""Which leader an event is about: the one it names, or the one it was sent to. Pure."""

from collections.abc import Iterable

from schemas.enriched import Enriched
from schemas.names import leader_id
from schemas.settings import Leader


def leader_of(enriched: Enriched, leaders: Iterable[Leader]) -> str:
    """The name of the leader, the first in the settings when there are several; empty when it is about none."""
    named = {entity.canonical for entity in enriched.entities}
    recipient = enriched.event.recipient.casefold().lstrip("@")
    for leader in leaders:
        handles = {handle.casefold().lstrip("@") for handle in leader.handles}
        if leader_id(leader.name) in named or (recipient and recipient in handles):
            return leader.name
    return ""
