"""One event, followed through the logs by its id, from its connector to its row."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from tests.support.builders import make_event
from tests.support.stand import PLAIN, standing
from tests.support.system import until

pytestmark = pytest.mark.integration


def test_an_event_is_followed_by_its_id_through_every_log(tmp_path: Path) -> None:
    inbox, config = tmp_path / "inbox", tmp_path / "vigie.toml"
    inbox.mkdir()
    (inbox / "posts.ndjson").write_bytes(codec.encode(make_event("7", conversation_id="mastodon:7")) + b"\n")
    config.write_text(f'[[sources]]\nnetwork = "folder"\naccount = "{inbox}"\n')
    steps = {
        "connect": "event_published",
        "enrich": "event_enriched",
        "responses": "event_measured",
        "sink": "event_stored",
    }

    with standing(tmp_path / "D", VIGIE_CONFIG=str(config), LOG_LEVEL="DEBUG", **PLAIN) as stand:
        for part, step in steps.items():
            until(lambda: said(stand.logged(part), step), timeout_s=60, what=f"{step} of {part}")  # noqa: B023
        told = {part: said(stand.logged(part), step) for part, step in steps.items()}

    assert {part: [line["event_id"] for line in lines] for part, lines in told.items()} == {
        part: ["mastodon:7"] for part in steps
    }
    assert "parcel" not in json.dumps(told), "what was written stays out of the logs"


def said(log: str, step: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == step and "canary" not in line.get("event_id", "")]
