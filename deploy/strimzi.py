"""The topics as Strimzi's KafkaTopic resources, for a cluster whose operator makes them. Pure."""

from deploy.topics import configs
from schemas.settings import Kafka
from schemas.topics import TOPICS, Topic

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
