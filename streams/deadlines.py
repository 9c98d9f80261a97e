"""The index the tick walks: which conversation comes due next. O(log n) per change. Pure."""

import heapq


class Deadlines:
    """A heap of (instant, conversation); an entry that was replaced is skipped when it comes up."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str]] = []
        self._due: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._due)

    def set(self, conversation_id: str, due_ms: int | None) -> None:
        """Note when this conversation comes due; None when nothing is due any more."""
        if due_ms is None:
            self._due.pop(conversation_id, None)
        elif self._due.get(conversation_id) != due_ms:
            self._due[conversation_id] = due_ms
            heapq.heappush(self._heap, (due_ms, conversation_id))

    def due(self, watermark_ms: int) -> list[str]:
        """Take out the conversations whose instant is before the watermark, the oldest first."""
        found: list[str] = []
        while self._heap and self._heap[0][0] < watermark_ms:
            due_ms, conversation_id = heapq.heappop(self._heap)
            if self._due.get(conversation_id) == due_ms:
                del self._due[conversation_id]
                found.append(conversation_id)
        return found

    def next_ms(self) -> int | None:
        """When the next conversation comes due."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def clear(self) -> None:
        """Forget everything, before the index is rebuilt."""
        self._heap.clear()
        self._due.clear()
