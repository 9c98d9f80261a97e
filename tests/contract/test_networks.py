"""Every network × its recorded payloads. A new network needs its module and its folder, and no line here."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.base import Deletion
from connectors.registry import connectors
from connectors.run import read_once
from schemas import codec
from schemas.errors import Malformed, Refused, Unavailable
from tests.support.fakes import FakePublisher, Killed
from tests.support.networks import Bench, FakeNetwork, Folder, bench, body_bytes, folders, only, shown

FOLDERS = folders()
CASES = [
    pytest.param(folder, path, id=f"{folder.network}/{path.stem}") for folder in FOLDERS for path in folder.cases()
]
READ = [pytest.param(folder, id=folder.network) for folder in FOLDERS if folder.has("pages") or folder.has("frames")]
POLLED = [pytest.param(folder, id=folder.network) for folder in FOLDERS if folder.has("pages")]
STREAMED = [
    pytest.param(folder, id=folder.network) for folder in FOLDERS if not folder.has("pages") and folder.has("frames")
]
MALFORMED = [pytest.param(folder, id=folder.network) for folder in FOLDERS if folder.has("malformed")]

EVERY_NETWORK = ("customer_post", "brand_reply", "edit", "deletion", "malformed")
PERSONAL = {
    "an e-mail address": re.compile(r"[\w.+-]+@(?![\w.-]*\.?(?:example|invalid|test)\b)[\w-]+\.[a-z]{2,}"),
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|\bwhsec_[\w+/]{20,}"),
    "a token": re.compile(r"xox[abpr]-\d|\bgh[pousr]_\w{16,}|\bAKIA[0-9A-Z]{12,}|\beyJ[\w-]{20,}\.|\bsk-\w{20,}"),
}


def test_every_network_has_payloads_and_every_payload_a_network():
    ours = {name for name, one in connectors().items() if one.parse.__module__.startswith("connectors.networks.")}

    assert {folder.network for folder in FOLDERS} == ours


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.network)
def test_every_case_is_recorded_or_its_absence_explained(folder: Folder):
    needed = set(EVERY_NETWORK)
    needed |= {"pages"} if folder.connector.poll else set()
    needed |= {"frames"} if folder.connector.stream else set()
    missing = {name for name in needed if not folder.has(name)}

    assert missing == set(folder.absent) & needed
    assert all(len(reason) > 10 for reason in folder.absent.values())
    assert folder.connector.webhook is None or (folder.path / "sign.py").is_file()
    assert folder.set_up["api"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.network)
def test_payloads_name_no_person_and_no_secret(folder: Folder):
    for path in sorted(folder.path.glob("*.*")):
        text = path.read_text(encoding="utf-8")
        assert {what: found[0] for what, form in PERSONAL.items() if (found := form.search(text))} == {}, path.name


@pytest.mark.parametrize(("folder", "path"), CASES)
def test_a_recorded_payload_becomes_its_events(folder: Folder, path: Path):
    case, source = folder.load(path.stem), folder.source()
    items = case["items"] if "items" in case else _split(folder, case["body"])

    parsed = [one for item in items for one in folder.connector.parse(item, source)]
    again = [one for item in items for one in folder.connector.parse(item, source)]

    assert [shown(one) for one in parsed] == case["events"]
    assert parsed == again


@pytest.mark.parametrize("folder", MALFORMED)
def test_a_malformed_item_is_said_to_be_so_without_repeating_it(folder: Folder):
    recorded, source = folder.load("malformed"), folder.source()

    for item in recorded.get("items", []):
        with pytest.raises(Malformed) as caught:
            list(folder.connector.parse(item, source))
        assert "secret words of a customer" not in str(caught.value)
    for body in recorded.get("bodies", []):
        with pytest.raises(Malformed):
            _split(folder, body)
    assert recorded.get("items") or recorded.get("bodies")


@pytest.mark.parametrize("folder", READ)
def test_three_pages_are_read_to_their_end(folder: Folder, tmp_path: Path):
    reading = bench(folder, tmp_path / "memory.sqlite")

    pages = read_through(reading)

    assert pages >= 3
    assert reading.network.unexpected == []
    assert [event.event_id for event in reading.publisher.events] == _expected(folder)
    assert all(codec.decode(codec.encode(event), type(event)) == event for event in reading.publisher.events)


@pytest.mark.parametrize("folder", READ)
def test_reading_resumes_wherever_it_stopped(folder: Folder, tmp_path: Path):
    whole = read_through(bench(folder, tmp_path / "whole.sqlite"))

    for stop in range(whole):
        path = tmp_path / f"{stop}.sqlite"
        first = bench(folder, path).with_pages(only(stop))
        read_through(first)
        second = bench(folder, path)
        read_through(second)

        published = [event.event_id for event in (*first.publisher.events, *second.publisher.events)]
        assert sorted(published) == sorted(_expected(folder))


@pytest.mark.parametrize("folder", READ)
def test_a_killed_reader_loses_nothing(folder: Folder, tmp_path: Path):
    for records in range(len(_expected(folder))):
        path = tmp_path / f"{records}.sqlite"
        first = bench(folder, path, publisher=FakePublisher(killed_after=records))
        with pytest.raises(Killed):
            read_once(first.job, first.desk, first.publisher, stream=_is_stream(folder))
        second = bench(folder, path)
        read_through(second)

        published = {event.event_id for event in (*first.publisher.events, *second.publisher.events)}
        assert published == set(_expected(folder))


@pytest.mark.parametrize("folder", READ)
def test_what_was_published_is_not_published_again(folder: Folder, tmp_path: Path):
    reading = bench(folder, tmp_path / "memory.sqlite")
    read_through(reading)
    reading.desk.memory.forget_cursor(reading.job.source.name)

    again = bench(folder, tmp_path / "memory.sqlite")
    read_through(again)

    assert again.publisher.events == []


@pytest.mark.parametrize("folder", POLLED)
def test_a_rate_limit_is_waited_for_and_nothing_is_missed(folder: Folder, tmp_path: Path):
    network = FakeNetwork(folder, before=[httpx.Response(429, headers={"retry-after": "7"})])
    reading = bench(folder, tmp_path / "memory.sqlite", network=network)

    read_through(reading)

    assert max(reading.pause.waits) >= 7
    assert [event.event_id for event in reading.publisher.events] == _expected(folder)


@pytest.mark.parametrize("folder", POLLED)
def test_an_expired_token_stops_the_source_and_is_never_shown(folder: Folder, tmp_path: Path):
    recorded: dict[str, Any] = folder.load("expired") if folder.has("expired") else {}
    refusal = httpx.Response(
        recorded.get("status", 401), headers=recorded.get("headers", {}), content=body_bytes(recorded.get("body", ""))
    )
    reading = bench(folder, tmp_path / "memory.sqlite", network=FakeNetwork(folder, before=[refusal]))

    with pytest.raises(Refused) as caught:
        read_once(reading.job, reading.desk, reading.publisher, stream=False)

    secrets = [secret.reveal() for secret in reading.job.source.secrets.values()]
    assert not any(secret in str(caught.value) for secret in secrets)
    assert reading.publisher.events == []


@pytest.mark.parametrize("folder", STREAMED)
def test_a_page_with_one_bad_item_goes_on(folder: Folder, tmp_path: Path):
    reading = bench(folder, tmp_path / "memory.sqlite")
    reading.network.frames = [reading.network.frames[0], '{"broken', *reading.network.frames[1:]]

    read_through(reading)

    assert [event.event_id for event in reading.publisher.events] == _expected(folder)
    assert [letter.payload for letter in reading.publisher.letters] == [b'{"broken']


class CutNetwork(FakeNetwork):
    """Sends half an emoji behind a word, as programs do that cut texts at a number of UTF-16 units."""

    word = b""

    def answer(self, request: httpx.Request) -> httpx.Response:
        given = super().answer(request)
        return httpx.Response(given.status_code, headers=given.headers, content=self._cut(given.content))

    def dial(self, url: str, headers: Mapping[str, str], silence_s: float) -> Iterator[bytes | None]:
        for frame in super().dial(url, headers, silence_s):
            yield frame and self._cut(frame)

    def _cut(self, body: bytes) -> bytes:
        return body.replace(self.word, self.word + rb"\ud83d") if body[:1] in b"{[" else body


@pytest.mark.parametrize("folder", READ)
def test_a_cut_emoji_costs_at_most_its_own_item(folder: Folder, tmp_path: Path):
    whole = bench(folder, tmp_path / "whole.sqlite")
    read_through(whole)
    texts = {event.event_id: event.text for event in whole.publisher.events}
    words = [word for text in texts.values() for word in text.split() if word.isalpha()]
    rarest = min(words, key=lambda word: sum(word in text for text in texts.values()))

    network = CutNetwork(folder)
    network.word = rarest.encode()
    reading = bench(folder, tmp_path / "memory.sqlite", network=network)
    read_through(reading)

    found = [event.event_id for event in reading.publisher.events]
    missing = [one for one in _expected(folder) if one not in found]
    assert [one for one in _expected(folder) if one not in missing] == found
    assert all(rarest in texts[one] for one in missing)
    assert len(reading.publisher.letters) == len(missing)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.network)
def test_both_sides_of_the_conversation_come_in(folder: Folder):
    source = folder.source()
    parsed = [
        one
        for path in folder.cases()
        for item in _items(folder, folder.load(path.stem))
        for one in folder.connector.parse(item, source)
        if not isinstance(one, Deletion)
    ]
    roles = {event.author.role for event in parsed}

    assert "customer" in roles
    assert "brand" in roles or "brand_reply" in folder.absent


def read_through(reading: Bench) -> int:
    """Read to the end, or, a stream, until it breaks; how many pages there were."""
    pages = 0

    def counted(original: Any) -> Any:
        def change(http: Any, source: Any, cursor: str | None) -> Any:
            nonlocal pages
            for page in original(http, source, cursor):
                pages += 1
                yield page

        return change

    reading.with_pages(counted)
    try:
        read_once(reading.job, reading.desk, reading.publisher, stream=_is_stream(reading.folder))
    except Unavailable:
        assert _is_stream(reading.folder)
    return pages


def _is_stream(folder: Folder) -> bool:
    return not folder.has("pages")


def _expected(folder: Folder) -> list[str]:
    return list(folder.load("frames" if _is_stream(folder) else "pages")["publishes"])


def _items(folder: Folder, case: dict[str, Any]) -> list[Any]:
    return list(case["items"]) if "items" in case else list(_split(folder, case["body"]))


def _split(folder: Folder, body: Any) -> Any:
    webhook = folder.connector.webhook
    assert webhook is not None
    return webhook.split(body_bytes(body), folder.source())
