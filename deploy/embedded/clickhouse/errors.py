"""Errors of the engine and of the HTTP rim, with ClickHouse's numbers, names and HTTP statuses."""

import re

_PREFIX = re.compile(r"(?:Code: \d+\. DB::Exception: )+")
_CODE = re.compile(r"Code: (\d+)\. DB::Exception: ")
_VERSION = re.compile(r" \(version [^()]*(?:\([^()]*\))?\)\.?")
_NAME = re.compile(r"\.? \(([A-Z][A-Z0-9_]+)\)\.?$")

# Source: ClickHouse src/Server/HTTP/exceptionCodeToHTTPStatus.cpp; every other error is 500.
_NAMES_BY_STATUS: dict[int, tuple[str, ...]] = {
    400: (
        "BAD_ARGUMENTS",
        "CANNOT_COMPILE_REGEXP",
        "CANNOT_PARSE_DATE",
        "CANNOT_PARSE_DATETIME",
        "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING",
        "CANNOT_PARSE_ESCAPE_SEQUENCE",
        "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
        "CANNOT_PARSE_IPV4",
        "CANNOT_PARSE_IPV6",
        "CANNOT_PARSE_NUMBER",
        "CANNOT_PARSE_QUOTED_STRING",
        "CANNOT_PARSE_TEXT",
        "CANNOT_PARSE_UUID",
        "DUPLICATE_COLUMN",
        "ILLEGAL_COLUMN",
        "INCORRECT_DATA",
        "SYNTAX_ERROR",
        "THERE_IS_NO_COLUMN",
        "TOO_BIG_AST",
        "TOO_DEEP_AST",
        "TYPE_MISMATCH",
        "UNEXPECTED_AST_STRUCTURE",
        "UNKNOWN_ELEMENT_IN_AST",
        "UNKNOWN_TYPE_OF_AST_NODE",
        "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    ),
    401: ("REQUIRED_PASSWORD",),
    403: ("ACCESS_DENIED", "AUTHENTICATION_FAILED", "SET_NON_GRANTED_ROLE", "UNKNOWN_USER", "WRONG_PASSWORD"),
    404: (
        "UNKNOWN_AGGREGATE_FUNCTION",
        "UNKNOWN_DATABASE",
        "UNKNOWN_DATABASE_ENGINE",
        "UNKNOWN_DIRECTION_OF_SORTING",
        "UNKNOWN_FORMAT",
        "UNKNOWN_FUNCTION",
        "UNKNOWN_IDENTIFIER",
        "UNKNOWN_ROLE",
        "UNKNOWN_SETTING",
        "UNKNOWN_STORAGE",
        "UNKNOWN_TABLE",
        "UNKNOWN_TYPE",
        "UNKNOWN_TYPE_OF_QUERY",
    ),
    408: ("TIMEOUT_EXCEEDED",),
    413: ("QUERY_IS_TOO_LARGE",),
    501: ("NOT_IMPLEMENTED",),
    503: ("CANNOT_OPEN_FILE", "CANNOT_SCHEDULE_TASK", "SOCKET_TIMEOUT"),
}
_STATUS = {name: status for status, names in _NAMES_BY_STATUS.items() for name in names}


class EngineError(Exception):
    """A failure with ClickHouse's code and symbolic name, as a client of ClickHouse expects it."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {message}. ({name})")
        self.code = code
        self.name = name
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status a ClickHouse server answers with."""
        return _STATUS.get(self.name, 500)

    def body(self, version: str) -> str:
        """The text a ClickHouse server answers with, `version` being the engine's."""
        return f"{self} (version {version})\n"


def parse(text: str) -> EngineError:
    """The engine's text as an error: it repeats prefix, name and version once per layer it passed."""
    code = _CODE.search(text)
    rest = _PREFIX.sub("", text, count=1) if text.startswith("Code: ") else text
    rest = _VERSION.sub("", rest.strip())
    name = "UNKNOWN_EXCEPTION"
    while found := _NAME.search(rest):
        name, rest = found.group(1), rest[: found.start()]
    return EngineError(int(code.group(1)) if code else 1002, name, rest.rstrip(". "))


def not_implemented(message: str) -> EngineError:
    """What a ClickHouse server can and this one cannot."""
    return EngineError(48, "NOT_IMPLEMENTED", message)


def access_denied(message: str) -> EngineError:
    """What this user may not do."""
    return EngineError(497, "ACCESS_DENIED", message)
