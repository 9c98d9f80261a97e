"""Who was forgotten stays so when their posts come again."""

import msgspec
import pytest

from schemas.event import Event
from schemas.forgotten import erased, mark_of, without
from schemas.units import Secret
from tests.support.builders import make_author, make_event

KEY = Secret("a key of the test")


def again(event: Event, *forgotten: str) -> Event:
    marks = {mark_of(event.network, one, key=KEY) for one in forgotten}
    return erased(event, key=KEY, is_forgotten=marks.__contains__)


def test_a_post_that_comes_again_has_no_content_and_no_author():
    event = make_event(
        "1", author=make_author(id="u-77", handle="pilar", name="Pilar Ost", role="customer"), text="My lid"
    )

    found = again(event, "u-77")

    assert found.author.id == mark_of(event.network, "u-77", key=KEY)
    assert (found.author.handle, found.author.name, found.text, found.permalink) == ("", "", "", None)
    assert (found.event_id, found.created_at, found.author.role) == (event.event_id, event.created_at, "customer")
    assert b"u-77" not in msgspec.json.encode(found)
    assert again(found, "u-77") == found


def test_posts_of_others_are_left_alone():
    event = make_event("1", author=make_author(id="u-78", role="customer"))

    assert again(event, "u-77") == event


def test_ids_that_a_network_built_from_the_author_lose_it_in_answers_too():
    post = "bluesky:at://did:plc:pilar12/app.bsky.feed.post/3k"
    answer = make_event("1", author=make_author(id="brand", role="brand"), text="Sorry!")
    answer = msgspec.structs.replace(answer, network="bluesky", conversation_id=post, parent_id=post)

    found = again(answer, "did:plc:pilar12")

    assert "pilar12" not in found.conversation_id + str(found.parent_id)
    assert (found.text, found.author.id) == ("Sorry!", "brand")


def test_the_mark_needs_the_key_and_differs_by_network():
    marks = {mark_of("x", "7", key=KEY), mark_of("y", "7", key=KEY), mark_of("x", "7", key=Secret("another"))}

    assert len(marks) == 3
    assert mark_of("x", "PILAR", key=KEY) == mark_of("x", "pilar", key=KEY)


@pytest.mark.parametrize(
    ("identifier", "left"),
    [("x:17", "x:17"), ("x:7", "x:M"), ("x:a/7/b", "x:a/M/b"), ("x:7a", "x:7a"), ("x:7:7", "x:M:M")],
)
def test_an_id_is_replaced_as_a_whole_word(identifier: str, left: str):
    assert without(identifier, "7", "M") == left


def message(network: str, conversation: str, author: str, role: str = "customer") -> Event:
    event = make_event("1", author=make_author(id=author, role=role), text="My lid")
    return msgspec.structs.replace(
        event, network=network, event_id=f"{network}:1", conversation_id=conversation, visibility="private"
    )


def test_a_number_that_was_forgotten_goes_from_messages_whose_author_has_another_id():
    mine = again(message("whatsapp", "whatsapp:106/491700000000", "DE.1502"), "491700000000")
    answer = again(message("whatsapp", "whatsapp:106/491700000000", "106", "brand"), "491700000000")

    mark = mark_of("whatsapp", "491700000000", key=KEY)
    assert (mine.author.id, mine.text, mine.conversation_id) == (mark, "", f"whatsapp:106/{mark}")
    assert (answer.author.id, answer.text, answer.conversation_id) == ("106", "My lid", f"whatsapp:106/{mark}")


def test_who_was_forgotten_by_id_and_number_has_one_mark_as_author():
    found = again(message("whatsapp", "whatsapp:106/491700000000", "DE.1502"), "DE.1502", "491700000000")

    assert found.author.id == mark_of("whatsapp", "DE.1502", key=KEY)
    assert found.conversation_id == f"whatsapp:106/{mark_of('whatsapp', '491700000000', key=KEY)}"


def test_answers_in_a_conversation_that_is_named_after_both_sides_lose_the_id_too():
    answer = again(message("x", "x:77-88120453", "77", "brand"), "88120453")

    assert answer.conversation_id == f"x:77-{mark_of('x', '88120453', key=KEY)}"


def test_a_name_that_looks_like_the_beginning_of_a_mark_can_be_forgotten():
    event = make_event("1", author=make_author(id="forgotten-umbrella", role="customer"))

    assert again(event, "forgotten-umbrella").text == ""
