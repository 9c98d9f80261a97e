"""Whatever is forgotten in between, the store ends with the same turns as if nothing had been."""

from datetime import timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from schemas.action import Action
from schemas.enriched import Enriched, Sentiment
from schemas.policy import ResponsePolicy
from schemas.settings import Leader
from schemas.tables import CONVERSATIONS, TURNS
from schemas.units import Duration
from streams.assess import assess
from streams.instants import to_ms
from streams.past import settle
from streams.rows import conversation_row, turn_rows
from streams.timeline import Timeline, add, decide, is_unheard, pack, unpack
from tests.support.builders import at, make_action, make_author, make_book, make_enriched, make_event

BOOK = make_book(
    ResponsePolicy(name="an hour", first=Duration(3600), next=Duration(7200), owner="care"),
    leaders=(Leader(name="Ada", handles=("ada",), delegates=("bob",)),),
)
REMEMBERED = timedelta(days=90)
_TURN_COLUMNS = [name for name, _ in TURNS.columns]
_COLUMNS = [name for name, _ in CONVERSATIONS.columns]
Told = Enriched | Action


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """A conversation in order of time, with silences of minutes, days and years."""
    told: list[Told] = []
    now = at("08:00")
    for number in range(draw(st.integers(2, 9))):
        now += timedelta(minutes=draw(st.sampled_from([5, 61, 3 * 1440, 120 * 1440, 400 * 1440])))
        kind = draw(st.sampled_from(["customer", "customer", "brand", "brand", "automation", "close", "assign"]))
        if kind in ("close", "assign"):
            told.append(make_action(kind, action_id=f"a{number}", at=now, to=draw(st.sampled_from(["Nora", "Max"]))))
            continue
        event = make_event(str(number), author=make_author(kind), created_at=now, received_at=now)
        label = draw(st.sampled_from(["negative", "positive"]))
        mentions = draw(st.integers(0, 5)) == 0
        told.append(make_enriched(event, sentiment=Sentiment(label=label), mentions_leader=mentions))
    return told


class Store:
    """The rows as ClickHouse keeps them: of each key the greatest version."""

    def __init__(self) -> None:
        self.turns: dict[object, dict[str, Any]] = {}
        self.conversation: dict[str, Any] = {}

    def take(self, conversation: Any) -> None:
        for row in turn_rows(conversation):
            named = dict(zip(_TURN_COLUMNS, row, strict=True))
            if named["version"] >= self.turns.get(named["turn"], {"version": 0})["version"]:
                self.turns[named["turn"]] = named
        named = dict(zip(_COLUMNS, conversation_row(conversation), strict=True))
        assert named["version"] > self.conversation.get("version", 0)
        self.conversation = named

    def standing(self) -> list[dict[str, Any]]:
        """The turns that are not deleted, without what says when they were written."""
        skipped = {"version", "state", *_OF_THE_CONVERSATION}
        rows = [row for _, row in sorted(self.turns.items(), key=str) if not row["is_deleted"]]
        return [{name: value for name, value in row.items() if name not in skipped} for row in rows]


# what every turn repeats of its conversation is that of the version that wrote it
_OF_THE_CONVERSATION = {
    "mentions_leader",
    "customer_handle",
    "customer_id",
    "language",
    "sentiment_score_end",
    "content_received_at",
}


def played(story: list[Told], *, forgets: bool, again: int = 0) -> tuple[Store, int]:
    """The story through the agent's rules; how often the conversation was forgotten."""
    store, timeline, times = Store(), None, 0
    for place, one in enumerate(story):
        now = one.at if isinstance(one, Action) else one.event.created_at
        timeline = _looked_at(store, timeline, to_ms(now))
        if forgets and timeline is not None and _heard(timeline) < to_ms(now - REMEMBERED):
            version, wall = timeline.version + 1, to_ms(now)
            settled = settle(timeline, BOOK, watermark_ms=to_ms(now), version=version, now_ms=wall)
            times += settled is not None
            timeline = unpack(pack(settled or timeline))
        for told in (one, *story[max(0, place - again) : place]):  # some come again, whatever was forgotten
            changed = decide(timeline, told, 0) if isinstance(told, Action) else add(timeline, told, 0, BOOK)
            if changed is not None:
                timeline = _published(store, changed, to_ms(now))
    end_ms = to_ms(at("08:00") + timedelta(days=9000))
    assert timeline is not None
    _looked_at(store, timeline, end_ms)
    return store, times


def _looked_at(store: Store, timeline: Timeline | None, now_ms: int) -> Timeline | None:
    while timeline is not None and timeline.due_ms and timeline.due_ms < now_ms:
        timeline = _published(store, timeline, timeline.due_ms + 1)
    return timeline


def _published(store: Store, timeline: Timeline, now_ms: int) -> Timeline:
    if is_unheard(timeline):
        return timeline
    assessed = assess(timeline, BOOK, watermark_ms=now_ms, version=1)
    store.take(assessed.conversation)
    return assessed.timeline


def _heard(timeline: Timeline) -> int:
    past = [timeline.past.last_ms] if timeline.past else []
    return max([one.at_ms for one in (*timeline.entries,)] + [one.at_ms for one in timeline.decisions] + past)


@settings(max_examples=150, deadline=None)
@given(story=stories(), again=st.integers(0, 9))
def test_the_store_ends_with_the_same_turns_whatever_was_forgotten_in_between(story: list[Told], again: int) -> None:
    whole, _ = played(story, forgets=False)
    parted, times = played(story, forgets=True, again=again)

    rows = zip(parted.standing(), whole.standing(), strict=True)
    assert [{name: (value, two[name]) for name, value in one.items() if value != two[name]} for one, two in rows] == [
        {} for _ in whole.standing()
    ]
    event(f"forgotten {min(times, 3)}, turns {min(len(parted.standing()), 4)}")


def test_a_customer_who_writes_after_a_year_gets_the_next_number_and_a_first_response_of_their_own() -> None:
    later = at("08:00") + timedelta(days=400)
    story: list[Told] = [
        make_enriched(make_event("1", created_at=at("08:00"))),
        make_enriched(make_event("2", author=make_author("brand"), created_at=at("08:30"))),
        make_enriched(make_event("3", created_at=later)),
    ]

    whole, _ = played(story, forgets=False)
    parted, times = played(story, forgets=True, again=3)

    assert times == 1
    shown = [(row["turn"], row["thread"], row["is_first"]) for row in parted.standing()]
    assert shown == [(1, 1, True), (2, 2, True)]
    differing = {name for name, value in whole.conversation.items() if parted.conversation[name] != value}
    assert differing <= {"version"}
