"""Wanted: everything of ours that should be in Grafana, worked out from the settings. Pure.

Boards, rules, contact points, templates, mute timings and policies come from here whether they are pushed, compared,
checked or written as files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import SplitResult, urlsplit

from deploy.grafana.alerting import FOLDER_UID, groups
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.contacts import contact_points, contact_points_of_files, fingerprint, policy
from deploy.grafana.datasource import TYPE, UID
from deploy.grafana.house import house_of
from deploy.grafana.mutes import mutes
from deploy.grafana.rules import rules
from deploy.grafana.said import Language
from deploy.grafana.templates import templates
from schemas.errors import ConfigError
from schemas.settings import Settings
from streams.businesstime import Calendar

BOARDS_FOLDER_UID = "vigie-boards"
DATASOURCE_NAME = "Vigie ClickHouse"
FINGERPRINT = "vigieFingerprint"  # of the password, among the settings of the data source: the plugin ignores it
_IN_COMPOSE = "http://clickhouse:8123"
_PORTS = {"http": 8123, "https": 8443, "native": 9000, "natives": 9440}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of Grafana."""

    uid: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All of it, as Grafana's interface takes it. `notes` says what Grafana cannot express."""

    datasource: dict[str, Any]
    folders: tuple[Folder, ...]
    boards: tuple[dict[str, Any], ...]
    groups: tuple[dict[str, Any], ...]
    templates: Mapping[str, str]
    mutes: tuple[dict[str, Any], ...]
    contacts: tuple[dict[str, Any], ...]
    policy: dict[str, Any] | None
    notes: tuple[str, ...]


def wanted(
    settings: Settings,
    calendars: Mapping[str, Calendar],
    *,
    today: date,
    languages: Sequence[Language] = (),
    for_files: bool = False,
) -> Wanted:
    """What these settings ask for.

    Args:
        languages: of the boards; that of the settings when none is named. Rules are in the language of the settings.
        for_files: with the names of variables in the place of secrets.
    """
    contacts = settings.contact_points
    muted = mutes([one.quiet_outside for one in contacts if one.quiet_outside], calendars, today=today)
    house = house_of(settings)
    return Wanted(
        datasource=datasource(settings, for_files=for_files),
        folders=(
            Folder(uid=BOARDS_FOLDER_UID, title=settings.grafana.folder),
            Folder(uid=FOLDER_UID, title=settings.grafana.alerts_folder),
        ),
        boards=tuple(
            board(name, language, house)
            for language in dict.fromkeys(languages or (settings.language,))
            for name in BOARDS
        ),
        groups=tuple(groups(rules(settings), settings.grafana, settings.language)),
        templates=templates(house.zone),
        mutes=tuple(one.timing for one in muted.values()),
        contacts=tuple((contact_points_of_files if for_files else contact_points)(settings)),
        policy=policy(contacts),
        notes=tuple(
            f"the calendar {name!r} opens on {day}, while its weekday is closed: Grafana stays quiet on it"
            for name, one in muted.items()
            for day in one.left_out
        ),
    )


def datasource(settings: Settings, *, for_files: bool = False) -> dict[str, Any]:
    """The ClickHouse data source.

    Raises:
        ConfigError: it is not said how Grafana reaches ClickHouse, or not as an address.
    """
    grafana, database = settings.grafana, settings.clickhouse.database
    address = grafana.clickhouse_url or settings.clickhouse.url or (_IN_COMPOSE if for_files else "")
    if not address:
        raise ConfigError(
            "it is not said how Grafana reaches ClickHouse",
            where="grafana.clickhouse_url",
            fix="Set it: http://clickhouse:8123, or native://clickhouse:9000",
        )
    parts = _address(address)
    password = grafana.clickhouse_password.reveal()
    found: dict[str, Any] = {
        "name": DATASOURCE_NAME,
        "uid": UID,
        "type": TYPE,
        "access": "proxy",
        "jsonData": {
            "host": parts.hostname,
            "port": parts.port or _PORTS[parts.scheme],
            "protocol": "http" if parts.scheme.startswith("http") else "native",
            "secure": parts.scheme.endswith("s"),
            "username": grafana.clickhouse_user,
            "defaultDatabase": database,
            "dialTimeout": "10",
            "queryTimeout": "60",
        },
    }
    if for_files:
        found["secureJsonData"] = {"password": "$VIGIE_GRAFANA__CLICKHOUSE_PASSWORD"}
    else:
        found["jsonData"][FINGERPRINT] = fingerprint(password)
        found["secureJsonData"] = {"password": password}
    return found


def _address(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        if parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port):
            return parts
    except ValueError:
        pass
    raise ConfigError(
        "the address of ClickHouse cannot be read",
        where="grafana.clickhouse_url or clickhouse.url",
        fix="Write http://host:8123, https://host:8443, native://host:9000 or natives://host:9440",
    )
