"""Whom Grafana tells: contact points, and the branch of its policies that sends our alerts to them. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.grafana.alerting import OURS, OWN_UIDS
from deploy.grafana.mutes import mute_name
from deploy.grafana.said import Language
from deploy.grafana.templates import name as template
from schemas.grafana import ContactPoint, Severity
from schemas.settings import Settings
from schemas.units import Secret

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")
_WAITS: dict[Severity, dict[str, str]] = {
    "critical": {"group_wait": "10s", "group_interval": "2m", "repeat_interval": "1h"},
    "warning": {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"},
}
_TEXT_FIELDS = {
    "email": ("subject", "message"),
    "slack": ("title", "text"),
    "teams": ("title", "message"),
    "webhook": ("title", "message"),
}


def contact_name(contact: ContactPoint) -> str:
    """What it is called in Grafana."""
    return f"{OWN_UIDS}{contact.name}"


def contact_points(settings: Settings) -> list[dict[str, Any]]:
    """The contact points, with their addresses: never to be printed.

    Grafana does not give secrets back, so nobody could see there whether one has changed. A fingerprint of them is the
    end of the uid instead: another address is another contact point under the same name, and the old one goes.
    """
    return [
        _contact(contact, settings.language, _secrets(contact, settings), uid=_uid(contact, settings))
        for contact in settings.contact_points
    ]


def contact_points_of_files(settings: Settings) -> list[dict[str, Any]]:
    """The same for files: each secret is the name of the variable of Grafana's environment that holds it."""
    return [
        _contact(contact, settings.language, _variables(contact, settings), uid=_short(contact_name(contact)))
        for contact in settings.contact_points
    ]


def _contact(contact: ContactPoint, language: Language, secrets: Mapping[str, str], *, uid: str) -> dict[str, Any]:
    group = template(contact.language or language)
    title, text = _TEXT_FIELDS[contact.kind]
    settings: dict[str, Any] = {
        title: f'{{{{ template "{group}.title" . }}}}',
        text: f'{{{{ template "{group}.message" . }}}}',
    }
    if contact.kind == "email":
        settings |= {"addresses": secrets["address"], "singleEmail": True}
    else:
        settings["url"] = secrets["address"]
    if contact.kind == "webhook":
        settings["httpMethod"] = "POST"
        if secrets.get("credential"):
            settings |= {"authorization_scheme": "Bearer", "authorization_credentials": secrets["credential"]}
    return {
        "uid": uid,
        "name": contact_name(contact),
        "type": contact.kind,
        "disableResolveMessage": False,
        "settings": settings,
    }


def _secrets(contact: ContactPoint, settings: Settings) -> dict[str, str]:
    held = settings.grafana
    return {
        "address": held.addresses.get(contact.name, Secret()).reveal(),
        "credential": held.credentials.get(contact.name, Secret()).reveal(),
    }


def _variables(contact: ContactPoint, settings: Settings) -> dict[str, str]:
    suffix = contact.name.upper()
    found = {"address": f"$VIGIE_GRAFANA__ADDRESSES__{suffix}"}
    if contact.name in settings.grafana.credentials:
        found["credential"] = f"$VIGIE_GRAFANA__CREDENTIALS__{suffix}"
    return found


def _uid(contact: ContactPoint, settings: Settings) -> str:
    return _short(f"{contact_name(contact)}-{fingerprint(*_secrets(contact, settings).values())}")


def _short(uid: str) -> str:
    """At most 40 characters, as Grafana wants: the beginning of a long name gives way to a digest."""
    return uid if len(uid) <= 40 else f"{OWN_UIDS}{fingerprint(uid)}-{uid[-20:].lstrip('-_')}"


def fingerprint(*secrets: str) -> str:
    """Eight hexadecimal digits: enough to see a change, too few to find the secret from."""
    return hashlib.blake2b("\0".join(secrets).encode(), digest_size=4, person=b"vigie").hexdigest()


def policy(contacts: Sequence[ContactPoint]) -> dict[str, Any] | None:
    """Our branch of the policy tree; None without contact points.

    Every contact point gets what it wants, each severity at its own pace. What none of them wants goes to the first
    that wants everything, or to the first.
    """
    if not contacts:
        return None
    last_resort = next((one for one in contacts if not one.severities and not one.brands), contacts[0])
    return {
        "receiver": contact_name(last_resort),
        "object_matchers": [[OURS, "=", "true"]],
        "group_by": ["grafana_folder", "alertname", "brand"],
        **_WAITS["warning"],
        "routes": [
            _route(contact, severity)
            for contact in contacts
            for severity in SEVERITIES
            if not contact.severities or severity in contact.severities
        ],
    }


def _route(contact: ContactPoint, severity: Severity) -> dict[str, Any]:
    route: dict[str, Any] = {
        "receiver": contact_name(contact),
        "object_matchers": [["severity", "=", severity]],
        **_WAITS[severity],
        "continue": True,
    }
    if contact.brands:
        route["object_matchers"].append(["brand", "=~", "|".join(map(re.escape, contact.brands))])
    if contact.quiet_outside and severity in contact.quiet_severities:
        route["mute_time_intervals"] = [mute_name(contact.quiet_outside)]
    return route


def problems(settings: Settings) -> list[str]:
    """A line for each contact point that cannot work: where it stands, what it holds, what it should hold."""
    found: list[str] = []
    calendars = [calendar.name for calendar in settings.calendars]
    names = [contact.name for contact in settings.contact_points]
    for index, contact in enumerate(settings.contact_points):
        at = f"contact_points[{index}]"
        if names.index(contact.name) != index:
            found.append(f"{at}.name holds {contact.name!r}, the name of another; give each its own name")
        if contact.quiet_outside and contact.quiet_outside not in calendars:
            there = f"there are {', '.join(calendars) or 'none'}"
            found.append(f"{at}.quiet_outside holds {contact.quiet_outside!r}, which is no calendar; {there}")
    for section, held in (("ADDRESSES", settings.grafana.addresses), ("CREDENTIALS", settings.grafana.credentials)):
        for name in held:
            if name not in names:
                variable = f"VIGIE_GRAFANA__{section}__{name.upper()}"
                found.append(f"{variable} (environment) is of no contact point; add one named {name!r}, or unset it")
    return found


def unset(settings: Settings) -> list[str]:
    """The variables of addresses that are needed to push and are not there."""
    return [
        f"VIGIE_GRAFANA__ADDRESSES__{contact.name.upper()}"
        for contact in settings.contact_points
        if not settings.grafana.addresses.get(contact.name)
    ]
