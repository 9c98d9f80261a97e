"""Words, secrets, signatures, anonymous payloads, counters: the small pure parts."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from connectors.anonymize import anonymized
from connectors.counters import MEANINGS, Counters, Name
from connectors.secrets import redacted
from connectors.signatures import hmac_matches, is_fresh, same, sha1_of_sorted
from connectors.words import matcher
from schemas.units import Secret
from tests.support.networks import folders

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["lumora"], "My LUMORA grinder", True),
        (["lumora"], "lumoracorp", False),
        (["lumora"], "#lumora, @lumora!", True),
        (["#lumora"], "about #Lumora", True),
        (["Café Noir"], "le CAFÉ NOIR est froid", True),
        (["a+b"], "aab", False),
        (["咖啡"], "我的咖啡机坏了", True),
        ([" "], "anything", False),
        ([], "anything", False),
        (["x", "lumora"], "y lumora", True),
    ],
)
def test_a_word_is_found_as_a_whole(words: list[str], text: str, expected: bool):
    assert matcher(words)(text) is expected


@pytest.mark.parametrize(
    "raw",
    [
        {"replyToken": "open-sesame", "deep": [{"access_token": "open-sesame"}]},
        b'{"API_KEY": "open-sesame"}',
        '{"quoteToken": "open-sesame"}',
        "a text with open-sesame in it",
        b"\xff\xfe open-sesame",
        {"text": "my open-sesame"},
    ],
)
def test_nothing_that_opens_a_door_is_kept(raw: Any):
    assert b"open-sesame" not in redacted(raw, [Secret("open-sesame")])


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        (rb'{"text": "oh \ud83d", "token" : "open-sesame"}', rb'{"text": "oh \ud83d", "token" : "***"}'),
        (b'{"access_token":"open-\\"sesame","text":"caf\xe9"}', b'{"access_token":"***","text":"caf\xe9"}'),
        (b'{"n": 1, "app_secret": "open-ses', b'{"n": 1, "app_secret": "***"'),
        (b'{"text": "a"}\n{"cookie": "open-sesame"}', b'{"text": "a"}\n{"cookie": "***"}'),
        (b'{"text": "the \\"token\\": \\"is nice\\"" oh', b'{"text": "the \\"token\\": \\"is nice\\"" oh'),
    ],
    ids=["half an emoji", "a byte of Latin-1", "cut", "a document a line", "a token that is talked about"],
)
def test_a_field_that_opens_a_door_goes_from_what_is_no_json_as_a_whole(payload: bytes, kept: bytes):
    assert redacted(payload, []) == kept


def test_a_long_payload_without_an_end_is_searched_in_linear_time():
    begun = time.perf_counter()
    for part in (b'\\"', b'"', b'"a":"', b"\\"):
        redacted(b'{"a": "' + part * 200_000, [])

    assert time.perf_counter() - begun < 5.0


def test_what_opens_no_door_is_kept_as_it_is():
    raw = {"text": "the token is nice", "tokens": 3, "id": "1", "keyword": "a", "next": None}

    assert json.loads(redacted(raw, [Secret("a")])) == raw
    assert redacted(b'{"a":  1}', []) == b'{"a":  1}'


def signature(secret: str, body: bytes, encoding: str = "hex") -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def test_a_signature_in_each_encoding():
    assert hmac_matches(signature("s", b"body"), "s", b"body")
    assert hmac_matches("sha256=" + signature("s", b"body"), "s", b"body", prefix="sha256=")
    assert hmac_matches(signature("s", b"body", "base64"), "s", b"body", encoding="base64")


@pytest.mark.parametrize(
    "given", ["", "zz", "é", "\ud800", "sha256=", signature("s", b"body")[:-2], signature("t", b"body"), "0" * 10_000]
)
def test_what_is_no_signature_does_not_match(given: str):
    assert not hmac_matches(given, "s", b"body")
    assert not hmac_matches(given, "s", b"body", encoding="base64")
    assert not hmac_matches(given, "s", b"body", prefix="sha256=")


def test_without_a_secret_nothing_matches():
    assert not hmac_matches(signature("", b"body"), "", b"body")
    assert not same("", "")
    assert same("a", "a")
    assert not same("é", "a")


def test_wechat_signs_sorted_parts():
    assert sha1_of_sorted("token", "1", "nonce") == hashlib.sha1(b"1noncetoken").hexdigest()


def test_only_what_is_near_now_is_fresh():
    def seconds(delta: timedelta) -> str:
        return str(int((NOW + delta).timestamp()))

    assert is_fresh(seconds(timedelta(seconds=-299)), NOW)
    assert is_fresh(seconds(timedelta(seconds=299)), NOW)
    assert not is_fresh(seconds(timedelta(seconds=-301)), NOW)
    assert not is_fresh(seconds(timedelta(days=1)), NOW)
    for text in ("", "now", "1e99", "9" * 400, "nan"):
        assert not is_fresh(text, NOW)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.network)
def test_an_anonymous_item_has_the_same_shape_and_no_old_word(folder: Any):
    for path in folder.cases():
        case = folder.load(path.stem)
        for item in case.get("items", [case.get("body")]):
            clean = anonymized(item)

            assert shape(clean) == shape(item)
            assert anonymized(item) == clean
            shown = json.dumps(clean, ensure_ascii=False).casefold()
            assert [word for word in ("lumora", "pilar", "cracked", "sorry") if word in shown] == []


def test_an_anonymous_item_keeps_the_words_of_the_protocol():
    item = {
        "kind": "commit",
        "created_at": "2026-11-03T08:14:05Z",
        "created_at_i": 1793693645,
        "language": "en",
        "bot": False,
        "likes": 12,
        "id": "46120001",
        "parent": 46120001,
        "content": "<p>Hello, Ana! &amp; 4 cats</p>",
        "url": "https://forum.example/u/ana?x=1",
    }

    clean = anonymized(item)

    kept = ("kind", "created_at", "created_at_i", "language", "bot", "likes")
    assert {key: clean[key] for key in kept} == {key: item[key] for key in kept}
    assert str(clean["parent"]) == clean["id"] != "46120001"
    assert clean["content"].startswith("<p>")
    assert "&amp;" in clean["content"]
    assert clean["url"].startswith("https://")
    assert ".example/" in clean["url"]
    assert "ana" not in clean["url"].casefold()


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def test_every_count_has_a_meaning():
    assert set(MEANINGS) == set(get_args(Name))


def test_counts_are_shown_by_network():
    counters = Counters()
    counters.add("b", "received", 2)
    counters.add("a", "published")
    counters.add("b", "received")

    assert counters.snapshot() == {"a": {"published": 1}, "b": {"received": 3}}
