"""Bytes to structs and back."""

import json

import msgspec
import pytest

from schemas import codec
from schemas.enriched import Enriched
from schemas.errors import DecodeError
from schemas.event import Event
from schemas.topics import TOPICS, Topic
from tests.support.builders import make_author, make_dead_letter, make_enriched, make_event

MINIMAL = {
    "event_id": "x:1",
    "network": "x",
    "conversation_id": "x:1",
    "author": {"id": "u1", "role": "customer"},
    "created_at": "2026-03-02T09:00:00Z",
    "received_at": "2026-03-02T09:00:02Z",
}


def event_with(**fields: object) -> bytes:
    return json.dumps({**MINIMAL, **fields}).encode()


def refused(payload: bytes) -> str:
    with pytest.raises(DecodeError) as error:
        codec.decode(payload, Event, where="signal.events.v1[3]@41")
    return str(error.value)


def test_unknown_fields_are_ignored_since_a_producer_may_be_newer():
    newer = event_with(mood="stormy", author={"id": "u1", "role": "customer", "karma": 7})

    assert codec.decode(newer, Event) == codec.decode(event_with(), Event)


def test_absent_fields_take_their_defaults():
    event = codec.decode(event_with(), Event)

    assert (event.brand, event.text, event.kind, event.visibility) == ("", "", "post", "public")
    assert (event.parent_id, event.rating, event.deleted, event.raw) == (None, None, False, msgspec.UNSET)


def test_defaults_are_not_written():
    written = json.loads(codec.encode(codec.decode(event_with(), Event)))

    assert written == MINIMAL


def test_a_message_is_one_line_of_utf8():
    encoded = codec.encode(make_event(text="Où est\nmon colis ? 📦"))

    assert b"\n" not in encoded
    assert "📦".encode() in encoded


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        pytest.param(event_with(text=7), "Expected `str`, got `int` - at `$.text`", id="a wrong type"),
        pytest.param(
            event_with(author={"id": 7, "role": "customer"}),
            "Expected `str`, got `int` - at `$.author.id`",
            id="inside",
        ),
        pytest.param(
            b'{"event_id": "x:1"}', "Object missing required field `network`", id="a field that must be there"
        ),
        pytest.param(event_with(event_id=""), "at `$.event_id`", id="an empty id"),
        pytest.param(event_with(event_id="x" * 513), "at `$.event_id`", id="a very long id"),
        pytest.param(event_with(network="No Network!"), "at `$.network`", id="a name with blanks"),
        pytest.param(event_with(network="x\n"), "at `$.network`", id="a name with a line break"),
        pytest.param(event_with(created_at="2026-03-02T09:00:00"), "at `$.created_at`", id="an instant without a zone"),
        pytest.param(event_with(created_at="yesterday"), "at `$.created_at`", id="no instant"),
        pytest.param(b"", "truncated", id="nothing"),
        pytest.param(b"\xff\xfe", "JSON is malformed", id="no text"),
        pytest.param(b"[]", "Expected `object`, got `array`", id="a list"),
        pytest.param(b'{"text": "\\ud800"}', "", id="half a character"),
    ],
)
def test_what_is_no_event_is_refused_with_the_path(payload: bytes, says: str):
    message = refused(payload)

    where, what, path = message.split(": ", 2)
    assert where == "signal.events.v1[3]@41"
    assert what.endswith("Event")
    assert says in path


def test_what_a_customer_wrote_never_stands_in_an_error():
    secret = "My number is 0612345678"

    messages = [
        refused(event_with(**{field: value}))
        for field in ("text", "brand", "parent_id", "permalink", "language", "event_id", "conversation_id", "rating")
        for value in ([secret], {"x": secret})
    ]

    assert all(secret not in message and "0612" not in message for message in messages)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(event_with(kind="My number is 0612345678"), id="as a kind"),
        pytest.param(event_with(author={"id": "u1", "role": "My number is - at `$.0612345678"}), id="as a role"),
    ],
)
def test_what_stands_where_a_choice_should_never_stands_in_an_error(payload: bytes):
    message = refused(payload)

    assert "number" not in message
    assert "$." in message


def test_a_traceback_of_unreadable_bytes_shows_no_cause_that_may_quote_them():
    with pytest.raises(DecodeError) as error:
        codec.decode(event_with(kind="My number is 0612345678"), Event)

    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


def test_a_lone_surrogate_becomes_the_replacement_character():
    encoded = codec.encode(make_event(text="broken \ud83d emoji", author=make_author(name="\udc00")))

    event = codec.decode(encoded, Event)
    assert (event.text, event.author.name) == ("broken \ufffd emoji", "\ufffd")


def test_a_lone_surrogate_deep_inside_is_replaced_too():
    enriched = make_enriched(make_event(text="\ud800"), pii={"\ud800": 1}, failed_steps=("\ud800",))

    decoded = codec.decode(codec.encode(enriched), Enriched)

    assert (decoded.event.text, decoded.pii, decoded.failed_steps) == ("\ufffd", {"\ufffd": 1}, ("\ufffd",))


def test_a_lone_surrogate_beside_the_raw_payload_is_replaced_too():
    event = make_event(text="\ud800", raw=msgspec.Raw(b'{"a":[1,2]}'))

    decoded = codec.decode(codec.encode(event), Event)

    assert decoded.text == "\ufffd"
    assert decoded.raw == msgspec.Raw(b'{"a":[1,2]}')


def test_bytes_of_a_dead_letter_come_back_whole():
    letter = make_dead_letter(bytes(range(256)), key=b"\x00\xff")

    assert codec.decode(codec.encode(letter), type(letter)) == letter


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_has_a_json_schema(topic: Topic):
    document = codec.json_schema(topic.carries)

    defined = document["$defs"][topic.carries.__name__]
    required = {field.encode_name for field in msgspec.structs.fields(topic.carries) if field.required}
    assert set(defined["required"]) == required
    assert set(defined["properties"]) == {field.encode_name for field in msgspec.structs.fields(topic.carries)}
