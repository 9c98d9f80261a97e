"""The jars of Apache Kafka: resolved once by Maven, verified against the sums beside the pom, kept in .cache/."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_HOME = Path(__file__).parent / "apache_kafka"
_POM, _SUMS = _HOME / "pom.xml", _HOME / "jars.sha256"
_DOWNLOAD_S = 300


class WrongJars(Exception):
    """What Maven brought is not what was reviewed."""


def missing() -> str:
    """Why Apache Kafka cannot run on this machine; empty when it can."""
    absent = [program for program in ("java", "mvn") if shutil.which(program) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


def jars() -> Path:
    """The folder with the verified jars; the first call downloads them.

    Raises:
        WrongJars: a jar is missing, unknown or has another sum.
        subprocess.CalledProcessError: Maven could not bring them.
    """
    wanted = _SUMS.read_text(encoding="ascii")
    folder = ROOT / ".cache" / "kafka" / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
            fresh = Path(beside) / "lib"
            _resolve(fresh)
            _verify(fresh, wanted)
            fresh.rename(folder)
    _verify(folder, wanted)
    return folder


def _resolve(folder: Path) -> None:
    command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", str(_POM)]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    subprocess.run([*command, *goal], check=True, timeout=_DOWNLOAD_S, stdout=sys.stderr)


def _sums(folder: Path) -> str:
    found = sorted(folder.glob("*.jar"))
    return "".join(f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in found)


def _verify(folder: Path, wanted: str) -> None:
    differing = sorted(set(_sums(folder).splitlines()) ^ set(wanted.splitlines()))
    if differing:
        raise WrongJars(f"not as in {_SUMS.name}: {', '.join(differing)}; remove {folder} or review the change")


def _write_sums() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _resolve(Path(folder))
        _SUMS.write_text(_sums(Path(folder)), encoding="ascii")


if __name__ == "__main__":
    if sys.argv[1:] != ["write-sums"]:
        sys.exit("usage: python -m tests.support.kafka_jars write-sums")
    _write_sums()
