"""Terms of use on Apache Kafka: topics keep what networks gave no longer than the shortest of them."""

import msgspec
import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from deploy import topics
from schemas.settings import Kafka
from schemas.topics import ALERTS, EVENTS, RULES, TOPICS
from tests.support.kafka import Cluster

pytestmark = pytest.mark.integration

DAY_S = 86_400.0


def kept(bootstrap: str) -> dict[str, int]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in TOPICS]
        found = admin.describe_configs(asked, config_filter="all")["topic"]
        return {name: int(values["retention.ms"]["value"]) for name, values in found.items()}
    finally:
        admin.close()


def test_retention_of_topics_is_lowered_to_the_shortest_term_and_never_raised(kafka: Cluster):
    settings = Kafka(bootstrap=kafka.bootstrap, partitions=2)
    topics.create(settings)
    before = kept(kafka.bootstrap)

    topics.create(settings, term_s=DAY_S)
    lowered = kept(kafka.bootstrap)
    topics.create(settings, term_s=30 * DAY_S)

    assert before[EVENTS.name] == EVENTS.retention_days * DAY_S * 1000
    assert lowered[EVENTS.name] == lowered[ALERTS.name] == 0.75 * DAY_S * 1000
    assert lowered[RULES.name] == before[RULES.name]  # nothing of a network is in it
    assert kept(kafka.bootstrap) == lowered


def test_a_topic_made_under_terms_has_their_retention(kafka: Cluster):
    topics.create(msgspec.structs.replace(Kafka(), bootstrap=kafka.bootstrap), term_s=DAY_S)

    assert kept(kafka.bootstrap)[EVENTS.name] == 0.75 * DAY_S * 1000
