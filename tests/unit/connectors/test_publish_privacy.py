"""What the producer takes out of an event before it is sent, and in which order."""

import pytest

from connectors.publish import Publisher
from schemas import codec
from schemas.event import Event
from schemas.forgotten import erased, mark_of
from schemas.privacy import pseudonym
from schemas.units import Secret
from tests.support.builders import make_author, make_event

KEY = Secret("a key of the test")


def test_who_was_forgotten_under_a_pseudonym_has_the_mark_that_is_stored(monkeypatch: pytest.MonkeyPatch):
    sent: list[Event] = []
    monkeypatch.setattr(Publisher, "_send", lambda self, topic, key, value: sent.append(codec.decode(value, Event)))
    event = make_event("1", author=make_author(id="jane", role="customer"), text="My lid")
    kept = pseudonym(event.network, "jane", key=KEY)
    marks = {mark_of(event.network, one, key=KEY) for one in ("jane", kept)}

    def erase(event: Event) -> Event:
        return erased(event, key=KEY, is_forgotten=marks.__contains__)

    remembered = Publisher("127.0.0.1:1", pseudonym_key=KEY, erase=erase).publish(event)

    assert [one.author.id for one in sent] == [mark_of(event.network, kept, key=KEY)]
    assert sent[0].text == ""
    assert remembered == sent[0]


def test_a_pseudonym_is_sent_and_the_event_is_remembered_as_it_came(monkeypatch: pytest.MonkeyPatch):
    sent: list[bytes] = []
    monkeypatch.setattr(Publisher, "_send", lambda self, topic, key, value: sent.append(value))
    event = make_event("1", author=make_author(id="jane", role="customer"), text="My lid")

    assert Publisher("127.0.0.1:1", pseudonym_key=KEY).publish(event) == event

    assert b"jane" not in sent[0]
