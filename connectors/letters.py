"""A mail as a person reads it: its own words without what it quotes, when it was sent, and by whom. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser

from connectors.reading import mail_instant, plain_text
from schemas.errors import Malformed

_ID = re.compile(r"<([^<>\s]{1,480})>")
_SUBJECT_OF_ANSWER = re.compile(r"(?i)^(?:re|aw|sv|fwd?|tr|rv)\s*(?:\[\d+\])?\s*:")
_QUOTE_BEGINS = re.compile(
    r"(?im)^[ \t]*(?:"
    r"(?:on|le|am|el|il)\b[^\n]{4,200}(?:\n[^\n]{0,100})?\b(?:wrote|a écrit|schrieb[^\n]{0,80}|escribió|ha scritto)\s?:"
    r"|-{2,}[ ]*(?:original message|message d'origine|message original|ursprüngliche nachricht|mensaje original)\b"
    r"|(?:from|de|von)[ ]?:[^\n]*\n[ \t]*(?:sent|date|envoyé|gesendet|enviado)[^\n:]{0,10}:"
    r"|-- ?$"
    r")"
)
_QUOTED_LINE = re.compile(r"(?m)^[ \t]*>.*(?:\n|\Z)")
_FAULTS = (LookupError, ValueError, TypeError, AttributeError, MessageError, HeaderParseError)


def mail_of(raw: bytes) -> Message:
    """The mail of these bytes, as far as it can be read; a mail that was cut is read to the cut.

    Raises:
        Malformed: it is no mail.
    """
    try:
        mail = BytesParser(policy=policy.compat32).parsebytes(raw)
    except _FAULTS:
        raise Malformed("this is no mail") from None
    if not mail.keys():
        raise Malformed("this is no mail: it has no header")
    return mail


def header(mail: Message, name: str) -> str:
    """A header as text, unfolded and decoded; empty when there is none."""
    try:
        value = str(mail.get(name) or "")
        text = str(make_header(decode_header(value)))
    except _FAULTS:
        return ""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def ids_in(mail: Message, name: str) -> list[str]:
    """The ids of mails that a header names, without their brackets."""
    return _ID.findall(header(mail, name))


def sent_at(mail: Message) -> datetime:
    """The instant that the sender claims, never later than when the last server took the mail.

    Raises:
        Malformed: neither says an instant with a zone.
    """
    instants = []
    for text in (header(mail, "date"), header(mail, "received").rpartition(";")[2]):
        try:
            instants.append(mail_instant(text.strip().replace("-0000", "+0000")))
        except Malformed:
            continue
    if not instants:
        raise Malformed("the mail says neither when it was sent nor when it was taken")
    return min(instants)


def is_answer(mail: Message) -> bool:
    """Whether it answers another mail."""
    return bool(ids_in(mail, "in-reply-to") or ids_in(mail, "references"))


def is_automatic(mail: Message) -> bool:
    """Whether a program wrote it (RFC 3834), such as an absence notice or a receipt."""
    submitted = header(mail, "auto-submitted").casefold()
    precedence = header(mail, "precedence").casefold()
    return (
        (submitted != "" and not submitted.startswith("no"))
        or precedence in ("bulk", "junk", "auto_reply")
        or bool(header(mail, "x-autoreply") or header(mail, "x-autorespond"))
    )


def is_bounce(mail: Message) -> bool:
    """Whether a server reports that a mail did not arrive: nobody wrote that."""
    return mail.get_content_type() == "multipart/report"


def text_of(mail: Message) -> str:
    """The subject where a mail begins something, and its own words."""
    subject = header(mail, "subject")
    begins = not is_answer(mail) and not _SUBJECT_OF_ANSWER.match(subject)
    return "\n".join(part for part in (subject if begins else "", own_words(_body(mail))) if part)


def own_words(body: str) -> str:
    """What was written, without what is quoted below it and without the signature.

    Where nothing else would be left, all of it: some people write below, or between, what they quote.
    """
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    found = _QUOTE_BEGINS.search(body)
    above = _QUOTED_LINE.sub("", body[: found.start()] if found else body).strip()
    return above or _QUOTED_LINE.sub("", _QUOTE_BEGINS.sub("", body)).strip()


def _body(mail: Message) -> str:
    """The first plain text that is no attachment, else the first HTML."""
    html = ""
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind == "text/plain":
            text = _decoded(part)
            if text.strip():
                return text
        elif kind == "text/html" and not html:
            html = plain_text(_decoded(part))
    return html


def _parts(mail: Message) -> Iterator[Message]:
    for part in mail.walk():
        try:
            is_attached = part.get_content_disposition() == "attachment"
        except _FAULTS:
            is_attached = False
        if not is_attached and not part.is_multipart():
            yield part


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
    except _FAULTS:
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(charset, "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
