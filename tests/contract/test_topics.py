"""Every topic × its recorded messages: what was published once is readable for ever."""

import base64
import json
import re
import typing
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.event import Event
from schemas.topics import DEAD_LETTERS, FORGOTTEN, RULES, TOPICS, Topic
from streams.agents.sink import ROUTES
from tests.support.agents import make_message

EXAMPLES = Path(str(files("schemas") / "examples"))
PATHS = sorted(EXAMPLES.glob("*/*/*.json"))
BY_NAME = {topic.name: topic for topic in TOPICS}
ROUTE = {route.topic.name: route for route in ROUTES}

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$")
PERSONAL = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}"),
    "a phone number": re.compile(r"(?<![\w:/-])\+?\d(?:[ ().-]?\d){8,}(?!\w)"),
    "a token": re.compile(
        r"(?i)\bbearer\s|xox[abpr]-|\bgh[pousr]_\w{16,}|\bAKIA[0-9A-Z]{12,}|\beyJ[\w-]{10,}\.|\bsk-\w{12,}|[0-9a-f]{40,}"
    ),
}


def named(path: Path) -> str:
    return "/".join(path.with_suffix("").parts[-3:])


def examples_of(topic: Topic) -> list[Path]:
    return [path for path in PATHS if path.parts[-3] == topic.name]


def read(path: Path) -> msgspec.Struct:
    return codec.decode(path.read_bytes(), BY_NAME[path.parts[-3]].carries, where=named(path))


def texts(value: object) -> Iterator[str]:
    """All words of a message, those of buried bytes too; instants are left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (
                [base64.b64decode(inner).decode("utf-8", "replace")] if key in ("payload", "key") else texts(inner)
            )
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str) and not INSTANT.match(value):
        yield value


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_recorded_message_is_still_readable(path: Path):
    message = read(path)

    assert codec.decode(codec.encode(message), type(message)) == message


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_recorded_message_is_written_again_without_losing_a_field(path: Path):
    recorded: dict[str, Any] = json.loads(path.read_bytes())
    fields = {field.encode_name for field in msgspec.structs.fields(BY_NAME[path.parts[-3]].carries)}

    written = json.loads(codec.encode(read(path)))

    assert set(written) == set(recorded) & fields


@pytest.mark.parametrize("path", [path for path in PATHS if path.parts[-3] in ROUTE], ids=named)
def test_a_recorded_message_becomes_rows_of_its_tables_and_the_same_rows_again(path: Path):
    route, message = ROUTE[path.parts[-3]], make_message(path.read_bytes(), topic=path.parts[-3])

    placed = route.place(read(path), message)

    assert placed
    assert all(len(row) == len(table.columns) for table, row in placed)
    assert route.place(read(path), message) == placed


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_recorded_message_is_invented(path: Path):
    found = [
        f"{kind}: {words}"
        for words in texts(json.loads(path.read_bytes()))
        for kind, pattern in PERSONAL.items()
        if pattern.search(words)
    ]

    assert found == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_has_at_least_two_recorded_messages(topic: Topic):
    assert len(examples_of(topic)) >= 2


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_field_of_a_topic_stands_in_a_recorded_message(topic: Topic):
    recorded: set[str] = set()
    for path in examples_of(topic):
        recorded |= set(paths_of(json.loads(path.read_bytes())))

    assert set(declared(topic.carries)) - recorded == set()


def paths_of(value: object, at: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{at}{key}"
            yield from paths_of(inner, f"{at}{key}.")
    elif isinstance(value, list):
        for inner in value:
            yield from paths_of(inner, at)


def declared(kind: type[msgspec.Struct], at: str = "") -> Iterator[str]:
    for name, hint in typing.get_type_hints(kind).items():
        yield f"{at}{name}"
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else hint
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and inner is not Event:
            yield from declared(inner, f"{at}{name}.")


def test_no_example_lies_in_a_folder_that_nobody_reads():
    strange = [
        path.relative_to(EXAMPLES).as_posix()
        for path in EXAMPLES.rglob("*")
        if (path.is_file() and path not in PATHS) or (path.is_dir() and not any(path.rglob("*.json")))
    ]

    assert strange == []


@pytest.mark.parametrize("folder", sorted(EXAMPLES.glob("*/*")), ids=lambda path: "/".join(path.parts[-2:]))
def test_a_folder_of_examples_is_a_topic_and_one_of_its_versions(folder: Path):
    assert folder.parent.name in BY_NAME
    assert re.fullmatch(r"\d+\.\d+", folder.name)
    assert folder.parent.name.endswith(f".v{folder.name.split('.')[0]}")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_is_keyed_by_a_field_that_its_messages_have(topic: Topic):
    hints = typing.get_type_hints(topic.carries)
    fields = set(hints) | set(typing.get_type_hints(hints["event"]) if "event" in hints else ())

    assert topic.key in fields


def test_topics_have_a_version_in_their_name_and_no_name_twice():
    names = [topic.name for topic in TOPICS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"signal\.[a-z]+\.v\d+", name) for name in names)


def test_whoever_produces_or_consumes_a_topic_is_a_part_of_the_pipeline():
    parts = {"connectors", "enrich", "responses", "watch", "sink", "notify", "deploy"}

    assert all(set(topic.producers) <= parts and set(topic.consumers) <= parts for topic in TOPICS)
    assert all(topic.producers and topic.consumers for topic in TOPICS)


@pytest.mark.parametrize(
    "topic", [topic for topic in TOPICS if topic not in (DEAD_LETTERS, RULES, FORGOTTEN)], ids=lambda topic: topic.name
)
def test_dead_letters_hold_the_largest_record_of_any_topic_and_longer(topic: Topic):
    as_base64 = topic.max_message_bytes * 4 / 3

    assert DEAD_LETTERS.max_message_bytes >= as_base64 + 65_536
    assert DEAD_LETTERS.retention_days >= topic.retention_days
