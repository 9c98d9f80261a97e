"""What the doctor says of workers: which, why, and the command."""

from pathlib import Path

import pytest

from deploy.doctor.finding import Finding, Subject
from deploy.doctor.workers import Lag, Worker, examine, judged, lagging, travelled
from schemas.settings import ClickHouse, Embedded, Settings
from streams.worker import AGENTS

TROUBLE = (Path(__file__).parents[3] / "deploy" / "TROUBLE.md").read_text(encoding="utf-8")
WELL = tuple(Worker(worker=f"{agent}@host:1", agent=agent, state="working", lag=2) for agent in AGENTS)


def with_one(**fields: object) -> list[Finding]:
    """What is found when the first worker, of enrich, is so."""
    first = Worker(**{"worker": "enrich@host:1", "agent": "enrich", "state": "working", **fields})  # type: ignore[arg-type]
    return list(judged([first, *WELL[1:]]))


def test_workers_that_are_well_are_one_line():
    assert list(judged(WELL)) == [Finding(name="workers", verdict="ok", cause="5 are well, 10 records wait")]


@pytest.mark.parametrize(
    ("state", "says", "command"),
    [
        ("silent", "no word for 5 min, 40 records behind", "`vigie worker enrich`"),
        ("stalled", "it stands still: because", "`vigie worker enrich`"),
        ("failed", "it stopped itself: because", "`vigie dead-letters list --stage enrich`"),
    ],
)
def test_one_that_is_not_well_fails_with_cause_and_command(state: str, says: str, command: str):
    (found,) = with_one(state=state, reason="because", silent_s=300.0, lag=40)

    assert (found.name, found.verdict) == ("worker enrich@host:1", "fail")
    assert found.cause.startswith(says)
    assert command in found.repair


def test_a_connector_is_started_with_its_own_command():
    (found,) = judged([Worker(worker="connect@host:1", agent="connect", state="silent", silent_s=90.0), *WELL])

    assert "`vigie connect`" in found.repair


def test_when_all_are_silent_that_is_one_finding_about_what_they_share():
    found = list(
        judged([Worker(worker=f"{agent}@h:1", agent=agent, state="silent", silent_s=90.0) for agent in AGENTS])
    )

    assert [one.verdict for one in found] == ["fail"]
    assert found[0].cause.startswith("no word from any worker for 90 s")
    assert "sink" in found[0].repair


def test_an_agent_without_any_worker_is_a_warning_that_names_it():
    (absent, well) = judged([one for one in WELL if one.agent not in ("watch", "notify")])

    assert (absent.verdict, well.verdict) == ("warn", "ok")
    assert "`vigie worker watch notify`" in absent.repair


def test_a_worker_that_holds_more_than_it_should_is_a_warning():
    assert [one.verdict for one in with_one(memory_bytes=600_000_000)] == ["ok"]

    _, heavy = with_one(memory_bytes=750_000_000)

    assert (heavy.verdict, heavy.cause) == ("warn", "750 MB, more than 600")


@pytest.mark.parametrize(
    ("now", "before", "lags"),
    [
        pytest.param(5000, 4000, True, id="grows"),
        pytest.param(5000, 5000, True, id="stands"),
        pytest.param(5000, 9000, False, id="catches up"),
        pytest.param(1000, 10, False, id="is on its way"),
        pytest.param(5000, 0, False, id="has only just come"),
    ],
)
def test_an_agent_lags_when_it_is_far_behind_and_does_not_catch_up(now: int, before: int, lags: bool):
    found = list(lagging({"enrich": Lag(now=now, before=before)}, 4))

    assert [one.name for one in found] == (["lag of enrich"] if lags else [])
    assert all("up to 4" in one.repair and "`vigie worker enrich`" in one.repair for one in found)


@pytest.mark.parametrize(
    ("wrong", "all_well", "verdict", "says"),
    [
        ("", True, "ok", ""),
        ("no test event has ever arrived: run `vigie up`", True, "warn", "start `vigie canary`"),
        ("the last test event that arrived was sent 900 s ago", True, "fail", "start `vigie canary`"),
        ("the last test event that arrived was sent 900 s ago", False, "fail", "Mend the workers first"),
        ("the last test event took 40.0 s, more than canary.late_after", False, "warn", "which part takes how long"),
    ],
)
def test_a_test_event_that_did_not_come_says_where_to_look(wrong: str, all_well: bool, verdict: str, says: str):
    found = travelled(wrong, all_well=all_well)

    assert (found.verdict, found.cause) == (verdict, wrong or "the last test event came in time")
    assert says in found.repair


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(clickhouse=ClickHouse(url="http://127.0.0.1:9")), id="a server that is away"),
        pytest.param(Settings(embedded=Embedded(data_dir="/not/there")), id="no stack"),
    ],
)
def test_where_no_store_answers_nothing_is_added_to_what_is_said_of_the_store(settings: Settings, tmp_path: Path):
    assert list(examine(Subject(settings=settings, folder=tmp_path))) == []


@pytest.mark.parametrize(
    "words",
    ["no word from any worker", "no word for", "it stands still", "it stopped itself", "lag of", "memory of", "canary"],
)
def test_the_words_of_the_doctor_stand_in_the_page_about_trouble(words: str):
    assert f"doctor: *{words}" in TROUBLE
