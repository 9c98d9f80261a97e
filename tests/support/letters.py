"""Dead letters of a running stack: left as an agent leaves them, listed and tried again as a person does."""

import json
from datetime import UTC, datetime
from typing import Any

from schemas import codec
from schemas.deadletter import DeadLetter, Stage, dead_letter_id
from schemas.topics import DEAD_LETTERS
from tests.support.kafka import send
from tests.support.stand import Stand
from tests.support.system import rows, vigie


def letter_of(stage: Stage, source: str, payload: bytes, key: bytes, **fields: Any) -> DeadLetter:
    """A letter as an agent of an earlier version left it."""
    place = {"partition": 0, "offset": 7, **fields}
    return DeadLetter(
        dead_letter_id=dead_letter_id(stage, source, place["partition"], place["offset"], payload),
        stage=stage,
        source=source,
        error="KeyError",
        reason="KeyError",
        failed_at=datetime.now(UTC),
        payload=payload,
        key=key,
        **place,
    )


def bury(bootstrap: str, stage: Stage, source: str, payload: bytes, key: bytes) -> None:
    """Leave such a letter."""
    letter = letter_of(stage, source, payload, key)
    send(bootstrap, DEAD_LETTERS.name, letter.dead_letter_id.encode(), codec.encode(letter), partition=0)


def counted(stand: Stand, condition: str = "1") -> int:
    """How many letters meet a condition; cheap enough to be asked again and again."""
    (found,) = rows(stand.data_dir, f"SELECT count() AS letters FROM dead_letters WHERE {condition}")
    return int(found["letters"])


def letters(stand: Stand, **conditions: str) -> list[dict[str, Any]]:
    options = [word for name, value in conditions.items() for word in (f"--{name}", value)]
    done = vigie("dead-letters", "list", "--json", "--data-dir", stand.data_dir, *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def retry(stand: Stand, *arguments: str, **variables: str) -> str:
    done = vigie("dead-letters", "retry", "--data-dir", stand.data_dir, "--by", "nora", *arguments, **variables)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
