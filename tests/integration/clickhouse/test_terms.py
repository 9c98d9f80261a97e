"""Terms of use on the engine: content goes, rows and numbers stay."""

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.clickhouse.migrate import apply, migrate
from deploy.clickhouse.terms import CONTENT
from schemas.settings import NetworkTerm, Settings
from schemas.units import PositiveDuration
from streams.store import connect

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(fresh: Settings) -> Settings:
    """A database of this test alone, which changes its tables."""
    return fresh


COUNTS = {
    "events": "SELECT network, count(), sum(deleted), uniqExact(conversation_id), sum(sentiment_score) FROM events "
    "GROUP BY network ORDER BY network",
    "turns": "SELECT network, count(), sum(waited_seconds) FROM response_turns GROUP BY network ORDER BY network",
    "alerts": "SELECT network, level, count() FROM alerts GROUP BY ALL ORDER BY network",
}


def insert(client: Client, network: str, age_hours: int, *, name: str = "1") -> None:
    key, at = f"{network}:{name}", f"now64(3, 'UTC') - INTERVAL {age_hours} HOUR"
    client.command(
        "INSERT INTO raw_events (event_id, network, conversation_id, author_id, author_handle, author_name,"
        " author_role, text, permalink, likes, `entities.text`, `entities.label`, `entities.start`, `entities.end`,"
        " `entities.canonical`, sentiment_score, created_at, received_at, version) "
        f"SELECT '{key}', '{network}', '{key}', 'a1', 'pilar', 'Pilar Ost', 'customer', 'my lid', 'https://x', 7,"
        f" ['lid'], ['PRODUCT'], [3], [6], [''], -0.5, {at}, {at}, toUnixTimestamp64Milli({at})"
    )
    client.command(
        "INSERT INTO raw_conversations (conversation_id, network, customer_id, customer_handle, permalink,"
        " last_customer_text, events, version, content_received_at)"
        f" SELECT '{key}', '{network}', 'a1', 'pilar', 'https://x', 'my lid', 1, 1, {at}"
    )
    client.command(
        "INSERT INTO raw_turns (conversation_id, turn, network, state, customer_id, customer_handle, started_at,"
        f" waited_seconds, version, content_received_at) SELECT '{key}', 1, '{network}', 'answered', 'a1', 'pilar',"
        f" {at}, 60, 1, {at}"
    )
    client.command(
        "INSERT INTO raw_alerts (alert_id, level, network, customer_handle, text, permalink, version,"
        f" content_received_at) SELECT '{key}:1:breach', 'breach', '{network}', 'pilar', 'my lid', 'https://x', 1, {at}"
    )
    client.command(
        "INSERT INTO raw_dead_letters (dead_letter_id, network, payload, key, reason, failed_at)"
        f" SELECT '{key}', '{network}', 'my lid', 'k', 'why', {at}"
    )


def merge(client: Client) -> None:
    for content in CONTENT:
        client.command(f"OPTIMIZE TABLE {content.table} FINAL")


def contents(client: Client, network: str) -> list[object]:
    found: list[object] = []
    for content in CONTENT:
        columns = ", ".join(f"toString(`{column}`)" for column in content.columns)
        row = client.query(
            f"SELECT {columns} FROM {content.table} FINAL WHERE network = {{n:String}}", parameters={"n": network}
        ).first_row
        found += [value for value in row if value not in ("", None, "[]", "0")]
    return found


def limited(settings: Settings, **days: float) -> Settings:
    networks = {
        network: NetworkTerm(keep=PositiveDuration(86_400 * kept), beyond_terms=True) for network, kept in days.items()
    }
    retention = msgspec.structs.replace(settings.retention, networks=networks)
    return msgspec.structs.replace(settings, retention=retention)


def test_content_goes_after_the_term_of_its_network_and_numbers_stay(settings: Settings, client: Client):
    for content in CONTENT:
        client.command(f"SYSTEM STOP MERGES {content.table}")
    insert(client, "linkedin", 72)
    insert(client, "mastodon", 72)
    counts = {name: client.query(sql).result_rows for name, sql in COUNTS.items()}
    for content in CONTENT:
        client.command(f"SYSTEM START MERGES {content.table}")
    merge(client)

    assert contents(client, "linkedin") == ["7"]  # likes are numbers, of which its terms say nothing
    assert len(contents(client, "mastodon")) == sum(len(content.columns) for content in CONTENT) - 2  # shares, views
    assert {name: client.query(sql).result_rows for name, sql in COUNTS.items()} == counts
    assert client.query("SELECT n.label FROM events ARRAY JOIN entities AS n WHERE network = 'linkedin'").row_count == 0


def test_content_stays_until_the_term_ends(settings: Settings, client: Client):
    insert(client, "linkedin", 3)
    merge(client)

    assert "my lid" in contents(client, "linkedin")


def test_what_a_profile_says_goes_before_what_was_written(settings: Settings, client: Client):
    insert(client, "linkedin", 30)
    merge(client)

    row = client.query("SELECT author_handle, author_name, author_id, text FROM events").first_row
    assert list(row) == ["", "", "a1", "my lid"]


def test_a_changed_setting_holds_for_what_is_stored(settings: Settings, client: Client):
    insert(client, "mastodon", 72)
    merge(client)
    assert "my lid" in contents(client, "mastodon")

    migrate(limited(settings, mastodon=1))
    merge(client)

    assert contents(client, "mastodon") == []
    assert client.command("SELECT count() FROM events") == 1


def test_a_setting_that_is_taken_back_takes_the_limit_back(settings: Settings, client: Client):
    free = limited(settings, linkedin=3650, youtube=3650)
    migrate(limited(settings, mastodon=1))
    migrate(free)
    insert(client, "linkedin", 72)
    insert(client, "mastodon", 72)
    merge(client)

    assert "my lid" in contents(client, "linkedin")
    assert "my lid" in contents(client, "mastodon")


def test_terms_that_have_not_changed_rewrite_nothing(settings: Settings):
    client = connect(settings.clickhouse, database="default")
    commands: list[str] = []
    said = client.command
    client.command = lambda *args, **named: (commands.append(str(args[0])), said(*args, **named))[1]  # type: ignore[method-assign]
    try:
        apply(client, settings)
    finally:
        client.close()

    assert [one for one in commands if "TTL" in one] == []
