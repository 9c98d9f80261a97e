-- Terms of use: what a network gave is emptied when its terms say so, which `vigie migrate` sets from the settings as
-- the TTL of columns. It counts from when the content was fetched, and a merge for it begins at least every 20 minutes.

ALTER TABLE {{database}}.raw_conversations{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

-- cluster only
ALTER TABLE {{database}}.raw_conversations{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE {{database}}.raw_turns{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

-- cluster only
ALTER TABLE {{database}}.raw_turns{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE {{database}}.raw_alerts{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

-- cluster only
ALTER TABLE {{database}}.raw_alerts{{on_cluster}} ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE {{database}}.raw_events{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE {{database}}.events_by_time{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE {{database}}.raw_conversations{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE {{database}}.raw_turns{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE {{database}}.raw_alerts{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE {{database}}.raw_dead_letters{{local}}{{on_cluster}} MODIFY SETTING merge_with_ttl_timeout = 1200;
