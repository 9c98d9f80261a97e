import pytest

from connectors.exports import csv_rows
from schemas.errors import Malformed

ROW = {"post_id": "1", "author": "Pilar", "created_at": "2026-11-03T08:14:05Z", "text": "a, b"}


@pytest.mark.parametrize(
    "body",
    [
        'post_id,author,created_at,text\n1,Pilar,2026-11-03T08:14:05Z,"a, b"\n',
        "\ufeffpost_id;author;created_at;text\r\n1;Pilar;2026-11-03T08:14:05Z;a, b\r\n",
    ],
    ids=["commas", "semicolons of an office program"],
)
def test_rows_are_read_by_the_names_of_their_columns(body: str):
    assert csv_rows(body.encode()) == [ROW]


@pytest.mark.parametrize("body", [b"", b"post_id,author\n1,a\n", b"\xff\xfe", b"<html>"])
def test_what_is_no_such_export_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        csv_rows(body)
