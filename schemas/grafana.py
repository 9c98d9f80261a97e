"""How Vigie's boards and alert rules come into Grafana, and whom Grafana tells: two parts of vigie.toml."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.units import PositiveDuration, Secret

Severity = Literal["critical", "warning"]
ContactKind = Literal["email", "slack", "teams", "webhook"]
ContactName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(?![\s\S])")]  # also the end of a variable


class Grafana(Struct, frozen=True, kw_only=True):
    """The Grafana that `vigie boards push` fills. Without `url` there is none.

    Args:
        clickhouse_url: how Grafana reaches ClickHouse: `http://`, `https://`, or `native://` (`natives://` with TLS).
        runbook_url: the page that holds deploy/RUNBOOK.md, for the link in messages.
        lag_limit: longer than this from the network's hand to the row, and the rule about the pipeline speaks.
        no_data_after: nothing stored for so long is always an alert, whatever is usual at that hour.
        addresses: of the contact points, by name.
        credentials: what webhooks get as `Authorization: Bearer`, by name of the contact point.
    """

    url: str = ""
    token: Secret = Secret()
    timeout: PositiveDuration = PositiveDuration(10)
    folder: str = "Vigie"
    alerts_folder: str = "Vigie alerts"
    clickhouse_url: str = ""
    clickhouse_user: str = "vigie_board"
    clickhouse_password: Secret = Secret()
    runbook_url: str = ""
    lag_limit: PositiveDuration = PositiveDuration(60)
    no_data_after: PositiveDuration = PositiveDuration(21_600)
    addresses: dict[str, Secret] = {}
    credentials: dict[str, Secret] = {}


class ContactPoint(Struct, frozen=True, kw_only=True):
    """Whom Grafana tells, and what of. Its address is a secret, see `Grafana.addresses`.

    Args:
        severities, brands: only these; empty: all. An alert about all brands at once goes to who has none named.
        quiet_outside: a calendar; outside its open hours what is in `quiet_severities` is not told.
    """

    name: ContactName
    kind: ContactKind
    language: Literal["", "en", "fr"] = ""
    severities: tuple[Severity, ...] = ()
    brands: tuple[str, ...] = ()
    quiet_outside: str = ""
    quiet_severities: tuple[Severity, ...] = ("warning",)
