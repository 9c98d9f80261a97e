"""compose.yaml: published schema, real settings and commands, nothing open that need not be. It is not run here."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft7Validator

from schemas.load import load
from schemas.settings import Settings
from schemas.units import Secret
from streams.worker import AGENTS
from tests.support.manifests import DEPLOY, ROOT, documents, interpolated, refusal, seconds, vendored

FILE = DEPLOY / "compose.yaml"
(COMPOSE,) = documents(FILE)
SERVICES: Mapping[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "vigie" in service["image"]}
DEFAULTS = Settings()


def test_it_is_what_the_published_schema_says() -> None:
    schema = vendored("check-jsonschema", "check_jsonschema/builtin_schemas/vendor/compose-spec.json")

    assert [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(COMPOSE)] == []


def test_every_agent_has_a_service_that_runs_it() -> None:
    run = {tuple(service["command"][:2]) for service in OURS.values()}

    assert run >= {("worker", agent) for agent in AGENTS} | {("actions", "serve")}
    assert {command[0] for command in run} == {"worker", "topics", "migrate", "connect", "webhooks", "actions"}


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_exists(name: str) -> None:
    assert refusal([interpolated(part, {}) for part in OURS[name]["command"]]) == ""


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_given_real_settings_and_no_secret(name: str) -> None:
    given = {key: interpolated(str(value), {}) for key, value in OURS[name]["environment"].items()}

    settings = load("", given)

    assert settings.kafka.bootstrap == "kafka:9092"
    assert settings.clickhouse.url == "http://clickhouse:8123"
    assert not any(isinstance(value, Secret) and value.reveal() for value in _values(settings))


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

    assert published.keys() == {"grafana", "webhooks", "actions"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_only_who_must_reach_the_internet_can() -> None:
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if "outer" in service["networks"]} == {
        *("connect", "webhooks", "actions", "notify", "grafana")
    }


@pytest.mark.parametrize("name", [name for name, service in OURS.items() if service["command"][0] == "worker"])
def test_a_worker_has_the_time_to_hand_over_and_starts_on_topics_and_tables(name: str) -> None:
    grace = seconds(OURS[name]["stop_grace_period"])

    assert grace > DEFAULTS.kafka.rebalance_timeout
    assert name != "sink" or grace > DEFAULTS.clickhouse.insert_timeout
    done = {"condition": "service_completed_successfully"}
    assert OURS[name]["depends_on"] == {"topics": done, "migrate": done}


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
    text = FILE.read_text(encoding="utf-8")
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
            if source.startswith("./secrets") or not source.startswith("."):
                continue
            if source.startswith("./grafana") and not (DEPLOY / "grafana").is_dir():
                continue  # boards come from a part of their own
            assert (DEPLOY / source).exists(), source


def test_secrets_never_enter_the_checkout_nor_an_image() -> None:
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/secrets" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert all(one["file"].startswith("./secrets/") for one in COMPOSE["secrets"].values())
