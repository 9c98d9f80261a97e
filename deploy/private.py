"""Files that hold what people wrote belong to whoever made them, and to nobody else."""

import os

_OWNER_ALONE = 0o600


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=opener)`: a new file is read and written by its owner alone, whatever the umask."""
    return os.open(path, flags, _OWNER_ALONE)
