"""The cluster manifests as kubectl renders them: published schemas, real settings, and the traps of scaling by lag.

No cluster runs them here. What kubectl renders is kept in tests/golden/kubernetes, so that the rest is checked, and a
change is read, where there is no kubectl.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.clickhouse.users import ROLES
from deploy.strimzi import WITH_TABLES, manifest, users, users_manifest
from schemas.load import load
from schemas.settings import Kafka, Settings
from schemas.topics import ACTIONS, EVENTS, FORGOTTEN, TOPICS
from streams.app import group_id
from streams.worker import AGENTS
from tests.support.manifests import DEPLOY, ROOT, documents, refusal

FOLDER = DEPLOY / "kubernetes"
GOLDEN = ROOT / "tests" / "golden" / "kubernetes"
OVERLAYS = ("small", "production", "secured")
CUSTOM = ("keda.sh/", "kafka.strimzi.io/", "clickhouse.altinity.com/", "kustomize.config.k8s.io/")
DEFAULTS = Settings()
RENDERED = {overlay: documents(GOLDEN / f"{overlay}.yaml") for overlay in OVERLAYS}
RESOURCES = [
    pytest.param(each, id=f"{overlay}-{each['kind']}-{each['metadata']['name']}")
    for overlay in OVERLAYS
    for each in RENDERED[overlay]
]
(SCALED,) = [[each for each in RENDERED["production"] if each["kind"] == "ScaledObject"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_golden_files_are_what_kubectl_renders(overlay: str) -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl here: the golden files were not rendered again")

    made = subprocess.run([kubectl, "kustomize", FOLDER / "overlays" / overlay], capture_output=True, text=True)

    assert made.returncode == 0, made.stderr
    rendered = [each for each in yaml.safe_load_all(made.stdout) if each]  # not as text: kubectl's style has versions
    golden = GOLDEN / f"{overlay}.yaml"
    assert rendered == RENDERED[overlay], f"kubectl kustomize … > {golden.relative_to(ROOT)}"


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_resource_is_what_the_published_schema_says(resource: dict[str, Any]) -> None:
    if not resource["apiVersion"].startswith(CUSTOM):
        kubernetes_validate.validate(resource, "1.34", strict=True)


def _pods(overlay: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in RENDERED[overlay]:
        spec = each.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield each["metadata"]["name"], template["spec"]


PODS = [pytest.param(overlay, pod, id=f"{overlay}-{name}") for overlay in OVERLAYS for name, pod in _pods(overlay)]


@pytest.mark.parametrize(("overlay", "pod"), PODS)
def test_a_pod_keeps_to_the_restricted_standard_and_has_no_token(overlay: str, pod: dict[str, Any]) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in _containers(pod):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert "memory" in container["resources"]["limits"]
        assert "cpu" not in container["resources"]["limits"], "a throttled worker misses its heartbeats"
        assert re.fullmatch(r"registry\.example\.com/vigie(-connectors)?:\d+\.\d+\.\d+", container["image"])


def _containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod.get("initContainers", []), *pod["containers"]]


@pytest.mark.parametrize(("overlay", "pod"), PODS)
def test_a_pod_runs_a_real_command_with_real_settings_and_secrets_by_reference(
    overlay: str, pod: dict[str, Any]
) -> None:
    maps = {one["metadata"]["name"]: one["data"] for one in RENDERED[overlay] if one["kind"] == "ConfigMap"}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}

    assert pod["enableServiceLinks"] is False, "a Service of the name vigie-… would set variables that are no settings"
    for container in _containers(pod):
        assert refusal(container["args"]) == ""
        environ = maps[container["envFrom"][0]["configMapRef"]["name"]].copy()
        environ |= {one["name"]: one["value"] for one in container.get("env", [])}
        settings = load(maps[volumes["settings"]["configMap"]["name"]]["vigie.toml"], environ)
        mounted = {mount["mountPath"]: volumes.get(mount["name"], {}) for mount in container["volumeMounts"]}
        assert settings.kafka.bootstrap
        assert settings.health.host == "0.0.0.0"
        assert "projected" in mounted[environ["VIGIE_SECRETS"]]
        if overlay == "secured":
            files = maps[volumes["settings"]["configMap"]["name"]]
            for believed in (settings.kafka.ca_file, settings.clickhouse.ca_file):
                assert believed.removeprefix("/etc/vigie/") in files
            assert settings.kafka.security_protocol == "SASL_SSL"
            assert settings.clickhouse.url.startswith("https://")
    assert not [each for each in RENDERED[overlay] if each["kind"] == "Secret"]


def _given(pod: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Which key of which Secret stands behind a variable that the pod finds among its files."""
    (projected,) = [volume["projected"] for volume in pod["volumes"] if volume["name"] == "secrets"]
    return {
        item["path"]: (source["secret"]["name"], item["key"])
        for source in projected["sources"]
        for item in source["secret"].get("items", [])
    }


@pytest.mark.parametrize(("overlay", "pod"), PODS)
def test_a_pod_has_the_password_of_its_own_users_and_no_other(overlay: str, pod: dict[str, Any]) -> None:
    given = _given(pod)

    for container in _containers(pod):
        environ = {one["name"]: one["value"] for one in container.get("env", [])}
        store, broker = environ.get("VIGIE_CLICKHOUSE__USER"), environ.get("VIGIE_KAFKA__SASL_USERNAME")
        key = {"vigie": "owner"}.get(str(store), str(store).removeprefix("vigie_"))
        assert given.get("VIGIE_CLICKHOUSE__PASSWORD") == (("vigie-clickhouse", key) if store else None)
        assert given.get("VIGIE_KAFKA__SASL_PASSWORD") == (
            (f"vigie-kafka-{broker.removeprefix('vigie-')}", "password") if broker else None
        )
        assert broker is None or broker in {user.name for user in users()}
    others = {name for name in given if re.fullmatch("VIGIE_CLICKHOUSE__[A-Z]+_PASSWORD", name)}
    makes_users = ["migrate", "--users"] in [container["args"] for container in pod["containers"]]
    assert others == ({f"VIGIE_CLICKHOUSE__{role.upper()}_PASSWORD" for role in ROLES} if makes_users else set())


@pytest.mark.parametrize(("overlay", "pod"), PODS)
def test_prometheus_finds_every_page_of_figures(overlay: str, pod: dict[str, Any]) -> None:
    (policy,) = [one["spec"] for one in RENDERED[overlay] if one["metadata"]["name"] == "figures"]
    let_in = {port["port"] for port in policy["ingress"][0]["ports"]}

    for container in pod["containers"]:
        arguments = container["args"]
        option = {"worker": "--port"}.get(arguments[0], "--metrics-port")
        shown = {int(arguments[arguments.index(option) + 1])} if option in arguments else set()
        named = {port["containerPort"] for port in container.get("ports", []) if port["name"].startswith("metrics")}
        assert named == shown <= let_in


@pytest.mark.parametrize(("overlay", "pod"), PODS)
def test_nothing_is_restarted_because_another_is_away(overlay: str, pod: dict[str, Any]) -> None:
    for container in pod["containers"]:
        if container["args"][0] in ("webhooks", "canary", "connect"):
            assert "up" in container["livenessProbe"]["exec"]["command"]
            assert "up" in container["startupProbe"]["exec"]["command"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_agent_has_a_deployment_with_probes_and_the_time_to_hand_over(overlay: str) -> None:
    workers = {each["metadata"]["name"]: each["spec"] for each in RENDERED[overlay] if _is_worker(each)}

    assert workers.keys() == set(AGENTS)
    for name, spec in workers.items():
        pod = spec["template"]["spec"]
        (worker,) = pod["containers"]
        ready, alive = worker["readinessProbe"], worker["livenessProbe"]
        grace = pod["terminationGracePeriodSeconds"]
        assert worker["args"] == ["worker", name, "--port", "6066"]
        assert ready["exec"]["command"][-1] == "ready"
        assert "ready" not in alive["exec"]["command"], "a change of the group is no reason to kill a worker"
        assert alive["periodSeconds"] * alive["failureThreshold"] >= 600, "nor is a store that is away"
        assert grace > DEFAULTS.kafka.rebalance_timeout
        assert name != "sink" or grace > DEFAULTS.clickhouse.insert_timeout
        assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def _is_worker(resource: dict[str, Any]) -> bool:
    return resource["kind"] == "Deployment" and "vigie/agent" in resource["metadata"]["labels"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_workload_may_be_moved_and_selectors_meet_a_pod(overlay: str) -> None:
    labels = [
        each["spec"].get("jobTemplate", each)["spec"]["template"]["metadata"]["labels"]
        for each in RENDERED[overlay]
        if each["kind"] in ("Deployment", "StatefulSet", "Job", "CronJob")
    ]
    budgets = [each["spec"] for each in RENDERED[overlay] if each["kind"] == "PodDisruptionBudget"]
    selectors = [budget["selector"]["matchLabels"] for budget in budgets]
    selectors += [each["spec"]["selector"] for each in RENDERED[overlay] if each["kind"] == "Service"]

    assert all(any(selector.items() <= pod.items() for pod in labels) for selector in selectors)
    assert all(budget["maxUnavailable"] == 1 for budget in budgets)
    standing = {each["metadata"]["name"] for each in RENDERED[overlay] if each["kind"] in ("Deployment", "StatefulSet")}
    assert {selector["app.kubernetes.io/component"] for selector in selectors} == standing


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_comes_in_or_goes_out_unless_it_is_named(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in RENDERED[overlay] if each["kind"] == "NetworkPolicy"}
    everything = policies.pop("nothing-else")

    assert everything["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & everything.keys()
    assert everything["podSelector"] == {}
    assert {name for name, policy in policies.items() if "ingress" in policy} == (
        {"figures"} if overlay == "small" else {"figures", "webhooks-in", "actions-in", "board-in"}
    )
    (away,) = policies["broker"]["podSelector"]["matchExpressions"]
    assert (away["operator"], set(away["values"])) == ("NotIn", {"board", "report"})
    (store,) = policies["store"]["podSelector"]["matchExpressions"]
    asked = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in _templates(overlay) if _asks_store(pod)
    }
    assert asked <= set(store["values"])
    (web,) = policies["internet"]["podSelector"]["matchExpressions"]
    assert set(web["values"]) == {"connectors", "notify", "report"}


def _templates(overlay: str) -> Iterator[dict[str, Any]]:
    for each in RENDERED[overlay]:
        spec = each.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield template


def _asks_store(template: dict[str, Any]) -> bool:
    return "VIGIE_CLICKHOUSE__PASSWORD" in _given(template["spec"])


@pytest.mark.parametrize("scaled", SCALED, ids=lambda scaled: scaled["metadata"]["name"])
def test_scaling_by_lag_avoids_its_traps(scaled: dict[str, Any]) -> None:
    (given,) = [one["data"] for one in RENDERED["production"] if "VIGIE_KAFKA" in one.get("data", {})]
    spec, agent = scaled["spec"], scaled["metadata"]["name"]
    (trigger,) = [one["metadata"] for one in spec["triggers"]]
    (target,) = [one for one in RENDERED["production"] if _is_worker(one) and one["metadata"]["name"] == agent]

    assert spec["maxReplicaCount"] <= int(given["VIGIE_KAFKA__PARTITIONS"])
    assert 1 <= spec["minReplicaCount"] <= spec["fallback"]["replicas"] <= spec["maxReplicaCount"]
    assert "replicas" not in target["spec"], "each apply would set the number back"
    assert trigger["consumerGroup"] == group_id(agent)
    assert trigger["bootstrapServers"] == given["VIGIE_KAFKA"]
    assert agent in next(topic.consumers for topic in TOPICS if topic.name == trigger["topic"])
    assert (trigger["limitToPartitionsWithLag"], trigger["allowIdleConsumers"]) == ("true", "false")
    assert trigger["offsetResetPolicy"] == "latest"
    assert int(trigger["version"].partition(".")[0]) >= 3, "brokers of Kafka 4 refuse clients that speak 1.0"
    assert all(isinstance(value, str) for value in trigger.values()), "the operator takes text alone"


def test_over_tls_scaling_asks_where_the_workers_do_and_says_who_it_is() -> None:
    (given,) = [one["data"] for one in RENDERED["secured"] if "VIGIE_KAFKA" in one.get("data", {})]
    (who,) = [one for one in RENDERED["secured"] if one["kind"] == "TriggerAuthentication"]
    scaled = [one["spec"]["triggers"][0] for one in RENDERED["secured"] if one["kind"] == "ScaledObject"]

    assert len(scaled) == len(SCALED)
    assert all(one["metadata"]["bootstrapServers"] == given["VIGIE_KAFKA"] for one in scaled)
    assert all(one["authenticationRef"] == {"name": who["metadata"]["name"]} for one in scaled)
    parameters = {one["parameter"] for one in who["spec"]["secretTargetRef"]}
    assert parameters == {"sasl", "username", "password", "tls", "ca"}


def test_strimzi_makes_the_topics_that_vigie_would_make() -> None:
    made = documents(FOLDER / "examples" / "strimzi-topics.yaml")
    text = (FOLDER / "examples" / "strimzi-topics.yaml").read_text(encoding="utf-8")

    assert text == manifest(Kafka(partitions=24, replication=3), "vigie")
    assert [each["metadata"]["name"] for each in made] == [topic.name for topic in TOPICS]
    assert all(each["spec"]["config"]["retention.ms"].isdigit() for each in made)


def test_users_of_the_broker_may_do_what_their_program_does_and_no_more() -> None:
    file = FOLDER / "examples" / "strimzi-users.yaml"
    given = {each["metadata"]["name"]: each["spec"] for each in documents(file)}

    assert file.read_text(encoding="utf-8") == users_manifest("vigie"), "vigie topics --strimzi vigie --users"
    for topic in TOPICS:
        for agent in AGENTS:
            assert _may(given[group_id(agent)], "Read", topic.name) == (agent in topic.consumers)
            assert _may(given[group_id(agent)], "Write", topic.name) == (agent in topic.producers)
        assert _may(given["vigie-connectors"], "Read", topic.name) == ("connectors" in topic.consumers)
        assert _may(given["vigie-connectors"], "Write", topic.name) == ("connectors" in topic.producers)
        assert _may(given["vigie-actions"], "Write", topic.name) == (topic is ACTIONS)
        assert _may(given["vigie-canary"], "Write", topic.name) == (topic is EVENTS)
        assert not _may(given["vigie-keda"], "Read", topic.name)
        assert _may(given["vigie-setup"], "Create", topic.name)
    writers = {name for name, spec in given.items() if _may(spec, "Write", FORGOTTEN.name)}
    assert writers == {"vigie-operator"}, "only who may erase writes who was forgotten"


@pytest.mark.parametrize("agent", AGENTS)
def test_a_worker_comes_to_its_own_group_and_to_the_tables_that_are_its_own(agent: str) -> None:
    file = documents(FOLDER / "examples" / "strimzi-users.yaml")
    given = {each["metadata"]["name"]: each["spec"]["authorization"]["acls"] for each in file}[group_id(agent)]

    groups = [acl["resource"]["name"] for acl in given if acl["resource"]["type"] == "group"]
    made = [acl["resource"]["name"] for acl in given if "Create" in acl["operations"]]
    assert groups == [group_id(agent)]
    assert made == ([f"{group_id(agent)}-"] if agent in WITH_TABLES else [])


def test_agents_with_a_table_are_those_whose_code_makes_one() -> None:
    agent_of = {"windows": "watch", "timelines": "responses"}
    sources = (ROOT / "streams").rglob("*.py")
    made = {path.stem for path in sources if "self.table = Table(" in path.read_text(encoding="utf-8")}

    assert {agent_of.get(name, name) for name in made} == set(WITH_TABLES)


def _may(user: dict[str, Any], operation: str, topic: str) -> bool:
    return any(
        operation in acl["operations"]
        and acl["resource"]["type"] == "topic"
        and (topic.startswith if acl["resource"]["patternType"] == "prefix" else topic.__eq__)(acl["resource"]["name"])
        for acl in user["authorization"]["acls"]
    )


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.yaml")), ids=lambda file: str(file.relative_to(FOLDER)))
def test_every_file_can_be_read_and_is_used(file: Path) -> None:
    assert documents(file)
    if file.parent.name != "examples" and file.name != "kustomization.yaml":
        (folder,) = documents(file.parent / "kustomization.yaml")
        assert file.name in re.findall(r"[\w-]+\.yaml", str(folder))
