"""ClickHouse: migrations and the views that people read."""
