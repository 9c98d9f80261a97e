"""Topics and users as Strimzi's KafkaTopic and KafkaUser resources, for a cluster whose operator makes them. Pure.

Who may read and write what is derived from `schemas.topics`: a program that reads one topic more than it says there is
refused by the broker.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from deploy.topics import configs
from schemas.settings import Kafka
from schemas.topics import ACTIONS, EVENTS, TOPICS, Topic
from streams.app import GROUP_PREFIX, group_id
from streams.worker import AGENTS

WITH_TABLES = ("responses", "watch", "notify")  # agents that keep a table: its changelog is theirs to make

_HEAD = "# Written by `vigie topics --strimzi`: schemas/topics.py says what is in it.\n"
_RESOURCE = """\
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata:
  name: {name}
  labels:
    strimzi.io/cluster: {cluster}
spec:
  partitions: {partitions}
  replicas: {replicas}
  config:
{config}
"""

_USERS_HEAD = """\
# Written by `vigie topics --strimzi vigie --users`; schemas/topics.py says who reads and writes. The operator leaves
# the password of each in a Secret of its name, key `password`. For a listener with SCRAM and TLS: components/secured.
"""
_USER = """\
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaUser
metadata: {{ name: {name}, labels: {{ strimzi.io/cluster: {cluster} }} }}
spec:
  authentication: {{ type: scram-sha-512 }}
  authorization:
    type: simple
    acls: # {why}
{acls}
"""
_ACL = "      - {{ resource: {{ type: {kind}, name: {name}, patternType: {pattern} }}, operations: [{operations}] }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What a user may do with a topic or a group; `prefix`: with all whose names begin so."""

    kind: str
    name: str
    operations: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One program's user."""

    name: str
    why: str
    rights: tuple[Right, ...]


def manifest(settings: Kafka, cluster: str, term_s: float | None = None) -> str:
    """One YAML document per topic, with the partitions and copies of these settings, kept as long as terms allow."""
    return _HEAD + "".join(_resource(topic, settings, cluster, term_s) for topic in TOPICS)


def _resource(topic: Topic, settings: Kafka, cluster: str, term_s: float | None) -> str:
    wanted = configs(topic, term_s)
    if settings.replication > 2:
        wanted["min.insync.replicas"] = "2"  # with acks=all: what was acknowledged outlives a broker
    return _RESOURCE.format(
        name=topic.name,
        cluster=cluster,
        partitions=topic.partitions or settings.partitions,
        replicas=settings.replication,
        config="\n".join(f'    {key}: "{value}"' for key, value in wanted.items()),
    )


def users_manifest(cluster: str) -> str:
    """One YAML document per user."""
    return _USERS_HEAD + "".join(
        _USER.format(
            name=user.name, cluster=cluster, why=user.why, acls="\n".join(_acl(right) for right in user.rights)
        )
        for user in users()
    )


def users() -> tuple[User, ...]:
    """Every program of Vigie, as the broker should know it."""
    every, ours = Right(kind="topic", name="signal.", operations=(), prefix=True), f"{GROUP_PREFIX}-"
    groups = Right(kind="group", name=ours, operations=("Describe",), prefix=True)
    return (
        *(_agent(agent) for agent in AGENTS),
        _program("connectors", "connect, webhooks", _of("connectors")),
        _program("actions", "what people decided", _listed({ACTIONS: ("Write",)})),
        _program(
            "canary",
            "a test event in; how far the groups have come, whose end is read from a fetch",
            (*_listed({EVENTS: ("Write",)}), _may(every, "Describe", "Read"), groups),
        ),
        _program("setup", "vigie topics", (_may(every, "Create", "Describe", "DescribeConfigs", "AlterConfigs"),)),
        _program(
            "operator",
            "a person at a command: forget, dead-letters, restore, doctor",
            (
                _may(every, "Describe", "Read", "Write"),
                Right(kind="topic", name=ours, operations=("Describe", "Write"), prefix=True),
                _may(groups, "Describe", "Read", "Delete"),
            ),
        ),
        _program("keda", "how far the groups have come, and no record", (_may(every, "Describe"), groups)),
    )


def _agent(agent: str) -> User:
    group = Right(kind="group", name=group_id(agent), operations=("Describe", "Read"))
    changelogs = Right(
        kind="topic",
        name=f"{group_id(agent)}-",
        operations=("Create", "Describe", "Read", "Write"),
        prefix=True,
    )
    return _program(agent, f"the agent {agent}", (*_of(agent), *([changelogs] if agent in WITH_TABLES else []), group))


def _program(name: str, why: str, rights: tuple[Right, ...]) -> User:
    return User(name=f"{GROUP_PREFIX}-{name}", why=why, rights=rights)


def _of(part: str) -> tuple[Right, ...]:
    """What a part reads and writes, as the catalogue of topics says."""
    return _listed(
        {
            topic: (*(["Read"] if part in topic.consumers else []), *(["Write"] if part in topic.producers else []))
            for topic in TOPICS
        }
    )


def _listed(wanted: Mapping[Topic, Iterable[str]]) -> tuple[Right, ...]:
    return tuple(
        Right(kind="topic", name=topic.name, operations=("Describe", *operations))
        for topic, operations in wanted.items()
        if operations
    )


def _may(right: Right, *operations: str) -> Right:
    return replace(right, operations=operations)


def _acl(right: Right) -> str:
    pattern = "prefix" if right.prefix else "literal"
    return _ACL.format(kind=right.kind, name=right.name, pattern=pattern, operations=", ".join(right.operations))
