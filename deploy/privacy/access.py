"""Everything that is held about an author, row by row, with where it stands: the answer to a request of access."""

from collections.abc import Iterator, Mapping
from typing import Any

from clickhouse_connect.driver.client import Client

from connectors.memory import Memory
from deploy.privacy.erasure import parameters
from deploy.privacy.subject import Subject
from schemas.units import Secret
from streams.store import mapped

_OWN = "network = {network:String} AND "
_QUERIES: Mapping[str, str] = {
    "events": f"{_OWN} author_id IN {{ids:Array(String)}}",
    "conversations": f"{_OWN} customer_id IN {{ids:Array(String)}}",
    "response_turns": f"{_OWN} customer_id IN {{ids:Array(String)}}",
    "alerts": "conversation_id IN {conversations:Array(String)}",
    "actions": "conversation_id IN {conversations:Array(String)}",
    "deliveries": "conversation_id IN {conversations:Array(String)}",
    "corrections": f"event_id IN (SELECT event_id FROM events WHERE {_OWN} author_id IN {{ids:Array(String)}})",
    "dead_letters": f"{_OWN} (match(payload, {{word:String}}) OR match(payload, {{named:String}}))",
}


def held(client: Client, memory: Memory, subject: Subject) -> Iterator[dict[str, Any]]:
    """One object per row: `held_in` names the view, or what connectors remember; `data` is the row.

    What Kafka still holds is what these rows were made from, until the retention of its topics.
    """
    asked = parameters(subject, subject.conversations, Secret())
    for view, where in _QUERIES.items():
        with mapped(f"view {view}"):
            for row in client.query(f"SELECT * FROM {view} WHERE {where}", parameters=asked).named_results():
                yield {"held_in": f"ClickHouse, view {view}", "network": subject.network, "data": row}
    for author in subject.ids:
        for known in memory.written_by(subject.network, author):
            data = {"event_id": known.event_id, "conversation_id": known.conversation_id, "author_id": known.author_id}
            yield {"held_in": "memory of the connectors", "network": subject.network, "data": data}
