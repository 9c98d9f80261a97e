"""Figures: only what is declared, in seconds, and one that cannot be read hides no other."""

import re
from pathlib import Path

import pytest

from connectors.counters import MEANINGS, Counters
from deploy.exposition import CALLS, ITEMS, meters_of
from schemas import metrics
from schemas.metrics import METRICS
from schemas.tables import EVENTS
from streams.meters import Meters
from streams.rows import event_row
from streams.timed import Timed
from tests.support.builders import at, make_enriched
from tests.support.figures import DECLARED, parsed, total

ROOT = Path(__file__).parents[3]


def test_names_are_unique_and_say_their_unit():
    names = [metric.name for metric in METRICS]

    assert len(names) == len(set(names))
    for metric in METRICS:
        assert (metric.kind == "counter") == metric.name.endswith("_total"), metric.name
        assert metric.kind != "histogram" or (metric.name.endswith("_seconds") and metric.buckets), metric.name
        assert metric.means
        assert metric.act


def test_a_process_shows_nothing_that_is_not_declared():
    meters = Meters()
    for metric in METRICS:
        if metric in metrics.PROCESS:
            continue
        labels = dict.fromkeys(metric.by, "x")
        if metric.kind == "histogram":
            meters.observe(metric, 0.2, **labels)
        elif metric.kind == "counter":
            meters.add(metric, **labels)
        else:
            meters.ask(metric, lambda by=metric.by: [(["x"] * len(by), 1.0)])

    shown = {figure.name for figure in parsed(meters.text().decode())}

    assert shown == set(DECLARED)


def test_nobody_names_a_figure_outside_the_declaration():
    known = {metric.name for metric in METRICS}
    strange = [
        f"{path.relative_to(ROOT)}: {name}"
        for package in ("connectors", "streams", "deploy")
        for path in (ROOT / package).rglob("*.py")
        for name in re.findall(r"\bvigie_\w+_(?:total|seconds|records|bytes)\b", path.read_text(encoding="utf-8"))
        if name not in known
    ]

    assert strange == []


@pytest.mark.parametrize(
    ("took_s", "bucket"), [pytest.param(0.25, "0.25", id="at a bound"), pytest.param(0.3, "0.5", id="above it")]
)
def test_a_histogram_counts_seconds(took_s: float, bucket: str):
    meters = Meters()

    meters.observe(metrics.BATCH_S, took_s, agent="enrich")

    figures = parsed(meters.text().decode())
    assert total(figures, "vigie_batch_seconds_sum") == took_s
    first = min(float(one.labels["le"]) for one in figures if one.name == "vigie_batch_seconds_bucket" and one.value)
    assert str(first) == bucket


def test_a_figure_that_cannot_be_read_hides_no_other():
    meters = Meters()
    meters.ask(metrics.DEADLINES, lambda: [((), 1 / 0)])
    meters.ask(metrics.READY, lambda: [((), True)])

    figures = parsed(meters.text().decode())

    assert total(figures, "vigie_ready") == 1
    assert not [one for one in figures if one.name == "vigie_deadlines"]


class TakesAll:
    def insert(self, table: object, rows: list[object], *, token: str) -> int:
        return len(rows)


def test_how_long_events_travelled_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch):
    place = {"published_at": at("09:00:02"), "topic": "t", "partition": 0, "offset": 1}
    meters = Meters()
    monkeypatch.setattr("streams.timed.time.time", lambda: at("09:00:05").timestamp())

    Timed(TakesAll(), meters).insert(EVENTS, [event_row(make_enriched(), **place)], token="t")  # type: ignore[arg-type]

    figures = parsed(meters.text().decode())
    assert total(figures, "vigie_event_published_to_row_seconds_sum") == pytest.approx(3.0)
    assert total(figures, "vigie_event_created_to_row_seconds_sum", network="mastodon") == pytest.approx(5.0)
    assert total(figures, "vigie_stored_rows_total", table="events") == 1


def test_all_that_connectors_count_is_shown():
    assert sorted((*ITEMS, *CALLS)) == sorted(MEANINGS)
    counters = Counters()
    counters.add("mastodon", "received", 3)
    counters.add("mastodon", "requests", 2)
    counters.answered("chatwoot", 401)

    figures = parsed(meters_of(counters, lambda: {"mastodon": 59.0}).text().decode())

    assert total(figures, "vigie_connector_items_total", network="mastodon", outcome="received") == 3
    assert total(figures, "vigie_connector_calls_total", outcome="requests") == 2
    assert total(figures, "vigie_webhook_answers_total", network="chatwoot", status="401") == 1
    assert total(figures, "vigie_connector_budget_calls", network="mastodon") == 59
