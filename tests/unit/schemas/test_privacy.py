"""Privacy of an event: what is personal goes once and for all, and who answers stays known."""

import hashlib
import hmac

import msgspec
import pytest

from schemas.event import Event
from schemas.forgotten import mark_of
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


PRIVATE = [
    pytest.param("whatsapp", "whatsapp:106/491700000000", "whatsapp:1", "491700000000", id="a phone number"),
    pytest.param("line", "line:U4af49806", "line:1", "U4af49806", id="a user"),
    pytest.param("wechat", "wechat:oLVP-jqs9_B", "wechat:oLVP-jqs9_B/1793693645", "oLVP-jqs9_B", id="a follower"),
    pytest.param("facebook", "facebook:2478", "facebook:m_1", "2478", id="a person who writes to a page"),
    pytest.param("instagram", "instagram:2478", "instagram:m_1", "2478", id="a person who writes to an account"),
    pytest.param("telegram", "telegram:5511/t7", "telegram:5511/9", "5511", id="a private chat"),
    pytest.param("x", "x:77-88120453", "x:1", "88120453", id="one of two"),
]


def private(network: str, conversation: str, event: str, *, author: str, role: str = "customer") -> Event:
    made = make_event(author=make_author(id=author, role=role), text="hello")
    return msgspec.structs.replace(
        made,
        network=network,
        conversation_id=conversation,
        event_id=event,
        parent_id=f"{event}0",
        visibility="private",
    )


@pytest.mark.parametrize(("network", "conversation", "event", "customer"), PRIVATE)
def test_a_private_conversation_is_named_after_the_pseudonym_in_answers_too(
    network: str, conversation: str, event: str, customer: str
):
    question = protect(private(network, conversation, event, author=customer), key=KEY).event
    answer = protect(private(network, conversation, event, author="acme", role="brand"), key=KEY).event

    assert question.conversation_id == answer.conversation_id
    assert pseudonym(network, customer, key=KEY) in question.conversation_id
    assert customer not in msgspec.json.encode([question, answer]).decode()
    assert protect(question, key=KEY).event == question
    assert protect(answer, key=KEY).event == answer


@pytest.mark.parametrize(("network", "conversation", "event", "customer"), PRIVATE)
def test_ids_stay_as_they_are_without_a_key_and_in_public(network: str, conversation: str, event: str, customer: str):
    question = private(network, conversation, event, author=customer)
    public = msgspec.structs.replace(question, visibility="public")

    assert protect(question, key=NONE).event == question
    assert protect(public, key=KEY).event.conversation_id == conversation


def test_a_group_keeps_its_id():
    post = private("telegram", "telegram:-100123/t7", "telegram:-100123/9", author="5511")

    assert protect(post, key=KEY).event.conversation_id == "telegram:-100123/t7"


def test_the_mark_of_who_was_forgotten_gets_no_pseudonym():
    mark = mark_of("mastodon", "jane", key=KEY)

    assert protect(make_event(author=make_author(id=mark, role="customer")), key=KEY).event.author.id == mark
