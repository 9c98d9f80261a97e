"""Rows of an invented company as `INSERT … SELECT`, made inside the engine: in order of time, and some of them again.

Every fourth conversation has two turns. Most networks number their posts upwards, two of them at random: where a
conversation lies in a table ordered by its id then says nothing of its time. One in ten conversations and one in twenty
events is stored a second time, as it is when something changes later.
"""

YEARS_S = 730 * 86_400

_CONVERSATION = """
number AS n,
cityHash64(n) AS h,
['x', 'bluesky', 'mastodon', 'youtube', 'facebook', 'reviews'][1 + h % 6] AS network,
['acme', 'boreal', 'nordhaus'][1 + intDiv(h, 7) % 3] AS brand,
['en', 'fr', 'de', 'es', 'und'][1 + intDiv(h, 19) % 5] AS language,
['default', 'urgent', 'leaders'][1 + intDiv(h, 13) % 3] AS policy,
['low', 'normal', 'high', 'urgent'][1 + intDiv(h, 17) % 4] AS priority,
['care team', 'claims', 'Ada Lovelace'][1 + intDiv(h, 23) % 3] AS owner,
concat(network, ':', network IN ('facebook', 'reviews') ? hex(h) : toString(1000000000000000000 + n * 4194304))
    AS conversation_id,
now64(3, 'UTC') - toIntervalSecond(toUInt64((1 - n / {conversations}) * {seconds})) AS first_event_at,
h % 97 = 0 AS mentions_leader,
(h % 200) / 100.0 - 1 AS feeling,
concat('u', toString(h % 900000)) AS customer_id,
concat('user', toString(h % 900000)) AS customer_handle,
first_event_at > now() - INTERVAL 3 DAY ? h % 5 != 0 : h % 50 != 0 AS is_answered,
NOT is_answered AND first_event_at < now() - INTERVAL 3 DAY AND h % 500 != 0 AS is_closed,
multiIf(is_answered, 'answered', is_closed, 'closed', 'waiting') AS state,
exp(4 + (intDiv(h, 11) % 5000) / 1000.0) AS waits
"""

_TURNS = """
INSERT INTO raw_turns (conversation_id, turn, network, brand, state, start_event_id, started_at, customer_events,
    answer_event_id, answered_at, waited_seconds, waited_business_seconds, answered_by_role, answered_by,
    target_seconds, due_at, breached, policy, priority, language, mentions_leader, customer_handle, version, is_deleted,
    is_first, closed_at, policy_version, owner, customer_id, sentiment_score, stored_at)
WITH {conversation}, arrayJoin(range(1, n % 4 = 0 ? 3 : 2)) AS turn
SELECT conversation_id, turn, network, brand, state, concat(conversation_id, 'q', toString(turn)) AS start_event_id,
    first_event_at + toIntervalHour(turn - 1) AS started_at, 1, is_answered ? concat(conversation_id, 'a') : NULL,
    is_answered ? started_at + toIntervalMillisecond(toUInt64(waits * 1000)) : NULL,
    is_answered ? waits : NULL, is_answered ? waits * 0.6 : NULL, is_answered ? 'brand' : NULL,
    is_answered ? 'team' : '', 3600, started_at + toIntervalHour(1),
    is_answered ? waits > 3600 : started_at < now() - INTERVAL 1 HOUR, policy, priority, language, mentions_leader,
    customer_handle, {version}, 0, turn = 1, is_closed ? started_at + toIntervalHour(72) : NULL, '1f2e3d4c', owner,
    customer_id, feeling, started_at + toIntervalSecond(10)
FROM numbers({conversations}) WHERE {part}
"""

_CONVERSATIONS = """
INSERT INTO raw_conversations (conversation_id, network, brand, state, first_event_at, last_event_at, last_event_id,
    events, customer_events, turns, first_response_seconds, policy, priority, language, sentiment_start, sentiment_end,
    sentiment_score_end, mentions_leader, customer_id, customer_handle, owner, permalink, last_customer_text, version,
    stored_at)
WITH {conversation}
SELECT conversation_id, network, brand, state, first_event_at, first_event_at + toIntervalMinute(90), conversation_id,
    {each}, 5, n % 4 = 0 ? 2 : 1, is_answered ? waits : NULL, policy, priority, language, 'negative', 'neutral',
    feeling, mentions_leader, customer_id, customer_handle, owner, concat('https://social.example/', toString(h)),
    concat('Where is my parcel, number ', toString(h), '? Nobody answers.'), {version},
    first_event_at + toIntervalMinute(90)
FROM numbers({conversations}) WHERE {part}
"""

_EVENTS = """
INSERT INTO raw_events (event_id, network, brand, conversation_id, author_role, author_id, author_handle, text,
    language, sentiment, sentiment_score, sentiment_confidence, topics, intent, mentions_leader, is_spam, model_version,
    created_at, received_at, published_at, processed_at, kafka_topic, kafka_partition, kafka_offset, version, stored_at)
WITH {conversation}, arrayJoin(range({each})) AS k, cityHash64(n, k) AS e
SELECT concat(conversation_id, toString(k)), network, brand, conversation_id, k % 2 = 0 ? 'customer' : 'brand',
    k % 2 = 0 ? customer_id : 'team', k % 2 = 0 ? customer_handle : 'team',
    concat(['where is my parcel since ', 'toujours pas de réponse depuis ', 'thanks, solved ', 'logged out ',
        'the line is dead, ticket '][1 + e % 5], toString(e % 100000)),
    language, ['negative', 'neutral', 'positive'][1 + e % 3], (e % 200) / 100.0 - 1, 0.9,
    arrayResize([['delivery', 'refund', 'app', 'price', 'staff', 'outage'][1 + e % 6],
        ['claim', 'contract', 'account', 'website', 'advice', 'delay'][1 + intDiv(e, 8) % 6]], e % 3),
    ['complaint', 'question', 'praise', 'request', 'other'][1 + intDiv(e, 3) % 5], mentions_leader, e % 400 = 0, 'm-1',
    first_event_at + toIntervalMinute(k * 9) AS created_at, created_at + toIntervalSecond(2) AS received_at,
    received_at, received_at, 'signal.enriched.v1', n % 8, n, toUnixTimestamp64Milli(received_at) + {version},
    received_at + toIntervalSecond(1)
FROM numbers({conversations}) WHERE {part}
"""


def statements(turns: int, events: int) -> list[tuple[str, str]]:
    """What to run, each with a label."""
    conversations = max(1, turns * 4 // 5)
    values = {"conversations": conversations, "each": max(1, events // conversations), "seconds": YEARS_S}
    conversation = _CONVERSATION.strip().format(**values)
    return [
        (f"{label} ({what})", sql.format(conversation=conversation, version=version, part=part, **values).strip())
        for label, sql, share in (
            ("turns", _TURNS, 10),
            ("conversations", _CONVERSATIONS, 10),
            ("events", _EVENTS, 20),
        )
        for version, (what, part) in enumerate((("all", "1"), ("again", f"number % {share} = 0")), start=1)
    ]
