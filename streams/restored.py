"""Records that were read back from ClickHouse for a broker that had forgotten them: the sink leaves them out."""

from streams.batches import Message

HEADER = "vigie-restored"


def is_restored(message: Message) -> bool:
    """Whether this record came from ClickHouse, and so need not go there."""
    headers = message.headers
    if not headers:
        return False
    names = headers.keys() if hasattr(headers, "keys") else [name for name, _ in headers]
    return HEADER in names
