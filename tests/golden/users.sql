CREATE SETTINGS PROFILE OR REPLACE vigie_board SETTINGS readonly = 1, max_execution_time = 60 MIN 1 MAX 60 CHANGEABLE_IN_READONLY, max_memory_usage = 4294967296 CONST, max_result_rows = 1000000 CONST, result_overflow_mode = 'throw' CONST, max_rows_to_read = 2000000000 CONST, max_concurrent_queries_for_user = 20 CONST;

CREATE USER IF NOT EXISTS vigie_ingest IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__INGEST_PASSWORD';

ALTER USER vigie_ingest IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__INGEST_PASSWORD';

GRANT INSERT ON vigie.raw_events, INSERT ON vigie.raw_conversations, INSERT ON vigie.raw_turns, INSERT ON vigie.raw_alerts, INSERT ON vigie.raw_actions, INSERT ON vigie.raw_rules, INSERT ON vigie.raw_deliveries, INSERT ON vigie.raw_dead_letters, INSERT ON vigie.raw_letter_decisions, INSERT ON vigie.raw_canaries, INSERT ON vigie.raw_corrections, INSERT ON vigie.raw_forgotten, INSERT ON vigie.raw_audit, INSERT ON vigie.raw_worker_states TO vigie_ingest WITH REPLACE OPTION;

CREATE USER IF NOT EXISTS vigie_board IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__BOARD_PASSWORD' SETTINGS PROFILE 'vigie_board';

ALTER USER vigie_board IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__BOARD_PASSWORD' SETTINGS PROFILE 'vigie_board';

GRANT SELECT ON vigie.events, SELECT ON vigie.conversations, SELECT ON vigie.response_turns, SELECT ON vigie.alerts, SELECT ON vigie.dead_letters, SELECT ON vigie.actions, SELECT ON vigie.rules, SELECT ON vigie.response_turns_between, SELECT ON vigie.event_findings, SELECT ON vigie.waiting_customers, SELECT ON vigie.response_times_by_day, SELECT ON vigie.response_times, SELECT ON vigie.activity_by_day, SELECT ON vigie.deliveries, SELECT ON vigie.corrections, SELECT ON vigie.forgotten, SELECT ON vigie.audit_log, SELECT ON vigie.letter_decisions, SELECT ON vigie.dead_letters_by_day, SELECT ON vigie.canaries, SELECT ON vigie.worker_states, SELECT ON vigie.workers, SELECT ON vigie.worker_lags TO vigie_board WITH REPLACE OPTION;

CREATE USER IF NOT EXISTS vigie_canary IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__CANARY_PASSWORD';

ALTER USER vigie_canary IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__CANARY_PASSWORD';

GRANT SELECT ON vigie.canaries, SELECT ON vigie.dead_letters, INSERT ON vigie.raw_canaries, SHOW TABLES ON vigie.*, SELECT ON system.parts TO vigie_canary WITH REPLACE OPTION;

CREATE USER IF NOT EXISTS vigie_admin IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__ADMIN_PASSWORD';

ALTER USER vigie_admin IDENTIFIED WITH sha256_hash BY 'SHA-256 of VIGIE_CLICKHOUSE__ADMIN_PASSWORD';

GRANT ALL ON vigie.*, SELECT ON system.mutations, SELECT ON system.merges, SELECT ON system.parts TO vigie_admin WITH REPLACE OPTION;
