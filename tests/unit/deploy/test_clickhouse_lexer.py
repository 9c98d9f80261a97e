"""Where a statement ends and its data starts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.embedded.clickhouse.lexer import first_word, has_word, insert_head, names, output_format


@pytest.mark.parametrize(
    ("text", "statement", "input_format", "data"),
    [
        pytest.param(
            b"INSERT INTO `a b`.`t` (`x`, `y`) FORMAT Native\n\x02\n\x01",
            b"INSERT INTO `a b`.`t` (`x`, `y`)",
            "Native",
            b"\x02\n\x01",
            id="as clickhouse-connect sends it",
        ),
        pytest.param(b"INSERT INTO t FORMAT CSV 1,2", b"INSERT INTO t", "CSV", b"1,2", id="data on the same line"),
        pytest.param(
            b"INSERT INTO t FORMAT CSV \r\n\n1", b"INSERT INTO t", "CSV", b"\n1", id="only one line end is skipped"
        ),
        pytest.param(
            b"insert into t values (1),(2)", b"insert into t", "Values", b" (1),(2)", id="values in lower case"
        ),
        pytest.param(
            b"INSERT INTO values VALUES (1)", b"INSERT INTO values", "Values", b" (1)", id="a table called values"
        ),
        pytest.param(
            b"INSERT INTO a.format FORMAT TSV\n1", b"INSERT INTO a.format", "TSV", b"1", id="a table called format"
        ),
        pytest.param(b"INSERT INTO TABLE t FORMAT TSV\n1", b"INSERT INTO TABLE t", "TSV", b"1", id="the word TABLE"),
        pytest.param(
            b"INSERT INTO FUNCTION null('x String') FORMAT TSV\n1",
            b"INSERT INTO FUNCTION null('x String')",
            "TSV",
            b"1",
            id="a table function",
        ),
        pytest.param(
            b"INSERT INTO t SETTINGS a = 'FORMAT x', b = 1 FORMAT JSONEachRow {}",
            b"INSERT INTO t SETTINGS a = 'FORMAT x', b = 1",
            "JSONEachRow",
            b"{}",
            id="settings before the format",
        ),
        pytest.param(
            b"/* FORMAT CSV */ INSERT -- VALUES\n INTO t (`FORMAT`) FORMAT TSV\nx",
            b"/* FORMAT CSV */ INSERT -- VALUES\n INTO t (`FORMAT`)",
            "TSV",
            b"x",
            id="comments and names",
        ),
        pytest.param(
            b"INSERT INTO {t:Identifier} FORMAT TSV\n1", b"INSERT INTO {t:Identifier}", "TSV", b"1", id="a parameter"
        ),
        pytest.param(b"INSERT INTO t FORMAT TSV", b"INSERT INTO t", "TSV", b"", id="no data"),
    ],
)
def test_insert_is_split_from_its_data(text: bytes, statement: bytes, input_format: str, data: bytes) -> None:
    head = insert_head(text)

    assert head is not None
    assert (head.statement, head.format, text[head.data_at :]) == (statement, input_format, data)


@pytest.mark.parametrize(
    "text",
    [
        b"SELECT 1",
        b"INSERT INTO t SELECT * FROM u FORMAT CSV",
        b"INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"INSERT INTO t; DROP TABLE u FORMAT CSV",
        b"INSERT INTO t",
        b"INSERT INTO t FORMAT",
        b"",
    ],
)
def test_other_statements_have_no_data(text: bytes) -> None:
    assert insert_head(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"SELECT 1 FORMAT JSON", "JSON"),
        (b"SELECT 1 format `CSV` SETTINGS max_threads = 1;", "CSV"),
        (b"SELECT 'FORMAT JSON' -- FORMAT CSV", None),
        (b"SELECT * FROM (SELECT 1 FORMAT JSON)", None),
        (b"SELECT formatReadableSize(1)", None),
        (b"SELECT $$ FORMAT JSON $$", None),
    ],
)
def test_output_format_is_the_one_outside_of_brackets_and_quotes(text: bytes, expected: str | None) -> None:
    assert output_format(text) == expected


def test_first_word_skips_comments_and_brackets() -> None:
    assert first_word(b"/* a */ -- b\n ((select 1))") == b"SELECT"


def test_words_in_strings_are_not_words() -> None:
    assert not has_word(b"SELECT 'TOTALS', `TOTALS`", b"TOTALS")
    assert has_word(b"SELECT 1 WITH totals", b"TOTALS")


def test_names_are_bare_or_quoted_but_never_strings() -> None:
    assert names(b"SELECT a, `b c`, 'file' FROM \"/etc\"") == {b"SELECT", b"a", b"b c", b"FROM", b"/etc"}


@given(st.binary(max_size=200))
def test_any_bytes_are_split_without_failing(text: bytes) -> None:
    head = insert_head(b"INSERT INTO t FORMAT Native\n" + text)

    assert head is not None
    assert (head.statement, head.data_at) == (b"INSERT INTO t", 28)
    output_format(text)
    names(text)
