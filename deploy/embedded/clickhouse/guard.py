"""What a statement may do for whom, before it runs.

The engine's access control holds the rights (see config.py). Three things it does not hold are judged here, on what
the engine's own parser says about the text: one statement per request, nothing but reading for a reader (`SET ROLE`
would change the rights) and for GET, and no `file()` for a reader: the scalar function reads any file of the machine
and, unlike the table function of that name, asks for no right. Names are taken from the engine's own formatting of the
statement, so comments, quotes and escapes hide nothing.
"""

from deploy.embedded.clickhouse.engine import Connection, Verdict
from deploy.embedded.clickhouse.errors import EngineError, access_denied
from deploy.embedded.clickhouse.lexer import first_word, has_word, names
from deploy.embedded.clickhouse.request import Statement
from deploy.embedded.clickhouse.users import Role

# `file` reads files, `Python` looks at objects of this process, a slash is a file used as a table.
_REFUSED = (b"file", b"python")


def check(connection: Connection, statement: Statement, role: Role) -> str:
    """Refuse what must not run; returns the kind of the statement.

    Raises:
        EngineError: SYNTAX_ERROR for several statements, ACCESS_DENIED for a reader, READONLY for GET.
    """
    if role != "owner" and statement.readonly_setting not in (None, "2"):
        raise EngineError(164, "READONLY", "Cannot modify 'readonly' setting in readonly mode")
    if statement.data is not None:
        if role != "owner":
            raise access_denied("Not enough privileges: a read-only user cannot insert")
        if statement.readonly:
            raise _readonly()
        return "INSERT"
    verdict = connection.classify(statement.text)
    if verdict.statements > 1:
        raise EngineError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    if role != "owner":
        _check_reader(connection, statement, verdict.kind)
    elif _writes_files(statement.text):
        raise EngineError(358, "INTO_OUTFILE_NOT_ALLOWED", "INTO OUTFILE and FROM INFILE are for a local client only")
    elif statement.readonly and not _keeps(verdict, statement.text):
        raise _readonly()
    return verdict.kind


def _check_reader(connection: Connection, statement: Statement, kind: str) -> None:
    if kind == "UNKNOWN":
        connection.format(statement.text)  # says what is wrong with the syntax, where there is something
    if kind != "READ_ONLY":
        raise access_denied("Not enough privileges: a read-only user can SELECT, SHOW, DESCRIBE, EXPLAIN and EXISTS")
    refused = sorted(name for name in _names(connection, statement) if name.lower() in _REFUSED or b"/" in name)
    if refused:
        raise access_denied(f"Not enough privileges: a read-only user cannot use the name `{refused[0].decode()}`")


def _names(connection: Connection, statement: Statement) -> frozenset[bytes]:
    """Names of a statement that could be refused. One is spelled plainly or, in quotes, with a backslash."""
    text = statement.text.lower()
    found: frozenset[bytes] = frozenset()
    if any(sign in text for sign in (*_REFUSED, b"/", b"\\")):
        found = names(connection.format(statement.text))
    if b"identifier" in text:
        found |= {value.strip('`"').encode() for value in statement.parameters.values()}
    return found


def _keeps(verdict: Verdict, text: bytes) -> bool:
    if verdict.kind == "CONTROL":
        return first_word(text) in (b"SET", b"USE")
    return verdict.kind in ("READ_ONLY", "UNKNOWN")


def _writes_files(text: bytes) -> bool:
    return has_word(text, b"OUTFILE") or has_word(text, b"INFILE")


def _readonly() -> EngineError:
    return EngineError(
        164,
        "READONLY",
        "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. "
        "You should use method POST for modifying queries",
    )
