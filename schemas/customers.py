"""Ids of private conversations that hold the id of the customer in them, network by network. Pure."""

import re
from collections.abc import Mapping

_KEPT = re.compile(r"(?:p|forgotten)-[0-9a-f]{32}\Z")
_WHOLE = re.compile(r"([\s\S]+)")
_ACCOUNT = r"((?:p|forgotten)-[0-9a-f]{32}|[0-9]+)"
_NUMBER = re.compile(r"[^/]+/([^/]+)")  # the brand's number, and the phone or the id of who writes to it
_NAMING: Mapping[str, re.Pattern[str]] = {
    "facebook": _WHOLE,
    "instagram": _WHOLE,
    "line": _WHOLE,
    "telegram": re.compile(r"([0-9]+)(?:/[\s\S]*)?"),  # ids of groups are below zero
    "wechat": _WHOLE,
    "whatsapp": _NUMBER,
    "x": re.compile(f"{_ACCOUNT}-{_ACCOUNT}"),  # both sides, the older account first
}


def named_by(network: str, conversation_id: str) -> tuple[str, ...]:
    """Whose ids a private conversation holds; nobody's where its network names it otherwise."""
    naming = _NAMING.get(network)
    found = naming.fullmatch(conversation_id.partition(":")[2]) if naming else None
    return found.groups() if found else ()


def number_of(network: str, conversation_id: str) -> str:
    """The phone number of the one customer of a WhatsApp conversation, where Meta gives another id as the author's.

    It is the person's, as the author's id is: "" on every other network, and where it was taken out.
    """
    if network != "whatsapp":
        return ""
    found = _NUMBER.fullmatch(conversation_id.partition(":")[2])
    return "" if found is None or is_mark(found[1]) else found[1]


def is_kept(name: str) -> bool:
    """Whether a pseudonym or the mark of who was forgotten stands there: nobody's own id."""
    return _KEPT.match(name) is not None


def is_mark(name: str) -> bool:
    """Whether the mark of who was forgotten stands there."""
    return is_kept(name) and name.startswith("f")
