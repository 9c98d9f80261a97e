"""The page for a company's settings: every board in both languages, asked of the store that is there."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from deploy.clickhouse.reach import running_on
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.house import house_of
from deploy.grafana.macros import expand
from deploy.grafana.render import uid
from deploy.grafana.said import LANGUAGES, Language
from deploy.viewer.asked import Asked
from deploy.viewer.server import Viewer
from deploy.viewer.store import Asker
from schemas.settings import ClickHouse, Settings


def viewer(settings: Settings, where: Callable[[], ClickHouse | None], language: Language) -> Viewer:
    """What the page shows; the bare address leads to the first board in this language.

    Args:
        where: finds the store, blocking; None while there is none.
    """
    house = house_of(settings)
    boards = {uid(name, spoken): board(name, spoken, house) for spoken in LANGUAGES for name in BOARDS}
    languages = {uid(name, spoken): spoken for spoken in LANGUAGES for name in BOARDS}
    home = uid(BOARDS[0], language)
    return Viewer(
        boards=boards,
        languages=languages,
        home=home,
        asker=Asker(where),
        expand=_filled,
        names=frozenset(settings.board.names),
        password=settings.board.password,
    )


def editions(language: Language) -> tuple[str, ...]:
    """The uids of all boards in a language, in their order."""
    return tuple(uid(name, language) for name in BOARDS)


def finder(settings: Settings, data_dir: Path | None, found: ClickHouse) -> Callable[[], ClickHouse]:
    """Where the store is at the moment: a stack that was started again on its folder listens elsewhere."""
    if settings.clickhouse.url and data_dir is None:
        return lambda: found
    folder = data_dir or Path(settings.embedded.data_dir)

    def find() -> ClickHouse:
        url = running_on(folder)
        return msgspec.structs.replace(found, url=url) if url else found

    return find


def _filled(sql: str, asked: Asked, step_ms: int) -> str:
    return expand(sql, since=asked.since, until=asked.until, interval_ms=step_ms, variables=asked.variables)
