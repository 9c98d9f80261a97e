"""The board as it is seen: full, empty, unknown, French, narrow, wide, and with texts that mean harm."""

import io
from dataclasses import replace
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from deploy.board.answers import (
    Alarm,
    Answering,
    Buried,
    Count,
    Customer,
    Flow,
    NetworkPace,
    Pace,
    Promise,
    Queue,
    Quote,
    Snapshot,
    Subject,
    Voice,
    Waits,
)
from deploy.board.panels.alarms import alarms
from deploy.board.panels.pace import pace
from deploy.board.panels.queue import queue
from deploy.board.panels.voice import voice
from deploy.board.questions import snapshot
from deploy.board.reading import voice as voice_of
from deploy.board.screen import render, shared_out
from deploy.board.words import Language
from schemas.errors import StoreError
from tests.support.builders import at

TODAY = Pace(
    kept=1402, missed=98, waiting=3, first=Waits(median_s=840, p90_s=7500), next=Waits(median_s=360, p90_s=2460)
)
EMPTY = Snapshot(
    now=at("14:05:32"),
    answering=Answering(),
    queue=Queue(),
    voice=Voice(per_minute=(0,) * 60),
    alarms=(),
    flow=Flow(),
    buried=Buried(),
)
FULL = Snapshot(
    now=at("14:05:32"),
    answering=Answering(
        hour=Pace(kept=23, missed=5, waiting=3, first=Waits(median_s=900, p90_s=5400)),
        today=TODAY,
        networks=(
            NetworkPace(network="x", pace=Pace(kept=900, missed=90, waiting=2, first=Waits(median_s=60, p90_s=90))),
            NetworkPace(network="appstore", pace=Pace(kept=502, missed=8, waiting=1)),
            NetworkPace(network="mastodon", pace=Pace(waiting=1)),
        ),
        promise=Promise(shortest_s=1800, longest_s=3600),
    ),
    queue=Queue(
        waiting=3,
        late=2,
        leader=1,
        longest=(
            Customer(handle="ana", network="x", waited_s=11_100, over_s=7500, text="Three weeks, and nothing."),
            Customer(handle="ben", network="appstore", waited_s=3660, over_s=60, text="Madam …", mentions_leader=True),
            Customer(handle="", network="mastodon", waited_s=2880, over_s=-720, text=""),
        ),
    ),
    voice=Voice(
        negative=610,
        neutral=390,
        positive=204,
        per_minute=tuple(range(60)),
        topics=(
            Subject(
                name="delivery",
                events=42,
                negative=30,
                quote=Quote(text="Where is my parcel?", handle="ana", network="x"),
            ),
            Subject(name="phone_queue", events=7, negative=0),
        ),
        intents=(
            Subject(name="complaint", events=500, negative=480, quote=Quote(text="Shame.", handle="ben", network="x")),
            Subject(name="other", events=400, negative=100),
        ),
        names=(Count(name="Lyon", events=9), Count(name="Nina", events=2)),
        languages=(Count(name="fr", events=800), Count(name="und", events=4)),
    ),
    alarms=(
        Alarm(level="breach", resolved=False, ago_s=125, handle="ana", network="x", waited_s=3725, text="Three weeks"),
        Alarm(level="warning_75", resolved=True, ago_s=900, handle="ben", network="appstore", waited_s=2760),
    ),
    flow=Flow(events=1_234_567, per_second=3.2, row_p50_s=0.82, row_p99_s=1.9),
    buried=Buried(letters=12, last_hour=2),
)


def shown(
    found: Snapshot, *, language: Language = "en", width: int = 120, height: int = 50, notes: tuple[str, ...] = ()
) -> str:
    """What a terminal of this size shows, with ordinary spaces."""
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=False, color_system=None)
    console.print(render(found, language=language, width=width, height=height, notes=notes))
    return console.file.getvalue().replace("\u00a0", " ")  # type: ignore[attr-defined]  # a StringIO


def row_of(text: str, start: str) -> str:
    """The first row that starts so, with single spaces."""
    rows = (" ".join(row.split()) for row in text.splitlines())
    return next(row for row in rows if row.startswith(start))


def test_pace_shows_share_counts_and_waits() -> None:
    text = shown(FULL)

    assert "promise 30 min to 1 h" in text
    assert row_of(text, "last hour").startswith("last hour 82% ━")
    assert row_of(text, "today") == f"today 93% {'━' * 22}╸─ 1,402/1,500 14 min 2 h 05 6 min 41 min 3"
    assert row_of(text, "X").startswith("X 91% ━")
    assert row_of(text, "Mastodon") == f"Mastodon – {'┄' * 24} – – – – 1"


def test_queue_shows_how_long_and_by_how_much() -> None:
    text = shown(FULL)

    assert "waiting 3 · past target 2 · ★ leader 1" in text
    assert row_of(text, "+2 h 05") == "+2 h 05 3 h 05 X ana Three weeks, and nothing."
    assert "★ ben" in row_of(text, "+1 min")
    assert row_of(text, "−12 min") == "−12 min 48 min Mastodon unknown"


def test_voice_shows_feelings_topics_and_quotes() -> None:
    text = shown(FULL)

    assert "events in 24 h 1,204" in text
    assert "negative 51%  neutral 32%  positive 17%" in text
    assert row_of(text, "delivery") == "delivery 42 71% “Where is my parcel?” ana, X"
    assert row_of(text, "phone queue") == "phone queue 7 0%"
    assert row_of(text, "complaint") == "complaint 500 96% “Shame.” ben, X"
    assert "names Lyon 9 · Nina 2" in text
    assert "languages French 800 · not clear 4" in text
    assert "█ peak 59" in text


def test_alarms_say_what_ended() -> None:
    text = shown(FULL)

    assert row_of(text, "2 min ago") == "2 min ago breach 1 h 02 X ana Three weeks"
    assert row_of(text, "15 min ago") == "15 min ago ✓ 75% used 46 min App Store ben"


def test_foot_shows_the_flow_and_the_notes() -> None:
    *_, notes, flow = shown(FULL, notes=("enrich: running", "", "sink stopped itself")).splitlines()

    assert notes == "enrich: running · sink stopped itself"
    assert flow == "stored 1,234,567 · 3.2/s · dead letters 12 (last hour 2) · to row p50 820 ms, p99 1.9 s"


def test_french_is_french_throughout() -> None:
    text = shown(FULL, language="fr")

    assert "lundi 2 mars 2026, 14:05:32" in text
    assert "promesse 30 min à 1 h" in text
    assert "attendent 3 · hors délai 2 · ★ direction 1" in text
    assert row_of(text, "aujourd’hui") == f"aujourd’hui 93 % {'━' * 22}╸─ 1 402/1 500 14 min 2 h 05 6 min 41 min 3"
    assert row_of(text, "livraison") == "livraison 42 71 % « Where is my parcel? » ana, X"
    assert row_of(text, "plainte") == "plainte 500 96 % « Shame. » ben, X"
    assert row_of(text, "il y a 2 min").startswith("il y a 2 min dépassement 1 h 02")
    assert "stockés 1 234 567 · 3,2/s · lettres mortes 12 (dernière heure 2) · en base p50 820 ms, p99 1,9 s" in text
    assert not any(word in text for word in ("waiting", "median", "topic", "events", "Alerts", "today"))


def test_an_empty_board_says_so() -> None:
    text = shown(EMPTY, width=80, height=24)

    assert "No customer has asked anything yet today." in text
    assert "Nobody is waiting." in text
    assert "No customer has written in the last 24 hours." in text
    assert "No alert so far." in text
    assert "stored 0 · 0.0/s · dead letters 0" in text


def test_what_is_not_known_is_not_shown_as_nothing() -> None:
    text = shown(Snapshot(now=at("14:05"), missing=("alerts", "events")), width=100, height=24)

    assert text.count("unknown") == 4
    assert "Nobody is waiting" not in text
    assert "Not known, since ClickHouse does not have it yet: alerts, events. Run `vigie migrate`." in text


def test_a_small_terminal_shows_the_three_questions_and_the_alerts() -> None:
    rows = shown(FULL, width=80, height=24, notes=("4 workers run",)).splitlines()

    assert len(rows) == 24
    for start in ("1  How fast", "last hour", "2  Who is", "+2 h 05", "3  What are", "delivery", "Alerts", "4 workers"):
        assert any(row.strip().startswith(start) for row in rows), start


def test_many_networks_share_lines_when_lines_are_few_and_the_rest_is_counted() -> None:
    many = tuple(NetworkPace(network=f"net{index}", pace=Pace(kept=index, missed=1)) for index in range(99))
    found = replace(FULL, answering=Answering(today=TODAY, networks=many))

    text = shown(found, width=80, height=24)

    assert row_of(text, "net0").split()[::3] == ["net0", "net1", "net2"]
    seen = text.count("net") - text.count("network")
    assert f" +{99 - seen}\n" in text


def test_a_wide_terminal_keeps_numbers_left_and_words_right() -> None:
    rows = shown(FULL, width=160, height=45).splitlines()

    body = [row for row in rows if " │ " in row or row.endswith(" │")]
    assert {row.index("│") for row in body} == {75}
    assert any("1  How fast" in row and "2  Who is" in row for row in rows)
    assert all("Three weeks, and" not in row[:75] for row in rows)


HARM = "[bold red]PWNED[/] [link=http://evil]x[/link]\n\x1b[31m\x1b]0;title\x07\u202eabc :bomb: {x} %s \\["


def harmed(text: str) -> Snapshot:
    """The full board with this text wherever a stranger's words stand."""
    assert FULL.queue is not None
    assert FULL.voice is not None
    assert FULL.alarms is not None
    assert FULL.answering is not None
    quote = Quote(text=text, handle=text, network=text)
    return replace(
        FULL,
        answering=replace(FULL.answering, networks=(NetworkPace(network=text, pace=TODAY),)),
        queue=replace(
            FULL.queue,
            longest=tuple(replace(one, handle=text, network=text, text=text) for one in FULL.queue.longest),
        ),
        voice=replace(
            FULL.voice,
            topics=(Subject(name=text, events=3, negative=1, quote=quote),),
            intents=(Subject(name=text, events=3, negative=1, quote=quote),),
            names=(Count(name=text, events=3),),
            languages=(Count(name=text, events=3),),
        ),
        alarms=tuple(replace(one, handle=text, network=text, text=text, level=text) for one in FULL.alarms),
    )


def test_markup_and_escapes_of_strangers_are_only_text() -> None:
    text = shown(harmed(HARM), width=200, height=60, notes=(HARM,))

    assert "[bold red]PWNED[/] [link=http://evil]x[/link] [31m ]0;title abc :bomb: {x} %s \\[" in text
    assert not set(text) & set("\x1b\x07\u202e\r")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("الطرد لم يصل منذ ثلاثة أسابيع وأنا أنتظر الجواب منكم", id="right to left"),
        pytest.param("👩‍💻🇫🇷❤️👍🏽" * 20, id="emoji"),
        pytest.param("配送が三週間も遅れています。返事をください。" * 5, id="wide characters"),
        pytest.param("e" + "\u0301" * 400, id="piled marks"),
    ],
)
@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_text_breaks_the_frame(text: str, width: int) -> None:
    rows = shown(harmed(text), width=width, height=40).splitlines()

    assert len(rows) == 40
    assert max(cell_len(row) for row in rows) <= width


@given(
    width=st.integers(1, 240),
    height=st.integers(1, 80),
    language=st.sampled_from(["en", "fr"]),
    found=st.sampled_from([FULL, EMPTY, Snapshot(now=at("14:05"), missing=("events",)), harmed(HARM)]),
    notes=st.sampled_from([(), ("one",), ("a long note " * 30, HARM)]),
)
def test_every_size_holds_the_board(
    width: int, height: int, language: Language, found: Snapshot, notes: tuple[str, ...]
) -> None:
    rows = shown(found, language=language, width=width, height=height, notes=notes).split("\n")[:-1]

    assert len(rows) == height
    assert max(cell_len(row) for row in rows) <= width


def test_lines_are_shared_out_in_turns_and_the_questions_come_before_the_alerts() -> None:
    wants = {pace: 10, queue: 60, voice: 20, alarms: 40}

    assert list(shared_out(2, wants).values()) == [2, 0, 0, 0]
    assert list(shared_out(9, wants).values()) == [5, 4, 0, 0]
    assert list(shared_out(13, wants).values()) == [5, 3, 3, 2]
    assert sum(shared_out(40, wants).values()) == 40
    assert shared_out(500, wants) == wants


def test_a_quote_is_shown_once() -> None:
    def row(name: str, text: str) -> dict[str, Any]:
        return {
            **{"kind": "topic", "name": name, "events": 2, "negative": 1},
            **{"quote": text, "author_handle": "ana", "network": "x"},
        }

    found = voice_of((), (), [row("delay", "a"), row("delay", "b"), row("price", "a"), row("price", "c")], ())

    assert [(one.name, one.quote.text if one.quote else None) for one in found.topics] == [
        ("delay", "a"),
        ("price", "c"),
    ]


def test_a_server_that_is_away_is_an_error_and_not_an_empty_board() -> None:
    class Away:
        def query(self, *_: object, **__: object) -> None:
            raise OperationalError("connection refused")

    with pytest.raises(StoreError, match="does not answer"):
        snapshot(Away(), now=at("14:05"))  # type: ignore[arg-type]  # a fake
