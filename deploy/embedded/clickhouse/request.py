"""The parts of an HTTP request as one Statement. Pure."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.lexer import insert_head, output_format
from deploy.embedded.clickhouse.users import Credentials

DEFAULT_FORMAT = "TabSeparated"
MAX_SESSION_SECONDS = 3600
_DEFAULT_SESSION_SECONDS = 60
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Parameters of the HTTP interface; every other one is a setting of the engine.
# Source: ClickHouse src/Server/HTTPHandler.cpp, `reserved_param_names`.
_RESERVED = frozenset(
    {
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "quota_key",
        "query_id",
        "stacktrace",
        "role",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "client_protocol_version",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
        "http_zlib_compression_level",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """The session a request wants to run in."""

    id: str
    seconds: int
    must_exist: bool
    close: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What to run and how. `text` is never logged and never shown in a `repr`."""

    text: bytes = field(repr=False)
    data: memoryview | None = field(repr=False, default=None)
    input_format: str = ""
    output_format: str
    database: str | None
    settings: dict[str, str]
    parameters: dict[str, str] = field(repr=False)
    readonly: bool
    readonly_setting: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """How the answer travels."""

    query_id: str
    session: SessionKey | None
    wait_end_of_query: bool
    framed: bool
    http_compression: bool
    protocol_version: int


def statement(method: str, params: Iterable[tuple[str, str]], headers: Mapping[str, str], body: bytes) -> Statement:
    """The statement of a request; the body is already decoded.

    Raises:
        EngineError: no statement, a setting that is not a name, something this server cannot do.
    """
    given = dict(params)
    prefix = given.get("query", "").encode("utf-8", "surrogateescape")
    text = prefix + b"\n" + body if prefix and body else prefix + body
    if not text.strip():
        raise EngineError(62, "SYNTAX_ERROR", "Syntax error: empty query")
    if given.get("role"):
        raise EngineError(511, "UNKNOWN_ROLE", "There are no roles to choose from; leave the parameter `role` out")
    default_format = headers.get("X-ClickHouse-Format") or given.get("default_format") or DEFAULT_FORMAT
    readonly = given.pop("readonly", None)  # kept from the engine: in a session it could not be undone
    settings = {name: value for name, value in given.items() if name not in _RESERVED and not name.startswith("param_")}
    for name in settings:
        if not _SETTING.fullmatch(name):
            raise EngineError(115, "UNKNOWN_SETTING", f"Unknown setting '{name}'")
    head = insert_head(text)
    return Statement(
        text=head.statement if head else text,
        data=memoryview(text)[head.data_at :] if head else None,
        input_format=head.format if head else "",
        output_format=(None if head else output_format(text)) or default_format,
        database=headers.get("X-ClickHouse-Database") or given.get("database") or None,
        settings=settings,
        parameters={name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")},
        readonly=method == "GET" or readonly in ("1", "2"),
        readonly_setting=readonly,
    )


def transport(params: Mapping[str, str], query_id: str) -> Transport:
    """How the answer is wanted; `query_id` is used when the request names none."""
    return Transport(
        query_id=params.get("query_id") or query_id,
        session=_session(params),
        wait_end_of_query=_flag(params, "wait_end_of_query"),
        framed=_flag(params, "compress"),
        http_compression=_flag(params, "enable_http_compression"),
        protocol_version=_number(params, "client_protocol_version", 0),
    )


def credentials(params: Mapping[str, str], headers: Mapping[str, str]) -> Credentials:
    """Name and password, from the X-ClickHouse headers, basic authentication or the URL.

    Raises:
        EngineError: AUTHENTICATION_FAILED for more than one of them, or an Authorization header that is not basic.
    """
    name, password = headers.get("X-ClickHouse-User"), headers.get("X-ClickHouse-Key")
    basic = headers.get("Authorization")
    in_url = "user" in params or "password" in params
    if sum((name is not None or password is not None, basic is not None, in_url)) > 1:
        raise _unauthenticated("it is not allowed to use more than one of X-ClickHouse headers, Authorization and URL")
    if basic is not None:
        return _basic(basic)
    if in_url:
        name, password = params.get("user"), params.get("password")
    given = name is not None or password is not None
    return Credentials(name=name or "default", password=password or "", given=given)


def decompresses(params: Mapping[str, str]) -> bool:
    """Whether the body is in ClickHouse's own block framing."""
    return _flag(params, "decompress")


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise _unauthenticated(f"the authorization scheme {scheme} is not supported, use Basic")
    try:
        name, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unauthenticated("the Authorization header is not valid base64") from None
    return Credentials(name=name or "default", password=password, given=True)


def _unauthenticated(reason: str) -> EngineError:
    return EngineError(516, "AUTHENTICATION_FAILED", f"Invalid authentication: {reason}")


def _session(params: Mapping[str, str]) -> SessionKey | None:
    if not params.get("session_id"):
        return None
    seconds = _number(params, "session_timeout", _DEFAULT_SESSION_SECONDS)
    if not 0 < seconds <= MAX_SESSION_SECONDS:
        raise EngineError(
            374, "INVALID_SESSION_TIMEOUT", f"Session timeout {seconds} is not between 1 and {MAX_SESSION_SECONDS}"
        )
    return SessionKey(
        id=params["session_id"],
        seconds=seconds,
        must_exist=_flag(params, "session_check"),
        close=_flag(params, "close_session"),
    )


def _flag(params: Mapping[str, str], name: str) -> bool:
    return params.get(name, "0").lower() in ("1", "true")


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise EngineError(
            27, "CANNOT_PARSE_INPUT_ASSERTION_FAILED", f"The parameter {name} is not a number: {text[:20]}"
        )
    return int(text)
