"""DeadLetter: an input that could not be handled, kept whole with the reason."""

import hashlib
from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.event import Identifier, Instant

Stage = Literal["connect", "enrich", "responses", "watch", "sink", "notify"]


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The original bytes, where they were, and why they failed.

    `source` is a topic, or for connectors the network and file; `partition` and `offset` place the record in
    a topic, `offset` alone is the line in a file; -1 says that a whole delivery could not be split into items.
    `error` is the class, `reason` a sentence without customer text, `attempts` how often it was tried.
    """

    dead_letter_id: Identifier
    stage: Stage
    source: str
    offset: int
    error: str
    reason: str
    failed_at: Instant
    payload: bytes
    partition: int = -1
    key: bytes | None = None
    network: str = ""
    code_version: str = ""
    attempts: Annotated[int, Meta(ge=1)] = 1


def dead_letter_id(stage: Stage, source: str, partition: int, offset: int, payload: bytes) -> str:
    """The same bytes failing at the same place are the same dead letter, however often they are read."""
    digest = hashlib.blake2b(payload, digest_size=16)
    digest.update(f"\0{stage}\0{source}\0{partition}\0{offset}".encode())
    return digest.hexdigest()
