"""Are the settings right, and is somebody told of alerts?"""

from collections.abc import Iterator

from deploy.checking import check
from deploy.doctor.finding import Finding, Subject, failed, ok
from schemas.errors import VigieError

_REPAIR = "Set VIGIE_NOTIFY__URLS to an Apprise address, then try it with `vigie alerts test`"


def examine(subject: Subject) -> Iterator[Finding]:
    """Settings without fault, and a channel."""
    try:
        routes = check(subject.settings, subject.folder)
    except VigieError as error:
        yield failed("settings", error)
        return
    yield ok("settings", "right")
    if routes.targets:
        yield ok("channels", f"configured: {', '.join(sorted(routes.targets))}")
    else:
        yield Finding(name="channels", verdict="warn", cause="nobody is told of alerts", repair=_REPAIR)
