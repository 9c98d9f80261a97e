"""compose.yaml: published schema, real settings and commands, nothing open that need not be. It is not run here."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft7Validator

from deploy import probe
from deploy.clickhouse.users import ROLES, user_name
from deploy.strimzi import users
from schemas.load import load
from schemas.settings import Settings
from schemas.units import Secret
from streams.worker import AGENTS
from tests.support.manifests import DEPLOY, ROOT, documents, interpolated, refusal, seconds, vendored

FILE = DEPLOY / "compose.yaml"
(COMPOSE,) = documents(FILE)
(SECURED,) = documents(DEPLOY / "compose.tls.yaml")
SERVICES: Mapping[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "vigie" in service["image"]}
DEFAULTS = Settings()


def _merged(under: Any, over: Any) -> Any:
    """As Compose puts one file over another: mappings meet, lists are put together, the rest is replaced."""
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **{key: _merged(under.get(key), value) for key, value in over.items()}}
    if isinstance(under, list) and isinstance(over, list):
        return [*under, *over]
    return over


BOTH = _merged(COMPOSE, SECURED)


@pytest.mark.parametrize("file", [COMPOSE, SECURED, BOTH], ids=["compose", "tls", "both"])
def test_it_is_what_the_published_schema_says(file: dict[str, Any]) -> None:
    schema = vendored("check-jsonschema", "check_jsonschema/builtin_schemas/vendor/compose-spec.json")

    assert [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(file)] == []


def test_every_agent_has_a_service_that_runs_it() -> None:
    run = {tuple(service["command"][:2]) for service in OURS.values()}

    assert run >= {("worker", agent) for agent in AGENTS} | {("actions", "serve"), ("migrate", "--users")}
    assert {command[0] for command in run} == {
        *("worker", "topics", "migrate", "connect", "webhooks", "actions", "canary", "board", "doctor")
    }


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(name: str) -> None:
    assert refusal([interpolated(part, {}) for part in OURS[name]["command"]]) == ""


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_real_settings_and_no_secret(name: str) -> None:
    given = {key: interpolated(str(value), {}) for key, value in OURS[name]["environment"].items()}

    settings = load("", given)

    assert settings.kafka.bootstrap == "kafka:9092"
    assert settings.clickhouse.url == "http://clickhouse:8123"
    assert settings.health.host == "0.0.0.0"
    assert not any(isinstance(value, Secret) and value.reveal() for value in _values(settings))


ONE_OF_THEIRS = {
    "sink": "vigie_ingest",
    "actions": "vigie_board",
    "board": "vigie_board",
    "canary": "vigie_canary",
    "admin": "vigie_admin",
    "migrate": "vigie",
    "users": "vigie",
}


def _secrets(service: Mapping[str, Any]) -> dict[str, str]:
    return {one["target"]: one["source"] for one in service.get("secrets", [])}


@pytest.mark.parametrize("name", OURS)
def test_a_service_comes_to_clickhouse_as_its_own_user_or_not_at_all(name: str) -> None:
    user = OURS[name]["environment"].get("VIGIE_CLICKHOUSE__USER")
    role = {"vigie": ""}.get(user, f"{str(user).removeprefix('vigie_')}_")

    assert user == ONE_OF_THEIRS.get(name)
    assert _secrets(OURS[name]).get("VIGIE_CLICKHOUSE__PASSWORD") == (f"clickhouse_{role}password" if user else None)


def test_users_are_made_for_every_role_with_the_passwords_that_services_have() -> None:
    made = _secrets(OURS["users"])

    assert {f"VIGIE_CLICKHOUSE__{role.upper()}_PASSWORD" for role in ROLES} <= made.keys()
    assert all(made[f"VIGIE_CLICKHOUSE__{role.upper()}_PASSWORD"] == f"clickhouse_{role}_password" for role in ROLES)


def test_grafana_reads_as_the_board_user() -> None:
    (source,) = documents(DEPLOY / "grafana" / "provisioning" / "datasources" / "vigie.yaml")

    assert source["datasources"][0]["jsonData"]["username"] == user_name("board")
    assert "clickhouse_board_password" in SERVICES["grafana"]["entrypoint"][-1]


@pytest.mark.parametrize("service", [BOTH["services"][name] for name in OURS], ids=[*OURS])
def test_folders_of_secrets_are_there_and_every_secret_is_in_one(service: Mapping[str, Any]) -> None:
    folders = service["environment"].get("VIGIE_SECRETS", "")
    mounted = {volume.split(":")[-2] for volume in service.get("volumes", []) if volume.startswith("./secrets")}
    mounted |= {"/run/secrets"} if service.get("secrets") else set()

    assert set(folders.split(":")) - {""} == mounted


WITH_PAGES = {"enrich", "responses", "watch", "sink", "notify", "canary", "connect", "webhooks", "actions"}


def test_who_works_all_the_time_shows_its_figures_and_prometheus_asks_all_of_them() -> None:
    (prometheus,) = documents(DEPLOY / "prometheus.yml")
    jobs = {job["job_name"]: job for job in prometheus["scrape_configs"]}
    (asked,) = jobs["vigie-compose"]["dns_sd_configs"]
    shown = {
        name
        for name, service in OURS.items()
        if {"--port", "--metrics-port"} & set(service["command"]) and "6066" in service["command"]
    }

    assert set(asked["names"]) == shown == WITH_PAGES
    assert asked["port"] == 6066
    assert all(OURS[name]["environment"]["VIGIE_HEALTH__HOST"] == "0.0.0.0" for name in shown)


@pytest.mark.parametrize("name", [name for name in OURS if OURS[name]["restart"] != "no"])
def test_who_works_all_the_time_is_asked_how_it_is(name: str) -> None:
    own = OURS[name].get("healthcheck")
    image = "connectors" if "connectors" in OURS[name]["image"] else "vigie"
    dockerfile = (DEPLOY / "images" / "Dockerfile").read_text(encoding="utf-8")
    inherited = dict(re.findall(r"FROM runtime AS (\w+)\n(?:.*\n){2}HEALTHCHECK [^\[]*\[(.*)\]", dockerfile))[image]
    port = own["test"][-1] if own else (re.findall(r"\d+", inherited) or [str(probe.PORT)])[0]

    assert port in " ".join([*OURS[name]["command"], *map(str, OURS[name]["environment"].values())])


@pytest.mark.parametrize("name", OURS)
def test_over_tls_every_service_has_its_own_user_and_whom_to_believe(name: str) -> None:
    service = BOTH["services"][name]
    environ = {key: interpolated(str(value), {}) for key, value in service["environment"].items()}
    settings = load("", {**environ, "VIGIE_KAFKA__SASL_PASSWORD": "of the test"})
    makes_users = service["command"][0] in ("migrate", "board")  # these do not come to the broker

    assert makes_users or settings.kafka.security_protocol == "SASL_SSL"
    assert makes_users or settings.kafka.sasl_username in {user.name for user in users()}
    assert makes_users or _secrets(service)["VIGIE_KAFKA__SASL_PASSWORD"] == (
        f"kafka_{settings.kafka.sasl_username.removeprefix('vigie-')}"
    )
    assert "./tls:/etc/vigie-tls:ro" in service["volumes"]
    if "VIGIE_CLICKHOUSE__USER" in environ:
        assert settings.clickhouse.url.startswith("https://")
        assert settings.clickhouse.ca_file.startswith("/etc/vigie-tls/")


def test_over_tls_our_own_servers_are_not_started_and_nobody_waits_for_them() -> None:
    for name in ("kafka", "clickhouse"):
        assert BOTH["services"][name]["profiles"] == ["replaced"]
        waits = [
            service["depends_on"][name]
            for service in BOTH["services"].values()
            if name in service.get("depends_on", {})
        ]
        assert waits == [{"condition": "service_healthy", "required": False}]


def _values(struct: Any) -> list[Any]:
    found: list[Any] = []
    for field in getattr(struct, "__struct_fields__", ()):
        value = getattr(struct, field)
        found += [value, *_values(value)]
    return found


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_can_do_no_more_than_it_must(name: str) -> None:
    service = OURS[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert service["init"] is True
    assert not {"privileged", "cap_add", "user", "pid", "network_mode", "devices"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_by_version_and_logs_are_bounded(name: str) -> None:
    tag = interpolated(SERVICES[name]["image"], {}).partition(":")[2]

    assert re.fullmatch(r"\d+(\.\d+){2,3}", tag)
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


def test_only_what_people_and_networks_call_is_published_and_on_loopback_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published.keys() == {"grafana", "webhooks", "actions", "board"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_only_who_must_reach_the_internet_can() -> None:
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if "outer" in service["networks"]} == {
        *("connect", "webhooks", "actions", "board", "notify", "grafana", "admin")
    }


@pytest.mark.parametrize("name", [name for name, service in OURS.items() if service["command"][0] == "worker"])
def test_a_worker_has_the_time_to_hand_over_and_starts_on_topics_and_tables(name: str) -> None:
    grace = seconds(OURS[name]["stop_grace_period"])

    assert grace > DEFAULTS.kafka.rebalance_timeout
    assert name != "sink" or grace > DEFAULTS.clickhouse.insert_timeout
    done = {"condition": "service_completed_successfully"}
    assert OURS[name]["depends_on"] == {"topics": done, "users": done}


@pytest.mark.parametrize("name", SERVICES)
def test_dependencies_and_secrets_are_declared(name: str) -> None:
    service = SERVICES[name]

    for other, how in service.get("depends_on", {}).items():
        healthy = how["condition"] != "service_healthy" or "healthcheck" in SERVICES[other]
        assert other in SERVICES
        assert healthy
    named = {one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])}
    assert named <= COMPOSE["secrets"].keys()
    volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
    assert {volume for volume in volumes if not volume.startswith(".")} <= COMPOSE["volumes"].keys()


def test_the_example_names_every_variable_and_no_other() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (FILE, DEPLOY / "compose.tls.yaml"))
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")

    read = dict(re.findall(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?\}", text))
    offered = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))

    assert offered.pop("COMPOSE_PROFILES") == ""
    assert offered == read


def test_what_is_mounted_and_built_from_is_there() -> None:
    for service in SERVICES.values():
        build = service.get("build", {})
        assert not build or (DEPLOY / build["context"] / build["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = interpolated(volume, {}).partition(":")[0]
            if source.startswith(("./secrets", "./tls")) or not source.startswith("."):
                continue
            if source.startswith("./grafana") and not (DEPLOY / "grafana").is_dir():
                continue  # boards come from a part of their own
            assert (DEPLOY / source).exists(), source


def test_secrets_never_enter_the_checkout_nor_an_image() -> None:
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/secrets" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/tls/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert all(one["file"].startswith("./secrets/") for one in BOTH["secrets"].values())
