"""What leaves an event before anybody keeps it: personal numbers in its text and, with a key, who wrote it. Pure.

Connectors call `protect` before Kafka and the enrich agent calls it again: twice changes no more than once.
"""

import hmac
import unicodedata
from dataclasses import dataclass

import msgspec

from schemas.customers import is_kept, named_by
from schemas.event import Author, Event
from schemas.forgotten import renamed
from schemas.redaction import redact
from schemas.units import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """An event without what is personal in it, and how many pieces were taken out of its text, by kind."""

    event: Event
    pii: dict[str, int]


def protect(event: Event, *, key: Secret) -> Protected:
    """Redact the text and, when there is a key, put a pseudonym in the place of a customer.

    Accounts of the brand and its leaders keep their names: who answered is what is measured. Where a private
    conversation is named after its customer, the pseudonym stands in its id too, in answers of the brand as well.
    The vendor's own payload goes as soon as anything was taken out, since it holds it still.
    """
    redacted = redact(event.text)
    if redacted.text != event.text:
        event = msgspec.structs.replace(event, text=redacted.text, raw=msgspec.UNSET)
    if key and event.author.role == "customer":
        event = msgspec.structs.replace(
            event, author=_pseudonymized(event.author, event.network, key), permalink=None, raw=msgspec.UNSET
        )
    return Protected(event=_renamed(event, key) if key else event, pii=redacted.counts)


def pseudonym(network: str, author_id: str, *, key: Secret) -> str:
    """The same author of a network is the same pseudonym, on every machine with this key; without it nobody can tell.

    HMAC-SHA256 over the id, NFKC and case folded, cut to 128 bits.
    """
    folded = unicodedata.normalize("NFKC", author_id).casefold()
    digest = hmac.digest(key.reveal().encode(), f"{network}:{folded}".encode("utf-8", "surrogatepass"), "sha256")
    return f"p-{digest.hex()[:32]}"


def _renamed(event: Event, key: Secret) -> Event:
    if event.visibility != "private":
        return event
    for name in named_by(event.network, event.conversation_id):
        if not is_kept(name):
            event = renamed(event, name, pseudonym(event.network, name, key=key))
    return event


def _pseudonymized(author: Author, network: str, key: Secret) -> Author:
    """Name and handle are dropped; how many follow them stays, since priority reads it."""
    if is_kept(author.id):
        return author
    found = pseudonym(network, author.id, key=key)
    return msgspec.structs.replace(author, id=found, handle=found[:10] if author.handle else "", name="")
