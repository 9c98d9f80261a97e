"""Discourse: the walk down to what was read before, over releases that page by posts and those that page by ids."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.networks import discourse
from connectors.run import read_once
from tests.support.networks import Bench, FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "discourse"]
START = datetime.fromisoformat("2026-11-03T08:00:00+00:00")
FIRST = 1_000  # the id that was given at the start; one is given every second


class Forum(FakeNetwork):
    """A forum that shows some of the ids it has given."""

    def __init__(self, *, by_windows: bool, knows_before: bool = True) -> None:
        super().__init__(FOLDER)
        self.by_windows = by_windows
        self.knows_before = knows_before
        self.top = FIRST
        self.shown = {FIRST - 1}

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        before = int(request.url.params.get("before", 0)) if self.knows_before else 0
        if self.by_windows:
            last = before or self.top
            ids = [id for id in self.shown if last - discourse.WINDOW < id <= last]
        else:
            ids = sorted(id for id in self.shown if not before or id < before)[-discourse.WINDOW :]
        return httpx.Response(200, json={"latest_posts": [post(id) for id in sorted(ids, reverse=True)]})

    def shows(self, *ids: int) -> list[str]:
        self.shown |= set(ids)
        self.top = max(self.top, *ids)
        return [f"discourse:forum.lumora.example/{id}/1" for id in ids]


def post(id: int) -> dict[str, Any]:
    at = START + timedelta(seconds=id - FIRST)
    return {"id": id, "topic_id": id, "created_at": at.isoformat(), "username": "pilar_ost", "raw": "a lid"}


def reading(forum: Forum, path: Path) -> Bench:
    return bench(FOLDER, path / "memory.sqlite", network=forum)


def read(one: Bench) -> list[str]:
    """What one round publishes, without what is older than the start."""
    before = len(one.publisher.events)
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [event.event_id for event in one.publisher.events[before:] if event.created_at >= START]


BOTH = pytest.mark.parametrize("by_windows", [True, False], ids=["by ids", "by posts"])


@BOTH
def test_what_lies_below_many_private_posts_is_read_at_first(by_windows: bool, tmp_path: Path):
    forum = Forum(by_windows=by_windows)
    wanted = forum.shows(FIRST + 1, FIRST + 2, FIRST + 300, FIRST + 301)

    assert read(reading(forum, tmp_path)) == wanted


@BOTH
def test_what_lies_below_many_private_posts_is_read_after_a_pause(by_windows: bool, tmp_path: Path):
    forum = Forum(by_windows=by_windows)
    one = reading(forum, tmp_path)
    forum.shows(FIRST + 1)
    read(one)
    missed = forum.shows(*range(FIRST + 100, FIRST + 140), FIRST + 400)

    assert read(one) == missed
    assert read(one) == []


def test_new_posts_below_a_top_of_private_ones_come_with_the_next_one(tmp_path: Path):
    forum = Forum(by_windows=True)
    one = reading(forum, tmp_path)
    forum.shows(FIRST + 1)
    read(one)
    below = forum.shows(FIRST + 60)
    forum.top = FIRST + 200
    at_first = read(one)
    next_one = forum.shows(FIRST + 201)

    assert at_first == []
    assert read(one) == [*below, *next_one]


@BOTH
def test_a_round_stops_where_the_known_post_was_though_it_is_gone(by_windows: bool, tmp_path: Path):
    forum = Forum(by_windows=by_windows)
    one = reading(forum, tmp_path)
    forum.shows(FIRST + 1)
    read(one)
    forum.shown = set()
    new = forum.shows(FIRST + 30)
    forum.asked.clear()

    assert read(one) == new
    assert len(forum.asked) <= 3


@BOTH
def test_a_young_forum_is_read_to_its_first_post(by_windows: bool, tmp_path: Path):
    forum = Forum(by_windows=by_windows)
    one = reading(forum, tmp_path)
    one.job = replace(one.job, source=replace(one.job.source, since=START - timedelta(days=1)))
    forum.shown = set()
    wanted = forum.shows(FIRST + 1, FIRST + 70)

    assert read(one) == wanted
    assert len(forum.asked) <= FIRST // discourse.WINDOW + 4


def test_a_forum_that_gives_the_same_page_whatever_is_asked_is_asked_twice(tmp_path: Path):
    forum = Forum(by_windows=False, knows_before=False)
    one = reading(forum, tmp_path)
    forum.shown = set()
    wanted = forum.shows(FIRST + 1, FIRST + 2)

    assert read(one) == wanted
    assert len(forum.asked) == 2
