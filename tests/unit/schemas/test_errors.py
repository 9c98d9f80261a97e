"""Errors that say what was wrong, with which input, and how to fix it."""

import inspect
import re

import pytest

from schemas import errors
from schemas.errors import VigieError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(VigieError("it broke"), "it broke.", id="what only"),
        pytest.param(VigieError("it broke", where="table events"), "table events: it broke.", id="and where"),
        pytest.param(VigieError("it broke", fix="Mend it."), "it broke. Mend it.", id="and how to fix it"),
        pytest.param(
            VigieError("it broke.", where="table events", fix="Mend it."),
            "table events: it broke. Mend it.",
            id="with its own full stop",
        ),
    ],
)
def test_an_error_reads_as_sentences(error: VigieError, sentence: str):
    assert str(error) == sentence


def test_the_tree_of_errors_is_the_one_that_is_drawn():
    drawn: list[tuple[str, str]] = []
    parents: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)(\w+)(?: {2,}|$)", line)
        if found and found[2] in vars(errors):
            depth = len(found[1]) // 4
            parents[depth] = found[2]
            if depth:
                drawn.append((found[2], parents[depth - 1]))

    actual = [
        (name, kind.__bases__[0].__name__)
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, VigieError) and kind is not VigieError
    ]

    assert sorted(drawn) == sorted(actual)
