"""The units: parsed, held by systemd's own checks where they are installed, and by rules of ours. None is started."""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.clickhouse.users import ROLES, user_name
from schemas.load import load
from schemas.settings import Settings
from streams.worker import AGENTS
from tests.support.manifests import DEPLOY, documents, refusal, seconds

FOLDER = DEPLOY / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
PROGRAM = "/opt/vigie/.venv/bin/vigie"
DEFAULTS = Settings()
Unit = Mapping[str, Mapping[str, list[str]]]


def unit(path: Path) -> Unit:
    """The sections of a unit file; a key may stand several times."""
    sections: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            current = sections.setdefault(heading[1], defaultdict(list))
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{path.name}: {line}"
            current[key].append(value)
    return sections


def _commands(service: Unit) -> list[list[str]]:
    lines = [
        line.replace("$${1%%%%-*}", "enrich")
        .replace("$${PORT:-0}", "0")
        .replace("$${BACKUP_TO}/$$(date +%%F)", "folder")
        for line in service["Service"]["ExecStart"]
    ]
    found = [re.search(rf"{PROGRAM} ([^']+)", line) for line in lines]
    return [match[1].replace('"', "").replace("${REPORT_CHANNEL}", "default").split() for match in found if match]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with a program that is there, and one instance of the template."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here: the units were only parsed")
    folder = tmp_path_factory.mktemp("units")
    for path in FOLDER.glob("vigie*"):
        name = path.name.replace("@.", "@enrich.")
        (folder / name).write_text(path.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true"), encoding="utf-8")
    return folder


def test_systemd_takes_every_unit(installed: Path) -> None:
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(installed.iterdir()))],
        capture_output=True,
        text=True,
    )

    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("service", [path.name.replace("@.", "@enrich.") for path in SERVICES])
def test_systemd_finds_little_that_a_service_could_do_to_the_machine(installed: Path, service: str) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(installed / service)],
        capture_output=True,
        text=True,
    )

    assert told.returncode == 0, told.stdout[-300:]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_runs_commands_that_exist_with_real_settings(path: Path) -> None:
    service = unit(path)["Service"]
    variables = dict(word.split("=", 1) for line in service["Environment"] for word in line.split())

    commands = _commands(unit(path))

    assert len(commands) == len(service["ExecStart"])
    assert [refusal(command) for command in commands] == [""] * len(commands)
    assert load("", {name: value for name, value in variables.items() if name.startswith("VIGIE_")})


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_nobody_and_its_secrets_are_files(path: Path) -> None:
    service = unit(path)["Service"]

    assert service["DynamicUser"] == service["NoNewPrivileges"] == service["ProtectHome"] == ["yes"]
    assert service["ProtectSystem"] == ["strict"]
    assert service["CapabilityBoundingSet"] == [""]
    assert service["LoadCredential"]
    assert "VIGIE_SECRETS=%d" in service["Environment"]
    assert not [one for one in service["Environment"] if re.search("PASSWORD|TOKEN|SECRET=|KEY=", one)]


ROLE = {
    "worker@": "ingest",
    "actions": "board",
    "board": "board",
    "report": "board",
    "backup": "admin",
    "canary": "canary",
}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_has_the_password_of_its_own_role(path: Path) -> None:
    service = unit(path)["Service"]
    name = path.stem.removeprefix("vigie-")
    given = dict(line.split(":", 1) for line in service["LoadCredential"])
    users = [line.partition("=")[2] for line in service["Environment"] if line.startswith("VIGIE_CLICKHOUSE__USER=")]
    folder = "/etc/vigie/secrets/clickhouse-"

    role = ROLE.get(name)
    wanted = "owner" if name == "setup" else role
    assert users == ([user_name(role)] if role else [])  # type: ignore[arg-type]
    assert given.get("VIGIE_CLICKHOUSE__PASSWORD") == (f"{folder}{wanted}" if wanted else None)
    roles = {f"VIGIE_CLICKHOUSE__{one.upper()}_PASSWORD": f"{folder}{one}" for one in ROLES}
    assert {key: value for key, value in given.items() if key in roles} == (roles if name == "setup" else {})
    assert ("VIGIE_PRIVACY__FORGET_KEY" in given) == (name in ("worker@", "connect", "webhooks"))


def test_prometheus_asks_every_unit_on_a_port_of_its_own() -> None:
    (prometheus,) = documents(DEPLOY / "prometheus.yml")
    (job,) = [one for one in prometheus["scrape_configs"] if one["job_name"] == "vigie-systemd"]
    asked = {one["labels"]["part"]: one["targets"][0].rpartition(":")[2] for one in job["static_configs"]}
    shown = {
        path.stem.removeprefix("vigie-"): command[command.index("--metrics-port") + 1]
        for path in SERVICES
        for command in _commands(unit(path))
        if "--metrics-port" in command
    }

    assert len(set(asked.values())) == len(asked)
    assert {part: port for part, port in asked.items() if part not in AGENTS} == shown
    assert asked.keys() >= set(AGENTS)


@pytest.mark.parametrize("agent", AGENTS)
def test_an_instance_runs_the_agent_of_its_name_whatever_its_number(agent: str) -> None:
    (line,) = unit(FOLDER / "vigie-worker@.service")["Service"]["ExecStart"]
    script = line[line.index("'") + 1 : line.rindex("'")].replace("$$", "$").replace("%%", "%").replace(PROGRAM, "echo")

    for instance in (agent, f"{agent}-2"):
        said = subprocess.run(["sh", "-c", script, "vigie-worker", instance], capture_output=True, text=True, env={})
        assert said.stdout.split() == ["worker", agent, "--port", "0"]


def test_a_worker_has_the_time_to_hand_over_and_what_a_person_must_see_stays_stopped() -> None:
    worker = unit(FOLDER / "vigie-worker@.service")["Service"]

    assert seconds(worker["TimeoutStopSec"][0]) > max(
        DEFAULTS.kafka.rebalance_timeout, DEFAULTS.clickhouse.insert_timeout
    )
    assert worker["Restart"] == ["always"]
    assert worker["RestartPreventExitStatus"] == ["2 78"]


def test_timers_have_their_service_and_the_report_is_due_on_monday_at_seven() -> None:
    assert {timer.stem for timer in TIMERS} == {"vigie-report", "vigie-backup"}
    assert all((FOLDER / f"{timer.stem}.service").is_file() for timer in TIMERS)
    assert unit(FOLDER / "vigie-report.timer")["Timer"]["OnCalendar"] == ["Mon *-*-* 07:00:00"]
