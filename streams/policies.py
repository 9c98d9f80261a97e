"""Which response policy holds for a conversation: the first that matches. Pure."""

from collections.abc import Sequence

from schemas.policy import ResponsePolicy


def choose(
    policies: Sequence[ResponsePolicy], *, network: str, brand: str, mentions_leader: bool
) -> ResponsePolicy | None:
    """The first policy whose conditions all hold, or None."""
    for policy in policies:
        match = policy.match
        if match.networks and network not in match.networks:
            continue
        if match.brands and brand not in match.brands:
            continue
        if match.mentions_leader is not None and match.mentions_leader != mentions_leader:
            continue
        return policy
    return None
