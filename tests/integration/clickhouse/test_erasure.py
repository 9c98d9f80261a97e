"""An author is erased from ClickHouse: content and identity go, rows and numbers stay."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.privacy.erasure import erase
from deploy.privacy.subject import find
from schemas.event import Event
from schemas.forgotten import erased
from schemas.privacy import pseudonym
from schemas.settings import Privacy, Settings
from schemas.units import Secret
from streams.store import connect
from tests.support.builders import make_author, make_event

pytestmark = pytest.mark.integration

KEY = Secret("a key of the test")
DID = "did:plc:pilar12"
NUMBERS = {
    "events": "SELECT count(), sum(sentiment_score), sum(likes), uniqExact(author_id), uniqExact(conversation_id)"
    " FROM events",
    "findings": "SELECT count(), uniqExact(author_id), uniqExact(conversation_id) FROM event_findings",
    "turns": "SELECT count(), sum(waited_seconds), uniqExact(customer_id) FROM response_turns",
    "conversations": "SELECT state, count() FROM conversations GROUP BY state ORDER BY state",
    "alerts": "SELECT level, count() FROM alerts GROUP BY level",
    "deliveries": "SELECT count(), uniqExact(alert_id) FROM deliveries",
    "dead": "SELECT count() FROM dead_letters",
    "activity": "SELECT * FROM activity_by_day ORDER BY ALL",
}
TABLES = (
    *("raw_events", "events_by_time", "raw_conversations", "raw_turns", "raw_alerts", "raw_actions", "raw_deliveries"),
    *("raw_dead_letters", "raw_corrections"),
)


def fill(client: Client, network: str, author: str, conversation: str, event: str) -> None:
    """One question of the author, one answer to them, and what became of it."""
    for native, who, role, handle, text in (
        (event, author, "customer", "pilar.ost", "my lid cracked"),
        (f"{network}:answer", "brand9", "brand", "acme", "@Pilar.Ost sorry, Pilar Ost!"),
    ):
        client.command(
            "INSERT INTO raw_events (event_id, network, conversation_id, parent_id, author_id, author_handle,"
            " author_name, author_role, text, permalink, likes, `entities.text`,"
            " `entities.label`, `entities.start`, `entities.end`,"
            " `entities.canonical`, sentiment_score, created_at, received_at, version)"
            f" SELECT '{native}', '{network}', '{conversation}', '{event}', '{who}', '{handle}', 'Pilar Ost', '{role}',"
            f" '{text}', 'https://x/{author}', 7, ['Pilar Ost'], ['PERSON'], [0], [9], [''], -0.5,"
            " toStartOfHour(now()), now(), 5"
        )
    client.command(
        "INSERT INTO raw_conversations (conversation_id, network, state, customer_id, customer_handle, permalink,"
        f" last_customer_text, last_event_id, events, version) VALUES ('{conversation}', '{network}', 'waiting',"
        f" '{author}', 'pilar.ost', 'https://x', 'my lid cracked', '{event}', 2, 1)"
    )
    client.command(
        "INSERT INTO raw_turns (conversation_id, turn, network, state, start_event_id, customer_id, customer_handle,"
        f" started_at, waited_seconds, version) VALUES ('{conversation}', 1, '{network}', 'waiting', '{event}',"
        f" '{author}', 'pilar.ost', now(), 60, 1)"
    )
    client.command(
        "INSERT INTO raw_alerts (alert_id, conversation_id, level, network, customer_handle, text, permalink, version)"
        f" VALUES ('{conversation}:1:breach', '{conversation}', 'breach', '{network}', 'pilar.ost', 'my lid', 'h', 1)"
    )
    client.command(
        "INSERT INTO raw_actions (action_id, conversation_id, kind, note, acted_at)"
        f" VALUES ('a-{network}', '{conversation}', 'snooze', 'Pilar Ost is angry', now())"
    )
    client.command(
        "INSERT INTO raw_deliveries (delivery_id, alert_id, conversation_id, network, at)"
        f" VALUES ('d-{network}', '{conversation}:1:breach', '{conversation}', '{network}', now())"
    )
    client.command(
        "INSERT INTO raw_dead_letters (dead_letter_id, network, payload, key, failed_at) VALUES"
        f" ('l-{network}', '{network}', '{{\"from\":\"{author}\"}}', 'k', now()),"
        f" ('m-{network}', '{network}', '{{\"from\":\"{author}9\"}}', 'k', now())"
    )
    client.command(
        f"INSERT INTO raw_corrections (event_id, sentiment, corrected_at) VALUES ('{event}', 'negative', now())"
    )


def question(event_id: str, author: str) -> Event:
    made = make_event("1", author=make_author(id=author, role="customer"))
    return msgspec.structs.replace(made, network="bluesky", event_id=event_id, conversation_id=event_id)


def everything(client: Client) -> str:
    for table in TABLES:
        client.command(f"OPTIMIZE TABLE {table} FINAL")
    return "\n".join(str(client.query(f"SELECT * FROM {table}").result_rows) for table in TABLES)


def numbers(client: Client) -> dict[str, object]:
    return {name: client.query(sql).result_rows for name, sql in NUMBERS.items()}


def names_left(client: Client, network: str) -> list[str]:
    """What still says who the author was or what they wrote, on their network."""
    asked = {
        "events": ("text", "author_handle", "author_name", "permalink", "entities.text"),
        "conversations": ("customer_handle", "last_customer_text", "permalink"),
        "response_turns": ("customer_handle",),
        "alerts": ("customer_handle", "text", "permalink"),
    }
    found = [
        (view, column, str(row[0]))
        for view, columns in asked.items()
        for column in columns
        for row in client.query(
            f"SELECT `{column}` FROM {view} WHERE network = '{network}'"
            + (" AND author_role = 'customer'" if column in ("author_handle", "author_name") else "")
        ).result_rows
    ]
    notes = client.query("SELECT note FROM actions WHERE action_id = {id:String}", parameters={"id": f"a-{network}"})
    found += [("actions", "note", str(row[0])) for row in notes.result_rows]
    return [str(one) for one in found if re.search("pilar|lid|https", one[2], re.IGNORECASE)]


@pytest.fixture
def stored(settings: Settings, client: Client) -> Client:
    fill(
        client, "bluesky", DID, f"bluesky:at://{DID}/app.bsky.feed.post/3k", f"bluesky:at://{DID}/app.bsky.feed.post/3k"
    )
    fill(client, "x", "88120453", "x:1985", "x:1985")
    return client


@pytest.mark.parametrize(
    ("network", "given"),
    [("bluesky", DID), ("x", "88120453"), ("x", "Pilar.Ost")],
    ids=["ids built from the author's", "id", "handle"],
)
def test_content_and_identity_go_and_numbers_stay(settings: Settings, stored: Client, network: str, given: str):
    before = numbers(stored)

    counts = erase(stored, find(stored, network, given, Privacy()), settings, KEY)

    left = everything(stored)
    others = "88120453" if network == "bluesky" else DID
    own = DID if network == "bluesky" else "88120453"
    assert not [line for line in left.replace("88120453" + "9", "").replace(DID + "9", "").split("), (") if own in line]
    assert others in left  # who did not ask stays
    assert numbers(stored) == before
    assert counts["raw_events"] >= 2
    for view, column in (("events", "text"), ("alerts", "text"), ("conversations", "last_customer_text")):
        texts = stored.query(f"SELECT {column} FROM {view} WHERE network = '{network}'").result_rows
        assert not any("pilar" in str(text).lower() or "lid" in str(text) for text in texts), view
    assert stored.query(
        f"SELECT payload != '' FROM dead_letters WHERE network = '{network}' ORDER BY dead_letter_id"
    ).result_rows == [(0,), (1,)]


def test_erasing_again_finds_nothing(settings: Settings, stored: Client):
    erase(stored, find(stored, "bluesky", DID, Privacy()), settings, KEY)
    left = everything(stored)

    assert erase(stored, find(stored, "bluesky", DID, Privacy()), settings, KEY) == {}
    assert everything(stored) == left


class Killed(BaseException):
    """What ends a run in the middle."""


@contextmanager
def killed_after(settings: Settings, statements: int) -> Iterator[Client]:
    """A client that may change something so often, and no more."""
    client, left = connect(settings.clickhouse), [None] * statements
    command = client.command

    def until(*args: object, **named: object) -> object:
        if not left:
            raise Killed
        left.pop()
        return command(*args, **named)  # type: ignore[arg-type]

    client.command = until  # type: ignore[method-assign,assignment]
    try:
        yield client
    finally:
        client.close()


@pytest.mark.parametrize(
    ("network", "given", "own"),
    [
        ("bluesky", "pilar.ost", DID),
        ("x", "88120453", "88120453"),
        ("x", "Pilar.Ost", "88120453"),
        ("whatsapp", "DE.1502", "491700000000"),
    ],
    ids=["ids built from the author's", "id", "handle", "ids built from the number"],
)
def test_killed_again_and_again_after_a_statement_or_two_the_next_call_goes_on(
    settings: Settings, stored: Client, network: str, given: str, own: str
):
    if network == "whatsapp":
        fill(stored, network, given, f"whatsapp:106/{own}", "whatsapp:1")
    before, privacy, kills = numbers(stored), Privacy(forget_key=KEY), 0

    for attempt in range(40):
        with killed_after(settings, 1 + attempt % 2) as dying, suppress(Killed):  # between the two of a renaming too
            erase(dying, find(dying, network, given, privacy), settings, KEY)
            break
        kills += 1

    assert 5 <= kills < 40
    assert own not in everything(stored).replace(own + "9", "")
    assert numbers(stored) == before
    assert names_left(stored, network) == []


@pytest.mark.parametrize("statements", [5, 99], ids=["in the middle", "after its end"])
def test_what_is_stored_late_goes_with_the_next_call_of_a_run_that_was_killed(
    settings: Settings, stored: Client, statements: int
):
    privacy = Privacy(forget_key=KEY)
    with killed_after(settings, statements) as dying, suppress(Killed):
        erase(dying, find(dying, "x", "88120453", privacy), settings, KEY)
    stored.command(
        "INSERT INTO raw_alerts (alert_id, conversation_id, network, customer_handle, text, version)"
        " VALUES ('x:1985:1:late', 'x:1985', 'x', 'pilar.ost', 'my lid', 1)"
    )

    erase(stored, find(stored, "x", "88120453", privacy), settings, KEY)

    assert names_left(stored, "x") == []


def test_who_is_kept_under_a_pseudonym_is_found_by_the_id(settings: Settings, client: Client):
    kept = pseudonym("x", "88120453", key=KEY)
    fill(client, "x", kept, "x:1", "x:1")

    erase(client, find(client, "x", "88120453", Privacy(pseudonym_key=KEY)), settings, KEY)

    assert kept not in everything(client).replace(kept + "9", "")


@pytest.mark.parametrize(
    ("given", "key"),
    [("DE.1502", Secret()), ("+49 170 0000000", Secret()), ("491700000000", KEY)],
    ids=["id", "number as people write it", "number under a pseudonym"],
)
def test_the_number_in_the_ids_of_whatsapp_goes_and_so_does_who_has_it(
    settings: Settings, client: Client, given: str, key: Secret
):
    author, number = ("DE.1502", "491700000000")
    if key:
        author, number = pseudonym("whatsapp", author, key=key), pseudonym("whatsapp", number, key=key)
    fill(client, "whatsapp", author, f"whatsapp:106/{number}", "whatsapp:1")
    before, privacy = numbers(client), Privacy(forget_key=KEY, pseudonym_key=key)

    erase(client, find(client, "whatsapp", given, privacy), settings, KEY)

    left = everything(client).replace(author + "9", "")
    assert (author in left, number in left) == (False, False)
    assert numbers(client) == before
    assert names_left(client, "whatsapp") == []


def test_a_post_that_comes_again_has_the_ids_that_were_stored(settings: Settings, stored: Client):
    subject = find(stored, "bluesky", DID, Privacy(forget_key=KEY))
    post = question(f"bluesky:at://{DID}/app.bsky.feed.post/3k", DID)

    erase(stored, subject, settings, KEY)

    marks = set(subject.marks(KEY))
    came = erased(post, key=KEY, is_forgotten=marks.__contains__)
    kept = (
        "SELECT event_id, conversation_id, author_id FROM events WHERE network = 'bluesky' AND author_role = 'customer'"
    )
    assert stored.query(kept).result_rows == [(came.event_id, came.conversation_id, came.author.id)]


def test_a_name_with_signs_of_a_pattern_is_taken_as_it_is(settings: Settings, stored: Client):
    left = everything(stored)

    assert erase(stored, find(stored, "x", ".*", Privacy()), settings, KEY) == {}
    assert everything(stored) == left
