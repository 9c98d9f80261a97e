"""The index of deadlines does what a plain dictionary would do, only faster."""

from hypothesis import given
from hypothesis import strategies as st

from streams.deadlines import Deadlines

conversations = st.sampled_from("abcde")
instants = st.integers(0, 20)
settings_of_deadlines = st.tuples(conversations, instants | st.none())
watermarks = instants


@given(st.lists(settings_of_deadlines | watermarks, max_size=40))
def test_deadlines_are_those_of_a_dictionary(operations):
    deadlines, plain = Deadlines(), {}

    for operation in operations:
        if isinstance(operation, tuple):
            conversation_id, due_ms = operation
            deadlines.set(conversation_id, due_ms)
            plain.pop(conversation_id, None)
            if due_ms is not None:
                plain[conversation_id] = due_ms
        else:
            late = sorted((due_ms, key) for key, due_ms in plain.items() if due_ms < operation)

            assert deadlines.due(operation) == [key for _, key in late]
            for _, key in late:
                del plain[key]
        assert len(deadlines) == len(plain)
