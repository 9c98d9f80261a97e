"""push(api, plan): send what was planned, one after the other; what fails says what was done before."""

from collections.abc import Callable

from deploy.grafana.api import Api, GrafanaError
from deploy.grafana.difference import Change
from deploy.grafana.plan import Plan


def push(api: Api, planned: Plan, *, say: Callable[[Change], None]) -> None:
    """Make every change of a plan.

    Args:
        say: is told each change when it is done.
    Raises:
        GrafanaError: with what was done and what was not. Push again: a new plan holds only the rest.
    """
    for number, change in enumerate(planned.changes):
        try:
            _send(api, change)
        except GrafanaError as error:
            total = len(planned.changes)
            raise GrafanaError(
                f"{error.what}. It was to {change}; {number} of {total} changes are done, {total - number} are not",
                where=error.where,
                fix=f"{error.fix}. Then push again: what is done stays, the rest follows",
                status=error.status,
            ) from error
        say(change)


def _send(api: Api, change: Change) -> None:
    try:
        api.send(change.call.method, change.call.path, change.call.body)
    except GrafanaError as error:
        gone = change.call.method == "DELETE" and error.status == 404
        if not gone:  # a deletion that was tried again, or that somebody else made
            raise
