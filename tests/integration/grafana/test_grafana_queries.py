"""Every query of every board on a real ClickHouse: it answers, and with what Grafana can show."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.asking import Frame, Query, Reader, Told, faults, panel_query, queries

pytestmark = pytest.mark.integration

HOUR, DAY, WEEK, YEARS = timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=730)
INJECTION = "x') OR 1 = 1; DROP TABLE events; -- \\' $__dateFilter(created_at) ${brand}"

Choice = Mapping[str, tuple[str, ...]]


def everywhere(*values: str) -> Choice:
    """The same values of every variable: what is not a brand is a network."""
    return dict.fromkeys(("brand", "network", "language", "priority"), values)


def all_faults(reader: Reader, period: timedelta, chosen: Choice | None = None) -> list[str]:
    """What is wrong with any answer."""
    return [
        f"{query}: {fault}"
        for query in queries()
        for fault in faults(query, reader.ask(query, period=period, chosen=chosen))
    ]


def answers(reader: Reader, period: timedelta, chosen: Choice) -> dict[str, Frame]:
    return {str(query): reader.ask(query, period=period, chosen=chosen) for query in queries()}


@pytest.mark.parametrize("period", [HOUR, DAY, WEEK, YEARS], ids=["an hour", "a day", "a week", "two years"])
def test_grafana_can_show_every_answer_of_the_sample(sample: Told, period: timedelta) -> None:
    assert all_faults(sample.reader, period) == []


@pytest.mark.parametrize("period", [WEEK, YEARS], ids=["a week", "two years"])
def test_grafana_can_show_every_answer_of_real_conversations(conversations: Told, period: timedelta) -> None:
    assert all_faults(conversations.reader, period) == []


def test_grafana_can_show_every_answer_of_a_choice_of_real_brands(conversations: Told) -> None:
    largest = Counter(one.event.brand for one in conversations.enriched).most_common(2)

    assert all_faults(conversations.reader, WEEK, {"brand": tuple(brand for brand, _ in largest)}) == []


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param({"network": ("x",), "language": ("fr",)}, id="one"),
        pytest.param({"network": ("x", "facebook"), "priority": ("urgent", "normal"), "brand": ("boreane",)}, id="two"),
    ],
)
def test_grafana_can_show_every_answer_of_a_choice(sample: Told, chosen: Choice) -> None:
    assert all_faults(sample.reader, WEEK, chosen) == []


def test_grafana_can_show_every_answer_when_nothing_is_stored_yet(empty: Reader) -> None:
    assert all_faults(empty, DAY) == []


def test_figures_do_not_depend_on_the_zone_of_the_server(sample: Told) -> None:
    """A view with parameters reads an instant as text: the end of a period must stay its end."""
    elsewhere = replace(sample.reader, zone="America/New_York")

    for query in (panel_query("response-times", 1), panel_query("leadership", 8), panel_query("voice", 1)):
        assert elsewhere.ask(query, period=WEEK).rows == sample.reader.ask(query, period=WEEK).rows


def test_every_panel_has_rows_for_the_sample(sample: Told) -> None:
    bare = [str(query) for query in queries() if not sample.reader.ask(query, period=WEEK).rows]

    assert bare == ["pipeline: table 11 Steps of enrichment that failed"], "the sample fails no step"


def test_what_is_typed_into_a_variable_is_a_value_and_never_sql(sample: Told) -> None:
    before = sample.reader.ask(_counting(), period=YEARS).one()

    nowhere = answers(sample.reader, DAY, everywhere("nowhere"))
    injected = answers(sample.reader, DAY, everywhere(INJECTION))

    assert {name: len(frame.rows) for name, frame in injected.items()} == {
        name: len(frame.rows) for name, frame in nowhere.items()
    }
    assert sample.reader.ask(_counting(), period=YEARS).one() == before


@pytest.mark.parametrize(
    ("board", "number", "column"),
    [
        ("leadership", 5, "waiting"),
        ("response-times", 1, "requests"),
        ("voice", 1, "posts"),
        ("inbox", 2, "requests"),
        ("pipeline", 1, "events"),
    ],
)
def test_a_value_that_does_not_exist_selects_nothing(sample: Told, board: str, number: int, column: str) -> None:
    query = panel_query(board, number)

    for name in ("brand", "network"):
        found = sample.reader.ask(query, period=WEEK, chosen={name: ("nowhere",)}).one()
        assert found[column] == 0
    assert sample.reader.ask(query, period=WEEK).one()[column] > 0


def _counting() -> Query:
    return Query(board="", kind="stat", name="", sql="SELECT count() AS events FROM events")
