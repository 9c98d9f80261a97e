# Sourced by the entrypoint of ClickHouse's image when its volume is new: makes the user by whom Grafana reads.
# The password goes in as its hash and on standard input: a process list shows neither.
hash="$(tr -d '\r\n' < /run/secrets/grafana_clickhouse_password | sha256sum | cut -d ' ' -f 1)"
CLICKHOUSE_PASSWORD="$CLICKHOUSE_PASSWORD" clickhouse-client --host 127.0.0.1 --user "$CLICKHOUSE_USER" <<SQL
CREATE DATABASE IF NOT EXISTS vigie;
CREATE USER IF NOT EXISTS grafana IDENTIFIED WITH sha256_hash BY '$hash'
    SETTINGS readonly = 1, max_execution_time = 60 CHANGEABLE_IN_READONLY, max_memory_usage = 2000000000;
GRANT SELECT ON vigie.* TO grafana;
SQL
