import pytest

from connectors.feeds import Entry, read_feed, written_at
from schemas.errors import Malformed

ITEM = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Blog</title><language>fr</language><item><title>Un avis</title><link>/1</link><guid isPermaLink="false">p1</guid>
<pubDate>Tue, 03 Nov 2026 08:14:05 +0100</pubDate><author>pilar@blog.example (Pilar Ost)</author>
<description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded></item></channel></rss>"""


def test_an_rss_item_is_read_with_its_full_text_and_without_the_address_of_its_author():
    (entry,) = read_feed(ITEM, "https://blog.example/feed").entries

    assert entry == Entry(
        id="p1",
        link="https://blog.example/1",
        title="Un avis",
        body="<p>long</p>",
        author="Pilar Ost",
        published="Tue, 03 Nov 2026 08:14:05 +0100",
        language="fr",
    )
    assert written_at(entry).isoformat() == "2026-11-03T07:14:05+00:00"


def test_a_feed_that_no_strict_parser_takes_is_read_all_the_same():
    broken = ITEM.replace(b"Un avis", b"Un avis & caf\xe9 <b>")

    assert [entry.id for entry in read_feed(broken, "https://blog.example/feed").entries] == ["p1"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("&#55357;&#56832;", "\N{GRINNING FACE}"),
        ("&#xD83D;&#xde00;&#128512;", "\N{GRINNING FACE}" * 2),
        ("&#56832; a &#55357;", "\N{REPLACEMENT CHARACTER} a \N{REPLACEMENT CHARACTER}"),
        ("&#55000;&#57400;", "\ud6d8\ue038"),
        ("&amp;#55357;&amp;#56832;", "&#128512;"),
    ],
    ids=["two numbers", "two hexadecimal numbers", "halves", "neighbours that are no halves", "in HTML"],
)
def test_an_emoji_that_is_written_as_two_numbers_costs_no_feed(written: str, title: str):
    (entry,) = read_feed(ITEM.replace(b"Un avis", written.encode()), "https://blog.example/feed").entries

    assert (entry.id, entry.title) == ("p1", title)


@pytest.mark.parametrize("body", [b"", b"/etc/hostname", b"https://blog.example/feed", b"<html>no</html>", b'{"a": 1}'])
def test_what_is_no_feed_is_malformed_and_is_never_taken_for_a_file_or_an_address(body: bytes):
    with pytest.raises(Malformed):
        read_feed(body, "https://blog.example/feed")


def test_entities_from_outside_are_not_expanded():
    evil = b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + ITEM.replace(b"short", b"&x;").replace(
        b"<content:encoded><![CDATA[<p>long</p>]]></content:encoded>", b""
    ).removeprefix(b'<?xml version="1.0"?>')

    (entry,) = read_feed(evil, "https://blog.example/feed").entries

    assert entry.body in ("", "&x;")


@pytest.mark.parametrize("text", ["", "2026-11-03T08:14:05", "Tue, 03 Nov 2026 08:14:05", "yesterday"])
def test_a_time_without_a_zone_is_never_guessed(text: str):
    with pytest.raises(Malformed):
        written_at(Entry(published=text))
