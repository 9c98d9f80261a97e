"""TABLES: what is written, column by column. Migrations, rows and server agree here, held by a test."""

from dataclasses import dataclass

_INSTANT = "DateTime64(3, 'UTC')"
_WORD = "LowCardinality(String)"
_WORD_OR_NULL = "LowCardinality(Nullable(String))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One raw table and the view that reads it. Columns that ClickHouse fills itself (`stored_at`) are not here.

    Rows with the same `key` are copies of one thing: the one with the greatest `version` holds, the last
    written of equals. `view` shows each once; nothing but the writer names the raw table.
    """

    name: str
    view: str
    key: tuple[str, ...]
    version: str
    columns: tuple[tuple[str, str], ...]


EVENTS = Table(
    name="raw_events",
    view="events",
    key=("event_id",),
    version="version",
    columns=(
        ("event_id", "String"),
        ("network", _WORD),
        ("brand", _WORD),
        ("conversation_id", "String"),
        ("parent_id", "Nullable(String)"),
        ("kind", _WORD),
        ("visibility", _WORD),
        ("author_id", "String"),
        ("author_handle", "String"),
        ("author_name", "String"),
        ("author_role", _WORD),
        ("author_followers", "Nullable(Int64)"),
        ("author_verified", "Bool"),
        ("text", "String"),
        ("language_hint", _WORD_OR_NULL),
        ("permalink", "Nullable(String)"),
        ("rating", "Nullable(Int64)"),
        ("likes", "Int64"),
        ("shares", "Int64"),
        ("views", "Int64"),
        ("edited", "Bool"),
        ("deleted", "Bool"),
        ("language", _WORD),
        ("language_confidence", "Float32"),
        ("sentiment", _WORD),
        ("sentiment_score", "Float32"),
        ("sentiment_confidence", "Float32"),
        ("entities.text", "Array(String)"),
        ("entities.label", "Array(LowCardinality(String))"),
        ("entities.start", "Array(UInt32)"),
        ("entities.end", "Array(UInt32)"),
        ("entities.canonical", "Array(LowCardinality(String))"),
        ("topics", "Array(LowCardinality(String))"),
        ("topic_confidences", "Array(Float32)"),
        ("intent", _WORD),
        ("mentions_leader", "Bool"),
        ("is_spam", "Bool"),
        ("spam_reason", _WORD),
        ("group_id", "String"),
        ("pii", "Map(LowCardinality(String), UInt32)"),
        ("failed_steps", "Array(LowCardinality(String))"),
        ("model_version", _WORD),
        ("created_at", _INSTANT),
        ("received_at", _INSTANT),
        ("published_at", _INSTANT),
        ("processed_at", _INSTANT),
        ("kafka_topic", _WORD),
        ("kafka_partition", "Int32"),
        ("kafka_offset", "Int64"),
        ("version", "UInt64"),
        ("recipient", "String"),
    ),
)

CONVERSATIONS = Table(
    name="raw_conversations",
    view="conversations",
    key=("conversation_id",),
    version="version",
    columns=(
        ("conversation_id", "String"),
        ("network", _WORD),
        ("brand", _WORD),
        ("state", _WORD),
        ("first_event_at", _INSTANT),
        ("last_event_at", _INSTANT),
        ("last_event_id", "String"),
        ("events", "UInt32"),
        ("customer_events", "UInt32"),
        ("turns", "UInt32"),
        ("first_response_seconds", "Nullable(Float64)"),
        ("first_response_business_seconds", "Nullable(Float64)"),
        ("policy", _WORD),
        ("policy_version", _WORD),
        ("target_seconds", "Nullable(Float64)"),
        ("breached", "Bool"),
        ("priority", _WORD),
        ("language", _WORD),
        ("sentiment_start", _WORD_OR_NULL),
        ("sentiment_end", _WORD_OR_NULL),
        ("sentiment_score_end", "Nullable(Float64)"),
        ("mentions_leader", "Bool"),
        ("customer_id", "String"),
        ("customer_handle", "String"),
        ("owner", _WORD),
        ("permalink", "Nullable(String)"),
        ("last_customer_text", "String"),
        ("version", "UInt64"),
        ("threads", "UInt32"),
        ("waiting_since", f"Nullable({_INSTANT})"),
        ("due_at", f"Nullable({_INSTANT})"),
        ("closed_at", f"Nullable({_INSTANT})"),
        ("first_resolution_seconds", "Nullable(Float64)"),
        ("first_resolution_business_seconds", "Nullable(Float64)"),
        ("total_resolution_seconds", "Nullable(Float64)"),
        ("total_resolution_business_seconds", "Nullable(Float64)"),
        ("leader", _WORD),
        ("delegates", "Array(LowCardinality(String))"),
        ("acknowledged_by", _WORD),
        ("snoozed_until", f"Nullable({_INSTANT})"),
        ("content_received_at", f"Nullable({_INSTANT})"),
    ),
)

TURNS = Table(
    name="raw_turns",
    view="response_turns",
    key=("conversation_id", "turn"),
    version="version",
    columns=(
        ("conversation_id", "String"),
        ("turn", "UInt32"),
        ("network", _WORD),
        ("brand", _WORD),
        ("state", _WORD),
        ("start_event_id", "String"),
        ("started_at", _INSTANT),
        ("customer_events", "UInt32"),
        ("answer_event_id", "Nullable(String)"),
        ("answered_at", f"Nullable({_INSTANT})"),
        ("waited_seconds", "Nullable(Float64)"),
        ("waited_business_seconds", "Nullable(Float64)"),
        ("answered_by_role", _WORD_OR_NULL),
        ("answered_by", "String"),
        ("target_seconds", "Nullable(Float64)"),
        ("due_at", f"Nullable({_INSTANT})"),
        ("breached", "Bool"),
        ("policy", _WORD),
        ("priority", _WORD),
        ("language", _WORD),
        ("mentions_leader", "Bool"),
        ("customer_handle", "String"),
        ("version", "UInt64"),
        ("is_deleted", "UInt8"),
        ("thread", "UInt32"),
        ("is_first", "Bool"),
        ("closed_at", f"Nullable({_INSTANT})"),
        ("handed_over_at", f"Nullable({_INSTANT})"),
        ("policy_version", _WORD),
        ("owner", _WORD),
        ("customer_id", "String"),
        ("sentiment_score", "Nullable(Float64)"),
        ("content_received_at", f"Nullable({_INSTANT})"),
    ),
)

ALERTS = Table(
    name="raw_alerts",
    view="alerts",
    key=("alert_id",),
    version="version",
    columns=(
        ("alert_id", "String"),
        ("state", _WORD),
        ("level", _WORD),
        ("conversation_id", "String"),
        ("turn", "UInt32"),
        ("network", _WORD),
        ("brand", _WORD),
        ("policy", _WORD),
        ("priority", _WORD),
        ("fired_at", _INSTANT),
        ("started_at", _INSTANT),
        ("resolved_at", f"Nullable({_INSTANT})"),
        ("target_seconds", "Float64"),
        ("waited_seconds", "Float64"),
        ("customer_handle", "String"),
        ("text", "String"),
        ("language", _WORD),
        ("permalink", "Nullable(String)"),
        ("owner", _WORD),
        ("mentions_leader", "Bool"),
        ("version", "UInt64"),
        ("waited_business_seconds", "Float64"),
        ("step", "UInt32"),
        ("addressee", _WORD),
        ("on_behalf_of", _WORD),
        ("delegates", "Array(LowCardinality(String))"),
        ("acknowledged_at", f"Nullable({_INSTANT})"),
        ("acknowledged_by", _WORD),
        ("snoozed_until", f"Nullable({_INSTANT})"),
        ("watch", _WORD),
        ("scope", _WORD),
        ("value", "Nullable(Float64)"),
        ("threshold", "Nullable(Float64)"),
        ("cases", "Nullable(UInt32)"),
        ("window_seconds", "Nullable(Float64)"),
        ("explanation", "String"),
        ("content_received_at", f"Nullable({_INSTANT})"),
    ),
)

ACTIONS = Table(
    name="raw_actions",
    view="actions",
    key=("action_id",),
    version="acted_at",
    columns=(
        ("action_id", "String"),
        ("kind", _WORD),
        ("conversation_id", "String"),
        ("turn", "Nullable(UInt32)"),
        ("acted_at", _INSTANT),
        ("acted_by", _WORD),
        ("snoozed_until", f"Nullable({_INSTANT})"),
        ("assigned_to", _WORD),
        ("note", "String"),
    ),
)

RULES = Table(
    name="raw_rules",
    view="rules",
    key=("since", "kind", "position"),
    version="since",
    columns=(
        ("since", _INSTANT),
        ("kind", _WORD),
        ("position", "UInt32"),
        ("name", _WORD),
        ("fingerprint", _WORD),
        ("definition", "String"),
    ),
)

DELIVERIES = Table(
    name="raw_deliveries",
    view="deliveries",
    key=("delivery_id",),
    version="at",
    columns=(
        ("delivery_id", "String"),
        ("alert_id", "String"),
        ("level", _WORD),
        ("conversation_id", "String"),
        ("turn", "UInt32"),
        ("network", _WORD),
        ("brand", _WORD),
        ("policy", _WORD),
        ("fired_at", f"Nullable({_INSTANT})"),
        ("route", _WORD),
        ("channel", _WORD),
        ("occasion", _WORD),
        ("snoozed_until", f"Nullable({_INSTANT})"),
        ("state", _WORD),
        ("attempt", "UInt32"),
        ("alerts", "UInt32"),
        ("reason", _WORD),
        ("at", _INSTANT),
    ),
)

DEAD_LETTERS = Table(
    name="raw_dead_letters",
    view="dead_letters",
    key=("dead_letter_id",),
    version="failed_at",
    columns=(
        ("dead_letter_id", "String"),
        ("stage", _WORD),
        ("source", _WORD),
        ("source_partition", "Int32"),
        ("source_offset", "Int64"),
        ("network", _WORD),
        ("error", _WORD),
        ("reason", "String"),
        ("key", "Nullable(String)"),
        ("payload", "String"),
        ("code_version", _WORD),
        ("failed_at", _INSTANT),
        ("attempts", "UInt32"),
    ),
)

LETTER_DECISIONS = Table(
    name="raw_letter_decisions",
    view="letter_decisions",
    key=("dead_letter_id",),
    version="decided_at",
    columns=(
        ("dead_letter_id", "String"),
        ("decision", _WORD),
        ("attempts", "UInt32"),
        ("decided_by", _WORD),
        ("decided_at", _INSTANT),
    ),
)

CANARIES = Table(
    name="raw_canaries",
    view="canaries",
    key=("event_id",),
    version="arrived",
    columns=(("event_id", "String"), ("sent_at", _INSTANT), ("arrived", "UInt8")),
)

WORKER_STATES = Table(
    name="raw_worker_states",
    view="worker_states",
    key=("worker", "at"),
    version="at",
    columns=(
        ("worker", "String"),
        ("agent", _WORD),
        ("state", _WORD),
        ("reason", "String"),
        ("at", _INSTANT),
        ("since", _INSTANT),
        ("started_at", _INSTANT),
        ("version", _WORD),
        ("models", _WORD),
        ("memory_bytes", "Nullable(UInt64)"),
        ("handled", "UInt64"),
        ("buried", "UInt64"),
        ("retries", "UInt64"),
        ("lags.agent", "Array(LowCardinality(String))"),
        ("lags.topic", "Array(LowCardinality(String))"),
        ("lags.partition", "Array(Int32)"),
        ("lags.records", "Array(UInt64)"),
    ),
)

CORRECTIONS = Table(
    name="raw_corrections",
    view="corrections",
    key=("event_id",),
    version="corrected_at",
    columns=(
        ("event_id", "String"),
        ("sentiment", _WORD),
        ("has_topics", "Bool"),
        ("topics", "Array(LowCardinality(String))"),
        ("corrected_at", _INSTANT),
    ),
)

FORGOTTEN = Table(
    name="raw_forgotten",
    view="forgotten",
    key=("mark",),
    version="forgotten_at",
    columns=(("mark", "String"), ("network", _WORD), ("forgotten_at", _INSTANT)),
)

AUDIT = Table(
    name="raw_audit",
    view="audit_log",
    key=("audit_id",),
    version="at",
    columns=(
        ("audit_id", "String"),
        ("at", _INSTANT),
        ("actor", _WORD),
        ("action", _WORD),
        ("subject", "String"),
        ("detail", "String"),
    ),
)

TABLES: tuple[Table, ...] = (
    *(EVENTS, CONVERSATIONS, TURNS, ALERTS, ACTIONS),
    *(RULES, DELIVERIES, DEAD_LETTERS, LETTER_DECISIONS, CANARIES, CORRECTIONS),
    *(FORGOTTEN, AUDIT, WORKER_STATES),
)
