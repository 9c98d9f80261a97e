"""The sample that travels with Vigie, moved in time: what is history, and what happens live."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from connectors.sample.layout import Happening, lay_out, wall_time
from connectors.sample.script import Scene, read_scene
from schemas.errors import ConfigError
from schemas.event import Event

SPLIT = "tue 17:20"  # in the middle of the storm


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Events in the order in which they happen. A live event is due at its `received_at`."""

    history: tuple[Event, ...]
    live: tuple[Event, ...]


def sample_events(*, rebase_to: datetime | None = None, split: str = SPLIT) -> Sample:
    """The bundled sample, cut in two.

    Args:
        rebase_to: the instant at which the split happens; everything moves with it. None leaves it in 2024.
        split: Paris time, as in the script; what happens before it is history.
    Raises:
        ConfigError: the script is wrong, naming its file and line.
    """
    split_at = wall_time(split, "split")
    shift = timedelta() if rebase_to is None else rebase_to - split_at
    happenings = lay_out(read_scenes(resources.files("connectors.sample").joinpath("scenario")))
    return Sample(
        history=tuple(_moved(happening, shift) for happening in happenings if happening.at < split_at),
        live=tuple(_moved(happening, shift) for happening in happenings if happening.at >= split_at),
    )


def read_scenes(folder: Traversable) -> Iterator[tuple[str, Scene]]:
    """The scenes of every script in a folder, by name of file, each with its file and line.

    Raises:
        ConfigError: there is no script, or a line of one is wrong.
    """
    scripts = sorted((file for file in folder.iterdir() if file.name.endswith(".jsonl")), key=lambda file: file.name)
    if not scripts:
        raise ConfigError("the sample has no script", where=str(folder), fix="Install Vigie again.")
    for script in scripts:
        for number, line in enumerate(script.read_bytes().split(b"\n"), start=1):
            if line.strip():
                where = f"{script.name}, line {number}"
                yield where, read_scene(line, where)


def _moved(happening: Happening, shift: timedelta) -> Event:
    event = happening.event
    return msgspec.structs.replace(event, created_at=event.created_at + shift, received_at=event.received_at + shift)
