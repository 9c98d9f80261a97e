"""What a worker's app leaves behind."""

import tempfile
from pathlib import Path

from schemas.settings import Kafka, Settings
from streams.app import build_app


def test_a_worker_makes_no_folder_where_it_is_started() -> None:
    """In a container the root file system is read-only: a worker that makes one there never starts."""
    context = build_app("enrich", Settings(kafka=Kafka(bootstrap="127.0.0.1:1")), port=0, version="0")

    assert Path(tempfile.gettempdir()) in context.app.conf.tabledir.parents
