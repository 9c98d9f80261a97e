"""Who looked at personal data, and who changed or erased it: one entry per command, kept for ever."""

import getpass
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.tables import AUDIT
from streams.store import Store

_MILLISECOND_S = 1000


def record(store: Store, action: str, subject: str, detail: Mapping[str, object], *, actor: str = "") -> None:
    """Write one entry.

    Args:
        subject: an event, a dead letter, or the mark of an author; never a name.
        detail: figures, no content.
        actor: who did it; left out, the account on this machine.
    Raises:
        StoreError: ClickHouse did not take it: then the command has not been done either.
    """
    now = datetime.now(UTC)
    row = (
        uuid.uuid4().hex,
        int(now.timestamp() * _MILLISECOND_S),
        actor or _account(),
        action,
        subject,
        json.dumps(detail, sort_keys=True),
    )
    store.insert(AUDIT, [row], token=f"audit:{row[0]}")


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container whose user has no name
