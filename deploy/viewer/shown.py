"""The page for a company's settings: every board in both languages, asked of the store that is there."""

from collections.abc import Callable

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.macros import expand
from deploy.grafana.render import uid
from deploy.grafana.said import LANGUAGES, Language
from deploy.viewer.asked import Asked
from deploy.viewer.server import Viewer
from deploy.viewer.store import Asker
from schemas.settings import ClickHouse


def viewer(where: Callable[[], ClickHouse | None], language: Language) -> Viewer:
    """What the page shows; the bare address leads to the first board in this language.

    Args:
        where: finds the store, blocking; None while there is none.
    """
    boards = {uid(name, spoken): board(name, spoken) for spoken in LANGUAGES for name in BOARDS}
    languages = {uid(name, spoken): spoken for spoken in LANGUAGES for name in BOARDS}
    home = uid(BOARDS[0], language)
    return Viewer(boards=boards, languages=languages, home=home, asker=Asker(where), expand=_filled)


def editions(language: Language) -> tuple[str, ...]:
    """The uids of all boards in a language, in their order."""
    return tuple(uid(name, language) for name in BOARDS)


def _filled(sql: str, asked: Asked, step_ms: int) -> str:
    return expand(sql, since=asked.since, until=asked.until, interval_ms=step_ms, variables=asked.variables)
