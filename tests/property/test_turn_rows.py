"""Whatever is late, deleted, written by somebody else than it seemed, or skipped: no turn of before is left over."""

from datetime import timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from schemas.action import Action
from schemas.conversation import Conversation
from schemas.enriched import Enriched
from schemas.tables import TURNS
from streams.assess import assess
from streams.instants import to_ms
from streams.rows import turn_rows
from streams.timeline import Timeline, add, decide, pack, unpack
from tests.support.builders import at, make_action, make_author, make_book, make_enriched, make_event

BOOK = make_book()
_COLUMNS = [name for name, _ in TURNS.columns]
_MINUTE = timedelta(minutes=1)
Told = Enriched | Action


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    """Events and closings in the order in which they become known, not in which they happened."""
    told: list[Told] = []
    for number in range(draw(st.integers(1, 18))):
        known, happened = at("08:00") + number * _MINUTE, at("06:00") + draw(st.integers(0, 60)) * _MINUTE
        if draw(st.integers(0, 2)) == 0:
            told.append(make_action("close", action_id=f"a{number}", at=happened))
            continue
        role = draw(st.sampled_from(["customer", "customer", "brand", "leader", "automation"]))
        told.append(
            make_enriched(
                make_event(
                    str(draw(st.integers(0, 8))),  # often one that is known: its copy has another instant, another role
                    author=make_author(role),
                    created_at=happened,
                    received_at=known,
                    deleted=draw(st.integers(0, 4)) == 0,
                )
            )
        )
    return told


def heard(timeline: Timeline | None, told: Told) -> Timeline | None:
    if isinstance(told, Action):
        return decide(timeline, told, 0)
    return add(timeline, told, 0, BOOK)


def standing(versions: list[Conversation]) -> set[int]:
    """The numbers of turns that ClickHouse shows: of each the row of the greatest version."""
    newest: dict[int, tuple[int, bool]] = {}
    for conversation in versions:
        for row in turn_rows(conversation):
            named = dict(zip(_COLUMNS, row, strict=True))
            if named["version"] >= newest.get(named["turn"], (0, False))[0]:
                newest[named["turn"]] = (named["version"], bool(named["is_deleted"]))
    return {turn for turn, (_, is_deleted) in newest.items() if not is_deleted}


@settings(max_examples=400)
@given(story=stories(), skipped=st.sets(st.integers(0, 13)), lost_at=st.none() | st.integers(0, 13))
def test_the_turns_that_stand_are_those_of_the_last_version(story: list[Told], skipped: set[int], lost_at: int | None):
    timeline: Timeline | None = None
    versions: list[Conversation] = []
    stored: list[Conversation] = []
    for number, told in enumerate(story):
        if number == lost_at:  # the table is lost, and what was heard is heard again
            timeline = None
            for earlier in story[:number]:
                timeline = heard(timeline, earlier) or timeline
        heard_of = heard(timeline, told)
        if heard_of is None:
            continue
        timeline = unpack(pack(heard_of))
        if not timeline.entries:
            continue
        version = to_ms(at("08:00")) + number
        assessed = assess(timeline, BOOK, watermark_ms=to_ms(at("09:00")), version=version)
        timeline = assessed.timeline
        versions.append(assessed.conversation)
        if number not in skipped:
            stored.append(assessed.conversation)
    if not versions:
        return
    event(f"most {versions[-1].most_turns}, turns {len(versions[-1].turns)}")

    for kept in (versions, [*reversed(stored), versions[-1]]):
        assert standing(kept) == {turn.turn for turn in versions[-1].turns}
