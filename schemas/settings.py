"""Settings: typed, frozen, read once. `load(toml, environ)` says all that is wrong, not only the first.

Order: default, file, environment (`VIGIE_SECTION__KEY`), command-line option. Secrets come from the
environment only. `deploy/vigie.toml` holds every setting with its default and is the documentation.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.calendar import CalendarSettings
from schemas.policy import ResponsePolicy
from schemas.units import Duration, PositiveDuration, Secret

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?![\s\S])")]


class Kafka(Struct, frozen=True, kw_only=True):
    """The broker. Without `bootstrap` the embedded one is used."""

    bootstrap: str = ""
    partitions: Positive = 4
    replication: Positive = 1
    session_timeout: PositiveDuration = PositiveDuration(6)
    rebalance_timeout: PositiveDuration = PositiveDuration(10)
    commit_interval: PositiveDuration = PositiveDuration(1)


class ClickHouse(Struct, frozen=True, kw_only=True):
    """The store. Without `url` the embedded one is used."""

    url: str = ""
    database: Name = "vigie"
    user: str = "default"
    password: Secret = Secret()
    cluster: str = ""
    insert_timeout: Duration = Duration(60)


class Embedded(Struct, frozen=True, kw_only=True):
    """The stack that `vigie up` and `vigie demo` start on loopback."""

    data_dir: str = ".vigie"
    kafka_port: Port = 0
    clickhouse_port: Port = 0
    restore_days: Positive = 30


class Connectors(Struct, frozen=True, kw_only=True):
    """Limits of what is taken in."""

    max_text_chars: Positive = 65_536
    earliest: str = "2004-01-01"
    max_future: Duration = Duration(86_400)


class Privacy(Struct, frozen=True, kw_only=True):
    """What is taken out of events. With VIGIE_PRIVACY__PSEUDONYM_KEY customers become pseudonyms, keyed by it."""

    pseudonym_key: Secret = Secret()


class Enrich(Struct, frozen=True, kw_only=True):
    """The enrich agent."""

    workers: Positive = 1
    batch_events: Positive = 512
    batch_wait: PositiveDuration = PositiveDuration(0.25)
    steps: bool = True


class Responses(Struct, frozen=True, kw_only=True):
    """The responses agent. `clock` is `live` (wall clock) or `stream` (follows the events of a replay)."""

    clock: Literal["live", "stream"] = "live"
    tick: PositiveDuration = PositiveDuration(1)
    quiet_after: Duration = Duration(172_800)
    batch_events: Positive = 500
    batch_wait: PositiveDuration = PositiveDuration(0.25)


class Sink(Struct, frozen=True, kw_only=True):
    """The sink agents: one insert per `batch_wait` or `batch_rows`, whichever comes first."""

    batch_rows: Positive = 5000
    batch_wait: PositiveDuration = PositiveDuration(1)


class DeadLetters(Struct, frozen=True, kw_only=True):
    """When most of what comes is a dead letter, the worker stops instead of burying the whole topic."""

    max_share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    min_events: Positive = 20


class Retention(Struct, frozen=True, kw_only=True):
    """Days that ClickHouse keeps what it holds; 0 keeps for ever."""

    events_days: Annotated[int, Meta(ge=0)] = 730
    conversations_days: Annotated[int, Meta(ge=0)] = 730
    alerts_days: Annotated[int, Meta(ge=0)] = 730
    dead_letters_days: Annotated[int, Meta(ge=0)] = 90


class Notify(Struct, frozen=True, kw_only=True):
    """Where alerts go, as Apprise addresses, from VIGIE_NOTIFY__URLS, separated by spaces."""

    urls: Secret = Secret()
    levels: tuple[Literal["warning_50", "warning_75", "warning_90", "breach", "escalation"], ...] = (
        "breach",
        "escalation",
    )
    language: Literal["en", "fr"] = "en"
    max_age: Duration = Duration(3600)


class Leader(Struct, frozen=True, kw_only=True):
    """A named executive: mentions of them are found by handle and by spelling."""

    name: str
    handles: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()


class Brand(Struct, frozen=True, kw_only=True):
    """One brand that Vigie listens for, with the accounts that speak in its name."""

    name: str
    accounts: tuple[str, ...] = ()
    automation: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Competitor(Struct, frozen=True, kw_only=True):
    """Somebody else's brand: named in texts, never listened for."""

    name: str
    accounts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Product(Struct, frozen=True, kw_only=True):
    """Something that a brand sells, by name and other spellings."""

    name: str
    aliases: tuple[str, ...] = ()


class TopicSettings(Struct, frozen=True, kw_only=True):
    """A subject of your own, or more words for one that Vigie knows: found by keywords, or by likeness to examples."""

    name: Name
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Settings(Struct, frozen=True, kw_only=True):
    """All of vigie.toml."""

    language: Literal["en", "fr"] = "en"
    kafka: Kafka = Kafka()
    clickhouse: ClickHouse = ClickHouse()
    embedded: Embedded = Embedded()
    connectors: Connectors = Connectors()
    privacy: Privacy = Privacy()
    enrich: Enrich = Enrich()
    responses: Responses = Responses()
    sink: Sink = Sink()
    dead_letters: DeadLetters = DeadLetters()
    retention: Retention = Retention()
    notify: Notify = Notify()
    calendars: tuple[CalendarSettings, ...] = ()
    brands: tuple[Brand, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    products: tuple[Product, ...] = ()
    leaders: tuple[Leader, ...] = ()
    topics: tuple[TopicSettings, ...] = ()
    policies: tuple[ResponsePolicy, ...] = (ResponsePolicy(name="default", first=Duration(3600), next=Duration(3600)),)
