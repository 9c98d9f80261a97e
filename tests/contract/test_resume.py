"""A first read that is killed goes on with the page that it had come to, and reads no page above it again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.base import Page, Pages, Source
from connectors.run import read_once
from tests.support.fakes import Killed
from tests.support.networks import Bench, FakeNetwork, Folder, bench, folders

NEWEST_FIRST = ("appstoreconnect", "googlereviews", "jsonapi", "trustpilot")
FOLDERS = [pytest.param(one, id=one.network) for one in folders() if one.network in NEWEST_FIRST]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_first_read_that_is_killed_goes_on_with_its_page(folder: Folder, page: int, tmp_path: Path):
    asked = pages_of(read(bench(folder, tmp_path / "whole.sqlite")))
    first = killed(folder, tmp_path, after=page)

    second = read(bench(folder, tmp_path / "memory.sqlite"))

    top = [] if page == 1 else new_of(folder, asked)
    assert pages_of(first) == asked[: page + 1]
    assert pages_of(second) == [*top, *asked[page - 1 :]]
    assert sorted([*ids(first), *ids(second)]) == sorted(folder.load("pages")["publishes"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_page_that_the_network_does_not_know_any_more_is_walked_to_anew(folder: Folder, tmp_path: Path):
    asked = pages_of(read(bench(folder, tmp_path / "whole.sqlite")))
    first = killed(folder, tmp_path, after=2)

    second = read(
        bench(folder, tmp_path / "memory.sqlite", network=Forgetful(folder, asked[1], at=len(new_of(folder, asked))))
    )

    assert pages_of(second) == [*new_of(folder, asked), asked[1], *asked]
    assert sorted([*ids(first), *ids(second)]) == sorted(folder.load("pages")["publishes"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_killed_round_is_followed_by_one_like_any_other(folder: Folder, tmp_path: Path):
    whole = read(bench(folder, tmp_path / "whole.sqlite"))
    killed(folder, tmp_path, after=2)
    again = read(bench(folder, tmp_path / "memory.sqlite"))

    name = whole.job.source.name
    assert again.desk.memory.cursor(name) == whole.desk.memory.cursor(name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_next_round_reads_the_last_days_again(folder: Folder, tmp_path: Path):
    asked = pages_of(read(bench(folder, tmp_path / "memory.sqlite")))

    again = read(bench(folder, tmp_path / "memory.sqlite"))

    assert pages_of(again) == asked, "an answer does not move its review"
    assert ids(again) == []


class Forgetful(FakeNetwork):
    """A network that answers 400 to one question for a page, after so many others."""

    def __init__(self, folder: Folder, url: str, *, at: int) -> None:
        super().__init__(folder)
        self._url, self._at = url, at

    def answer(self, request: httpx.Request) -> httpx.Response:
        answer = super().answer(request)
        listed = [url for url in self.asked if not url.endswith("/token")]
        if len(listed) == self._at + 1 and listed[-1] == self._url:
            return httpx.Response(400, json={"error": "the page is not known"})
        return answer


def killed(folder: Folder, path: Path, *, after: int) -> Bench:
    """A first read that ends with the process, when so many pages are published and the next one has been asked for."""
    first = bench(folder, path / "memory.sqlite").with_pages(cut_off(after))
    with pytest.raises(Killed):
        read_once(first.job, first.desk, first.publisher, stream=False)
    return first


def cut_off(after: int) -> Callable[[Pages], Pages]:
    def change(pages: Pages) -> Pages:
        def fewer(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
            for number, page in enumerate(pages(http, source, cursor)):
                if number == after:
                    raise Killed
                yield page

        return fewer

    return change


def read(reading: Bench) -> Bench:
    read_once(reading.job, reading.desk, reading.publisher, stream=False)
    return reading


def new_of(folder: Folder, asked: list[str]) -> list[str]:
    """What is asked before a walk goes on: down to the newest that was read; a list that may not be sorted, beyond."""
    return asked[: 2 if folder.network == "jsonapi" else 1]


def pages_of(reading: Bench) -> list[str]:
    """The pages that were asked for, in order; a login is none."""
    assert reading.network.unexpected == []
    return [url for url in reading.network.asked if not url.endswith("/token")]


def ids(reading: Bench) -> list[str]:
    return [event.event_id for event in reading.publisher.events]
