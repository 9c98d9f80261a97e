"""Asks the store, read-only and within limits. What goes wrong becomes one of a few words that the page explains.

Guarantee: a query can neither write nor lift its own limits, and the store ends it at the latest after LIMIT_S; a
server ends it as soon as the one who asked is gone.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
import structlog
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.models import SettingDef

from schemas.errors import ConfigError, StoreError
from schemas.settings import ClickHouse
from streams.store import Transient, connect_async, mapped

log = structlog.get_logger()

LIMIT_S = 10
MOST_ROWS = 10_000
_AT_ONCE = 3  # a board has twenty questions; two cores answer them no sooner when all are asked together

State = Literal["unreachable", "late", "missing", "refused"]
_MISSING = frozenset({60, 81})  # unknown table, unknown database
_LATE = frozenset({159, 160, 394})  # too long, too slow, cancelled

_LIMITS: dict[str, object] = {
    "max_execution_time": LIMIT_S,
    "max_result_rows": MOST_ROWS,
    "result_overflow_mode": "break",
    "cancel_http_readonly_queries_on_client_close": 1,
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_denormals": 0,
    "date_time_output_format": "iso",
}


_BOUNDS = ("max_execution_time", "max_result_rows")


class Column(msgspec.Struct, frozen=True):
    """A column of an answer, and its type as ClickHouse names it."""

    name: str
    type: str


class Answer(msgspec.Struct, frozen=True):
    """What a query gave."""

    meta: list[Column]
    data: list[list[Any]]


class Unanswered(Exception):
    """A query without an answer: `state` says why in a word, `name` how ClickHouse calls the error."""

    def __init__(self, state: State, name: str = "") -> None:
        super().__init__(state)
        self.state = state
        self.name = name


class Asker:
    """One connection to the store, made when it is needed and made anew after it failed."""

    def __init__(self, where: Callable[[], ClickHouse | None]) -> None:
        """`where` finds the store, blocking; None when there is none at the moment."""
        self._where = where
        self._client: AsyncClient | None = None
        self._connecting = asyncio.Lock()
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, sql: str) -> Answer:
        """The columns and rows of one query.

        Raises:
            Unanswered: with the reason.
        """
        async with self._places:
            try:
                return await asyncio.wait_for(self._ask(sql), LIMIT_S + 2)
            except TimeoutError:
                raise Unanswered("late") from None
            except (Transient, ConfigError) as error:
                state: State = "late" if _code(error) in _LATE else "unreachable"
                if state == "unreachable":
                    await self.close()
                raise Unanswered(state) from error
            except StoreError as error:
                code = _code(error)
                name = str(getattr(error.__cause__, "name", "") or "")
                log.warning("query_refused", code=code, error=name)
                raise Unanswered(
                    "missing" if code in _MISSING else "late" if code in _LATE else "refused", name
                ) from error

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(self, sql: str) -> Answer:
        client = await self._connected()
        with mapped("the board"):
            body = await client.raw_query(sql, fmt="JSONCompact", settings=limits(client.server_settings))
        return msgspec.json.decode(body, type=Answer)

    async def _connected(self) -> AsyncClient:
        async with self._connecting:
            if self._client is None:
                found = await asyncio.to_thread(self._where)
                if found is None:
                    raise Unanswered("unreachable")
                self._client = await connect_async(found)
            return self._client


def limits(found: Mapping[str, SettingDef]) -> dict[str, object]:
    """The settings of each query, as far as this user may set them: what is locked is the server's own limit.

    Args:
        found: the server's settings as this user has them, by name.
    """
    wanted = {**_LIMITS, "readonly": 1} if str(found["readonly"].value) == "0" else _LIMITS
    open_ones = {name: value for name, value in wanted.items() if name in found and not found[name].readonly}
    return {name: _lower(value, found[name]) if name in _BOUNDS else value for name, value in open_ones.items()}


def _lower(value: object, own: SettingDef) -> object:
    """The lower of two bounds; 0 is none."""
    bound = int(float(own.value or 0))
    return min(int(str(value)), bound) if bound else value


def _code(error: BaseException) -> int | None:
    code = getattr(error.__cause__, "code", None)
    return code if isinstance(code, int) else None
