"""E-mail: what customers write to an address and what is answered from it, by IMAP.

Source: RFC 9051 and 3501 (IMAP), 5322 (mails), 3834 (automatic answers)
Guarantee: at least once. The cursor is UIDVALIDITY and the last number of each folder; when a server numbers anew,
all is read again and repeats are dropped by Message-ID. Mails stay unread.
Limit: login by password or app password; OAuth is not done. A sender's address is what the mail claims. Of a mail
the first 256 KiB are read. One that the server cannot give becomes a dead letter as soon as it gives another of the
folder; until then it may be the server that is ill. What answers by other means than the folders that are read (a
desk, say) is not seen.
"""

from collections.abc import Iterator
from email.utils import parseaddr
from hashlib import blake2b

import msgspec

from connectors import letters
from connectors.base import Connector, Credential, Page, Pages, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.mailbox import ImapMailbox, Login, Mailbox
from connectors.normalize import make_event
from connectors.reading import read
from schemas.errors import ConfigError, Malformed, Unavailable

AT_ONCE = 50


class Place(msgspec.Struct):
    """How far a folder was read."""

    validity: str
    uid: int


def pages_by(login: Login) -> Pages:
    """Pages of mailboxes that are opened so."""

    def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
        places = read(cursor, dict[str, Place]) if cursor else {}
        user = source.option("user") or source.account
        with login(_host(source), int(source.option("port", "993")), user, source.secret("IMAP_PASSWORD")) as mailbox:
            ill: list[Unavailable] = []
            for folder in _folders(source, mailbox):
                try:
                    yield from _new_in(folder, mailbox, places, source)
                except Unavailable as error:  # the folders behind it have mails too
                    ill.append(error)
            if ill:
                raise ill[0]

    return pages


def _new_in(folder: str, mailbox: Mailbox, places: dict[str, Place], source: Source) -> Iterator[Page]:
    validity = mailbox.select(folder)
    place = places.get(folder)
    if place is None or place.validity != validity:
        place = Place(validity=validity, uid=0)
    uids = mailbox.uids(after=place.uid, since=None if place.uid else source.since)
    for start in range(0, len(uids), AT_ONCE):
        part = uids[start : start + AT_ONCE]
        mails = mailbox.fetch(part)
        items = [{"folder": folder, "uid": uid} if mail is None else mail for uid, mail in mails.items()]
        places[folder] = Place(validity=validity, uid=part[-1])
        yield Page(items=items, cursor=msgspec.json.encode(places).decode())


def _host(source: Source) -> str:
    host = source.option("host")
    if not host:
        raise ConfigError(
            "there is no `host` among the options", where=f"source {source.name}", fix='host = "imap.example.com"'
        )
    return host


def _folders(source: Source, mailbox: Mailbox) -> list[str]:
    """Those of the settings; else the inbox and what the server marks as sent."""
    given = source.options.get("folders")
    if isinstance(given, list) and given:
        return [str(one) for one in given]
    return ["INBOX", *(name for name, marks in mailbox.folders() if "\\Sent" in marks)]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One mail. A report that a mail did not arrive is nothing that anybody wrote."""
    if not isinstance(raw, bytes | str):
        raise Malformed("the server could not give this mail")
    octets = raw.encode("utf-8", "replace") if isinstance(raw, str) else raw
    mail = letters.mail_of(octets)
    if letters.is_bounce(mail):
        return
    name, address = parseaddr(letters.header(mail, "from"))
    address = address.casefold()
    if "@" not in address:
        raise Malformed("the mail does not say who wrote it")
    own, references, answered = (letters.ids_in(mail, one) for one in ("message-id", "references", "in-reply-to"))
    above = references or answered
    yield make_event(
        source,
        id=own[0] if own else f"unnamed-{blake2b(octets, digest_size=16).hexdigest()}",
        conversation=references[0] if references else None,  # else the frame may know the mail that is answered
        parent=(answered or above)[-1] if above else None,
        author_id=address,
        handle=address,
        name=name,
        is_bot=letters.is_automatic(mail),
        is_team=_is_own(address, source),
        text=letters.text_of(mail),
        created_at=letters.sent_at(mail),
        kind="message",
        visibility="private",
        language=letters.header(mail, "content-language") or None,
    )


def _is_own(address: str, source: Source) -> bool:
    domains = source.options.get("domains")
    listed = [str(one).casefold() for one in domains] if isinstance(domains, list) else []
    return address == source.account.casefold() or address.rpartition("@")[2] in listed


CONNECTOR = Connector(
    name="imap",
    title="E-mail (IMAP)",
    reads="mails to an address, and the answers in its folder of sent mails; absence notices as automation",
    parse=parse,
    poll=Poll(pages=pages_by(ImapMailbox), interval_s=60.0),
    account="the address that customers write to; what is sent from it is the brand's",
    credentials=(Credential(name="IMAP_PASSWORD", why="the password, or the app password, of the mailbox"),),
    options={
        "host": "the IMAP server, by TLS",
        "port": "993 by default",
        "user": "whom to log in as, when it is not the account",
        "folders": 'the folders to read, as the server names them; by default "INBOX" and the one marked as sent',
        "domains": 'all of whose addresses are the brand\'s: domains = ["acme.com"]',
    },
    closed="login by OAuth is not done; providers that take nothing else need a mailbox that mails are forwarded to",
    terms=Terms(note="the mails are your own; the law on personal data holds", source=""),
)
