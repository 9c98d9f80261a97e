"""Everything that can be wrong in the settings, looked at before anything is started."""

from pathlib import Path

from deploy.grafana.contacts import problems as contact_problems
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.watch import problems as watch_problems
from streams.channels import problems
from streams.checks import checked
from streams.links import links_of
from streams.routing import Routing, routing


def check(settings: Settings, folder: Path) -> Routing:
    """Calendars, policies, channels, routes, watches, contact points, links; the routing, for who goes on with it.

    Args:
        folder: where the names of calendar files begin.
    Raises:
        ConfigError: with one line per fault.
    """
    routes = routing(settings, checked(settings, folder))
    faults = [*problems(routes.targets.values()), *watch_problems(settings.watches)]
    faults += contact_problems(settings)
    if faults:
        raise ConfigError("\n  ".join(["these settings are wrong:", *faults]), where="vigie.toml")
    links_of(settings.actions)
    return routes
