"""`vigie connectors new`: what it writes passes at once, in a checkout of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.system import ROOT, environment

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of a checkout that a connector touches."""
    left_out = shutil.ignore_patterns("__pycache__", "models", "golden", "integration")
    for name in ("connectors", "schemas", "deploy", "streams", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    (tmp_path / "streams" / "models").mkdir(exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**environment(), "PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("shape", ["poll", "stream", "webhook"])
def test_a_new_connector_passes_at_once(checkout: Path, shape: str):
    made = run(checkout, "-m", "deploy.cli", "connectors", "new", "demoforum", "--shape", shape)
    assert made.returncode == 0, made.stderr
    assert (checkout / "connectors/networks/demoforum.py").is_file()

    tests = run(
        checkout,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "demoforum or every_network"),
        *("tests/contract/test_networks.py", "tests/contract/test_webhooks.py", "tests/property/test_parsers.py"),
        "tests/unit/connectors/test_demoforum_network.py",
    )

    assert tests.returncode == 0, tests.stdout[-4000:]
    assert int(tests.stdout.rsplit(" passed", 1)[0].split()[-1]) >= 10
    listed = run(checkout, "-m", "deploy.cli", "connectors", "list", "--json")
    assert '"demoforum"' in listed.stdout


def test_the_module_is_clean(checkout: Path):
    for shape in ("poll", "stream", "webhook"):
        run(checkout, "-m", "deploy.cli", "connectors", "new", f"demo{shape}", "--shape", shape)

    lint = run(checkout, "-m", "ruff", "check", "connectors/networks", "tests/unit/connectors", "tests/contract")
    form = run(checkout, "-m", "ruff", "format", "--check", "connectors/networks", "tests/unit/connectors")

    assert (lint.returncode, form.returncode) == (0, 0), lint.stdout + form.stdout


def test_nothing_that_is_there_is_overwritten(checkout: Path):
    before = (checkout / "connectors/networks/bluesky.py").read_text()

    refused = run(checkout, "-m", "deploy.cli", "connectors", "new", "bluesky")

    assert refused.returncode == 2
    assert "this file is there already" in refused.stderr
    assert (checkout / "connectors/networks/bluesky.py").read_text() == before
