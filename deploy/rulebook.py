"""The editions of the rules, in a file of the data folder: the embedded broker forgets them, the past may not."""

from pathlib import Path

from schemas import codec
from schemas.errors import ProvisionError, VigieError
from schemas.rules import Rules
from streams import editions

FILE = "rules.ndjson"


def tell(path: Path, bootstrap: str) -> None:
    """Give a broker that has forgotten everything the editions of the file, if there is one.

    Raises:
        ProvisionError: a line of the file is none.
    """
    if path.is_file():
        editions.publish(bootstrap, _read(path))


def keep(path: Path, bootstrap: str) -> None:
    """Write the editions that the broker knows into the file."""
    lines = [codec.encode(one) + b"\n" for one in editions.read(bootstrap)]
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(b"".join(lines))
    temporary.replace(path)


def _read(path: Path) -> list[Rules]:
    try:
        return [
            codec.decode(line, Rules, where=f"{path}:{number}")
            for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        ]
    except VigieError as error:
        raise ProvisionError(
            f"the file of the rules is spoilt: {error.what}",
            where=str(path),
            fix="Delete it: what was measured before is then measured anew, by the rules of now.",
        ) from error
