"""What a shelf says is due is what a plain dictionary would say, only without its memory."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from streams.shelf import Shelf

keys = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
instants = st.integers(0, 20)
changes = st.tuples(keys, instants | st.none())
removals = keys


@given(st.lists(changes | removals | instants, max_size=40))
def test_what_is_due_is_what_a_dictionary_says(operations):
    page, plain = Shelf(Path(tempfile.gettempdir())).page(0), {}

    for operation in operations:
        if isinstance(operation, tuple):
            key, due_ms = operation
            page.set(key, key, due_ms)
            plain[key] = due_ms
        elif isinstance(operation, bytes):
            page.pop(operation)
            plain.pop(operation, None)
        else:
            late = sorted((due_ms, key) for key, due_ms in plain.items() if due_ms is not None and due_ms < operation)
            assert page.due(operation) == [key for _, key in late]
        waiting = [due_ms for due_ms in plain.values() if due_ms is not None]
        assert (len(page), page.waiting, page.next_ms()) == (len(plain), len(waiting), min(waiting, default=None))
