"""Privacy of an event: what is personal goes once and for all, and who answers stays known."""

import hashlib
import hmac

import msgspec
import pytest

from schemas.privacy import protect, pseudonym
from schemas.settings import Privacy, Settings
from schemas.units import Secret
from tests.support.builders import make_author, make_event

KEY = Secret("a key of the test")
NONE = Secret()


def test_the_text_is_redacted_and_the_vendors_payload_goes_with_it():
    event = msgspec.structs.replace(make_event("1", text="ring 06 12 34 56 78"), raw=msgspec.Raw(b'{"t":"06 12"}'))

    protected = protect(event, key=NONE)

    assert protected.event.text == "ring [phone]"
    assert protected.event.raw is msgspec.UNSET
    assert protected.pii == {"phone": 1}


def test_an_event_without_anything_personal_is_the_same_event():
    event = make_event("1", text="hello")

    assert protect(event, key=NONE).event is event


def test_a_customer_becomes_a_pseudonym_and_nothing_else_names_them():
    author = make_author(id="Jane", handle="jane", name="Jane Roe")
    event = make_event(author=author, permalink="https://social.example/@jane/1")

    protected = protect(event, key=KEY).event

    assert protected.author.id.startswith("p-")
    assert "jane" not in msgspec.json.encode(protected).decode().lower()


@pytest.mark.parametrize("role", ["brand", "leader", "automation"])
def test_who_answers_keeps_their_name(role: str):
    event = make_event("1", role=role)

    assert protect(event, key=KEY).event == event


def test_protecting_twice_says_the_same_as_once():
    once = protect(make_event("1", text="a@b.fr"), key=KEY)

    assert protect(once.event, key=KEY) == once


def test_a_pseudonym_is_the_keyed_hash_of_the_folded_id():
    expected = hmac.new(b"a key of the test", "mastodon:straße9".casefold().encode(), hashlib.sha256).hexdigest()[:32]

    assert pseudonym("mastodon", "STRASSE９", key=KEY) == f"p-{expected}"


def test_another_key_or_network_is_another_pseudonym():
    found = {
        pseudonym("mastodon", "jane", key=KEY),
        pseudonym("reddit", "jane", key=KEY),
        pseudonym("mastodon", "jane", key=Secret("another")),
        pseudonym("mastodon", "jean", key=KEY),
    }

    assert len(found) == 4


def test_an_id_with_a_lone_surrogate_has_a_pseudonym():
    assert pseudonym("mastodon", "\ud800", key=KEY).startswith("p-")


def test_the_key_is_never_printed():
    assert "a key" not in repr(KEY) + repr(Settings(privacy=Privacy(pseudonym_key=KEY)))
