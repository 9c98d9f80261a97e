"""One reader per source: a lock on a file that the system takes back when its holder ends, however it ends.

Covered: any number of processes on one machine, or on a file system that all of them lock together. Several
machines share sources by number (`vigie connect --share 2/3`); a machine that is lost is not taken over by itself.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path

from schemas.errors import ConfigError


class Taken(ConfigError):
    """Another process reads this source."""


@contextmanager
def lease(folder: Path, source: str) -> Iterator[None]:
    """Be the only reader of a source for the length of a `with` block.

    Raises:
        Taken: another process is.
        ConfigError: the folder cannot be used.
    """
    path = folder / f"{blake2b(source.encode(), digest_size=12).hexdigest()}.lock"
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = held.enter_context(path.open("ab"))
        except OSError as error:
            raise ConfigError(
                f"no lock can be made: {error.strerror}", where=str(folder), fix="Make that folder writable."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Taken(
                "another process reads it", where=f"source {source}", fix="Stop that one, or leave this source to it."
            ) from None
        yield
