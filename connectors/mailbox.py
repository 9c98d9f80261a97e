"""The only door to IMAP: log in, list what is new in a folder, fetch it unread, and errors of ours."""

import imaplib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from schemas.errors import Malformed, Refused, Unavailable

TIMEOUT_S = 60.0
MAX_MAIL_BYTES = 262_144  # what is said comes before what is attached
# RFC 5530: what passes, and what needs a person; servers say the rest, or all of it, in words of theirs
_PASSING = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA"}
_LASTING = {
    "AUTHENTICATIONFAILED",
    "AUTHORIZATIONFAILED",
    "CONTACTADMIN",
    "EXPIRED",
    "NONEXISTENT",
    "NOPERM",
    "PRIVACYREQUIRED",
}
_CODE = re.compile(r"\[([A-Z]+)")
_PASSING_WORDS = re.compile(r"(?i)too many|try again|temporar|unavailable|later|busy")
_NUMBER = re.compile(rb"\bUID (\d+)")
_FOLDER = re.compile(rb'\((?P<marks>[^)]*)\) (?:"[^"]*"|NIL) (?P<name>.+)')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Mailbox(Protocol):
    """A mailbox that is logged in to."""

    def folders(self) -> Sequence[tuple[str, str]]:
        """Name and marks (`\\Sent`, `\\Junk`) of every folder, as the server writes them."""

    def select(self, folder: str) -> str:
        """Open a folder to read it; its UIDVALIDITY, which changes when all numbers of mails did."""

    def uids(self, *, after: int, since: datetime | None) -> Sequence[int]:
        """Numbers of the mails after a number, or since the day of an instant, upwards."""

    def fetch(self, uids: Sequence[int]) -> Mapping[int, bytes | None]:
        """The beginnings of mails by their numbers, left unread; None for one that the server cannot give.

        What was deleted meanwhile is missing.
        """


Login = Callable[[str, int, str, str], AbstractContextManager[Mailbox]]


class ImapMailbox:
    """A mailbox on an IMAP server, by TLS."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._where = f"imaps://{host}:{port}"
        with self._mapped():
            self._server = imaplib.IMAP4_SSL(host, port, timeout=TIMEOUT_S)
        try:
            with self._mapped():
                self._server.login(user, password)
        except BaseException:
            self._server.shutdown()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, imaplib.IMAP4.error):  # it is over anyway
            self._server.logout()

    def folders(self) -> Sequence[tuple[str, str]]:
        with self._mapped():
            listed = self._done("list its folders", self._server.list())
        found = [_FOLDER.fullmatch(one) for one in listed if isinstance(one, bytes)]
        return [
            (one["name"].decode("ascii", "replace").strip('"'), one["marks"].decode("ascii", "replace"))
            for one in found
            if one
        ]

    def select(self, folder: str) -> str:
        with self._mapped():
            status, parts = self._server.select(_quoted(folder), readonly=True)
            if status != "OK":
                passes = _passes(_said(parts))
                if passes or (passes is None and self._is_listed(folder)):
                    raise Unavailable(f"the folder {folder!r} cannot be opened now", where=self._where)
                raise Refused(
                    f"there is no folder {folder!r}",
                    where=self._where,
                    fix="Correct `folders` of this source; `vigie connectors check` tries them.",
                )
            _, validity = self._server.response("UIDVALIDITY")
        return (validity[0] or b"").decode("ascii", "replace") if validity else ""

    def uids(self, *, after: int, since: datetime | None) -> Sequence[int]:
        day = f"{since.day:02d}-{_MONTHS[since.month - 1]}-{since.year}" if since else ""
        with self._mapped():
            wanted = ("SINCE", day) if day else ("UID", f"{after + 1}:*")
            found = self._done("search a folder", self._server.uid("SEARCH", *wanted))
        listed = b" ".join(part for part in found if isinstance(part, bytes)).split()
        # a server answers n:* with the last mail even when it is older
        return sorted(number for one in listed if one.isdigit() and (number := int(one)) > after)

    def _is_listed(self, folder: str) -> bool:
        names = {name for name, _ in self.folders()}
        return folder in names or folder.upper() == "INBOX"

    def fetch(self, uids: Sequence[int]) -> Mapping[int, bytes | None]:
        """The same. A server that gives none of them is taken for ill, and not the mails.

        Raises:
            Unavailable: none came.
        """
        found = self._fetched(uids) if uids else {}
        if found is not None:
            return found
        each = {uid: self._fetched([uid]) for uid in uids} if len(uids) > 1 else {}  # one of them may be the reason
        if not any(each.values()):
            raise Unavailable("the server did not give mails", where=self._where)
        return {key: mail for uid, one in each.items() for key, mail in ({uid: None} if one is None else one).items()}

    def _fetched(self, uids: Sequence[int]) -> dict[int, bytes | None] | None:
        """What came, with None for a mail that is there and has no text; None when the server said NO or BAD."""
        with self._mapped():
            numbers = ",".join(map(str, uids))
            try:
                status, parts = self._server.uid("FETCH", numbers, f"(UID BODY.PEEK[]<0.{MAX_MAIL_BYTES}>)")
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                return None
        if status != "OK":
            return None
        found = dict(_mails(parts))
        return {uid: found[uid] for uid in uids if uid in found}

    def _done(self, what: str, answer: tuple[str, list[Any]]) -> list[Any]:
        """What came with OK. imaplib raises on BAD alone: a NO must not be taken for a folder without mails."""
        status, parts = answer
        if status != "OK":
            raise Unavailable(f"the server did not {what}", where=self._where)
        return parts

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except imaplib.IMAP4.abort as error:
            raise Unavailable(f"the server hung up ({type(error).__name__})", where=self._where) from None
        except imaplib.IMAP4.error as error:
            if _passes(str(error)):
                raise Unavailable("the server cannot answer now", where=self._where) from None
            raise Refused(
                "the server refused the login or a command",
                where=self._where,
                fix="Check IMAP_PASSWORD; large providers want an app password, and IMAP to be switched on.",
            ) from None
        except OSError as error:
            raise Unavailable(f"the server did not answer ({type(error).__name__})", where=self._where) from None
        except (UnicodeError, ValueError):
            raise Malformed("the server answered what IMAP does not know", where=self._where) from None


def _mails(parts: Sequence[Any]) -> Iterator[tuple[int, bytes | None]]:
    """Number and text of each mail in an answer to FETCH; the number stands before the text, or after it.

    What a server tells of a mail besides, such as its flags, is no mail.
    """
    text: bytes | None = None
    for part in parts:
        line, literal = part if isinstance(part, tuple) else (part, None)
        number = _NUMBER.search(line) if isinstance(line, bytes) else None
        if number and (literal is not None or text is not None or b"BODY[" in line):
            yield int(number[1]), text if literal is None else literal
            text = None
        else:
            text = literal


def _passes(said: str) -> bool | None:
    """Whether a NO is over by itself, as far as the server says so; None when it does not."""
    codes = set(_CODE.findall(said))
    if codes & (_PASSING | _LASTING):
        return bool(codes & _PASSING)
    return True if _PASSING_WORDS.search(said) else None


def _said(parts: Sequence[Any]) -> str:
    return b" ".join(part for part in parts if isinstance(part, bytes)).decode("ascii", "replace")


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
