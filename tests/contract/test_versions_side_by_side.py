"""Two versions of the program beside each other: each reads what the other writes. Every topic × recorded messages.

An older reader is one for which a newer writer's record has fields it does not know; a newer reader is one for which
an older writer's record lacks fields. What a list of choices may hold is not widened like this: see deploy/UPGRADE.md.
"""

import json
import types
import typing
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.enriched import Enriched
from schemas.errors import DecodeError
from schemas.topics import ENRICHED, TOPICS
from streams.agents.sink import ROUTES
from tests.support.agents import make_message
from tests.support.builders import make_enriched, make_event

PATHS = sorted(Path(str(files("schemas") / "examples")).glob("*/*/*.json"))
CARRIES = {topic.name: topic.carries for topic in TOPICS}


def kind_of(path: Path) -> type[msgspec.Struct]:
    return CARRIES[path.parts[-3]]


def named(path: Path) -> str:
    return "/".join(path.with_suffix("").parts[-3:])


def written(payload: bytes, kind: type[msgspec.Struct]) -> Any:
    """What a reader of this type has of these bytes, as it would write it."""
    return json.loads(codec.encode(codec.decode(payload, kind)))


def structs(value: Any, hint: Any) -> Iterator[tuple[dict[str, Any], type[msgspec.Struct]]]:
    """Every object of a message that is a struct of ours, with its type; a payload that is kept as it came is none."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        yield from structs(value, inner[0])
    elif origin in (typing.Union, types.UnionType):
        for one in inner:
            yield from structs(value, one)
    elif origin in (tuple, list) and isinstance(value, list):
        for item in value:
            yield from structs(item, inner[0])
    elif isinstance(hint, type) and issubclass(hint, msgspec.Struct) and isinstance(value, dict):
        yield value, hint
        for name, of in typing.get_type_hints(hint, include_extras=True).items():
            if name in value:
                yield from structs(value[name], of)


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_an_older_reader_reads_a_record_with_new_fields_at_every_place(path: Path):
    recorded = json.loads(path.read_bytes())
    expected = written(path.read_bytes(), kind_of(path))

    for place, _ in list(structs(recorded, kind_of(path))):
        place["added_later"] = {"with": ["anything", 7, None]}

    assert written(json.dumps(recorded).encode(), kind_of(path)) == expected


@pytest.mark.parametrize("path", PATHS, ids=named)
def test_a_newer_reader_reads_a_record_without_any_field_that_may_be_left_out(path: Path):
    recorded = json.loads(path.read_bytes())

    for place, kind in list(structs(recorded, kind_of(path))):
        for field in msgspec.structs.fields(kind):
            if not field.required:
                place.pop(field.encode_name, None)
    once = written(json.dumps(recorded).encode(), kind_of(path))

    assert written(json.dumps(once).encode(), kind_of(path)) == once


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_no_field_became_required_since_the_first_version_of_a_topic(topic: Any):
    required = {field.encode_name for field in msgspec.structs.fields(topic.carries) if field.required}
    first = [path for path in PATHS if path.parts[-3:-1] == (topic.name, "1.0")]

    assert first
    assert all(required <= set(json.loads(path.read_bytes())) for path in first)


def test_what_an_older_sink_stores_of_a_newer_record_are_the_rows_of_the_record_it_knows():
    (route,) = [route for route in ROUTES if route.topic is ENRICHED]
    known = codec.encode(make_enriched(make_event("1")))
    newer = json.dumps({**json.loads(known), "mood": "stormy"}).encode()
    old, new = make_message(known, topic=ENRICHED.name), make_message(newer, topic=ENRICHED.name)

    rows = [route.place(codec.decode(one.value, Enriched), one) for one in (old, new)]

    assert rows[0] == rows[1]


def test_an_older_enrich_hands_an_event_on_without_the_fields_that_it_does_not_know():
    event = json.loads(codec.encode(make_enriched(make_event("1"))))
    event["event"]["mood"] = "stormy"

    handed_on = json.loads(codec.encode(codec.decode(json.dumps(event).encode(), Enriched)))

    assert "mood" not in handed_on["event"]  # why UPGRADE.md has enrich before the connectors


def test_a_choice_that_an_older_reader_does_not_know_is_a_dead_letter_and_readable_once_it_is_newer():
    recorded = json.loads(codec.encode(make_enriched(make_event("1"))))
    recorded["event"]["kind"] = "hologram"

    with pytest.raises(DecodeError):
        codec.decode(json.dumps(recorded).encode(), Enriched)
    assert "payload" in DeadLetter.__struct_fields__  # it is kept whole, for `vigie dead-letters retry`
