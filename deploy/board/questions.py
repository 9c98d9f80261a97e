"""The questions of the board as SQL over the views, and `snapshot`, which asks them all.

Each question runs by itself in `vigie sql` once its parameters are filled in: `now` is the present instant, `today`
the midnight before it. Nothing is measured here: waits and targets are those of the view response_turns, and only
the age of a turn that waits is counted up to `now`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from deploy.board import reading
from deploy.board.answers import Snapshot
from deploy.board.reading import Rows
from schemas.errors import StoreError
from streams.store import mapped

_NOT_THERE = frozenset({60, 81})  # unknown table, unknown database


class Result(Protocol):
    """What a query gives back."""

    def named_results(self) -> Iterable[Mapping[str, Any]]:
        """The rows, each by name of column."""


class Client(Protocol):
    """What the board needs of a client of ClickHouse."""

    def query(self, query: str, /, *, parameters: dict[str, Any]) -> Result:
        """Ask, with parameters that the server puts in place."""

    def command(self, cmd: str, /) -> object:
        """Ask for a single value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One query, and the views that it reads."""

    views: tuple[str, ...]
    sql: str


# The share counts a turn once: in the period in which the promise was kept, by an answer, or broken, at the instant
# it was due. The waits are those of answers given in the period and of everyone who waits now, at their age: nobody
# is left out because they were never answered. An answer at the very target is in time.
PACE = Question(
    views=("response_turns",),
    sql="""
WITH {now:DateTime64(3, 'UTC')} AS present, {today:DateTime64(3, 'UTC')} AS midnight
SELECT
    period.1 AS since,
    network,
    grouping(network) AS is_total,
    countIf(NOT waits AND NOT late AND target_seconds IS NOT NULL AND ended_at >= period.2) AS kept,
    countIf(late AND due_at >= period.2) AS missed,
    countIf(waits) AS waiting,
    quantileExactOrNullIf(0.5)(seconds, is_first AND ended_at >= period.2) AS first_median,
    quantileExactOrNullIf(0.9)(seconds, is_first AND ended_at >= period.2) AS first_p90,
    quantileExactOrNullIf(0.5)(seconds, NOT is_first AND ended_at >= period.2) AS next_median,
    quantileExactOrNullIf(0.9)(seconds, NOT is_first AND ended_at >= period.2) AS next_p90,
    min(target_seconds) AS shortest_target,
    max(target_seconds) AS longest_target
FROM
(
    SELECT
        network,
        is_first,
        target_seconds,
        due_at,
        waiting_seconds IS NOT NULL AS waits,
        if(waits, ifNull(due_at < present, 0), breached) AS late,
        greatest(started_at, if(waits, present, assumeNotNull(answered_at))) AS ended_at,
        date_diff('millisecond', started_at, ended_at) / 1000 AS seconds
    FROM response_turns
    WHERE waiting_seconds IS NOT NULL OR answered_at >= least(midnight, present - INTERVAL 1 HOUR)
)
ARRAY JOIN [('hour', present - INTERVAL 1 HOUR), ('today', midnight)] AS period
GROUP BY GROUPING SETS ((since), (since, network))
""",
)

# Past their target first, and of these the unhappy before small talk; then the furthest past, then the longest wait.
QUEUE = Question(
    views=("response_turns", "conversations"),
    sql="""
WITH {now:DateTime64(3, 'UTC')} AS present
SELECT
    count() OVER () AS waiting,
    countIf(ifNull(due_at < present, 0)) OVER () AS late,
    countIf(mentions_leader) OVER () AS leader,
    customer_handle,
    network,
    greatest(0, date_diff('millisecond', started_at, present) / 1000) AS waited,
    date_diff('millisecond', due_at, present) / 1000 AS over,
    leftUTF8(last_customer_text, 400) AS text,
    mentions_leader
FROM response_turns
LEFT JOIN
(
    SELECT conversation_id, last_customer_text, sentiment_score_end
    FROM conversations
    WHERE state = 'waiting'
) AS conversation USING (conversation_id)
WHERE waiting_seconds IS NOT NULL
ORDER BY
    ifNull(due_at < present, 0) DESC,
    ifNull(sentiment_score_end < -0.2, 0) DESC,
    over DESC NULLS LAST,
    started_at,
    conversation_id
LIMIT 60
""",
)

# What customers wrote in 24 hours, by feeling and language.
MOOD = Question(
    views=("events",),
    sql="""
SELECT sentiment, language, count() AS events
FROM events
WHERE created_at > {now:DateTime64(3, 'UTC')} - INTERVAL 24 HOUR
  AND author_role = 'customer' AND NOT deleted AND NOT is_spam
GROUP BY sentiment, language
""",
)

# How many events per minute of the clock in the last hour; a minute without any has no row.
VOLUME = Question(
    views=("events",),
    sql="""
WITH toStartOfMinute({now:DateTime64(3, 'UTC')}) AS minute
SELECT date_diff('minute', toStartOfMinute(created_at), minute) AS minutes_ago, count() AS events
FROM events
WHERE created_at >= minute - INTERVAL 59 MINUTE AND created_at < minute + INTERVAL 1 MINUTE
  AND author_role = 'customer' AND NOT deleted AND NOT is_spam
GROUP BY minutes_ago
""",
)

# Topics and intents, each with sentences that prove it: short enough to be read whole, then the strongest in feeling.
SUBJECTS = Question(
    views=("events",),
    sql="""
SELECT
    subject.1 AS kind,
    subject.2 AS name,
    count() OVER (PARTITION BY subject) AS events,
    countIf(sentiment = 'negative') OVER (PARTITION BY subject) AS negative,
    leftUTF8(text, 400) AS quote,
    author_handle,
    network
FROM events
ARRAY JOIN
    arrayPushFront(arrayMap(topic -> ('topic', toString(topic)), topics), ('intent', toString(intent))) AS subject
WHERE created_at > {now:DateTime64(3, 'UTC')} - INTERVAL 24 HOUR
  AND author_role = 'customer' AND NOT deleted AND NOT is_spam
ORDER BY
    events DESC, kind, name,
    lengthUTF8(trim(text)) NOT BETWEEN 20 AND 160, abs(sentiment_score) DESC, created_at DESC, event_id
LIMIT 5 BY kind, name
LIMIT 150
""",
)

# Who and what is named; our own brand aside, which is named almost always. A name has two letters in a row and is no
# elision such as `J'`. The latest spelling stands for the rest.
NAMES = Question(
    views=("events",),
    sql="""
SELECT argMax(spelling, created_at) AS name, uniqExact(event_id) AS events
FROM events
ARRAY JOIN `entities.text` AS spelling, `entities.label` AS label, `entities.canonical` AS canonical
WHERE created_at > {now:DateTime64(3, 'UTC')} - INTERVAL 24 HOUR
  AND author_role = 'customer' AND NOT deleted AND NOT is_spam
  AND label != 'BRAND' AND match(spelling, '[\\pL\\pN]{2}') AND NOT match(spelling, '[''’]$')
GROUP BY if(canonical = '', lowerUTF8(spelling), toString(canonical))
ORDER BY events DESC, name
LIMIT 20
""",
)

# The alerts that came last. One that still fires shows the wait as it is now, one that ended as it was then.
ALARMS = Question(
    views=("alerts",),
    sql="""
WITH {now:DateTime64(3, 'UTC')} AS present
SELECT
    level,
    state = 'resolved' AS resolved,
    greatest(0, date_diff('millisecond', fired_at, present) / 1000) AS ago,
    customer_handle,
    network,
    date_diff('millisecond', started_at, present) / 1000 AS since_start,
    if(resolved, waited_seconds, greatest(waited_seconds, since_start)) AS waited,
    leftUTF8(text, 400) AS said,
    mentions_leader
FROM alerts
ORDER BY fired_at DESC, alert_id
LIMIT 40
""",
)

# How much is stored, how fast it comes, and how long an event takes from Kafka to its row.
FLOW = Question(
    views=("events",),
    sql="""
WITH {now:DateTime64(3, 'UTC')} AS present, date_diff('millisecond', published_at, stored_at) / 1000 AS to_row
SELECT
    count() AS events,
    countIf(stored_at > present - INTERVAL 10 SECOND) / 10 AS per_second,
    quantileOrNullIf(0.5)(to_row, stored_at > present - INTERVAL 5 MINUTE) AS row_p50,
    quantileOrNullIf(0.99)(to_row, stored_at > present - INTERVAL 5 MINUTE) AS row_p99
FROM events
""",
)

# What could not be handled, and nobody has decided about yet.
BURIED = Question(
    views=("dead_letters",),
    sql="""
SELECT count() AS letters, countIf(failed_at > {now:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR) AS last_hour
FROM dead_letters
WHERE state = 'open'
""",
)

QUESTIONS: Mapping[str, Question] = {
    "pace": PACE,
    "queue": QUEUE,
    "mood": MOOD,
    "volume": VOLUME,
    "subjects": SUBJECTS,
    "names": NAMES,
    "alarms": ALARMS,
    "flow": FLOW,
    "buried": BURIED,
}


def snapshot(client: Client, *, now: datetime) -> Snapshot:
    """Ask everything. A question whose view is not there stays unanswered, and the view is named.

    Args:
        client: with the database of Vigie as its own, as `streams.store.connect` makes it.
        now: the present instant; in its zone today began at midnight.
    Raises:
        StoreError: the server does not answer, or refuses.
    """
    instants = {"now": _utc(now), "today": _utc(now.replace(hour=0, minute=0, second=0, microsecond=0))}
    found = {name: _ask(client, name, question, instants) for name, question in QUESTIONS.items()}
    doubtful = {view for name, rows in found.items() if rows is None for view in QUESTIONS[name].views}
    missing = tuple(view for view in sorted(doubtful) if not _exists(client, view))
    return reading.snapshot(found, now=now, missing=missing)


def _ask(client: Client, name: str, question: Question, instants: Mapping[str, str]) -> Rows | None:
    wanted = {key: value for key, value in instants.items() if f"{{{key}:" in question.sql}
    try:
        with mapped(f"the question {name} of the board"):
            return list(client.query(question.sql, parameters=wanted).named_results())
    except StoreError as error:
        if getattr(error.__cause__, "code", None) in _NOT_THERE:
            return None
        raise


def _exists(client: Client, view: str) -> bool:
    with mapped(view):
        return bool(client.command(f"EXISTS TABLE {view}"))


def _utc(instant: datetime) -> str:
    """As ClickHouse reads an instant: in UTC, to the millisecond."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
