"""From a script to events."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sample.bundle import read_scenes, sample_events
from connectors.sample.layout import lay_out, wall_time
from connectors.sample.play import play
from schemas.errors import ConfigError
from schemas.event import Event
from tests.support.fakes import FakePublisher, FixedClock

LEA = {"handle": "lea.test", "name": "Léa T.", "followers": 12}


def script(folder: Path, *posts: dict[str, object], **changes: object) -> Path:
    scene = {"id": "fr-001", "network": "x", "lang": "fr", "start": "tue 09:00", "who": {"c": LEA}, "posts": posts}
    (folder / "a.jsonl").write_text(json.dumps({**scene, **changes}) + "\n", encoding="utf-8")
    return folder


def events(folder: Path) -> list[Event]:
    return [happening.event for happening in lay_out(read_scenes(folder))]


def test_post_and_answers_become_events_of_one_conversation(tmp_path):
    folder = script(
        tmp_path,
        {"by": "c", "text": "allo ?", "likes": 3, "views": 40},
        {"by": "auto", "after": "8s", "text": "Bien reçu."},
        {"by": "brand", "after": "1h2m", "text": "Bonjour ! ^Tom", "to": 0},
        {"by": "leader", "after": "5m", "text": "Je regarde."},
    )

    post, auto, answer, leader = events(folder)

    assert (post.event_id, post.conversation_id, post.brand, post.kind) == ("x:fr-001.0", "x:fr-001", "boreane", "post")
    assert post.created_at == datetime(2024, 4, 2, 7, 0, tzinfo=UTC)
    assert (post.author.role, post.author.handle, post.author.followers) == ("customer", "lea.test", 12)
    assert (post.reach.likes, post.reach.views) == (3, 40)
    assert post.permalink == "https://x.example/lea.test/status/fr-001.0"
    assert (auto.author.role, auto.author.handle, auto.kind) == ("automation", "BoreaneAide", "reply")
    assert (answer.author.role, answer.parent_id) == ("brand", "x:fr-001.0")
    assert answer.created_at - post.created_at == timedelta(hours=1, minutes=2, seconds=8)
    assert (leader.author.role, leader.author.handle, leader.parent_id) == ("leader", "hcastelnaud", "x:fr-001.2")


def test_brand_answers_from_the_account_of_the_language(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "hi"}, {"by": "brand", "after": "1m", "text": "Hello"}, lang="en")

    assert events(folder)[1].author.handle == "BoreaneHelp"


def test_event_is_received_one_to_three_seconds_after_it_happens_and_in_order(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "a"}, {"by": "c", "after": "1s", "text": "b"})

    first, second = events(folder)

    assert timedelta(seconds=1) <= first.received_at - first.created_at <= timedelta(seconds=3)
    assert first.received_at < second.received_at


def test_edit_is_the_same_event_with_a_new_text(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "tpyo"}, {"by": "c", "edit": 0, "after": "2m", "text": "typo"})

    original, edit = events(folder)

    assert (edit.event_id, edit.created_at) == (original.event_id, original.created_at)
    assert (edit.text, edit.edited, original.edited) == ("typo", True, False)
    assert edit.received_at - original.received_at == timedelta(minutes=2)


def test_deletion_is_the_same_event_without_its_text(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "oops"}, {"by": "c", "delete": 0, "after": "6m"})

    original, deletion = events(folder)

    assert (deletion.event_id, deletion.created_at) == (original.event_id, original.created_at)
    assert (deletion.text, deletion.deleted) == ("", True)


def test_reply_after_an_edit_answers_the_post_before_it(tmp_path):
    folder = script(
        tmp_path,
        {"by": "c", "text": "a"},
        {"by": "c", "edit": 0, "after": "1m", "text": "b"},
        {"by": "brand", "after": "1m", "text": "c"},
    )

    assert events(folder)[2].parent_id == "x:fr-001.0"


def test_whatsapp_is_private_and_has_no_permalink(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "a", "kind": "message"}, network="whatsapp")

    (event,) = events(folder)

    assert (event.visibility, event.permalink, event.kind) == ("private", None, "message")


def test_undetermined_language_gives_no_hint(tmp_path):
    folder = script(tmp_path, {"by": "c", "text": "👀", "lang": "und"})

    assert events(folder)[0].language is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("sun 01:59:59", datetime(2024, 3, 31, 0, 59, 59, tzinfo=UTC), id="last second of winter time"),
        pytest.param("sun 03:00", datetime(2024, 3, 31, 1, 0, tzinfo=UTC), id="first second of summer time"),
        pytest.param("tue 23:59", datetime(2024, 4, 2, 21, 59, tzinfo=UTC), id="last minute"),
    ],
)
def test_wall_time_of_paris_becomes_utc(text, instant):
    assert wall_time(text, "f") == instant


@pytest.mark.parametrize(
    ("posts", "changes", "message"),
    [
        pytest.param([{"by": "c", "text": "a"}], {"start": "sun 02:30"}, "summer time skips", id="hour that is not"),
        pytest.param([{"by": "c", "text": "a"}], {"start": "wed 10:00"}, "the start is not written", id="wrong day"),
        pytest.param([{"by": "c", "text": "a"}], {"start": "tue 25:00"}, "the start is not written", id="25 h"),
        pytest.param([{"by": "c", "text": "a", "after": "15h"}], {}, "after the three days", id="too late"),
        pytest.param([{"by": "c", "text": "a", "after": "soon"}], {}, "`after` is not a duration", id="no duration"),
        pytest.param([{"by": "c3", "text": "a"}], {}, "not in `who`", id="stranger"),
        pytest.param([{"by": "c"}], {}, "has no text", id="no text"),
        pytest.param([{"by": "c", "text": "a"}, {"by": "c", "edit": 0}], {}, "an edit has no text", id="empty edit"),
        pytest.param([{"by": "c", "delete": 0}], {}, "points to post 0, which is not", id="deletes itself"),
        pytest.param([{"by": "c", "text": "a"}, {"by": "brand", "delete": 0}], {}, "somebody edits", id="not theirs"),
        pytest.param([{"by": "c", "text": "a", "like": 3}], {}, "unknown field `like`", id="typo"),
        pytest.param([{"by": "c", "text": "a", "rating": 6}], {}, "rating", id="six stars"),
        pytest.param([], {}, "posts", id="no posts"),
        pytest.param([{"by": "c", "text": "a"}], {"network": "My Network"}, "network", id="bad network"),
    ],
)
def test_wrong_script_is_refused_with_its_file_and_line(tmp_path, posts, changes, message):
    with pytest.raises(ConfigError, match=message) as caught:
        events(script(tmp_path, *posts, **changes))

    assert caught.value.where == "a.jsonl, line 1"


def test_script_that_is_not_json_is_refused_with_its_file_and_line(tmp_path):
    script(tmp_path, {"by": "c", "text": "a"})
    with (tmp_path / "a.jsonl").open("a") as stream:
        stream.write("\n{,}\n")

    with pytest.raises(ConfigError, match=r"a\.jsonl, line 3: this is no conversation"):
        events(tmp_path)


def test_id_of_a_conversation_is_given_once(tmp_path):
    script(tmp_path, {"by": "c", "text": "a"})
    (tmp_path / "b.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes())

    with pytest.raises(ConfigError, match=r"b\.jsonl, line 1: the id fr-001 is taken by a\.jsonl, line 1"):
        events(tmp_path)


def test_folder_without_scripts_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no script"):
        events(tmp_path)


def test_rebase_moves_the_split_to_the_given_instant_and_everything_with_it():
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    plain, moved = sample_events(), sample_events(rebase_to=now)

    shift = now - datetime(2024, 4, 2, 15, 20, tzinfo=UTC)
    assert [event.created_at + shift for event in plain.history] == [event.created_at for event in moved.history]
    assert [event.received_at + shift for event in plain.live] == [event.received_at for event in moved.live]
    assert max(event.created_at for event in moved.history) < now
    assert min(event.received_at for event in moved.live) >= now


def test_live_events_are_published_when_they_are_due():
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    live = sample_events(rebase_to=now).live[:40]
    publisher, clock = FakePublisher(), FixedClock(now)

    count = play(live, publisher, clock=clock, sleep=clock.sleep)

    assert count == 40
    assert publisher.events == list(live)
    assert clock.now() == max(event.received_at for event in live)
