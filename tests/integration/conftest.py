"""The order of the integration tests."""

from pathlib import Path

import pytest

_LONGEST_FIRST = ("watch", "path", "notify")  # or one of them would run alone when all others are done


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose tests take longest; within one, the order stays."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    return next((place for place, name in enumerate(_LONGEST_FIRST) if path.parent.name == name), len(_LONGEST_FIRST))
