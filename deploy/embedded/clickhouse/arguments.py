"""How the stack starts the embedded ClickHouse for its settings: who may come in, and what a board may read. Pure."""

from collections.abc import Sequence

from deploy.clickhouse.users import user_name
from deploy.clickhouse.views import views
from schemas.settings import Settings


def user_arguments(settings: Settings) -> Sequence[str]:
    """Arguments of `python -m deploy.embedded.clickhouse`; passwords stay in the environment.

    Without a password whoever reaches the loopback address is the owner: then a board user would keep nobody out.
    """
    clickhouse = settings.clickhouse
    found: list[str] = []
    if clickhouse.password:
        for name in dict.fromkeys(("default", clickhouse.user)):
            found += ["--user", f"{name}:env:VIGIE_CLICKHOUSE__PASSWORD:owner"]
    if clickhouse.board_password:
        found += ["--user", f"{user_name('board')}:env:VIGIE_CLICKHOUSE__BOARD_PASSWORD:views"]
        for view in views(settings):
            found += ["--view", f"{clickhouse.database}.{view}"]
    return found
