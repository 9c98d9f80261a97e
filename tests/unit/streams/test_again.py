"""What is published again for one stage: the others leave it out, and one that fails again is the same letter."""

import asyncio

import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import DecodeError
from schemas.settings import DeadLetters
from streams.again import HEADER, again, header_of, is_for
from streams.batches import Progress, consume
from streams.bury import Burial, bury
from tests.support.agents import FakeOffsets, FakeRecord, FakeStream, make_message, make_records
from tests.support.builders import make_dead_letter


def retried(letter: DeadLetter, offset: int = 977) -> FakeRecord:
    message = make_message(letter.payload, offset=offset, partition=letter.partition, headers=[header_of(letter)])
    return FakeRecord(message)


@pytest.mark.parametrize(
    "headers", [pytest.param([header_of(make_dead_letter())], id="pairs"), dict([header_of(make_dead_letter())])]
)
def test_a_header_says_which_letter_it_was_and_for_whom(headers: object):
    told = again(make_message(headers=headers))

    assert told is not None
    assert (told.stage, told.attempts, told.dead_letter_id) == ("enrich", 1, make_dead_letter().dead_letter_id)
    assert is_for(make_message(headers=headers), "enrich")
    assert not is_for(make_message(headers=headers), "sink")


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(None, id="none"),
        pytest.param([("vigie-restored", b"1")], id="another"),
        pytest.param([(HEADER, b"enrich")], id="cut short"),
        pytest.param([(HEADER, b"enrich many x")], id="no number"),
        pytest.param([(HEADER, b"\xff\xfe")], id="no text"),
        pytest.param([(HEADER, None)], id="no value"),
    ],
)
def test_a_header_that_says_nothing_leaves_the_record_to_all(headers: object):
    assert again(make_message(headers=headers)) is None
    assert is_for(make_message(headers=headers), "sink")


def test_one_that_fails_again_is_the_same_letter_with_one_attempt_more():
    burial = Burial(stage="enrich", limits=DeadLetters(), code_version="0.1.0")
    first = make_dead_letter()

    second = burial.letter(retried(first).message, DecodeError("still no event"))
    third = burial.letter(retried(second, offset=978).message, DecodeError("still no event"))

    assert {first.dead_letter_id, second.dead_letter_id, third.dead_letter_id} == {first.dead_letter_id}
    assert [first.attempts, second.attempts, third.attempts] == [1, 2, 3]


def test_what_a_person_tries_again_may_fail_without_stopping_the_worker():
    sent: list[bytes] = []

    async def send(topic: str, key: bytes | None, value: bytes) -> None:
        sent.append(value)

    failures = [(retried(make_dead_letter(), offset).message, DecodeError("no event")) for offset in range(500)]
    burial = Burial(stage="enrich", limits=DeadLetters(max_share=0.5, min_events=20), code_version="0.1.0")

    asyncio.run(bury(failures, burial=burial, total=500, send=send))
    burial.settle()

    assert {codec.decode(value, DeadLetter).attempts for value in sent} == {2}
    assert burial.recent == []


def handled(stage: str, *records: FakeRecord) -> tuple[list[int], list[int]]:
    """Which offsets a stage handles, and which it acknowledges."""
    taken: list[int] = []

    async def handle(batch: object) -> None:
        taken.extend(record.message.offset for record in batch)  # type: ignore[attr-defined]

    offsets = FakeOffsets([])
    stream = FakeStream(records).noack_take(100, within=1.0)
    asyncio.run(consume(stream, handle, name="sink-x", stage=stage, offsets=offsets, progress=Progress()))  # type: ignore[arg-type]
    return taken, offsets.done_offsets


def test_a_stage_leaves_out_and_acknowledges_what_is_for_another():
    records = [
        *make_records(b"a", b"b"),
        retried(make_dead_letter(stage="sink"), offset=2),
        retried(make_dead_letter()),
    ]

    assert handled("sink", *records) == ([0, 1, 2], [0, 1, 2, 977])


def test_a_batch_that_is_all_for_another_is_acknowledged_and_calls_nobody():
    assert handled("sink", retried(make_dead_letter())) == ([], [977])
