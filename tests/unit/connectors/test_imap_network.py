"""Reading a mailbox: numbers of mails as cursors, numbering anew, and what a server answers."""

import imaplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import mailbox as door
from connectors.base import Deletion
from connectors.letters import own_words
from connectors.mailbox import ImapMailbox
from connectors.networks import imap
from connectors.run import read_once
from schemas.errors import Refused, Unavailable
from tests.support.networks import Bench, bench, folders, only

FOLDER = next(folder for folder in folders() if folder.network == "imap")


def mail(number: int, sender: str = "pilar@post.example", answers: int | None = None) -> bytes:
    above = f"References: <m{answers}@x.example>\r\n" if answers else ""
    head = (
        f"From: {sender}\r\nDate: Tue, 03 Nov 2026 08:{number % 60:02d}:00 +0000\r\nMessage-ID: <m{number}@x.example>"
    )
    return f"{head}\r\n{above}Subject: s\r\n\r\nWords of {number}\r\n".encode()


class FakeMailbox:
    """Folders in memory."""

    def __init__(self) -> None:
        self.ill: set[str] = set()
        self.mails: dict[str, dict[int, bytes | None]] = {
            "INBOX": {number: mail(number) for number in range(1, 121)},
            "Gesendet": {7: mail(500, "help@lumora.example", answers=3)},
        }
        self.validity = "1"
        self.fetched: list[int] = []
        self.here = ""

    @contextmanager
    def login(self, host: str, port: int, user: str, password: str) -> Iterator["FakeMailbox"]:
        assert (host, port, user) == ("imap.lumora.example", 993, "help@lumora.example")
        yield self

    def folders(self) -> Sequence[tuple[str, str]]:
        return [("INBOX", "\\HasNoChildren"), ("Gesendet", "\\HasNoChildren \\Sent"), ("Spam", "\\Junk")]

    def select(self, folder: str) -> str:
        if folder in self.ill:
            raise Unavailable(f"{folder} cannot be opened now")
        self.here = folder
        return self.validity

    def uids(self, *, after: int, since: datetime | None) -> Sequence[int]:
        return [uid for uid in sorted(self.mails[self.here]) if uid > after]

    def fetch(self, uids: Sequence[int]) -> Mapping[int, bytes | None]:
        self.fetched += uids
        return {uid: self.mails[self.here][uid] for uid in uids}


def reading(mailbox: FakeMailbox, path: Path) -> Bench:
    return bench(FOLDER, path / "memory.sqlite").with_pages(lambda _: imap.pages_by(mailbox.login))


def read(one: Bench) -> list[str]:
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [event.event_id for event in one.publisher.events]


def test_the_inbox_and_what_was_sent_are_read_once(tmp_path: Path):
    mailbox = FakeMailbox()

    first = reading(mailbox, tmp_path)
    assert len(read(first)) == 121
    answer = first.publisher.events[-1]
    assert (answer.author.role, answer.conversation_id) == ("brand", "imap:m3@x.example")

    mailbox.fetched.clear()
    mailbox.mails["INBOX"][121] = mail(121)
    assert read(reading(mailbox, tmp_path)) == ["imap:m121@x.example"]
    assert mailbox.fetched == [121]


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_reading_resumes_wherever_it_stopped(pages: int, tmp_path: Path):
    mailbox = FakeMailbox()

    first = read(reading(mailbox, tmp_path).with_pages(only(pages)))
    mailbox.fetched.clear()
    second = read(reading(mailbox, tmp_path))

    assert len(set(first) | set(second)) == len(first) + len(second) == 121
    assert len(mailbox.fetched) == len(second)


def test_a_server_that_numbers_anew_is_read_again_without_repeats(tmp_path: Path):
    mailbox = FakeMailbox()
    read(reading(mailbox, tmp_path))

    mailbox.validity = "2"
    mailbox.mails["INBOX"] = {uid + 900: one for uid, one in mailbox.mails["INBOX"].items()}
    mailbox.mails["INBOX"][5] = mail(777)

    assert read(reading(mailbox, tmp_path)) == ["imap:m777@x.example"]


class FakeServer:
    """What imaplib gives for the answers of a server."""

    fault: Exception | None = None

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def login(self, user: str, password: str) -> None:
        if self.fault:
            raise self.fault

    def shutdown(self) -> None: ...

    def logout(self) -> None: ...

    def list(self) -> Any:
        return "OK", [b'(\\HasNoChildren) "/" INBOX', b'(\\HasNoChildren \\Sent) "/" "Sent Mail"', None]

    def select(self, folder: str, readonly: bool) -> Any:
        assert readonly
        return ("OK", [b"3"]) if folder == '"Sent Mail"' else ("NO", [b"no such folder"])

    def response(self, code: str) -> Any:
        return code, [b"3857529045"]

    def uid(self, command: str, *rest: str) -> Any:
        self.asked.append((command, *rest))
        if command == "SEARCH":
            return "OK", [b"41 43 42"]
        return "OK", [(b"1 (UID 42 BODY[]<0> {5}", b"one\r\n"), b")", (b"2 (UID 43 BODY[]<0> {5}", b"two\r\n"), b")"]


def test_answers_of_a_server_are_understood(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", FakeServer)

    with ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened:
        assert opened.folders() == [("INBOX", "\\HasNoChildren"), ("Sent Mail", "\\HasNoChildren \\Sent")]
        assert opened.select("Sent Mail") == "3857529045"
        assert opened.uids(after=41, since=None) == [42, 43]
        assert opened.uids(after=0, since=datetime(2026, 11, 3, tzinfo=UTC)) == [41, 42, 43]
        assert opened.fetch([42, 43]) == {42: b"one\r\n", 43: b"two\r\n"}
        assert opened.fetch([]) == {}
        assert opened._server.asked[:2] == [("SEARCH", "UID", "42:*"), ("SEARCH", "SINCE", "03-Nov-2026")]
        with pytest.raises(Refused, match="no folder"):
            opened.select("Nowhere")


class UnwillingServer(FakeServer):
    """A server that says NO, which imaplib gives back as an answer."""

    def list(self) -> Any:
        return "NO", [b"[SERVERBUG] Internal error occurred"]

    def uid(self, command: str, *rest: str) -> Any:
        return "NO", [b"[SERVERBUG] Internal error occurred"]


def test_a_no_of_the_server_is_no_empty_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", UnwillingServer)

    with ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened:
        for ask in (opened.folders, lambda: opened.uids(after=41, since=None), lambda: opened.fetch([42])):
            with pytest.raises(Unavailable, match="did not"):
                ask()


class SickServer(FakeServer):
    """A server with mails that it cannot read: it says NO to all that are asked for with one of them, or BAD."""

    unreadable: frozenset[int] = frozenset({43})
    says_bad = False

    def uid(self, command: str, *rest: str) -> Any:
        self.asked.append((command, *rest))
        wanted = [int(number) for number in rest[0].split(",")]
        if self.unreadable.isdisjoint(wanted):
            mails = [[(b"%d (UID %d BODY[]<0> {2}" % (uid, uid), b"%d" % uid), b")"] for uid in wanted if uid != 45]
            return "OK", [part for mail in mails for part in mail] or [None]
        if self.says_bad:
            raise imaplib.IMAP4.error("UID command error: BAD [b'Command Error. 12']")
        return "NO", [b"[SERVERBUG] Internal error occurred"]


@pytest.mark.parametrize("says_bad", [False, True])
def test_a_mail_that_the_server_cannot_read_costs_itself_alone(monkeypatch: pytest.MonkeyPatch, says_bad: bool):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", SickServer)
    monkeypatch.setattr(SickServer, "says_bad", says_bad)

    with ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened:
        assert opened.fetch([42, 43, 44, 45]) == {42: b"42", 43: None, 44: b"44"}, "and 45 was deleted"
        with pytest.raises(Unavailable, match="did not give"):
            opened.fetch([43])
        assert opened.fetch([45]) == {}


def test_a_server_that_gives_no_mail_at_all_is_ill_and_no_mail_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", SickServer)
    monkeypatch.setattr(SickServer, "unreadable", frozenset({42, 43, 44}))

    with (
        ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened,
        pytest.raises(Unavailable, match="did not give"),
    ):
        opened.fetch([42, 43, 44, 45])


@pytest.mark.parametrize(
    ("parts", "mails"),
    [
        ([(b"1 (BODY[]<0> {3}", b"one"), b" UID 42)"], {42: b"one"}),
        ([b"1 (UID 42 BODY[]<0> NIL)"], {42: None}),
        ([(b"1 (UID 42 BODY[]<0> {3}", b"one"), b")", b"1 (UID 42 FLAGS (\\Seen))"], {42: b"one"}),
        ([(b"1 (UID 42 BODY[]<0> {3}", b"one"), b" FLAGS (\\Seen))"], {42: b"one"}),
        ([b"7 (UID 99 FLAGS (\\Seen))", (b"1 (UID 42 BODY[]<0> {0}", b""), b")"], {42: b""}),
        ([None], {}),
    ],
    ids=["the number behind the text", "no text", "flags besides", "flags behind", "another's flags", "nothing"],
)
def test_mails_are_known_by_their_numbers_however_a_server_writes_them(
    parts: list[Any], mails: dict[int, bytes | None], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", FakeServer)
    monkeypatch.setattr(FakeServer, "uid", lambda self, command, *rest: ("OK", parts))

    with ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened:
        assert opened.fetch([42]) == mails


def test_an_unreadable_mail_is_a_dead_letter_and_the_others_come_in(tmp_path: Path):
    mailbox = FakeMailbox()
    mailbox.mails["INBOX"][60] = None

    one = reading(mailbox, tmp_path)

    assert len(read(one)) == 120
    assert [letter.payload for letter in one.publisher.letters] == [b'{"folder":"INBOX","uid":60}']
    assert read(reading(mailbox, tmp_path)) == []


def test_a_folder_that_cannot_be_read_now_holds_up_no_other(tmp_path: Path):
    mailbox = FakeMailbox()
    mailbox.ill = {"INBOX"}
    one = reading(mailbox, tmp_path)

    with pytest.raises(Unavailable, match="INBOX"):
        read(one)
    assert [event.event_id for event in one.publisher.events] == ["imap:m500@x.example"]

    mailbox.ill = set()
    assert len(read(reading(mailbox, tmp_path))) == 120


@pytest.mark.parametrize(
    ("folder", "said", "ours"),
    [
        ("Nowhere", b"[NONEXISTENT] Unknown Mailbox", Refused),
        ("Sent Mail", b"[NOPERM] Permission denied", Refused),
        ("Nowhere", b"no such folder", Refused),
        ("Sent Mail", b"Unable to open this mailbox.", Unavailable),
        ("inbox", b"Unable to open this mailbox.", Unavailable),
        ("Nowhere", b"[INUSE] Mailbox in use", Unavailable),
        ("Nowhere", b"[ALERT] Too many simultaneous connections", Unavailable),
    ],
)
def test_a_folder_that_cannot_be_opened_now_is_no_missing_one(
    folder: str, said: bytes, ours: type[Exception], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", FakeServer)
    monkeypatch.setattr(FakeServer, "select", lambda self, name, readonly: ("NO", [said]))

    with ImapMailbox("imap.lumora.example", 993, "help", "secret") as opened, pytest.raises(ours):
        opened.select(folder)


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        (imaplib.IMAP4.error("LOGIN failed for secret"), Refused),
        (imaplib.IMAP4.error(b"[UNAVAILABLE] try later"), Unavailable),
        (imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] Invalid credentials, try again"), Refused),
        (imaplib.IMAP4.error(b"[ALERT] Too many simultaneous connections. (Failure)"), Unavailable),
        (imaplib.IMAP4.error(b"[LIMIT] of logins"), Unavailable),
        (imaplib.IMAP4.error(b"Temporary authentication failure."), Unavailable),
        (imaplib.IMAP4.abort("bye"), Unavailable),
        (TimeoutError("slow"), Unavailable),
    ],
)
def test_faults_of_a_server_say_whose_they_are_and_hold_no_secret(
    fault: Exception, ours: type[Exception], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(door.imaplib, "IMAP4_SSL", FakeServer)
    monkeypatch.setattr(FakeServer, "fault", fault)

    with pytest.raises(ours) as caught:
        ImapMailbox("imap.lumora.example", 993, "help", "secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("Danke!\r\n\r\nAm 3. Nov. 2026 schrieb Lumora <help@lumora.example>:\r\n> Pardon", "Danke!"),
        ("Thanks\n\n-----Original Message-----\nFrom: Lumora", "Thanks"),
        ("Merci\n\nDe : Lumora\nEnvoyé : mardi\nÀ : moi\n\nPardon", "Merci"),
        ("I bought it from:\na shop on Monday.", "I bought it from:\na shop on Monday."),
        ("On Monday it broke. What do I do?", "On Monday it broke. What do I do?"),
        ("> only a quote", ""),
    ],
)
def test_a_mail_is_its_own_words(body: str, own: str):
    assert own_words(body) == own


@pytest.mark.parametrize(
    ("sender", "domains", "role"),
    [
        pytest.param("Tom@Lumora.example", ["lumora.example"], "brand", id="a colleague"),
        pytest.param("tom@lumora.example", [], "customer", id="no domain is named"),
        pytest.param("tom@notlumora.example", ["lumora.example"], "customer", id="a domain that ends alike"),
    ],
)
def test_all_addresses_of_a_domain_may_be_the_brands(sender: str, domains: list[str], role: str):
    source = replace(FOLDER.source(), account="help@other.example", options={"domains": domains})

    (event,) = imap.parse(mail(1, sender), source)

    assert not isinstance(event, Deletion)
    assert event.author.role == role
