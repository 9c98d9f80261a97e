-- Decisions: what people decided about a conversation, and every edition of the promises and opening hours.

CREATE TABLE IF NOT EXISTS {{database}}.raw_actions{{local}}{{on_cluster}}
(
    action_id String COMMENT 'Id of the decision: sent twice it is still one' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'acknowledge, snooze, assign or close',
    conversation_id String COMMENT 'Conversation that it is about, or the id of a watch' CODEC(ZSTD(1)),
    turn Nullable(UInt32) COMMENT 'Number of the turn that it is about; NULL for the one that waited then' CODEC(ZSTD(1)),
    acted_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision' CODEC(Delta(8), ZSTD(1)),
    acted_by LowCardinality(String) COMMENT 'Who decided; empty when not known',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'For a snooze: say nothing more before this instant; else NULL' CODEC(ZSTD(1)),
    assigned_to LowCardinality(String) COMMENT 'For an assignment: who is to answer from now on; else empty',
    note String COMMENT 'What they added in words; may be empty' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX acted_at_range acted_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}acted_at)
ORDER BY action_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every decision as often as it arrived; read the view actions';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_actions{{on_cluster}}
AS {{database}}.raw_actions_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_actions_local', cityHash64(conversation_id))
COMMENT 'Every decision as often as it arrived; read the view actions';

CREATE VIEW IF NOT EXISTS {{database}}.actions{{on_cluster}}
(
    action_id String COMMENT 'Id of the decision: sent twice it is still one',
    kind LowCardinality(String) COMMENT 'acknowledge, snooze, assign or close',
    conversation_id String COMMENT 'Conversation that it is about, or the id of a watch',
    turn Nullable(UInt32) COMMENT 'Number of the turn that it is about; NULL for the one that waited then',
    acted_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision',
    acted_by LowCardinality(String) COMMENT 'Who decided; empty when not known',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'For a snooze: say nothing more before this instant; else NULL',
    assigned_to LowCardinality(String) COMMENT 'For an assignment: who is to answer from now on; else empty',
    note String COMMENT 'What they added in words; may be empty',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every decision of a person once: acknowledged, snoozed, assigned, closed'
AS SELECT
    action_id,
    kind,
    conversation_id,
    turn,
    acted_at,
    acted_by,
    snoozed_until,
    assigned_to,
    note,
    stored_at
FROM {{database}}.raw_actions FINAL;

CREATE TABLE IF NOT EXISTS {{database}}.raw_rules{{local}}{{on_cluster}}
(
    since DateTime64(3, 'UTC') COMMENT 'Instant from which the edition holds' CODEC(Delta(8), ZSTD(1)),
    kind LowCardinality(String) COMMENT 'edition (all of it), policy, calendar or calendar_file',
    position UInt32 COMMENT 'Place in its list, from 1: of the policies the first that takes an event holds; 0 for the edition' CODEC(ZSTD(1)),
    name LowCardinality(String) COMMENT 'Name of the policy, calendar or calendar file; empty for the edition',
    fingerprint LowCardinality(String) COMMENT 'Fingerprint of what it says; for a policy the policy_version of what was measured under it',
    definition String COMMENT 'What it says: JSON with durations in seconds; for a calendar file its text; empty for the edition' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}since)
ORDER BY (since, kind, position)
SETTINGS {{deduplication}} = 1000
COMMENT 'Every part of every edition of the rules as often as it arrived; read the view rules';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_rules{{on_cluster}}
AS {{database}}.raw_rules_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_rules_local', cityHash64(since))
COMMENT 'Every part of every edition of the rules as often as it arrived; read the view rules';

CREATE VIEW IF NOT EXISTS {{database}}.rules{{on_cluster}}
(
    since DateTime64(3, 'UTC') COMMENT 'Instant from which the edition holds',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant from which the next edition holds; NULL for the present one',
    kind LowCardinality(String) COMMENT 'edition (all of it), policy, calendar or calendar_file',
    position UInt32 COMMENT 'Place in its list, from 1: of the policies the first that takes an event holds; 0 for the edition',
    name LowCardinality(String) COMMENT 'Name of the policy, calendar or calendar file; empty for the edition',
    fingerprint LowCardinality(String) COMMENT 'Fingerprint of what it says; for a policy the policy_version of what was measured under it',
    definition String COMMENT 'What it says: JSON with durations in seconds; for a calendar file its text; empty for the edition',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every edition of the promises and opening hours, part by part, and until when it held'
AS WITH (SELECT arraySort(groupUniqArray(since)) FROM {{database}}.raw_rules) AS editions
SELECT
    since,
    if(since = editions[-1], NULL, arrayFirst(later -> later > since, editions)) AS until,
    kind,
    position,
    name,
    fingerprint,
    definition,
    stored_at
FROM {{database}}.raw_rules FINAL;
