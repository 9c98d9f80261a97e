"""What cannot be handled is kept whole, and most of a topic is never buried."""

import asyncio

import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import BrokerError, DecodeError
from schemas.event import Event
from schemas.settings import DeadLetters
from schemas.topics import DEAD_LETTERS
from streams.batches import Systemic
from streams.bury import Burial, bury, where
from tests.support.agents import FakeMessage, make_message


def burial(*, max_share: float = 0.5, min_events: int = 20) -> Burial:
    return Burial(stage="enrich", limits=DeadLetters(max_share=max_share, min_events=min_events), code_version="0.1.0")


class Letterbox:
    """A broker that takes dead letters, except while it is away for so many."""

    def __init__(self, *, away_for: int = 0) -> None:
        self.sent: list[tuple[str, bytes | None, bytes]] = []
        self._away_for = away_for

    async def __call__(self, topic: str, key: bytes | None, value: bytes) -> None:
        if self._away_for:
            self._away_for -= 1
            raise BrokerError("the broker is away")
        self.sent.append((topic, key, value))

    @property
    def letters(self) -> list[DeadLetter]:
        return [codec.decode(value, DeadLetter) for _, _, value in self.sent]


def failed(number: int, *, offset: int = 0) -> list[tuple[FakeMessage, Exception]]:
    return [(make_message(offset=offset + index), DecodeError("no event")) for index in range(number)]


def test_a_record_is_named_by_topic_partition_and_offset():
    assert where(make_message(partition=3, offset=41)) == "signal.events.v1[3]@41"


def test_a_dead_letter_keeps_the_bytes_whole_and_says_where_they_stood_and_why():
    message = make_message(b'\xff\x00 not JSON \n "', partition=3, offset=41, key=b"mastodon:1")
    letterbox = Letterbox()

    asyncio.run(bury([(message, DecodeError("no event", where="x"))], burial=burial(), total=1, send=letterbox))

    (letter,) = letterbox.letters
    assert letter.payload == b'\xff\x00 not JSON \n "'
    assert (letter.source, letter.partition, letter.offset) == ("signal.events.v1", 3, 41)
    assert (letter.stage, letter.key, letter.code_version) == ("enrich", b"mastodon:1", "0.1.0")
    assert (letter.error, letter.reason) == ("DecodeError", "no event")
    assert letterbox.sent[0][:2] == (DEAD_LETTERS.name, letter.dead_letter_id.encode())


def test_the_same_record_buried_again_is_the_same_dead_letter():
    first = burial().letter(make_message(b"x", offset=41), DecodeError("no event"))
    again = burial().letter(make_message(b"x", offset=41), DecodeError("no event, said otherwise"))

    assert again.dead_letter_id == first.dead_letter_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(make_message(b"y", offset=41), id="other bytes at the same place"),
        pytest.param(make_message(b"x", offset=42), id="the same bytes at another place"),
        pytest.param(make_message(b"x", offset=41, partition=1), id="in another partition"),
        pytest.param(make_message(b"x", offset=41, topic="signal.alerts.v1"), id="in another topic"),
    ],
)
def test_another_record_is_another_dead_letter(other: FakeMessage):
    letter = burial().letter(make_message(b"x", offset=41), DecodeError("no event"))

    assert burial().letter(other, DecodeError("no event")).dead_letter_id != letter.dead_letter_id


def test_the_reason_never_quotes_a_customer():
    unexpected = burial().letter(make_message(b"x"), ValueError("cannot read 'My number is 0612345678'"))

    assert (unexpected.error, unexpected.reason) == ("ValueError", "ValueError")


def test_the_reason_of_unreadable_bytes_names_the_path_and_not_the_value():
    with pytest.raises(DecodeError) as unreadable:
        codec.decode(b'{"event_id": "x", "text": ["My number is 0612345678"]}', Event)

    letter = burial().letter(make_message(b"x"), unreadable.value)

    assert "$.text" in letter.reason
    assert "0612" not in letter.reason


def test_a_record_without_a_value_is_buried_too():
    message = make_message(b"")

    assert burial().letter(message, DecodeError("no event")).payload == b""


def test_nothing_to_bury_sends_nothing():
    letterbox = Letterbox()

    asyncio.run(bury([], burial=burial(), total=100, send=letterbox))

    assert letterbox.sent == []


@pytest.mark.parametrize(
    ("total", "bad", "stops"),
    [
        pytest.param(19, 19, False, id="too few records to judge"),
        pytest.param(20, 10, False, id="half of them"),
        pytest.param(20, 11, True, id="more than half of them"),
        pytest.param(20, 20, True, id="all of them"),
        pytest.param(5000, 2500, False, id="half of a large batch"),
        pytest.param(5000, 2501, True, id="more than half of a large batch"),
    ],
)
def test_the_worker_stops_when_most_of_what_comes_would_be_buried(total: int, bad: int, stops: bool):
    letterbox = Letterbox()

    if stops:
        with pytest.raises(Systemic, match=f"{bad} of the last {total} records at enrich would be dead letters"):
            asyncio.run(bury(failed(bad), burial=burial(), total=total, send=letterbox))
    else:
        asyncio.run(bury(failed(bad), burial=burial(), total=total, send=letterbox))

    assert len(letterbox.sent) == (0 if stops else bad)


def test_small_batches_add_up_to_the_limit():
    limits = burial()
    for batch in range(19):
        asyncio.run(bury(failed(1, offset=batch), burial=limits, total=1, send=Letterbox()))
        limits.settle()

    with pytest.raises(Systemic):
        asyncio.run(bury(failed(1, offset=19), burial=limits, total=1, send=Letterbox()))


def test_good_records_before_weigh_against_bad_ones_now():
    limits = burial()
    asyncio.run(bury([], burial=limits, total=100, send=Letterbox()))
    limits.settle()

    asyncio.run(bury(failed(30), burial=limits, total=30, send=Letterbox()))


def test_what_is_long_past_no_longer_counts():
    limits = burial()
    asyncio.run(bury([], burial=limits, total=100_000, send=Letterbox()))
    limits.settle()

    with pytest.raises(Systemic):
        asyncio.run(bury(failed(60), burial=limits, total=60, send=Letterbox()))


def test_a_limit_of_one_buries_everything():
    letterbox = Letterbox()

    asyncio.run(bury(failed(50), burial=burial(max_share=1.0), total=50, send=letterbox))

    assert len(letterbox.sent) == 50


def test_a_batch_that_stopped_the_worker_stops_it_again():
    limits = burial()
    for _ in range(3):
        with pytest.raises(Systemic, match="20 of the last 20"):
            asyncio.run(bury(failed(20), burial=limits, total=20, send=Letterbox()))


def test_a_batch_that_is_tried_again_while_the_broker_is_away_counts_once():
    limits, letterbox = burial(), Letterbox(away_for=30)
    for _ in range(30):
        with pytest.raises(BrokerError):
            asyncio.run(bury(failed(1), burial=limits, total=1, send=letterbox))

    asyncio.run(bury(failed(1), burial=limits, total=1, send=letterbox))

    assert len(letterbox.sent) == 1
