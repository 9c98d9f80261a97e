"""Where a row of the twcs CSV ends, and what it says."""

from datetime import UTC, datetime

import pytest

from connectors.files.limits import from_ms
from connectors.files.lines import Line
from connectors.files.twcs_rows import Record, mentions, parse_row, records
from schemas.errors import Malformed
from tests.support.twcs import DATE, twcs_row


def split(text: bytes) -> list[Record]:
    lines, offset = [], 0
    for number, payload in enumerate(text.splitlines(keepends=True), start=1):
        lines.append(Line(number, offset, len(payload), payload))
        offset += len(payload)
    return list(records(lines))


def test_row_says_who_wrote_what_when_and_to_whom():
    payload = b'12,900001,True,Tue Oct 31 22:04:47 +0000 2017,"@helpco so, ""fine""?","11,13",15\r\n'

    row = parse_row(payload)

    assert (row.tweet_id, row.author, row.inbound) == (12, "900001", True)
    assert from_ms(row.created_ms) == datetime(2017, 10, 31, 22, 4, 47, tzinfo=UTC)
    assert (row.text, row.responses, row.parent) == ('@helpco so, "fine"?', [11, 13], 15)


def test_zone_of_the_date_is_applied():
    row = parse_row(twcs_row(at="Wed Nov 01 00:10:47 +0200 2017").encode())

    assert from_ms(row.created_ms) == datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)


def test_ids_that_a_spreadsheet_turned_into_decimals_are_read():
    row = parse_row(f"12,a,False,{DATE},hi,13.0,11.0".encode())

    assert (row.responses, row.parent) == ([13], 11)


def test_quote_inside_a_bare_cell_is_part_of_the_text():
    row = parse_row(f'12,a,False,{DATE},a 5" screen,,'.encode())

    assert row.text == 'a 5" screen'


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        pytest.param(f"1,a,True,{DATE},hi,".encode(), "the row has 6 columns, 7 are needed", id="a column is missing"),
        pytest.param(f"1,a,True,{DATE},hi,,,".encode(), "the row has 8 columns, 7 are needed", id="a column too many"),
        pytest.param(b"only words", "the row has 1 columns, 7 are needed", id="no commas"),
        pytest.param(f'1,a,True,{DATE},"hi,,'.encode(), "a quote is not closed", id="quote never closes"),
        pytest.param(f'1,a,True,{DATE},"hi" you,,'.encode(), "a quote is not closed", id="quote closes too early"),
        pytest.param(f"1,a,True,{DATE},h\xe9,,".encode("latin-1"), "not UTF-8", id="latin-1"),
        pytest.param(f"1,a,True,{DATE},h\0i,,".encode(), "NUL bytes", id="NUL"),
        pytest.param(f",a,True,{DATE},hi,,".encode(), "tweet_id is empty", id="no id"),
        pytest.param(f"1e5,a,True,{DATE},hi,,".encode(), "tweet_id is not a whole number", id="id in scientific form"),
        pytest.param(f"-1,a,True,{DATE},hi,,".encode(), "tweet_id is not a whole number", id="negative id"),
        pytest.param(f"٣,a,True,{DATE},hi,,".encode(), "tweet_id is not a whole number", id="arabic digits"),
        pytest.param(f"{2**63},a,True,{DATE},hi,,".encode(), "tweet_id is larger than 64 bits", id="id too large"),
        pytest.param(f"1,a,True,{DATE},hi,x,".encode(), "response_tweet_id is not a whole number", id="bad response"),
        pytest.param(f"1,a,True,{DATE},hi,,x".encode(), "in_response_to_tweet_id is not", id="bad parent"),
        pytest.param(f"1,,True,{DATE},hi,,".encode(), "author_id is empty", id="no author"),
        pytest.param(f"1,{'a' * 513},True,{DATE},hi,,".encode(), "author_id is too long", id="long author"),
        pytest.param(f"1,a,maybe,{DATE},hi,,".encode(), "inbound is neither", id="side unknown"),
        pytest.param(b"1,a,True,2017-10-31,hi,,", "created_at is not a date such as", id="another way to write dates"),
        pytest.param(b"1,a,True,Tue Oct 31 22:10:47 2017,hi,,", "created_at is not a date such as", id="no zone"),
        pytest.param(b"1,a,True,Tue Feb 30 22:10:47 +0000 2017,hi,,", "a day that no calendar has", id="30 February"),
        pytest.param(b"1,a,True,Tue Okt 31 22:10:47 +0000 2017,hi,,", "a day that no calendar has", id="german month"),
        pytest.param(b"1,a,True,Tue Oct 31 24:10:47 +0000 2017,hi,,", "created_at is not a date such as", id="24 h"),
    ],
)
def test_bad_row_is_refused_with_its_cause(payload, cause):
    with pytest.raises(Malformed, match=cause) as caught:
        parse_row(payload)

    assert "hi" not in str(caught.value).split()


def test_row_runs_over_lines_while_its_quote_is_open():
    text = f'1,a,True,{DATE},"one\ntwo, ""three""\n\nfour",,\n'.encode()

    found = split(text + twcs_row(2).encode())

    assert [(record.line, record.payload) for record in found] == [(1, text), (5, twcs_row(2).encode())]


def test_unclosed_quote_does_not_swallow_the_rows_after_it():
    broken = f'1,a,True,{DATE},"never closed,,\nand a second line\n'.encode()
    good = (twcs_row(2) + "\n" + twcs_row(3, text="with, comma") + "\n").encode()

    found = split(broken + good)

    assert [record.payload for record in found] == [broken, *good.splitlines(keepends=True)]
    assert b"".join(record.payload for record in found) == broken + good


def test_two_unclosed_quotes_in_a_row_are_two_bad_rows():
    broken = [f'{n},a,True,{DATE},"never closed,,\n'.encode() for n in (1, 2)]
    good = twcs_row(3).encode()

    assert [record.payload for record in split(b"".join(broken) + good)] == [*broken, good]


def test_lone_quote_in_a_bare_cell_keeps_its_row_good():
    lone = f'1,a,True,{DATE},a 5" screen,,\n'.encode()

    found = split(lone + twcs_row(2).encode())

    assert [parse_row(record.payload).tweet_id for record in found] == [1, 2]


def test_unclosed_quote_on_the_last_row_ends_with_the_file():
    broken = f'1,a,True,{DATE},"never closed,,\nmore\n'.encode()

    assert [record.payload for record in split(broken)] == [broken]


def test_mentions_are_in_order():
    assert mentions("@HelpCo and @900001, not mail@") == ["HelpCo", "900001"]
