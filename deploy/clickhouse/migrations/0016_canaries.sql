-- Canaries: test events that travel the path of every other, kept apart, so that no figure counts them.

CREATE TABLE IF NOT EXISTS {{database}}.raw_canaries{{local}}{{on_cluster}}
(
    event_id String COMMENT 'Id of the test event' CODEC(ZSTD(1)),
    sent_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was published' CODEC(Delta(8), ZSTD(1)),
    arrived UInt8 COMMENT '1 for the row that it became, 0 for the note that it was late',
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}arrived)
ORDER BY event_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every test event that arrived or was late; read the view canaries';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_canaries{{on_cluster}}
AS {{database}}.raw_canaries_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_canaries_local', cityHash64(event_id))
COMMENT 'Every test event that arrived or was late; read the view canaries';

CREATE VIEW IF NOT EXISTS {{database}}.canaries{{on_cluster}}
(
    event_id String COMMENT 'Id of the test event',
    sent_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was published',
    arrived_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which ClickHouse took its row; NULL while it is missing',
    seconds Nullable(Float64) COMMENT 'How long it was on its way; NULL while it is missing'
)
COMMENT 'Test events, and how long each took from its publication to its row; they count in no other view'
AS SELECT
    event_id,
    sent_at,
    if(arrived = 1, stored_at, NULL) AS arrived_at,
    if(arrived = 1, greatest(0, date_diff('millisecond', sent_at, stored_at)) / 1000, NULL) AS seconds
FROM {{database}}.raw_canaries FINAL;
