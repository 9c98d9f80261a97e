"""The files of the page, read once: only what lies in `page/` is served, by its exact name."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    content_type: str
    body: bytes
    etag: str


def page_files() -> dict[str, File]:
    """All files of the page by their path below it."""
    return dict(_below(files("deploy.viewer") / "page", ""))


def _below(folder: Traversable, prefix: str) -> Iterator[tuple[str, File]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{prefix}{entry.name}/")
            continue
        kind = _TYPES.get(entry.name[entry.name.rfind(".") :])
        if kind:
            body = entry.read_bytes()
            yield prefix + entry.name, File(kind, body, hashlib.sha256(body).hexdigest()[:16])
