"""What support teams complain of in other products, as stories, with what happens here.

Read a case like this: these people wrote at these times, and this is what is measured. Times are of Paris. A turn is
`(waited, open hours of it, late)`; None stands for a wait that goes on. Hours are from nine to five unless said.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.calendar import CalendarSettings
from schemas.enriched import Sentiment
from schemas.event import Role
from schemas.policy import EscalationStep, Match, ResponsePolicy
from schemas.units import PositiveDuration
from streams.assess import Assessment, assess
from streams.instants import to_ms
from streams.timeline import Timeline, add, decide
from tests.support.builders import make_action, make_author, make_book, make_enriched, make_event

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 3, 9, tzinfo=PARIS)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = CalendarSettings(name="office", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",))
LUNCH = CalendarSettings(name="office", time_zone="Europe/Paris", hours=("mon-fri 09:00-12:00 14:00-17:00",))
HOUR, MINUTE = PositiveDuration(3600), PositiveDuration(60)
AN_HOUR = ResponsePolicy(name="an hour", first=HOUR, next=HOUR, calendar="office", warnings=())

Said = tuple[str, str] | tuple[str, str, dict[str, object]]
Waited = tuple[float | None, float | None, bool]


def when(text: str) -> datetime:
    """`fri 16:30`, of the week of the stories; `next mon 09:30` and `last fri 09:00` are a week on and back."""
    *week, day, clock = text.split()
    weeks = {"next": 1, "last": -1}.get(week[0], 0) if week else 0
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    local = MONDAY + timedelta(weeks=weeks, days=DAYS.index(day))
    return local.replace(hour=hours, minute=minutes, second=seconds[0] if seconds else 0).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Story:
    """Who wrote when, and what was promised. `now` is when we look."""

    said: list[Said]
    policies: tuple[ResponsePolicy, ...] = (AN_HOUR,)
    calendar: CalendarSettings = OFFICE
    closed: tuple[str, ...] = ()
    now: str = "next fri 16:59"

    def look(self) -> Assessment:
        """What Vigie says of it."""
        book = make_book(*self.policies, calendars=(self.calendar,))
        timeline: Timeline | None = None
        for number, (at, who, *more) in enumerate(self.said, start=1):
            fields = dict(more[0]) if more else {}
            role, _, handle = who.partition(" ")
            roles: dict[str, Role] = {"bot": "automation"}
            author = make_author(roles.get(role, role), **({"handle": handle} if handle else {}))  # type: ignore[arg-type]
            deleted = bool(fields.pop("deleted", False))
            event = make_event(str(number), author=author, created_at=when(at), deleted=deleted)
            timeline = add(timeline, make_enriched(event, **fields), 0, book) or timeline
        for number, at in enumerate(self.closed):
            timeline = decide(timeline, make_action("close", action_id=f"c{number}", at=when(at)), 0)
        assert timeline is not None
        return assess(timeline, book, watermark_ms=to_ms(when(self.now)), version=1)

    def turns(self) -> list[Waited]:
        """Minutes that each turn waited, open minutes of it, whether it was late."""
        return [
            (
                None if turn.waited_s is None else turn.waited_s / 60,
                None if turn.waited_business_s is None else turn.waited_business_s / 60,
                turn.breached,
            )
            for turn in self.look().conversation.turns
        ]

    def due(self) -> list[datetime | None]:
        """When each turn had to be answered."""
        return [turn.due_at for turn in self.look().conversation.turns]

    def said_late(self) -> list[str]:
        """The levels that were said."""
        return [alert.level for alert in self.look().alerts]


CASES = [
    pytest.param(
        Story(
            said=[("fri 16:30", "customer"), ("next tue 09:20", "brand")],
            calendar=CalendarSettings(
                name="office", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",), closed=(date(2026, 3, 16),)
            ),
        ),
        ["next tue 09:30"],
        [(5330, 50, False)],
        id="1: a closed day does not count",
    ),
    pytest.param(
        Story(said=[("mon 11:40", "customer"), ("mon 14:30", "brand")], calendar=LUNCH),
        ["mon 14:40"],
        [(170, 50, False)],
        id="2 and 29: several periods a day: lunch does not count",
    ),
    pytest.param(
        Story(said=[("fri 16:30", "customer"), ("next mon 09:31", "brand")]),
        ["next mon 09:30"],
        [(3901, 61, True)],
        id="3 and 24: Friday 16:30 and one hour is Monday 09:30, and the breach goes by it too",
    ),
    pytest.param(
        Story(
            said=[
                ("last wed 10:00", "customer"),
                ("last wed 10:05", "brand"),
                ("mon 10:00", "customer"),
                ("mon 10:10", "brand"),
            ]
        ),
        ["last wed 11:00", "mon 11:00"],
        [(5, 5, False), (10, 10, False)],
        id="4: a thread that is opened again after five days took ten minutes, not five days",
    ),
    pytest.param(
        Story(said=[("mon 09:00", "customer"), ("mon 09:01", "bot"), ("mon 09:20", "brand")]),
        ["mon 10:00"],
        [(20, 20, False)],
        id="5 and 6: a bot answers nobody: the customer waits for a human",
    ),
    pytest.param(
        Story(
            said=[
                ("mon 09:00", "customer"),
                ("mon 09:20", "customer"),
                ("mon 09:40", "customer"),
                ("mon 10:10", "brand"),
                ("mon 11:00", "customer"),
                ("mon 11:30", "brand"),
            ]
        ),
        ["mon 10:00", "mon 12:00"],
        [(70, 70, True), (30, 30, False)],
        id="8: later answers have a time too, and the first of several questions starts the clock",
    ),
    pytest.param(
        Story(said=[("mon 09:00", "customer"), ("mon 09:10", "brand"), ("mon 09:11", "brand")]),
        ["mon 10:00"],
        [(10, 10, False)],
        id="19: who wrote last is not waited for: nothing is due after the brand's word",
    ),
    pytest.param(
        Story(
            said=[("mon 09:00", "customer"), ("mon 09:10", "customer"), ("mon 10:30", "brand")],
            policies=(ResponsePolicy(name="p", first=PositiveDuration(7200), next=MINUTE),),
        ),
        ["mon 11:00"],
        [(90, 90, False)],
        id="20: the promise for later answers does not hold before there was a first one",
    ),
    pytest.param(
        Story(
            said=[("mon 09:00", "customer"), ("mon 09:10", "brand"), ("mon 11:00", "customer", {"intent": "other"})],
            now="mon 11:30",
        ),
        ["mon 10:00", "mon 12:00"],
        [(10, 10, False), (None, None, False)],
        id="21: whatever the customer writes, and by which door, starts the clock again",
    ),
    pytest.param(
        Story(said=[("mon 09:00", "customer"), ("mon 09:10", "brand")], closed=("mon 09:10",)),
        ["mon 10:00"],
        [(10, 10, False)],
        id="22: answered and closed in one step is answered",
    ),
    pytest.param(
        Story(said=[("mon 09:00", "customer"), ("mon 09:10", "brand")], now="mon 09:11"),
        ["mon 10:00"],
        [(10, 10, False)],
        id="23: the time is there as soon as the answer is, not when the case is closed",
    ),
    pytest.param(
        Story(
            said=[("mon 09:00", "customer"), ("mon 09:03", "brand")],
            policies=(ResponsePolicy(name="p", first=PositiveDuration(120), next=MINUTE),),
        ),
        ["mon 09:02"],
        [(3, 3, True)],
        id="27: a promise in minutes",
    ),
    pytest.param(
        Story(
            said=[("mon 09:00", "customer", {"deleted": True}), ("mon 09:30", "customer"), ("mon 09:40", "brand")],
        ),
        ["mon 10:30"],
        [(10, 10, False)],
        id="27: what the customer deleted leaves the turn, and the rest of it stays",
    ),
    pytest.param(
        Story(said=[("sat 12:00", "customer"), ("next mon 09:30", "brand")]),
        ["next mon 10:00"],
        [(45.5 * 60, 30, False)],
        id="28: the week-end does not count",
    ),
]


@pytest.mark.parametrize(("story", "due", "turns"), CASES)
def test_what_support_teams_miss_elsewhere_is_measured_here(story: Story, due: list[str], turns: list[Waited]):
    assert story.due() == [when(text) for text in due]
    assert story.turns() == turns


def test_4_the_thread_that_was_opened_again_has_a_first_response_of_its_own():
    story = Story(said=[("last wed 10:00", "customer"), ("last wed 10:05", "brand"), ("mon 10:00", "customer")])

    first, again = story.look().conversation.turns

    assert (first.thread, first.is_first) == (1, True)
    assert (again.thread, again.is_first) == (2, True)


def test_5_the_part_of_the_wait_that_was_for_a_human_alone_is_told_beside_the_whole():
    story = Story(said=[("mon 09:00", "customer"), ("mon 09:05", "bot"), ("mon 09:07", "brand")])

    (turn,) = story.look().conversation.turns

    assert turn.waited_s == 7 * 60
    assert (turn.answered_at, turn.handed_over_at) == (when("mon 09:07"), when("mon 09:05"))


def test_7_and_10_an_answer_is_credited_to_the_human_who_gave_it_and_to_nobody_else():
    story = Story(
        said=[
            ("mon 09:00", "customer"),
            ("mon 09:01", "bot helper"),
            ("mon 09:20", "brand lea"),
            ("mon 09:21", "brand tom"),
            ("mon 09:30", "customer"),
        ]
    )

    answered, waiting = story.look().conversation.turns

    assert (answered.answered_by, answered.waited_s) == ("lea", 1200.0)
    assert (waiting.answered_by, waiting.waited_s) == ("", None)


def test_9_each_wait_is_kept_so_that_one_long_night_does_not_hide_the_quick_answers():
    story = Story(
        said=[
            *(("mon 09:00", "customer"), ("mon 09:02", "brand")),
            *(("mon 10:00", "customer"), ("mon 10:02", "brand")),
            *(("mon 16:59", "customer"), ("tue 09:01", "brand")),
        ],
    )

    assert [(waited, open_minutes) for waited, open_minutes, _ in story.turns()] == [(2, 2), (2, 2), (962, 2)]


def test_11_each_turn_says_whether_it_kept_its_promise_the_first_and_the_later_ones():
    policy = ResponsePolicy(name="p", first=HOUR, next=PositiveDuration(600))
    story = Story(
        said=[
            *(("mon 09:00", "customer"), ("mon 09:50", "brand")),
            *(("mon 10:00", "customer"), ("mon 10:11", "brand")),
        ],
        policies=(policy,),
    )

    assert [(turn.is_first, turn.target_s, turn.breached) for turn in story.look().conversation.turns] == [
        (True, 3600.0, False),
        (False, 600.0, True),
    ]


def test_14_a_message_that_waits_too_long_goes_up_by_itself_step_by_step():
    steps = (EscalationStep(after=HOUR, to="head of care"), EscalationStep(after=PositiveDuration(7200), to="director"))
    policy = ResponsePolicy(name="p", first=HOUR, next=HOUR, warnings=(), escalation=steps)

    alerts = Story(said=[("mon 09:00", "customer")], policies=(policy,), now="mon 12:01").look().alerts

    assert [(alert.level, alert.step, alert.to) for alert in alerts] == [
        ("breach", 1, ""),
        ("escalation", 1, "head of care"),
        ("escalation", 2, "director"),
    ]


def test_19_nothing_is_due_while_the_brand_wrote_last():
    story = Story(said=[("mon 09:00", "customer"), ("mon 09:10", "brand"), ("mon 09:30", "brand")])

    assert story.said_late() == []
    assert story.look().conversation.state == "closed"


def test_25_the_instants_themselves_are_kept_and_not_only_the_difference():
    (turn,) = Story(said=[("mon 09:00", "customer"), ("mon 09:10", "brand")]).look().conversation.turns

    assert (turn.started_at, turn.answered_at, turn.due_at) == (when("mon 09:00"), when("mon 09:10"), when("mon 10:00"))


def test_27_a_conversation_whose_question_was_deleted_waits_no_more():
    assessment = Story(said=[("mon 09:00", "customer", {"deleted": True})]).look()

    assert (assessment.conversation.state, assessment.conversation.turns, assessment.alerts) == ("quiet", (), ())


@pytest.mark.parametrize("now", ["mon 09:40", "mon 09:20"])
def test_30_time_that_was_waited_is_not_lost_when_a_stricter_promise_takes_over(now: str):
    urgent = ResponsePolicy(
        name="urgent",
        first=PositiveDuration(900),
        next=PositiveDuration(900),
        match=Match(sentiments=("negative",)),
        warnings=(),
    )
    calm, angry = {"sentiment": Sentiment(label="neutral")}, {"sentiment": Sentiment(label="negative")}
    story = Story(
        said=[("mon 09:00", "customer", calm), ("mon 09:10", "customer", angry)], policies=(urgent, AN_HOUR), now=now
    )

    (turn,) = story.look().conversation.turns

    assert (turn.policy, turn.started_at, turn.due_at) == ("urgent", when("mon 09:00"), when("mon 09:15"))
    assert story.said_late() == ["breach"]
