"""Where a statement ends and its data starts, and which format it asks for. Pure.

Only as much of ClickHouse's grammar as an HTTP front needs: what runs is always parsed by the engine itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Comments, quoted strings and names (backslash escapes and doubled quotes), heredocs, words, single signs.
_TOKEN = re.compile(
    rb"""(?P<space>\s+|--[^\n]*|\#(?:\ |!)[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^'\\]|\\.|'')*')
    |(?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
    |(?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    |(?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_FORMAT = re.compile(rb"[ \t\f]*\r?\n?")
_SELECTS = frozenset({b"SELECT", b"WITH", b"FROM", b"WATCH", b"EXPLAIN"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word, name, string or sign; `word` is upper-cased and empty for everything that is not a bare word."""

    kind: str
    text: bytes
    end: int

    @property
    def word(self) -> bytes:
        return self.text.upper() if self.kind == "word" else b""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertHead:
    """An INSERT whose data follows: the statement without its FORMAT clause, the format, where the data starts."""

    statement: bytes
    format: str
    data_at: int


def tokens(text: bytes) -> Iterator[Token]:
    """The tokens of a statement, comments and white space left out."""
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "sign"
        if kind == "space":
            continue
        yield Token("heredoc" if kind == "tag" else kind, found.group(), found.end())


def first_word(text: bytes) -> bytes:
    """The first word in upper case, brackets in front of it skipped; empty when there is none."""
    for token in tokens(text):
        if token.text != b"(":
            return token.word
    return b""


def insert_head(text: bytes) -> InsertHead | None:
    """Split an INSERT from the data that follows it; None for every other statement.

    An INSERT … SELECT, a second statement before the data, and an INSERT that names no format are None too: they go
    to the engine whole.
    """
    stream = tokens(text)
    if next(stream, _END).word != b"INSERT" or next(stream, _END).word != b"INTO":
        return None
    depth = 0
    named = False  # the word after INTO is a table even if it is called `values`
    previous = _END
    for token in stream:
        if token.text in (b"(", b"{"):
            depth += 1
        elif token.text in (b")", b"}"):
            depth -= 1
            named = True  # the table was a parameter
        elif not depth:
            if token.text == b";":
                return None
            if named and previous.text != b".":
                if token.word == b"VALUES":
                    head = text[: token.end - len(token.text)]
                    return InsertHead(statement=head.rstrip(), format="Values", data_at=token.end)
                if token.word == b"FORMAT":
                    return _head_with_format(text, token)
                if token.word in _SELECTS:
                    return None
            named = named or token.word not in (b"TABLE", b"FUNCTION")
        previous = token
    return None


def _head_with_format(text: bytes, keyword: Token) -> InsertHead | None:
    name = _TOKEN.match(text, keyword.end)
    while name and name.lastgroup == "space":
        name = _TOKEN.match(text, name.end())
    if name is None or name.lastgroup not in ("word", "quoted"):
        return None
    gap = _AFTER_FORMAT.match(text, name.end())
    return InsertHead(
        statement=text[: keyword.end - len(keyword.text)].rstrip(),
        format=name.group().strip(b'`"').decode("ascii", "replace"),
        data_at=gap.end() if gap else name.end(),
    )


def output_format(text: bytes) -> str | None:
    """The FORMAT a query asks for, outside of all brackets; None when it names none."""
    depth = 0
    found: str | None = None
    after_keyword = False
    for token in tokens(text):
        if token.text == b"(":
            depth += 1
        elif token.text == b")":
            depth -= 1
        elif after_keyword and token.kind in ("word", "quoted"):
            found = token.text.strip(b'`"').decode("ascii", "replace")
        after_keyword = not depth and token.word == b"FORMAT"
    return found


def has_word(text: bytes, word: bytes) -> bool:
    """Whether a bare word (upper case) occurs outside of strings, names and comments."""
    return any(token.word == word for token in tokens(text))


def names(text: bytes) -> frozenset[bytes]:
    """Every bare or quoted name of a statement in the engine's own formatting, which has no other escapes left."""
    return frozenset(token.text.strip(b'`"') for token in tokens(text) if token.kind in ("word", "quoted"))


_END = Token("end", b"", 0)
