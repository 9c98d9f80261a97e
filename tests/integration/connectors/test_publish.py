"""The producer against a real broker."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from connectors.publish import Publisher, SharedBroker
from deploy.processes import free_port
from schemas import codec
from schemas.deadletter import DeadLetter, dead_letter_id
from schemas.errors import BrokerError
from schemas.event import Author, Event
from schemas.topics import DEAD_LETTERS, EVENTS
from schemas.units import Secret
from tests.support.broker import Broker, read_all, stop_broker
from tests.support.builders import make_author, make_event

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 1, tzinfo=UTC)


APART = """
import sys
from datetime import UTC, datetime
from connectors.publish import Publisher
from schemas.errors import BrokerError
from schemas.event import Author, Event

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AUTHOR = Author(id="a", role="customer")
EVENT = Event(event_id="x:1", network="x", conversation_id="x:1", author=AUTHOR, created_at=NOW, received_at=NOW)

def run():
    {body}

try:
    run()
except BrokerError as error:
    print(error)
    sys.exit(3)
"""
GOES_AWAY = """
    with Publisher(sys.argv[1], delivery_s=2) as publisher:
        publisher.publish(EVENT)
        publisher.flush()
        print("the first is flushed", flush=True)
        sys.stdin.readline()
        publisher.publish(EVENT)
"""


def run_apart(body: str, bootstrap: str) -> subprocess.Popen[str]:
    """A process of its own, since kafka-python 3.0 leaves sockets open when a connection fails."""
    command = [sys.executable, "-c", APART.replace("{body}", body), bootstrap]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, bufsize=1)


def make(number: int, text: str = "où est mon colis ? 📦") -> Event:
    return Event(
        event_id=f"x:{number}",
        network="x",
        conversation_id=f"x:é{number // 3}",
        author=Author(id="a", role="customer"),
        created_at=NOW,
        received_at=NOW,
        text=text,
    )


def letter(payload: bytes) -> DeadLetter:
    return DeadLetter(
        dead_letter_id=dead_letter_id("connect", "twcs:f.csv", -1, 3, payload),
        stage="connect",
        source="twcs:f.csv",
        offset=3,
        error="Malformed",
        reason="f.csv, line 3: the row is not UTF-8.",
        failed_at=NOW,
        payload=payload,
    )


def test_every_event_is_on_its_topic_once_with_its_conversation_as_key(broker):
    events = [make(number) for number in range(1000)]

    with Publisher(broker.bootstrap) as publisher:
        for event in events:
            publisher.publish(event)

    records = read_all(broker.bootstrap, EVENTS)
    found = sorted((codec.decode(value, Event) for _, value in records), key=lambda event: int(event.event_id[2:]))
    assert found == events
    assert {key.decode() for key, _ in records} == {event.conversation_id for event in events}
    assert all(codec.decode(value, Event).conversation_id == key.decode() for key, value in records)
    assert (publisher.published, publisher.bytes) == (1000, sum(len(value) for _, value in records))


def test_dead_letters_arrive_whole_even_when_large(broker):
    letters = [letter(bytes(range(256))), letter(b"\xff" * 5_242_880)]

    with Publisher(broker.bootstrap) as publisher:
        for one in letters:
            publisher.bury(one)

    found = read_all(broker.bootstrap, DEAD_LETTERS)
    assert {key.decode(): codec.decode(value, DeadLetter) for key, value in found} == {
        one.dead_letter_id: one for one in letters
    }
    assert publisher.buried == 2


def test_record_larger_than_its_topic_is_refused_at_once(broker):
    with Publisher(broker.bootstrap) as publisher, pytest.raises(BrokerError, match="larger than the topic takes"):
        publisher.publish(make(1, "a" * 1_100_000))


def test_missing_broker_is_named():
    bootstrap = f"127.0.0.1:{free_port()}"

    output = run_apart("with Publisher(sys.argv[1], connect_s=0.5): pass", bootstrap).communicate(timeout=60)[0]

    assert output.startswith(f"{bootstrap}: no broker answered (KafkaTimeoutError). Start the stack with `vigie up`")


def test_broker_that_goes_away_is_an_error_and_no_silence(broker):
    process = run_apart(GOES_AWAY, broker.bootstrap)
    assert process.stdout.readline() == "the first is flushed\n"
    stop_broker(broker)
    process.stdin.write("go on\n")

    output = process.communicate(timeout=60)[0]

    assert output.startswith(
        f"{broker.bootstrap}, topics signal.events.v1 and signal.deadletter.v1: the broker did not"
    )
    assert process.returncode == 3


def test_closed_publisher_takes_nothing(broker):
    with Publisher(broker.bootstrap) as publisher:
        pass

    with pytest.raises(BrokerError, match="the publisher is closed"):
        publisher.publish(make(1))


def test_what_is_personal_never_reaches_the_broker(broker: Broker) -> None:
    event = make_event("1", text="ring 06 12 34 56 78", author=make_author(id="Jane", name="Jane Roe"))

    with Publisher(broker.bootstrap, pseudonym_key=Secret("a key of the test")) as publisher:
        publisher.publish(event)

    ((_, value),) = read_all(broker.bootstrap, EVENTS)
    assert b"[phone]" in value
    assert b"06 12" not in value
    assert b"Jane" not in value


def test_a_shared_connection_keeps_the_same_secrets(broker: Broker) -> None:
    with SharedBroker(broker.bootstrap, pseudonym_key=Secret("a key of the test")) as shared:
        publisher = shared.publisher()
        publisher.publish(make_event("1", text="ring 06 12 34 56 78", author=make_author(id="Jane")))
        publisher.flush()

    ((_, value),) = read_all(broker.bootstrap, EVENTS)
    assert b"06 12" not in value
    assert b"Jane" not in value
