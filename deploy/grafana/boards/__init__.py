"""The boards, found by listing this folder: a new board is a new file with a function `board(house)`."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from deploy.grafana.house import House
from deploy.grafana.panels import Board
from deploy.grafana.render import rendered
from deploy.grafana.said import Language

_USUAL = House()


def _made(name: str, house: House) -> Board:
    made: Board = import_module(f"{__name__}.{name.replace('-', '_')}").board(house)
    return made


def _names() -> tuple[str, ...]:
    names = (module.name.replace("_", "-") for module in iter_modules(__path__))
    return tuple(sorted(names, key=lambda name: _made(name, _USUAL).place))


BOARDS = _names()


def board(name: str, language: Language, house: House = _USUAL) -> dict[str, Any]:
    """One of BOARDS as Grafana's JSON in a language.

    Args:
        house: `house_of(settings)`; the committed exports are made with the usual one.
    """
    titles = [(other, _made(other, house).title) for other in BOARDS]
    return rendered(name, _made(name, house), language, house=house, others=titles)
