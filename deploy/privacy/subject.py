"""Whose data it is: an author of a network, by id, pseudonym or handle, and where they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from schemas.customers import number_of
from schemas.errors import ConfigError
from schemas.forgotten import mark_of
from schemas.privacy import pseudonym
from schemas.settings import Privacy
from schemas.units import Secret
from streams.store import mapped

_MIN_NAME_CHARS = 4  # a shorter one is part of too many words


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One author: every id they are kept under, the names that others may call them, their conversations."""

    network: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    conversations: tuple[str, ...]

    def mark(self, key: Secret) -> str:
        """What stands in the place of their id."""
        return mark_of(self.network, self.ids[0], key=key)

    def marks(self, key: Secret) -> tuple[str, ...]:
        """What stands in the place of each id, in their order."""
        return tuple(mark_of(self.network, one, key=key) for one in self.ids)


def forget_key(privacy: Privacy) -> Secret:
    """The key of the marks.

    Raises:
        ConfigError: there is none.
    """
    key = privacy.forget_key or privacy.pseudonym_key
    if not key:
        raise ConfigError(
            "there is no key by which to know who was forgotten",
            where="privacy.forget_key",
            fix="Set VIGIE_PRIVACY__FORGET_KEY for this command, the connectors and the workers, once and for all: "
            "openssl rand -base64 32",
        )
    return key


def parse(text: str) -> tuple[str, str]:
    """Network and author from NETWORK:AUTHOR.

    Raises:
        ConfigError: it is not of that form.
    """
    network, colon, author = text.partition(":")
    if not colon or not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", network) or not author.strip():
        raise ConfigError(
            "the author is not of the form NETWORK:AUTHOR",
            where="the first argument",
            fix="Write the network, a colon, and the id or the handle of the author: mastodon:109348",
        )
    return network, author.strip()


def find(client: Client, network: str, author: str, privacy: Privacy) -> Subject:
    """Everything by which an author can be found. One who is not stored has the id that was given, and no more.

    Their conversations are found under their marks too: what a worker had in hand may be stored after they were
    forgotten, and a run that was killed is finished by the next.
    """
    given = _given(network, author, privacy.pseudonym_key)
    ids = tuple(dict.fromkeys((*_authors(client, network, given), *given)))
    if numbers := [number for one in _conversations(client, network, ids) if (number := number_of(network, one))]:
        ids = tuple(dict.fromkeys((*ids, *numbers)))
    key = privacy.forget_key or privacy.pseudonym_key
    marks = [mark_of(network, one, key=key) for one in ids if key]
    return Subject(
        network=network,
        ids=ids,
        names=_names(client, network, ids),
        conversations=_conversations(client, network, [*ids, *marks]),
    )


def _given(network: str, author: str, key: Secret) -> list[str]:
    """What was named, as it may be kept."""
    written = [author]
    if network == "whatsapp" and re.fullmatch(r"\+?[0-9 ().-]+", author):
        written.append(re.sub(r"[^0-9]", "", author))  # Meta writes numbers with digits alone
    pseudonyms = [pseudonym(network, one, key=key) for one in written] if key else []
    return list(dict.fromkeys((*written, *pseudonyms)))


def _authors(client: Client, network: str, given: Sequence[str]) -> list[str]:
    """Customers by id, by handle, and on WhatsApp by the number in the ids of their conversations."""
    number = "network = 'whatsapp' AND splitByChar('/', conversation_id)[2] IN {given:Array(String)}"
    sql = (
        "SELECT DISTINCT author_id FROM events WHERE network = {network:String} AND author_role = 'customer'"
        " AND (author_id IN {given:Array(String)} OR lower(author_handle) = lower({given:Array(String)}[1])"
        f" OR ({number})) AND author_id NOT LIKE 'forgotten-%'"
        " UNION DISTINCT SELECT DISTINCT customer_id FROM conversations WHERE network = {network:String}"
        " AND customer_id != '' AND (customer_id IN {given:Array(String)}"
        f" OR lower(customer_handle) = lower({{given:Array(String)}}[1]) OR ({number}))"
        " AND customer_id NOT LIKE 'forgotten-%'"
    )
    with mapped("view events"):
        rows = client.query(sql, parameters={"network": network, "given": list(given)}).result_rows
    return sorted(str(row[0]) for row in rows)


def _names(client: Client, network: str, ids: Sequence[str]) -> tuple[str, ...]:
    sql = (
        "SELECT DISTINCT arrayJoin([author_handle, author_name]) AS name FROM events"
        " WHERE network = {network:String} AND author_id IN {ids:Array(String)}"
    )
    with mapped("view events"):
        rows = client.query(sql, parameters={"network": network, "ids": list(ids)}).result_rows
    return tuple(sorted((str(row[0]) for row in rows if len(str(row[0])) >= _MIN_NAME_CHARS), key=len, reverse=True))


def _conversations(client: Client, network: str, ids: Sequence[str]) -> tuple[str, ...]:
    sql = (
        "SELECT conversation_id FROM events WHERE network = {network:String} AND author_id IN {ids:Array(String)}"
        " UNION DISTINCT SELECT conversation_id FROM conversations"
        " WHERE network = {network:String} AND customer_id IN {ids:Array(String)}"
    )
    with mapped("views events and conversations"):
        rows = client.query(sql, parameters={"network": network, "ids": list(ids)}).result_rows
    return tuple(sorted(str(row[0]) for row in rows))
