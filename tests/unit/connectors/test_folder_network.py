"""Reading a folder: files that come, change, stop in the middle, and are no tables."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.networks.folder import pages as folder_pages
from connectors.run import read_once
from schemas.errors import ConfigError
from tests.support.networks import Bench, bench, folders, only

FOLDER = next(folder for folder in folders() if folder.network == "folder")
NO_HTTP: Any = None
HEADER = "id,created_at,author_id,text"


def reading(drop: Path, **options: Any) -> Bench:
    one = bench(FOLDER, drop.parent / "memory.sqlite")
    source = replace(one.job.source, account=str(drop), name="folder", options=options)
    one.job = replace(one.job, source=source)
    return one


def read(one: Bench) -> list[tuple[str, str]]:
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [(event.event_id, event.text) for event in one.publisher.events]


def row(number: int, text: str = "") -> str:
    return f"{number},2026-11-03T08:14:05Z,u{number},{text or f'words {number}'}"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def test_what_is_dropped_is_read_once(drop: Path):
    two = row(2, '"two, and\nmore"')
    (drop / "b.csv").write_text(f"{HEADER}\n{row(1)}\n{two}\n")
    (drop / "notes.txt").write_text("nothing")
    (drop / ".c.csv").write_text(f"{HEADER}\n{row(9)}\n")
    assert read(reading(drop)) == [("folder:1", "words 1"), ("folder:2", "two, and\nmore")]

    (drop / "a.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{row(3)}\n".encode()))
    assert read(reading(drop)) == [("folder:3", "words 3")]
    assert read(reading(drop)) == []


def test_a_row_that_was_read_is_not_looked_at_again(drop: Path):
    (drop / "a.csv").write_text("\n".join([HEADER, *map(row, range(700))]))
    source = reading(drop).job.source
    first, second = folder_pages(NO_HTTP, source, None)

    assert len(first.items) + len(second.items) == 700
    assert [len(page.items) for page in folder_pages(NO_HTTP, source, first.cursor)] == [len(second.items)]
    assert list(folder_pages(NO_HTTP, source, second.cursor)) == []


def test_a_file_that_grows_gives_what_is_new_and_what_was_edited(drop: Path):
    file = drop / "a.csv"
    file.write_text(f"{HEADER}\n{row(1)}\n{row(2)}\n")
    read(reading(drop))

    file.write_text(f"{HEADER}\n{row(1)}\n{row(2, 'better words')}\n{row(3)}\n")
    again = reading(drop)
    assert read(again) == [("folder:2", "better words"), ("folder:3", "words 3")]
    assert [event.edited for event in again.publisher.events] == [True, False]


@pytest.mark.parametrize("pages", [0, 1, 2, 3])
def test_reading_resumes_wherever_it_stopped(pages: int, drop: Path):
    for name, start in (("a", 0), ("b", 700)):
        (drop / f"{name}.csv").write_text("\n".join([HEADER, *map(row, range(start, start + 700))]))

    first = read(reading(drop).with_pages(only(pages)))
    second = read(reading(drop))

    assert len(first) + len(second) == len(set(first) | set(second)) == 1400


def test_tables_of_spreadsheets_are_understood(drop: Path):
    (drop / "a.csv").write_bytes("\n".join([HEADER, row(1, "cassé")]).replace(",", ";").encode("cp1252"))
    (drop / "b.csv").write_bytes("\n".join([HEADER, row(2, "cassé")]).encode("utf-8-sig"))
    (drop / "c.tsv").write_bytes("\n".join([HEADER, row(3, "cassé")]).replace(",", "\t").encode())

    assert [text for _, text in read(reading(drop))] == ["cassé", "cassé", "cassé"]


def test_bad_rows_are_buried_and_the_rest_is_read(drop: Path):
    event = {
        "event_id": "vine:1",
        "network": "vine",
        "conversation_id": "vine:1",
        "author": {"id": "u", "role": "customer"},
        "created_at": "2016-11-03T08:14:05Z",
    }
    (drop / "a.jsonl").write_text(f'{{"broken\n\n{json.dumps(event)}\n')
    (drop / "b.csv").write_text(f"{HEADER}\nshort\n{row(1, 'x' * 200_000)}\n{row(2)}\n")
    one = reading(drop)

    assert {id for id, _ in read(one)} == {"vine:1", "folder:2"}
    assert len(one.publisher.letters) == 3


def test_the_public_set_of_tweets_is_known_by_its_header(drop: Path):
    columns = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id"
    tweets = [
        "1,pilar,True,Tue Oct 31 22:10:47 +0000 2017,@Lumora the lid is cracked,2,",
        "2,Lumora,False,Tue Oct 31 22:11:47 +0000 2017,@pilar Sorry!,,1",
    ]
    (drop / "twcs.csv").write_text("\n".join([columns, *tweets]) + "\n")
    one = reading(drop)
    read(one)

    assert [(event.author.role, event.conversation_id) for event in one.publisher.events] == [
        ("customer", one.publisher.events[0].event_id),
        ("brand", one.publisher.events[0].event_id),
    ]


def test_a_folder_that_is_not_there_is_said_to_be_so(drop: Path):
    with pytest.raises(ConfigError, match="folder"):
        read(reading(drop / "nowhere"))
    with pytest.raises(ConfigError, match="options"):
        read(reading(drop, kind="rumour"))
