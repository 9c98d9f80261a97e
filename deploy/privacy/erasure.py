"""Erase an author from ClickHouse: content and identity go, rows and numbers stay.

First goes what others wrote or kept about them; then, on networks that build ids from the author's, rows are written
again under ids without it and the old ones deleted; the author's own rows, by which all of it is found, come last.
Killed anywhere, the same call again finishes the work. Old parts leave the disk some minutes after a mutation, when
ClickHouse removes what no query reads any more.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from deploy.clickhouse.files import values
from deploy.privacy.subject import Subject
from schemas.settings import Settings
from schemas.units import Secret
from streams.store import mapped

_CHUNK = 500  # ids of one statement: more would not fit its size
_IN_CONVERSATION = "conversation_id IN {conversations:Array(String)}"
_BY_AUTHOR = "network = {network:String} AND author_id IN {ids:Array(String)}"
_OF_CUSTOMER = "network = {network:String} AND customer_id IN {ids:Array(String)}"
_OF_NOBODY = f"network = {{network:String}} AND customer_id = '' AND {_IN_CONVERSATION}"  # rows of before name nobody
_MARKED = "transform({}, {{ids:Array(String)}}, {{marks:Array(String)}}, {{mark:String}})"
_ENTITIES = ", ".join(f"`entities.{part}` = []" for part in ("text", "label", "start", "end", "canonical"))
_LINKED = "match(ifNull(permalink, ''), {named:String})"
_NAMED = "replaceRegexpAll({}, {{named:String}}, '[forgotten]')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is emptied in one table, where, and how to count it before."""

    table: str
    change: str
    where: str


_CONVERSATION = (
    f"customer_id = {_MARKED.format('customer_id')}, customer_handle = '', permalink = NULL, last_customer_text = ''"
)
_TURN = f"customer_id = {_MARKED.format('customer_id')}, customer_handle = ''"
# What is found by the author's conversations and names: it goes while their own rows still say which these are.
AROUND: tuple[Change, ...] = (
    Change(
        table="raw_events",
        change=f"text = {_NAMED.format('text')}, permalink = if({_LINKED}, NULL, permalink),"
        f" `entities.text` = arrayMap(name -> {_NAMED.format('name')}, `entities.text`)",
        where=f"{_IN_CONVERSATION} AND NOT ({_BY_AUTHOR}) AND (match(text, {{named:String}}) OR {_LINKED})",
    ),
    Change(
        table="raw_alerts",
        change="customer_handle = '', text = '', permalink = NULL",
        where=f"{_IN_CONVERSATION} AND (customer_handle != '' OR text != '' OR permalink IS NOT NULL)",
    ),
    Change(table="raw_actions", change="note = ''", where=f"{_IN_CONVERSATION} AND note != ''"),
    Change(
        table="raw_dead_letters",
        change="payload = '', key = NULL, reason = ''",
        where="network IN ({network:String}, '') AND payload != ''"
        " AND (match(payload, {word:String}) OR match(payload, {named:String}))",
    ),
    Change(table="raw_turns", change=_TURN, where=f"({_OF_CUSTOMER}) OR ({_OF_NOBODY})"),
    Change(table="raw_conversations", change=_CONVERSATION, where=_OF_NOBODY),
    Change(  # a conversation of another, in which the author may have spoken last
        table="raw_conversations",
        change="last_customer_text = ''",
        where=f"{_IN_CONVERSATION} AND last_customer_text != '' AND NOT ({_OF_CUSTOMER})",
    ),
)
# What is found by the author's id, and by what an author is found: last, or a run that was killed could not go on.
OWN: tuple[Change, ...] = (
    Change(table="events_by_time", change=f"author_id = {_MARKED.format('author_id')}", where=_BY_AUTHOR),
    Change(table="raw_conversations", change=_CONVERSATION, where=_OF_CUSTOMER),
    Change(
        table="raw_events",
        change=f"author_id = {_MARKED.format('author_id')}, author_handle = '', author_name = '',"
        f" author_verified = false, text = '', permalink = NULL, {_ENTITIES}",
        where=_BY_AUTHOR,
    ),
)
# The columns with ids that a network may have built from the author's, by table; the first are its key. Last come those
# that tell the phone number of an author who is known by another id.
IDS: Mapping[str, tuple[str, ...]] = {
    "events_by_time": ("event_id", "conversation_id"),
    "raw_turns": ("conversation_id", "start_event_id", "answer_event_id"),
    "raw_alerts": ("alert_id", "conversation_id"),
    "raw_actions": ("action_id", "conversation_id"),
    "raw_deliveries": ("delivery_id", "alert_id", "conversation_id"),
    "raw_corrections": ("event_id",),
    "raw_conversations": ("conversation_id", "last_event_id"),
    "raw_events": ("event_id", "conversation_id", "parent_id", "recipient"),
}


def erase(client: Client, subject: Subject, settings: Settings, key: Secret) -> dict[str, int]:
    """Empty and rename; how many rows of each table were changed.

    Raises:
        StoreError: ClickHouse did not do it; nothing is half done that the next call does not finish.
    """
    counts: Counter[str] = Counter()
    whole = parameters(subject, (), key)
    for at in range(0, max(1, len(subject.conversations)), _CHUNK):
        asked = parameters(subject, subject.conversations[at : at + _CHUNK], key)
        for one in AROUND:
            counts[one.table] += _empty(client, one, settings, asked)
    for table, columns in IDS.items():
        counts[table] += _rename(client, table, {one: _put(one, len(subject.ids)) for one in columns}, settings, whole)
    for one in OWN:
        counts[one.table] += _empty(client, one, settings, whole)
    return {table: count for table, count in counts.items() if count}


def parameters(subject: Subject, conversations: Sequence[str], key: Secret) -> dict[str, object]:
    """What the statements ask with."""
    names = [*subject.names, *(one for one in subject.ids if len(one) >= 4)]
    return {
        "network": subject.network,
        "ids": list(subject.ids),
        "mark": subject.mark(key),
        "marks": list(subject.marks(key)),
        "conversations": list(conversations),
        "named": f"(?i)@?(?:{'|'.join(map(_whole, names))})" if names else r"[^\s\S]",
        "word": _word(subject.ids),
        **{f"word{number}": _word([one]) for number, one in enumerate(subject.ids)},
        **{f"put{number}": rf"\1{mark}\2" for number, mark in enumerate(subject.marks(key))},
    }


def _whole(name: str) -> str:
    """A name as a word of its own, where it begins and ends with what RE2 takes for a letter."""
    begin, end = (r"\b" if one.isascii() and one.isalnum() else "" for one in (name[0], name[-1]))
    return f"{begin}{re.escape(name)}{end}"


def _word(ids: Sequence[str]) -> str:
    """RE2 knows no look-around, so what stands beside the id is matched and put back."""
    return f"(^|[^0-9A-Za-z])(?:{'|'.join(map(re.escape, ids))})($|[^0-9A-Za-z])"


def _put(column: str, names: int) -> str:
    """The column with a mark in the place of each name, the same mark that a post gets which comes again."""
    for number in range(names):
        column = f"replaceRegexpAll({column}, {{word{number}:String}}, {{put{number}:String}})"
    return column


def _rename(
    client: Client, table: str, columns: Mapping[str, str], settings: Settings, asked: Mapping[str, object]
) -> int:
    """Rows whose ids name the author, under ids that do not. `columns` says what becomes of each."""
    where = " OR ".join(
        f"(startsWith(ifNull({column}, ''), concat({{network:String}}, ':'))"
        f" AND match(substring(ifNull({column}, ''), length({{network:String}}) + 2), {{word:String}}))"
        for column in columns
    )
    count = _count(client, table, where, asked)
    if count:
        renamed = ", ".join(f"{renamed} AS {column}" for column, renamed in columns.items())
        with mapped(f"table {table}", detail=False):
            client.command(
                f"INSERT INTO {settings.clickhouse.database}.{table} SELECT * REPLACE({renamed}) FROM"
                # inside, or the condition would read the new ids
                f" (SELECT * FROM {settings.clickhouse.database}.{table} WHERE {where})",
                parameters=dict(asked),
                settings={"distributed_foreground_insert": 1},
            )
        _alter(client, settings, table, f"DELETE WHERE {where}", asked)
    return count


def _empty(client: Client, one: Change, settings: Settings, asked: Mapping[str, object]) -> int:
    count = _count(client, one.table, one.where, asked)
    if count:
        _alter(client, settings, one.table, f"UPDATE {one.change} WHERE {one.where}", asked)
    return count


def _count(client: Client, table: str, where: str, asked: Mapping[str, object]) -> int:
    with mapped(f"table {table}", detail=False):
        return int(client.query(f"SELECT count() FROM {table} WHERE {where}", parameters=dict(asked)).result_rows[0][0])


def _alter(client: Client, settings: Settings, table: str, change: str, asked: Mapping[str, object]) -> None:
    filled = values(settings, bool(settings.clickhouse.cluster))
    with mapped(f"table {table}", detail=False):
        client.command(
            f"ALTER TABLE {filled['database']}.{table}{filled['local']}{filled['on_cluster']} {change}",
            parameters=dict(asked),
            settings={"mutations_sync": 2},
        )
