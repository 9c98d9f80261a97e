"""What parsers share: instants in every form, HTML, events from native ids."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from connectors.base import Source
from connectors.normalize import make_event
from connectors.reading import instant, mail_instant, plain_text, read, unix_instant
from connectors.xml import read_xml, texts
from schemas.errors import Malformed
from schemas.event import Reach

AT = datetime(2026, 11, 3, 8, 14, 5, tzinfo=UTC)
SOURCE = Source(network="forum", name="forum", since=AT)


class Item(msgspec.Struct):
    id: str
    count: int = 0


@pytest.mark.parametrize("raw", [b'{"id":"a"}', '{"id":"a"}', {"id": "a", "more": [1]}])
def test_an_item_is_read_from_bytes_text_and_values(raw: Any):
    assert read(raw, Item) == Item(id="a")


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        pytest.param(rb'{"id":"cut \ud83d"}', "cut \ufffd", id="the first half"),
        pytest.param(rb'{"id":"\uDE00 cut"}', "\ufffd cut", id="the second half"),
        pytest.param(rb'{"id":"\ud83d\ud83d\ude00"}', "\ufffd\U0001f600", id="half before a pair"),
        pytest.param(rb'{"id":"\\ud83d \ud83d"}', "\\ud83d \ufffd", id="an escaped backslash is no escape"),
        pytest.param(b'{"id":"caf\xe9"}', "caf\ufffd", id="Latin-1"),
        pytest.param(r'{"id":"cut \ud83d"}', "cut \ufffd", id="as text"),
    ],
)
def test_a_cut_emoji_costs_itself_alone(raw: Any, id: str):
    assert read(raw, Item) == Item(id=id)


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", "[", {"id": 1}, {}, None, [], {"id": "a", "count": "words"}, "[" * 50_000]
)
def test_what_is_of_another_shape_is_malformed_and_not_repeated(raw: Any):
    with pytest.raises(Malformed) as caught:
        read(raw, Item)

    assert "words" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-03T08:14:05Z", AT),
        ("2026-11-03T09:14:05+01:00", AT),
        ("2026-11-03T08:14:05.329123Z", AT + timedelta(milliseconds=329)),
        ("20261103T081405Z", AT),
    ],
)
def test_iso_instants(text: str, expected: datetime):
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-11-03T08:14:05", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_an_instant_without_zone_is_never_guessed(text: str):
    with pytest.raises(Malformed):
        instant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Tue, 03 Nov 2026 08:14:05 GMT", AT), ("Tue, 3 Nov 2026 09:14:05 +0100", AT), ("3 Nov 2026 08:14:05 Z", None)],
)
def test_mail_instants(text: str, expected: datetime | None):
    if expected is not None:
        assert mail_instant(text) == expected


@pytest.mark.parametrize("text", ["", "Tue", "Tue, 03 Nov 2026 08:14:05 -0000", "Tue, 99 Nov 2026 08:14:05 GMT"])
def test_a_mail_instant_without_zone_is_never_guessed(text: str):
    with pytest.raises(Malformed):
        mail_instant(text)


def test_instants_since_1970():
    assert unix_instant(1793693645) == AT
    assert unix_instant(1793693645.9) == AT + timedelta(milliseconds=900)
    assert unix_instant(1793693645123, per_second=1000) == AT + timedelta(milliseconds=123)
    assert unix_instant(1793693645123456, per_second=1_000_000) == AT + timedelta(milliseconds=123)
    for value in (-1, 10**15, float("inf"), float("nan"), 1e308):
        with pytest.raises(Malformed):
            unix_instant(value)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<style>p{}</style><script>alert(1)</script>x", "x"),
        ('<a href="https://a.example/?q=1">@<span>lumora</span></a> hi', "@lumora hi"),
        ("a\u00a0b   c", "a\u00a0b   c"),
        ("<b>a\u00a0b   c</b>", "a b c"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("<<<>>>&&&#x110000;", None),
    ],
)
def test_html_is_read_as_a_person_reads_it(html: str, text: str | None):
    found = plain_text(html)

    assert text is None or found == text


def test_hostile_html_takes_no_time():
    begun = time.process_time()

    plain_text("<" * 60_000)
    plain_text("<a " * 20_000)
    plain_text("<!--" * 15_000)
    plain_text("&" * 60_000)
    plain_text("<script>" * 8_000)
    plain_text(" \n" * 30_000 + "<p>")

    assert time.process_time() - begun < 2


def test_an_event_gets_the_network_before_its_ids():
    event = make_event(SOURCE, id="2", author_id="u", created_at=AT, conversation="1", parent="1")

    assert (event.event_id, event.conversation_id, event.parent_id) == ("forum:2", "forum:1", "forum:1")


def test_a_reply_of_which_only_the_parent_is_known_has_no_conversation_yet():
    assert make_event(SOURCE, id="2", author_id="u", created_at=AT, parent="1").conversation_id == ""
    assert make_event(SOURCE, id="2", author_id="u", created_at=AT).conversation_id == "forum:2"


def test_what_is_odd_is_made_right_or_left_out():
    event = make_event(
        SOURCE,
        id="2",
        author_id="u",
        created_at=AT.astimezone(timezone(timedelta(hours=5))),
        text="nul\0",
        handle="h" * 1000,
        followers=-3,
        language="pt-BR",
        permalink="javascript:alert(1)",
        reach=Reach(likes=-1, shares=2**70, views=3),
    )

    assert (event.text, len(event.author.handle), event.author.followers) == ("nul", 512, 0)
    assert (event.language, event.permalink, event.created_at) == ("pt", None, AT)
    assert event.reach == Reach(likes=0, shares=2**53, views=3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="no-such-code"?><xml/>',
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "http://a.example/">]><xml>&a;</xml>',
    ],
)
def test_xml_that_is_none_or_not_to_be_trusted_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        read_xml(body)


def test_xml_is_read():
    assert texts(read_xml("<xml><a><![CDATA[盖子裂了]]></a><b/></xml>")) == {"a": "盖子裂了", "b": ""}
