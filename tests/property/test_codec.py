"""What is encoded decodes to the same, for every message of every topic."""

import typing
from datetime import UTC, date, datetime
from types import NoneType

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import codec
from schemas.errors import DecodeError
from schemas.event import Event
from schemas.topics import TOPICS, Topic
from schemas.units import Duration
from tests.support.builders import make_event

instants = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLAIN: dict[object, st.SearchStrategy[object]] = {
    str: st.text(max_size=20),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    datetime: instants,
    date: st.dates(),
    NoneType: st.none(),
    msgspec.UnsetType: st.just(msgspec.UNSET),
    msgspec.Raw: st.sampled_from([b'{"a":[1,2]}', b"7", b'"x"', b"null"]).map(msgspec.Raw),
}


def values(hint: object) -> st.SearchStrategy[object]:
    """Values of a field of this type that its limits allow."""
    if hint in PLAIN:
        return PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return structs(hint)
    if isinstance(hint, type) and issubclass(hint, Duration):
        return st.floats(0.001, 10**6).map(hint)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return limited(args[0], args[1])
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    return st.one_of([values(arg) for arg in args])  # a union


def limited(base: object, meta: msgspec.Meta) -> st.SearchStrategy[object]:
    if meta.pattern is not None:
        return st.from_regex(meta.pattern.replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))
    if meta.min_length is not None:
        return st.text(min_size=meta.min_length, max_size=20)
    if meta.ge is not None:
        return st.integers(meta.ge, 10**6) if base is int else st.floats(meta.ge, meta.le)
    return values(base)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    hints = typing.get_type_hints(kind, include_extras=True)
    required = {field.name: values(hints[field.name]) for field in msgspec.structs.fields(kind) if field.required}
    optional = {name: values(hint) for name, hint in hints.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


MESSAGES = {topic.name: structs(topic.carries) for topic in TOPICS}


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_message_comes_back_as_it_was(topic: Topic, data: st.DataObject):
    message = data.draw(MESSAGES[topic.name])

    encoded = codec.encode(message)

    assert codec.decode(encoded, topic.carries) == message
    assert codec.encode(codec.decode(encoded, topic.carries)) == encoded


@settings(max_examples=100)
@given(st.lists(st.text(max_size=5) | st.sampled_from(["\ud800", "\udbff"]), max_size=8).map("".join))
def test_every_text_survives_apart_from_half_characters(text: str):
    decoded = codec.decode(codec.encode(make_event(text=text)), Event).text

    assert decoded == text.replace("\ud800", "\ufffd").replace("\udbff", "\ufffd")


@settings(max_examples=100)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_message_or_a_decode_error(payload: bytes):
    for topic in TOPICS:
        with pytest.raises(DecodeError):
            codec.decode(payload, topic.carries)


@settings(max_examples=60)
@given(st.integers(0, 1000), st.binary(min_size=1, max_size=3))
def test_a_damaged_message_is_read_or_refused_and_never_breaks_the_reader(position: int, damage: bytes):
    encoded = codec.encode(make_event())
    position %= len(encoded)

    damaged = encoded[:position] + damage + encoded[position + len(damage) :]

    try:
        decoded = codec.decode(damaged, Event)
    except DecodeError:
        return
    assert isinstance(decoded, Event)
