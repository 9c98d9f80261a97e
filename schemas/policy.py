"""ResponsePolicy: how long a turn may wait, as data. The first policy that matches a conversation holds."""

import functools
import hashlib
from typing import Literal

import msgspec
from msgspec import Struct

from schemas.units import Duration

Percent = Literal[50, 75, 90]  # each has a level of its own


class Match(Struct, frozen=True, kw_only=True):
    """What a policy applies to; an empty list is no condition."""

    networks: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    mentions_leader: bool | None = None


class ResponsePolicy(Struct, frozen=True, kw_only=True):
    """A promise: the first answer within `first`, each later one within `next`.

    With a `calendar` only its open hours count; without one it is always open.
    """

    name: str
    first: Duration
    next: Duration
    match: Match = Match()
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    warnings: tuple[Percent, ...] = (50, 75, 90)
    escalate_after: Duration = Duration(0)
    owner: str = ""
    calendar: str = ""


@functools.lru_cache(maxsize=256)
def policy_version(policy: ResponsePolicy) -> str:
    """A short fingerprint of the promise, stamped on what was measured under it."""
    plain = msgspec.json.encode(msgspec.structs.asdict(policy), enc_hook=repr, order="deterministic")
    return hashlib.blake2b(plain, digest_size=4).hexdigest()
