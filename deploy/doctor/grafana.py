"""Grafana: reachable, its version, its plugin, the data source, the rules. Nothing is written."""

from collections.abc import Iterator

from deploy.doctor.finding import Finding, Subject, failed, ok
from deploy.grafana import checks
from deploy.grafana.api import Api
from schemas.errors import ConfigError


def examine(subject: Subject) -> Iterator[Finding]:
    """What `vigie boards check` asks of Grafana too."""
    if not subject.settings.grafana.url:
        yield ok("grafana", "not configured")
        return
    try:
        api = Api(subject.settings.grafana)
    except ConfigError as error:
        yield failed("grafana", error)
        return
    with api:
        yield from checks.health(api)
