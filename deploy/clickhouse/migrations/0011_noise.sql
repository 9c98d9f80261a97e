-- Noise: why an event looks like spam, and which near-duplicates belong together.
--
-- `count()` counts a storm n times, `uniqExact(if(group_id = '', event_id, group_id))` counts it once.

ALTER TABLE {{database}}.raw_events{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS spam_reason
    LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not' AFTER is_spam;

ALTER TABLE {{database}}.raw_events{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS group_id
    String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell' CODEC(ZSTD(1)) AFTER spam_reason;

-- cluster only
ALTER TABLE {{database}}.raw_events{{on_cluster}} ADD COLUMN IF NOT EXISTS spam_reason
    LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not' AFTER is_spam;

-- cluster only
ALTER TABLE {{database}}.raw_events{{on_cluster}} ADD COLUMN IF NOT EXISTS group_id
    String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell' AFTER spam_reason;

CREATE OR REPLACE VIEW {{database}}.events{{on_cluster}}
(
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id',
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    conversation_id String COMMENT 'Conversation to which the event belongs',
    parent_id Nullable(String) COMMENT 'Event that it answers; NULL when it opens a conversation',
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_id String COMMENT 'The network''s id of the author',
    author_handle String COMMENT 'The author''s account name on the network; may be empty',
    author_name String COMMENT 'The author''s display name; empty when unknown or when the event was deleted',
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_followers Nullable(Int64) COMMENT 'How many accounts followed the author when the event was fetched; NULL when unknown',
    author_verified Bool COMMENT 'Whether the network had verified the author',
    recipient String COMMENT 'Account that a message was sent to; empty when it is public or not known',
    text String COMMENT 'What was written, after redaction of personal data; empty when the event was deleted',
    language_hint LowCardinality(Nullable(String)) COMMENT 'Language that the network gave, as it gave it; NULL when it gave none',
    permalink Nullable(String) COMMENT 'Address of the event on the network; NULL when it has none',
    rating Nullable(Int64) COMMENT 'Stars of a review; NULL for all else',
    likes Int64 COMMENT 'Likes, as counted by the network when the event was fetched',
    shares Int64 COMMENT 'Shares, as counted by the network when the event was fetched',
    views Int64 COMMENT 'Views, as counted by the network when the event was fetched',
    edited Bool COMMENT 'Whether the author changed it after writing it',
    deleted Bool COMMENT 'Whether it was deleted on the network; its text, entities and display name are then empty',
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    language_confidence Float32 COMMENT 'Confidence in the language, 0 to 1',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)',
    sentiment_confidence Float32 COMMENT 'Confidence in the sentiment, 0 to 1',
    `entities.text` Array(String) COMMENT 'Names found in the text, as written',
    `entities.label` Array(LowCardinality(String)) COMMENT 'Kind of each name: person, place, product and so on',
    `entities.start` Array(UInt32) COMMENT 'First character of each name in the text, counted from 0',
    `entities.end` Array(UInt32) COMMENT 'Character after the last one of each name in the text',
    `entities.canonical` Array(LowCardinality(String)) COMMENT 'What each name stands for whatever its spelling; empty when not known',
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    topic_confidences Array(Float32) COMMENT 'Confidence in each topic, 0 to 1, in the order of topics',
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    spam_reason LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not',
    group_id String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell',
    pii Map(LowCardinality(String), UInt32) COMMENT 'How many pieces of personal data were redacted, by kind',
    failed_steps Array(LowCardinality(String)) COMMENT 'Enrichment steps that failed, so that their finding is missing',
    model_version LowCardinality(String) COMMENT 'Version of the models that enriched the event',
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only',
    received_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector fetched it',
    published_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector handed it to Kafka',
    processed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was enriched',
    kafka_topic LowCardinality(String) COMMENT 'Topic of the record that became this row',
    kafka_partition Int32 COMMENT 'Partition of that record',
    kafka_offset Int64 COMMENT 'Offset of that record',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every event once: its latest copy, or the fact that it was deleted'
AS SELECT
    event_id,
    network,
    brand,
    conversation_id,
    parent_id,
    kind,
    visibility,
    author_id,
    author_handle,
    author_name,
    author_role,
    author_followers,
    author_verified,
    recipient,
    text,
    language_hint,
    permalink,
    rating,
    likes,
    shares,
    views,
    edited,
    deleted,
    language,
    language_confidence,
    sentiment,
    sentiment_score,
    sentiment_confidence,
    `entities.text`,
    `entities.label`,
    `entities.start`,
    `entities.end`,
    `entities.canonical`,
    topics,
    topic_confidences,
    intent,
    mentions_leader,
    is_spam,
    spam_reason,
    group_id,
    pii,
    failed_steps,
    model_version,
    created_at,
    received_at,
    published_at,
    processed_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    stored_at
FROM {{database}}.raw_events FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;
