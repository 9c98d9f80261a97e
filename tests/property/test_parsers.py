"""Every parser against whatever may come: only declared errors, and events that can be written and read again."""

import copy
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import Deletion
from schemas import codec
from schemas.errors import Malformed
from schemas.event import Event
from tests.support.networks import Folder, body_bytes, folders

FOLDERS = [pytest.param(folder, id=folder.network) for folder in folders()]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", "2026-11-03T08:14:05Z", "<p>&#0;&amp;</p>", "\0", "\ud800", "9" * 400, "-1", "1e999"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def recorded(folder: Folder) -> list[Any]:
    """Every item that is recorded, read as it is."""
    items: list[Any] = []
    webhook = folder.connector.webhook
    for path in folder.cases():
        case = folder.load(path.stem)
        if "items" in case:
            items += case["items"]
        elif webhook is not None:
            items += webhook.split(body_bytes(case["body"]), folder.source())
    return items


def changed(item: Any, chance: random.Random, value: Any) -> Any:
    """The item with one part of it replaced, removed or put elsewhere."""
    item = copy.deepcopy(item)
    if isinstance(item, str):
        cut = chance.randrange(len(item) + 1)
        return item[:cut] + (value if isinstance(value, str) else "") + item[cut + chance.randrange(3) :]
    if isinstance(item, bytes):
        cut = chance.randrange(len(item) + 1)
        return item[:cut] + item[cut + 1 :]
    place = item
    while isinstance(place, dict | list) and place:
        key: Any = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
            place = inner
            continue
        if chance.random() < 0.3:
            del place[key]
        else:
            place[key] = value
        break
    return item


def check(folder: Folder, item: Any) -> None:
    try:
        parsed = list(folder.connector.parse(item, folder.source()))
    except Malformed:
        return
    for one in parsed:
        assert isinstance(one, Event | Deletion)
        if isinstance(one, Event):
            event = msgspec.structs.replace(one, conversation_id=one.conversation_id or one.event_id)
            assert codec.decode(codec.encode(event), Event).event_id


@pytest.mark.parametrize("folder", FOLDERS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False), value=JSON)
def test_a_changed_item_is_an_event_or_malformed(folder: Folder, chance: random.Random, value: Any):
    items = recorded(folder)

    check(folder, changed(chance.choice(items), chance, value))


@pytest.mark.parametrize("folder", FOLDERS)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(item=JSON | st.binary(max_size=200) | st.text(max_size=100))
def test_anything_at_all_is_an_event_or_malformed(folder: Folder, item: Any):
    check(folder, item)


@pytest.mark.parametrize("folder", [pytest.param(one, id=one.network) for one in folders() if one.connector.webhook])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=300) | JSON.map(lambda value: body_bytes(value) if _encodes(value) else b""))
def test_any_body_is_split_or_malformed(folder: Folder, body: bytes):
    webhook = folder.connector.webhook
    assert webhook is not None
    try:
        items = webhook.split(body, folder.source())
    except Malformed:
        return
    for item in items:
        check(folder, item)


def _encodes(value: Any) -> bool:
    try:
        body_bytes(value)
    except (UnicodeEncodeError, ValueError, TypeError):
        return False
    return True
