"""Watches: whatever comes in which order and how often, they see the same and say the same."""

import random
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.conversation import Conversation
from schemas.enriched import Enriched, Sentiment
from schemas.watch import DEFAULT_WATCHES
from schemas.window import Window
from streams import arrivals, waits
from streams.episodes import Memory, advance
from streams.instants import to_ms
from streams.watch import findings
from streams.watchwords import words
from streams.windows import Partition, demand, fold, summarise, unfold
from tests.support.builders import at, make_author, make_conversation, make_enriched, make_event, make_turn
from tests.support.watching import arrive

WANTED = demand(DEFAULT_WATCHES)


@st.composite
def events(draw: st.DrawFn) -> list[Enriched]:
    """Some posts, of which a few are edited or deleted later."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        created = at("08:00") + timedelta(minutes=draw(st.integers(0, 119)))
        role = draw(st.sampled_from(["customer", "customer", "brand"]))
        for copy in range(draw(st.integers(1, 2))):
            event = make_event(
                str(number),
                author=make_author(role),
                created_at=created,
                received_at=created + timedelta(minutes=copy),
                network=f"n{number % 2}",
                deleted=draw(st.sampled_from([False, False, True])),
            )
            label = draw(st.sampled_from(["negative", "positive"]))
            found.append(make_enriched(event, sentiment=Sentiment(label=label), is_spam=draw(st.booleans())))
    return found


@st.composite
def versions(draw: st.DrawFn) -> list[Conversation]:
    """Some conversations, each in a few versions, of which a later one knows more."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        started = at("06:00") + timedelta(minutes=draw(st.integers(0, 200)))
        for version in range(1, draw(st.integers(1, 2)) + 1):
            waited = draw(st.one_of(st.none(), st.integers(1, 9000)))
            turn = make_turn(started_at=started, waited_s=waited)
            found.append(
                make_conversation(turn, conversation_id=f"c{number}", version=version, network=f"n{number % 2}")
            )
    return found


def partition_of(posts: list[Enriched], states: list[Conversation]) -> Partition:
    partition = Partition(number=0)
    for offset, enriched in enumerate(posts):
        start = arrivals.slot_start(to_ms(enriched.event.created_at))
        slot = partition.slots.setdefault(start, arrivals.Slot(0, start, -1, {}, {}))
        arrive(slot, enriched, offset)
    for state in states:
        known = partition.waits.get(state.conversation_id)
        changed = waits.remember(known, state, 0, keep_ms=WANTED.keep_ms)
        if changed is not None:
            partition.waits[state.conversation_id] = changed
    return partition


@given(posts=events(), states=versions(), chance=st.randoms(use_true_random=False))
def test_a_window_does_not_depend_on_order_or_repeats(
    posts: list[Enriched], states: list[Conversation], chance: random.Random
):
    mixed_posts, mixed_states = posts + posts[:4], states + states[:4]
    chance.shuffle(mixed_posts)
    chance.shuffle(mixed_states)

    window = summarise(partition_of(posts, states), to_ms(at("10:00")), WANTED)

    assert summarise(partition_of(mixed_posts, mixed_states), to_ms(at("10:00")), WANTED) == window


@given(posts=events(), split=st.integers(0, 12))
def test_a_record_that_is_delivered_again_after_its_slot_was_sealed_counts_once(posts: list[Enriched], split: int):
    whole = arrivals.Slot(0, 0, -1, {}, {})
    for offset, enriched in enumerate(posts):
        arrivals.count(whole, enriched, offset)
    again = arrivals.Slot(0, 0, -1, {}, {})
    for offset, enriched in [*enumerate(posts[:split]), *enumerate(posts)]:
        arrivals.count(again, enriched, offset)

    assert again == whole


CHANGE = st.tuples(
    st.integers(0, 36), st.integers(0, 2), st.integers(0, 120), st.one_of(st.none(), st.integers(1, 12_000))
)


@settings(deadline=None)
@given(changes=st.lists(CHANGE, max_size=12))
def test_windows_are_the_same_although_what_has_ended_is_only_counted(
    changes: list[tuple[int, int, int, int | None]],
):
    held, folded = Partition(number=0), Partition(number=0)
    for place in range(37):  # from six o'clock to noon
        at_ms = to_ms(at("06:00")) + 600_000 * place
        for version, (when, number, minute, waited_s) in enumerate(changes):
            if when != place:
                continue
            turn = make_turn(started_at=at("06:00") + timedelta(minutes=minute), waited_s=waited_s)
            state = make_conversation(turn, conversation_id=f"c{number}", version=version, network=f"n{number % 2}")
            known = held.waits.get(state.conversation_id)
            changed = waits.remember(known, state, 0, keep_ms=WANTED.keep_ms)
            if changed is None:
                continue
            if known is not None and state.conversation_id not in folded.waits:
                unfold(folded, known, WANTED)
            held.waits[state.conversation_id] = folded.waits[state.conversation_id] = changed

        assert shown(folded, at_ms) == shown(held, at_ms)
        fold(folded, at_ms, WANTED)

    assert not [one for one in folded.waits.values() if all(turn.answered_ms for turn in one.turns)]


def shown(partition: Partition, at_ms: int) -> Window:
    """The window, without cells of which there is nothing to say."""
    window = summarise(partition, at_ms, WANTED)
    cells = [
        cell
        for cell in window.cells
        if any(one.waiting for one in cell.queues)
        or any(one.in_time + one.late for one in cell.outcomes)
        or any(one.sample for one in cell.paces)
    ]
    return msgspec.structs.replace(window, cells=tuple(cells))


@settings(deadline=None, max_examples=40)  # forty windows for each example take their time
@given(posts=events(), states=versions(), split=st.integers(0, 40))
def test_alerts_are_the_same_when_the_judge_starts_again_anywhere(
    posts: list[Enriched], states: list[Conversation], split: int
):
    small = tuple(msgspec.structs.replace(watch, min_sample=1) for watch in DEFAULT_WATCHES)
    partition, spoken = partition_of(posts, states), words("en")
    instants = [to_ms(at("09:00")) + 300_000 * place for place in range(40)]
    windows = [summarise(partition, at_ms, demand(small)) for at_ms in instants]

    def judged(memory: Memory, places: range) -> tuple[Memory, list[object]]:
        said: list[object] = []
        for place in places:
            found = findings(small, (), [windows[place]], instants[place], spoken)
            memory, alerts = advance(memory, small, found, [], instants[place], spoken)
            said += alerts
        return memory, said

    _, whole = judged(Memory(), range(40))
    before, first = judged(Memory(), range(split))
    _, second = judged(before, range(max(0, split - 5), 40))  # what was acknowledged too late is judged again

    assert first + second == whole
