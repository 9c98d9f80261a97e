"""Settings: typed, frozen, read once. `load(toml, environ)` says all that is wrong, not only the first.

Order: default, file, environment (`VIGIE_SECTION__KEY`), command-line option. Secrets come from the
environment only. `deploy/vigie.toml` holds every setting with its default and is the documentation.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from schemas.alert import AlertLevel
from schemas.calendar import CalendarSettings
from schemas.grafana import ContactPoint, Grafana
from schemas.policy import Priority, ResponsePolicy
from schemas.units import Duration, PositiveDuration, Secret
from schemas.watch import DEFAULT_WATCHES, Watch

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?![\s\S])")]
ChannelName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(?![\s\S])")]  # also the end of a variable


class Kafka(Struct, frozen=True, kw_only=True):
    """The broker. Without `bootstrap` the embedded one is used."""

    bootstrap: str = ""
    partitions: Positive = 4
    replication: Positive = 1
    session_timeout: PositiveDuration = PositiveDuration(6)
    rebalance_timeout: PositiveDuration = PositiveDuration(10)
    commit_interval: PositiveDuration = PositiveDuration(1)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: Secret = Secret()
    ca_file: str = ""
    certificate: str = ""
    certificate_key: str = ""


class ClickHouse(Struct, frozen=True, kw_only=True):
    """The store. Without `url` the embedded one is used. The other passwords are of users that `vigie migrate --users`
    makes: one who may only insert, one who may only read views, one for test events, one who owns the database.
    """

    url: str = ""
    database: Name = "vigie"
    user: str = "default"
    password: Secret = Secret()
    ingest_password: Secret = Secret()
    board_password: Secret = Secret()
    canary_password: Secret = Secret()
    admin_password: Secret = Secret()
    cluster: str = ""
    ca_file: str = ""
    insert_timeout: Duration = Duration(60)


class Embedded(Struct, frozen=True, kw_only=True):
    """The stack that `vigie up` and `vigie demo` start on loopback."""

    data_dir: str = ".vigie"
    kafka_port: Port = 0
    clickhouse_port: Port = 0
    restore_days: Positive = 30


class Connectors(Struct, frozen=True, kw_only=True):
    """Limits of what is taken in, and of what connectors remember in `state_dir`."""

    max_text_chars: Positive = 65_536
    earliest: str = "2004-01-01"
    max_future: Duration = Duration(86_400)
    keep_raw: bool = False
    state_dir: str = ""
    remember_events: Positive = 2_000_000
    parallel_requests: Positive = 16


class Webhooks(Struct, frozen=True, kw_only=True):
    """The server that push networks call. Loopback unless you say otherwise: put a proxy or a certificate before it."""

    host: str = "127.0.0.1"
    port: Port = 8443
    path: str = "/hooks"
    certificate: str = ""
    certificate_key: str = ""
    max_body_bytes: Positive = 1_048_576
    max_waiting: Positive = 10_000
    answer_within: PositiveDuration = PositiveDuration(1.5)


class Privacy(Struct, frozen=True, kw_only=True):
    """What is taken out of events. With VIGIE_PRIVACY__PSEUDONYM_KEY customers become pseudonyms, keyed by it.

    Who was forgotten is recognized by a hash that is keyed by `forget_key`, or else by `pseudonym_key`.
    """

    pseudonym_key: Secret = Secret()
    forget_key: Secret = Secret()


class Enrich(Struct, frozen=True, kw_only=True):
    """The enrich agent."""

    workers: Positive = 1
    batch_events: Positive = 512
    batch_wait: PositiveDuration = PositiveDuration(0.25)
    steps: bool = True


class Responses(Struct, frozen=True, kw_only=True):
    """The responses agent. `clock` is `live` (wall clock) or `stream` (follows the events of a replay).

    What it remembers of conversations is on disk, in `state_dir`, or else in the folder for temporary files, as is what
    the watch remembers. One that is over, and of which nothing was heard for `remember`, is kept as a past: enough to
    go on with its numbers.
    """

    clock: Literal["live", "stream"] = "live"
    tick: PositiveDuration = PositiveDuration(0.25)
    quiet_after: Duration = Duration(172_800)
    idle_gap: PositiveDuration = PositiveDuration(86_400)
    batch_events: Positive = 500
    batch_wait: PositiveDuration = PositiveDuration(0.25)
    state_dir: str = ""
    remember: PositiveDuration = PositiveDuration(7_776_000)


class Sink(Struct, frozen=True, kw_only=True):
    """The sink agents: one insert per `batch_wait` or `batch_rows`, whichever comes first."""

    batch_rows: Positive = 5000
    batch_wait: PositiveDuration = PositiveDuration(1)


class DeadLetters(Struct, frozen=True, kw_only=True):
    """When most of what comes is a dead letter, the worker stops instead of burying the whole topic."""

    max_share: Annotated[float, Meta(gt=0, le=1)] = 0.5
    min_events: Positive = 20


class NetworkTerm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long content of one network is kept. `beyond_terms`: it may be longer than the terms of use allow."""

    keep: PositiveDuration
    beyond_terms: bool = False


class Retention(Struct, frozen=True, kw_only=True):
    """Days that ClickHouse keeps what it holds; 0 keeps for ever. `networks` takes the place of terms of use."""

    events_days: Annotated[int, Meta(ge=0)] = 730
    conversations_days: Annotated[int, Meta(ge=0)] = 730
    alerts_days: Annotated[int, Meta(ge=0)] = 730
    deliveries_days: Annotated[int, Meta(ge=0)] = 730
    dead_letters_days: Annotated[int, Meta(ge=0)] = 90
    workers_days: Annotated[int, Meta(ge=0)] = 14
    networks: dict[str, NetworkTerm] = {}


class Notify(Struct, frozen=True, kw_only=True):
    """How alerts are told. Channels are Apprise addresses, several in one separated by spaces.

    `urls` is the channel `default`; `channels` are the others by name, each from VIGIE_NOTIFY__CHANNELS__NAME.
    """

    urls: Secret = Secret()
    channels: dict[str, Secret] = {}
    levels: tuple[AlertLevel, ...] = ("delegation", "breach", "escalation", "watch")
    language: Literal["en", "fr"] = "en"
    max_age: Duration = Duration(3600)
    timeout: PositiveDuration = PositiveDuration(20)
    retry_for: PositiveDuration = PositiveDuration(86_400)


class Actions(Struct, frozen=True, kw_only=True):
    """Where people acknowledge, assign and snooze: signed links in messages, and an interface for programs."""

    base_url: str = ""
    secret: Secret = Secret()
    token: Secret = Secret()
    host: str = "127.0.0.1"
    port: Port = 8300
    link_lifetime: PositiveDuration = PositiveDuration(259_200)
    max_per_minute: Positive = 120


class Channel(Struct, frozen=True, kw_only=True):
    """How the readers of one channel want to be told. Its address is a secret, see `Notify`.

    Args:
        person: who reads it, when that is one person: links in its messages act in this name.
        quiet_outside: a calendar; outside its open hours the channel is quiet.
        quiet_hours: hours of quiet, `mon-sun 22:00-07:00+1`, on the clock of `time_zone`.
        urgent_levels, urgent_priorities: what is told during quiet hours too.
        group_above: when more alerts than this come within `group_within`, they become one summary; 0: never.
    """

    name: ChannelName
    language: Literal["", "en", "fr"] = ""
    person: str = ""
    quiet_outside: str = ""
    quiet_hours: tuple[str, ...] = ()
    time_zone: str = ""
    urgent_levels: tuple[AlertLevel, ...] = ()
    urgent_priorities: tuple[Priority, ...] = ("urgent",)
    group_above: Annotated[int, Meta(ge=0)] = 5
    group_within: PositiveDuration = PositiveDuration(300)


class RouteMatch(Struct, frozen=True, kw_only=True):
    """What a route takes. Every condition must hold; one that is left out, or an empty list, is none."""

    levels: tuple[AlertLevel, ...] = ()
    priorities: tuple[Priority, ...] = ()
    policies: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()


class Route(Struct, frozen=True, kw_only=True):
    """Which alerts are told where. Of an ordered list the first that takes an alert holds.

    Args:
        language: of its messages; empty: the channel's own.
        resolved: tell also when an alert that was told has ended.
    """

    name: Annotated[str, Meta(min_length=1)]
    channels: tuple[str, ...]
    match: RouteMatch = RouteMatch()
    language: Literal["", "en", "fr"] = ""
    resolved: bool = False


class Health(Struct, frozen=True, kw_only=True):
    """/health and /metrics of every process: where they are answered, and from when on a worker counts as stalled."""

    host: str = "127.0.0.1"
    stalled_after: PositiveDuration = PositiveDuration(120)


class Canary(Struct, frozen=True, kw_only=True):
    """A test event that is sent again and again; its row must come. `every` 0 sends none."""

    every: Duration = Duration(60)
    late_after: PositiveDuration = PositiveDuration(30)


class Board(Struct, frozen=True, kw_only=True):
    """The boards in a browser, `vigie board`. Beyond loopback it asks for the password, of any user.

    Args:
        names: hosts under which it is asked for, besides loopback's: that of the proxy with TLS before it.
    """

    host: str = "127.0.0.1"
    port: Port = 8350
    names: tuple[str, ...] = ()
    password: Secret = Secret()


class Leader(Struct, frozen=True, kw_only=True):
    """A named executive: mentions of them are found by handle and by spelling, messages to them by handle.

    When a customer of theirs has waited for `offer_after`, or more than `offer_above` wait, the answer is offered to
    the delegates, one after the other, each time `offer_after` later. Zero: never.
    """

    name: str
    handles: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    delegates: tuple[str, ...] = ()
    offer_after: Duration = Duration(0)
    offer_above: Annotated[int, Meta(ge=0)] = 0


class Brand(Struct, frozen=True, kw_only=True):
    """One brand that Vigie listens for, with the accounts that speak in its name.

    `automation` are accounts and application names whose posts are automatic, `automatic_texts` regular
    expressions of automatic replies that come from an account of people.
    """

    name: str
    accounts: tuple[str, ...] = ()
    automation: tuple[str, ...] = ()
    automatic_texts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class SourceSettings(Struct, frozen=True, kw_only=True):
    """One account, page, server, feed or search of one network that Vigie reads."""

    network: str
    name: str = ""
    account: str = ""
    brand: str = ""
    track: tuple[str, ...] = ()
    credentials: str = ""
    interval: PositiveDuration | None = None
    options: dict[str, Any] = {}  # msgspec copies it


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
    webhooks: Webhooks = Webhooks()
    privacy: Privacy = Privacy()
    enrich: Enrich = Enrich()
    responses: Responses = Responses()
    sink: Sink = Sink()
    dead_letters: DeadLetters = DeadLetters()
    retention: Retention = Retention()
    notify: Notify = Notify()
    actions: Actions = Actions()
    grafana: Grafana = Grafana()
    health: Health = Health()
    canary: Canary = Canary()
    board: Board = Board()
    channels: tuple[Channel, ...] = ()
    routes: tuple[Route, ...] = ()
    contact_points: tuple[ContactPoint, ...] = ()
    calendars: tuple[CalendarSettings, ...] = ()
    brands: tuple[Brand, ...] = ()
    competitors: tuple[Competitor, ...] = ()
    products: tuple[Product, ...] = ()
    leaders: tuple[Leader, ...] = ()
    topics: tuple[TopicSettings, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    policies: tuple[ResponsePolicy, ...] = (
        ResponsePolicy(name="default", first=PositiveDuration(3600), next=PositiveDuration(3600)),
    )
    watches: tuple[Watch, ...] = DEFAULT_WATCHES
