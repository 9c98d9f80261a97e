"""What each kind of watch sees, and in which words."""

from datetime import datetime, timedelta

import msgspec
import pytest

from schemas.settings import Leader
from schemas.units import PositiveDuration
from schemas.watch import DEFAULT_WATCHES, Watch, WatchMatch, problems
from streams.windows import Partition
from tests.support.builders import DAY, at
from tests.support.watching import found_at, turn_at, with_posts, with_turns

IN_TIME = Watch(name="in-time", kind="share_within_target", min_sample=4)
ADA = Leader(name="Ada Lovelace", delegates=("Nora Weil", "Paul Amet"), offer_above=2)


def asked(partition: Partition, *clocks: str, **fields: object) -> Partition:
    for clock in clocks:
        with_turns(partition, turn_at(clock), **fields)
    return partition


def every(minutes: float, since: datetime, until: datetime) -> list[datetime]:
    count = int((until - since).total_seconds() // (60 * minutes))
    return [since + timedelta(minutes=minutes * place) for place in range(count)]


def test_the_share_counts_answers_in_time_and_turns_that_came_due():
    partition = Partition(number=0)
    for _ in range(3):
        with_turns(partition, turn_at("09:10", waited_s=600))
    asked(partition, "08:30", "08:40")  # nobody answered, and they were due at half past nine

    (found,) = found_at(at("10:00"), IN_TIME, partition)

    assert (found.value, found.sample, found.condition) == (0.6, 5, "bad")
    assert found.explanation.startswith(
        "In the last hour, 3 of 5 requests (60%) were answered within the promised time; the floor is 80%."
    )


def test_a_turn_that_is_not_due_yet_says_nothing_about_the_share():
    partition = asked(Partition(number=0), *["09:30"] * 10)

    (found,) = found_at(at("10:00"), IN_TIME, partition)

    assert (found.sample, found.condition) == (0, "unknown")


def test_a_late_answer_does_not_mend_the_share():
    partition = Partition(number=0)
    for _ in range(4):
        with_turns(partition, turn_at("08:00", waited_s=4500))  # due at nine, answered at a quarter past

    (found,) = found_at(at("09:30"), IN_TIME, partition)

    assert (found.value, found.sample) == (0.0, 4)


def test_the_past_looks_the_same_when_the_answer_is_known_by_then():
    waiting = asked(Partition(number=0), *["08:00"] * 4)
    answered = Partition(number=0)
    for _ in range(4):
        with_turns(answered, turn_at("08:00", waited_s=7200))

    assert found_at(at("09:30"), IN_TIME, waiting) == found_at(at("09:30"), IN_TIME, answered)


def test_partitions_are_judged_together():
    first, second = asked(Partition(number=0), "08:30", "08:30"), asked(Partition(number=1), "08:30", "08:30")

    assert [one.sample for one in found_at(at("10:00"), IN_TIME, first, second)] == [4]


def test_a_turn_without_a_promise_is_in_no_share():
    partition = with_turns(Partition(number=0), turn_at("08:30"))
    partition.waits.clear()
    with_turns(partition, type(turn_at("08:30"))(turn=1, start_event_id="x:1", started_at=at("08:30")))

    assert [one.sample for one in found_at(at("10:00"), IN_TIME, partition)] == [0]


@pytest.mark.parametrize(("closed", "sample"), [("08:45", 0), ("09:45", 1)])
def test_a_turn_that_was_settled_in_time_without_an_answer_is_in_no_share(closed: str, sample: int):
    turn = msgspec.structs.replace(turn_at("08:30"), closed_at=at(closed))
    partition = with_turns(Partition(number=0), turn)

    assert [one.sample for one in found_at(at("10:00"), IN_TIME, partition)] == [sample]


def test_the_slowest_tenth_shows_an_open_turn_with_its_wait_so_far():
    watch = Watch(name="slowest", kind="p90", min_sample=4)
    partition = Partition(number=0)
    for _ in range(8):
        with_turns(partition, turn_at("08:00", waited_s=1800))
    asked(partition, "08:00", "08:00")  # at noon they have waited for four times the promise

    (found,) = found_at(at("12:00"), watch, partition)

    assert (found.condition, found.sample) == ("bad", 10)
    assert found.value == pytest.approx(4.0, rel=0.1)
    assert "2 waited for more than 2 times that" in found.explanation


@pytest.mark.parametrize(("slow", "condition"), [(0, "good"), (1, "good"), (2, "bad")])
def test_one_in_ten_may_be_slow(slow: int, condition: str):
    watch = Watch(name="slowest", kind="p90", min_sample=10)
    partition = Partition(number=0)
    for place in range(10):
        with_turns(partition, turn_at("08:00", waited_s=9000 if place < slow else 1800))

    (found,) = found_at(at("11:00"), watch, partition)

    assert found.condition == condition


def test_the_backlog_counts_who_wrote_within_the_window_and_names_the_others():
    watch = Watch(name="backlog", kind="backlog", limit=2)
    partition = asked(Partition(number=0), "07:00", "09:30", "09:45")
    with_turns(partition, turn_at("09:00", day=DAY - timedelta(days=3)))

    (found,) = found_at(at("10:00"), watch, partition)

    assert (found.value, found.condition) == (3, "bad")
    assert found.explanation == (
        "3 customers who wrote in the last 24 hours wait for an answer, 1 of them for longer than promised; the limit "
        "is 2. The oldest has waited for 3 h 00 min. 1 more have waited since before that."
    )


def test_a_watch_looks_only_at_what_it_matches():
    watch = Watch(name="backlog", kind="backlog", limit=2, match=WatchMatch(networks=("x",), brands=("acme",)))
    partition = asked(Partition(number=0), "09:00", "09:00", "09:00")
    asked(partition, "09:00", network="x")

    assert [one.value for one in found_at(at("10:00"), watch, partition)] == [1]


def test_a_watch_by_network_sees_each_network_alone():
    watch = Watch(name="backlog", kind="backlog", limit=2, by="network")
    partition = asked(Partition(number=0), "09:00", "09:00", "09:00")
    asked(partition, "09:00", network="x")

    found = found_at(at("10:00"), watch, partition)

    assert [(one.scope, one.value, one.condition) for one in found] == [("mastodon", 3, "bad"), ("x", 1, "good")]


def test_a_storm_says_what_is_usual_and_where_it_begins():
    watch = Watch(name="storm", kind="storm")
    partition = Partition(number=0)
    for days in range(1, 29):
        with_posts(
            partition, every(12, at("09:00", day=DAY - timedelta(days=days)), at("10:00") - timedelta(days=days))
        )
    with_posts(partition, every(1, at("09:00"), at("10:00")))

    (found,) = found_at(at("10:00"), watch, partition)

    assert (found.condition, found.value) == ("bad", 60)
    assert "In the last hour, 60 negative posts came" in found.explanation
    assert "4 weeks, 5 are usual" in found.explanation


def test_praise_is_no_storm():
    partition = Partition(number=0)
    for days in range(1, 8):
        with_posts(
            partition, every(12, at("09:00", day=DAY - timedelta(days=days)), at("10:00") - timedelta(days=days))
        )
    with_posts(partition, every(1, at("09:00"), at("10:00")), label="positive")

    assert [one.condition for one in found_at(at("10:00"), Watch(name="storm", kind="storm"), partition)] == ["good"]


def test_a_leader_whose_customers_wait_too_long_is_named():
    partition = asked(Partition(number=0), "08:00", "08:10", "08:20", leader="Ada Lovelace", mentions_leader=True)
    watch = Watch(name="leader", kind="leader")

    late, offer = found_at(at("10:00"), watch, partition, leaders=[ADA])

    assert (late.scope, late.value, late.condition) == ("Ada Lovelace", 3, "bad")
    assert (offer.condition, offer.delegates, offer.leader) == ("bad", ADA.delegates, "Ada Lovelace")
    assert "answer in the name of Ada Lovelace" in offer.explanation


def busy_days(days: int, *, night: bool = True) -> Partition:
    """A post every six minutes from eight to eight on each of so many days before the test day."""
    partition = Partition(number=0)
    for past in range(1, days + 1):
        day = DAY - timedelta(days=past)
        with_posts(partition, every(6, at("08:00", day=day), at("20:00", day=day)))
    return partition


SILENCE = Watch(name="silence", kind="silence", by="network")


def test_a_network_that_stops_in_the_day_is_silent():
    partition = with_posts(busy_days(28), every(6, at("08:00"), at("11:00")))

    found = {clock: found_at(at(clock), SILENCE, partition)[0].condition for clock in ("11:30", "12:00", "13:00")}

    assert found == {"11:30": "between", "12:00": "between", "13:00": "bad"}


def test_silence_says_for_how_long_and_what_should_have_come():
    partition = with_posts(busy_days(28), every(6, at("08:00"), at("11:00")))

    (found,) = found_at(at("13:00"), SILENCE, partition)

    assert found.explanation.startswith(
        "Nothing has come from mastodon for 2 h 06 min. The same 2 hours of earlier days and weeks brought at least 20 "
    )


def test_a_night_is_no_silence():
    partition = with_posts(busy_days(28), every(6, at("08:00"), at("20:00")))
    night = [
        at("20:30"),
        at("23:00"),
        at("02:00", day=DAY + timedelta(days=1)),
        at("07:55", day=DAY + timedelta(days=1)),
    ]

    assert "bad" not in [found_at(instant, SILENCE, partition)[0].condition for instant in night]


def test_a_network_that_never_sent_is_not_silent():
    assert found_at(at("13:00"), SILENCE, Partition(number=0)) == []


def test_a_network_known_for_a_day_is_not_silent():
    assert [one.condition for one in found_at(at("13:00"), SILENCE, busy_days(1))] == ["between"]


def test_a_sunday_on_which_nobody_writes_is_no_silence():
    sunday, partition = DAY - timedelta(days=1), Partition(number=0)
    for past in range(2, 30):
        day = DAY - timedelta(days=past)
        if day.weekday() < 6:
            with_posts(partition, every(6, at("08:00", day=day), at("20:00", day=day)))

    assert [one.condition for one in found_at(at("18:00", day=sunday), SILENCE, partition)] == ["between"]


def test_the_watches_of_a_fresh_installation_work():
    assert problems(DEFAULT_WATCHES) == []


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        (Watch(name="", kind="backlog"), "watches[1].name holds '', should hold 1 to 100 characters and no colon"),
        (Watch(name="a", kind="backlog"), "watches[1].name holds 'a', which watches[0] has already"),
        (
            Watch(name="b", kind="p90", floor=0.5),
            "watches[1].floor is for share_within_target; a watch of kind p90 has",
        ),
        (Watch(name="b", kind="storm", window=PositiveDuration(1500)), "watches[1].window holds 1500 seconds"),
        (Watch(name="b", kind="leader", window=PositiveDuration(3600)), "watches[1].window has no meaning for"),
        (Watch(name="b", kind="storm", limit=0.5), "watches[1].limit holds 0.5, should hold 1 or more"),
    ],
    ids=["no name", "a name twice", "a floor for p90", "a crooked window", "a window for a leader", "half the usual"],
)
def test_a_watch_that_cannot_work_is_told_with_its_place(watch: Watch, problem: str):
    (found,) = problems((Watch(name="a", kind="backlog"), watch))

    assert found.startswith(problem)


@pytest.mark.parametrize("watch", DEFAULT_WATCHES, ids=lambda watch: watch.kind)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_says_its_figures_in_both_languages(watch: Watch, language: str):
    partition = with_posts(asked(Partition(number=0), "07:00"), [at("06:00")])

    found = found_at(at("10:00"), watch, partition, leaders=[ADA], language=language)

    assert found
    assert all(one.explanation.endswith(".") and "None" not in one.explanation for one in found)


def test_the_french_sentence_reads_as_a_french_one():
    partition = Partition(number=0)
    for _ in range(26):
        with_turns(partition, turn_at("09:10", waited_s=600))
    asked(partition, *["08:30"] * 16)

    (found,) = found_at(at("10:00"), IN_TIME, partition, language="fr")

    assert found.explanation.startswith(
        "Au cours de la dernière heure, 26 demandes sur 42 (62\u00a0%) ont reçu une réponse dans le délai "
        "promis\u202f; le plancher est de 80\u00a0%."
    )
