"""The only ClickHouse writer: batches in, retried until taken or refused.

Guarantee: `insert` returns only after ClickHouse stored the batch. A batch sent again under the same token is stored
once while the table remembers the token (1000 inserts); a row stored twice all the same reads once, since the
views keep one row per key. Row values are never logged and never part of an error.
"""

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import clickhouse_connect
import msgspec
from clickhouse_connect.driver import create_async_client
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DataError, Error, OperationalError

from schemas.errors import ConfigError, StoreError
from schemas.settings import ClickHouse
from schemas.tables import Table
from streams.rows import Row

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0

# What heals by itself: network, time limits, memory, too many parts or queries, replicas and keepers away, full disk.
TRANSIENT = frozenset(
    {
        3,
        32,
        159,
        201,
        202,
        203,
        209,
        210,
        225,
        236,
        241,
        242,
        243,
        252,
        279,
        285,
        319,
        335,
        394,
        425,
        439,
        499,
        733,
        999,
    }
)
# What one row can be guilty of: a value that does not parse, fit or convert.
ROW_AT_FAULT = frozenset({6, 26, 27, 33, 38, 41, 53, 69, 70, 72, 117, 128, 131, 190, 321, 349, 407, 469})

_SETTINGS: dict[str, object] = {
    "async_insert": 0,  # the sink batches; a buffered insert would be acknowledged before it is stored
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,  # a retry reaches a copy that the first try missed
    "distributed_foreground_insert": 1,  # on a cluster: the shards have it, not a queue on the first server
    "max_partitions_per_insert_block": 0,  # a batch of an old archive spans more than the default of 100 months
}


class Rejected(StoreError):
    """ClickHouse refuses this batch however often it is sent: one of its rows is at fault. Halve it to find which."""


class Transient(StoreError):
    """ClickHouse could not now, and may in a moment."""


def connect(clickhouse: ClickHouse, *, database: str | None = None) -> Client:
    """A client of the server at `url`: no session, so that threads may share it, and connections of its own.

    Args:
        database: instead of the setting, such as `default` before ours exists.
    Raises:
        StoreError: it does not answer or does not let us in.
        ConfigError: the address is not one.
    """
    options = _options(clickhouse, database)
    with mapped(f"ClickHouse at {clickhouse.url}"):
        return clickhouse_connect.get_client(dedicated_pool=True, **options)


async def connect_async(clickhouse: ClickHouse) -> AsyncClient:
    """The same for an event loop: a query whose task is cancelled closes its connection.

    Raises:
        StoreError: it does not answer or does not let us in.
        ConfigError: the address is not one.
    """
    options = _options(clickhouse, None)
    with mapped(f"ClickHouse at {clickhouse.url}"):
        return await create_async_client(**options)


def _options(clickhouse: ClickHouse, database: str | None) -> dict[str, Any]:
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # it raises too, and its lines can quote rows
    try:
        url = urlsplit(clickhouse.url)
        right = url.scheme in ("http", "https") and url.hostname and not url.username and not url.password
        port = url.port or (8443 if url.scheme == "https" else 8123)
    except ValueError:
        right = False
    if not right:
        raise ConfigError(
            "the address of ClickHouse should read http://host:port, without user and password",
            where="clickhouse.url",
            fix="Set VIGIE_CLICKHOUSE to such an address, and user and password with VIGIE_CLICKHOUSE__USER and "
            "VIGIE_CLICKHOUSE__PASSWORD.",
        )
    return {
        "interface": url.scheme,
        "host": url.hostname,
        "port": port,
        "username": clickhouse.user,
        "password": clickhouse.password.reveal(),
        "database": clickhouse.database if database is None else database,
        "ca_cert": clickhouse.ca_file or None,
        "autogenerate_session_id": False,
        "show_clickhouse_errors": "scrub",
        "connect_timeout": max(1, min(10, int(clickhouse.insert_timeout / 2))),
        "send_receive_timeout": max(1, int(clickhouse.insert_timeout / 2)),
    }


@contextmanager
def mapped(where: str, *, detail: bool = True) -> Iterator[None]:
    """Turn what the driver raises into our errors.

    Args:
        detail: whether the server's sentence may be shown. Not for inserts: it can quote a row.
    """
    try:
        yield
    except Error as error:
        raise _ours(error, where, detail) from (error if detail else None)
    except ClickHouseError as error:
        raise StoreError(f"the driver warns: {type(error).__name__}", where=where) from None


class Store:
    """Writes batches. Safe to use from several threads; connects at the first insert."""

    def __init__(
        self,
        clickhouse: ClickHouse,
        *,
        connect: Callable[[ClickHouse], Client] = connect,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clickhouse = clickhouse
        self._connect = connect
        self._sleep = sleep
        self._monotonic = monotonic
        self._jitter = jitter
        self._client: Client | None = None
        self._connecting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections. Nothing is pending: every insert was stored or raised."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def insert(self, table: Table, rows: Sequence[Row], *, token: str) -> int:
        """Store one batch; how many rows are left once copies inside the batch are dropped.

        What heals by itself is tried again with growing pauses. No attempt begins after `insert_timeout`, and none
        lasts more than half of it.

        Args:
            rows: in the column order of `table`, as `streams.rows` makes them.
            token: names the batch, such as topic:partition:first-last offset; the same rows again, the same token.
        Raises:
            Rejected: a row is at fault.
            StoreError: not stored, or not known to be; send the same batch again later.
        """
        latest = newest(table, rows)
        if not latest:
            return 0
        settings = {**_SETTINGS, "insert_deduplication_token": f"{token}:{_digest(latest, table)}"}
        began, pause = self._monotonic(), FIRST_PAUSE_S
        while True:
            try:
                self._send(table, latest, settings)
            except Transient as error:
                delay = pause * (0.5 + self._jitter())
                if self._monotonic() - began + delay >= self._clickhouse.insert_timeout:
                    raise StoreError(error.what, where=error.where, fix=error.fix) from error
                self._sleep(delay)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            else:
                return len(latest)

    def _send(self, table: Table, rows: Sequence[Row], settings: dict[str, object]) -> None:
        where = f"table {table.name}"
        client = self._connected()
        try:
            with mapped(where, detail=False):
                client.insert(
                    table.name,
                    list(zip(*rows, strict=True)),
                    column_names=[name for name, _ in table.columns],
                    column_type_names=[kind for _, kind in table.columns],  # given, or each insert asks for them first
                    column_oriented=True,
                    settings=settings,
                )
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            # The driver lets Python's own errors through when a value is not of its column's type.
            raise Rejected(f"a value does not fit its column ({type(error).__name__})", where=where) from None

    def _connected(self) -> Client:
        with self._connecting:
            if self._client is None:
                self._client = self._connect(self._clickhouse)
            return self._client


def newest(table: Table, rows: Sequence[Row]) -> list[Row]:
    """One row per key of the table: the greatest version, the last of equals, as the table itself would keep."""
    names = [name for name, _ in table.columns]
    key = [names.index(name) for name in table.key]
    version = names.index(table.version)
    kept: dict[tuple[object, ...], Row] = {}
    for row in rows:
        identity = tuple(row[place] for place in key)
        held = kept.get(identity)
        if held is None or row[version] >= held[version]:  # type: ignore[operator]  # versions are integers
            kept[identity] = row
    return list(kept.values())


def _digest(rows: Sequence[Row], table: Table) -> str:
    """A fingerprint of the rows. Offsets alone do not name a batch: a broker set up anew counts from 0 again, and
    ClickHouse would silently drop the new batch as a copy of an old one."""
    try:
        return blake2b(msgspec.msgpack.encode(rows), digest_size=8).hexdigest()
    except (UnicodeEncodeError, OverflowError, TypeError) as error:
        raise Rejected(f"a value cannot be written ({type(error).__name__})", where=f"table {table.name}") from None


def _ours(error: Error, where: str, detail: bool) -> StoreError:
    code = error.code
    name = f"{error.name or 'error'}, code {code}" if code else type(error).__name__
    what = name if not detail else f"{_sentence(error)} ({name})" if code else str(error)
    if isinstance(error, DataError) or code in ROW_AT_FAULT:
        return Rejected(f"ClickHouse cannot take a row: {what}", where=where)
    if code is None and _from_transport(error):
        return Transient(f"ClickHouse does not answer: {_reason(error)}", where=where, fix=_AWAY)
    if code in TRANSIENT:
        return Transient(f"ClickHouse cannot now: {what}", where=where, fix=_AWAY)
    return StoreError(f"ClickHouse refuses: {what}", where=where, fix=_FIXES.get(code or 0, ""))


def _from_transport(error: Error) -> bool:
    """Whether there was no answer, or one of a proxy in front: then the server gave no code."""
    return isinstance(error, OperationalError) or _PROXY_STATUS.search(str(error)) is not None


def _reason(error: Error) -> str:
    """Why there was no answer, without the address, which `where` names: `[Errno 111] Connection refused`."""
    cause = getattr(error.__cause__, "reason", None) or error.__cause__
    status = _PROXY_STATUS.search(str(error))
    return status.group() if status else str(cause).rsplit(": ", 1)[-1] if cause else type(error).__name__


def _sentence(error: Error) -> str:
    """The server's own sentence, without its decoration: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`."""
    return re.sub(rf"\s*\({error.name}\)\s*$", "", str(error).split("DB::Exception: ", 1)[-1]).rstrip(". ")


_PROXY_STATUS = re.compile(r"HTTP status (5\d\d|429)")
_AWAY = "See whether it runs, is reachable and has memory and disk left"
_FIXES = {
    16: "Run `vigie migrate`: the table is older than the program",
    60: "Run `vigie migrate`: the table is not there",
    81: "Run `vigie migrate`: the database is not there",
    164: "What was asked only reads, or the user may only read",
    192: "Check VIGIE_CLICKHOUSE__USER",
    194: "Check VIGIE_CLICKHOUSE__USER and VIGIE_CLICKHOUSE__PASSWORD",
    497: "Grant the user of VIGIE_CLICKHOUSE__USER what the sentence names",
    516: "Check VIGIE_CLICKHOUSE__USER and VIGIE_CLICKHOUSE__PASSWORD",
}
