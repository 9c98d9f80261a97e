"""The command a person types: what it says, and how it ends."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import cli
from schemas.topics import TOPICS

COMMANDS = sorted(
    path.stem.replace("_", "-")
    for path in Path(cli.__file__).parent.joinpath("commands").glob("*.py")
    if path.stem != "__init__"
)
HEAVY = {"aiohttp", "apprise", "chdb", "clickhouse_connect", "faust", "kafka", "numpy", "spacy"}

Vigie = Callable[..., tuple[int, str, str]]


@pytest.fixture
def vigie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Vigie:
    """Run the command in an empty folder, without settings from outside: exit code, output, complaints."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("VIGIE_")]:
        monkeypatch.delenv(variable)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vigie", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_every_file_of_the_folder_is_a_subcommand(vigie: Vigie):
    _, out, _ = vigie("--help")

    assert all(f" {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_subcommand_says_what_it_does(vigie: Vigie, command: str):
    code, out, _ = vigie(command, "--help")

    assert code == 0
    assert re.search(rf"Usage: .*vigie {command}", out)


def test_without_a_subcommand_the_help_is_shown(vigie: Vigie):
    code, out, err = vigie()

    assert code == 2
    assert "Usage: " in out + err


def test_help_answers_at_once_since_nothing_heavy_is_loaded():
    loaded = "import sys, deploy.cli; deploy.cli.build(); print(*{name.split('.')[0] for name in sys.modules})"

    answer = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    assert HEAVY & set(answer.stdout.split()) == set()


def test_right_settings_are_said_to_be_right(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "vigie.toml").write_text("[kafka]\npartitions = 8\n")

    assert vigie("check-config") == (0, "vigie.toml and the environment are right.\n", "")


def test_no_file_at_all_is_right_too(vigie: Vigie):
    code, out, _ = vigie("check-config")

    assert code == 0
    assert out.startswith("No vigie.toml: the defaults")


def test_wrong_settings_end_with_two_and_a_line_for_each(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "vigie.toml").write_text("[kafka]\npartitions = 0\nbootstap = 'k'\n")

    code, out, err = vigie("check-config")

    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "vigie: vigie.toml: these settings are wrong:",
        "  line 2: kafka.partitions holds 0, should hold int >= 1",
        "  line 3: kafka.bootstap: no such setting; did you mean 'bootstrap'?.",
    ]


def test_a_wrong_variable_ends_with_two_and_its_name(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VIGIE_KAFKA__PARTITONS", "4")

    code, _, err = vigie("check-config")

    assert code == 2
    assert "VIGIE_KAFKA__PARTITONS (environment): no such setting; did you mean 'partitions'?" in err


def test_a_wrong_value_of_a_variable_is_told_by_its_name_and_not_by_a_line(
    vigie: Vigie, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    Path(tmp_path, "vigie.toml").write_text("[kafka]\npartitions = 8\n")
    monkeypatch.setenv("VIGIE_KAFKA__PARTITIONS", "many")

    _, _, err = vigie("check-config")

    assert "  VIGIE_KAFKA__PARTITIONS (environment): kafka.partitions holds 'many', should hold int" in err


def test_what_other_parts_find_wrong_is_told_with_its_line_too(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "vigie.toml").write_text(
        "[[channels]]\nname = 'care'\n\n[[routes]]\nname = 'r'\nchannels = [\n  'caer',\n]\n"
    )

    code, _, err = vigie("check-config")

    assert code == 2
    assert "  line 2: channels[0].name holds 'care', which has no address" in err
    assert "  line 6: routes[0].channels holds 'caer', which is no channel" in err


def test_an_address_that_nobody_knows_is_found_before_anything_starts(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VIGIE_NOTIFY__CHANNELS__CARE", "slakc://T0/B0/s3cret")

    code, out, err = vigie("check-config")

    assert code == 2
    assert "VIGIE_NOTIFY__CHANNELS__CARE (environment) holds no address that Apprise knows" in err
    assert "s3cret" not in out + err


def test_a_secret_in_the_file_is_refused_and_never_printed(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "vigie.toml").write_text("[clickhouse]\npassword = 's3cret'\n")

    code, out, err = vigie("check-config")

    assert code == 2
    assert "set VIGIE_CLICKHOUSE__PASSWORD in the environment" in err
    assert "s3cret" not in out + err


def test_the_file_that_the_environment_names_is_read(vigie: Vigie, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    named = tmp_path / "named.toml"
    named.write_text("[kafka]\npartitions = 0\n")
    monkeypatch.setenv("VIGIE_CONFIG", str(named))

    code, _, err = vigie("check-config")

    assert code == 2
    assert f"vigie: {named}: these settings are wrong" in err


def test_a_file_that_is_not_there_is_an_error_and_not_the_defaults(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VIGIE_CONFIG", "elsewhere.toml")

    code, _, err = vigie("check-config")

    assert code == 2
    assert err.startswith("vigie: elsewhere.toml: the file that VIGIE_CONFIG names is not there")


def test_a_file_in_another_encoding_is_a_clear_error(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "vigie.toml").write_bytes('[[brands]]\nname = "Boréal"\n'.encode("latin-1"))

    code, _, err = vigie("check-config")

    assert code == 2
    assert err.startswith("vigie: vigie.toml: the file cannot be read")
    assert err.endswith("Save it as UTF-8.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["no-such-command"], id="no such subcommand"),
        pytest.param(["check-config", "--no-such-option"], id="no such option"),
        pytest.param(["worker"], id="an argument that must be there"),
        pytest.param(["worker", "no-such-agent"], id="no such agent"),
        pytest.param(["worker", "enrich"], id="a worker without a broker"),
    ],
)
def test_a_wrong_argument_ends_with_two_and_no_traceback(vigie: Vigie, arguments: list[str]):
    code, out, err = vigie(*arguments)

    assert code == 2
    assert err
    assert "Traceback" not in out + err


def test_a_failure_that_is_nobodys_typing_error_ends_with_one(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VIGIE_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("VIGIE_CLICKHOUSE", "http://127.0.0.1:1")

    code, _, err = vigie("sql", "SELECT 1")

    assert code == 1
    assert err.startswith("vigie: ")
    assert "Traceback" not in err


def test_the_schema_of_every_topic_is_written(vigie: Vigie, tmp_path: Path):
    code, out, _ = vigie("schema", "export", "--to", "out")

    assert code == 0
    written = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "out").iterdir()}
    assert {name: document["$ref"].split("/")[-1] for name, document in written.items()} == {
        topic.name: topic.carries.__name__ for topic in TOPICS
    }
    assert out.splitlines() == [f"out/{topic.name}.json" for topic in TOPICS]


def test_the_schema_cannot_be_written_over_a_file(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "out").write_text("mine")

    code, _, err = vigie("schema", "export", "--to", "out")

    assert code in (1, 2)
    assert err.startswith("vigie: ")
    assert Path(tmp_path, "out").read_text() == "mine"
