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
