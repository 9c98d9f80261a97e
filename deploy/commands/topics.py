"""`vigie topics`: make the topics on a broker of yours, or show what would be made."""

from typing import Annotated

import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError


def run(
    show: Annotated[bool, typer.Option("--print", help="Print the topics and touch nothing.")] = False,
    strimzi: Annotated[
        str, typer.Option(help="Print them as KafkaTopic resources for the Strimzi cluster of this name.")
    ] = "",
    users: Annotated[
        bool, typer.Option("--users", help="With --strimzi: the users of all programs and their rights, as KafkaUser.")
    ] = False,
) -> None:
    """Create the topics that are missing; those that are there stay as they are. `vigie up` does it by itself."""
    from deploy import terms, topics
    from schemas.topics import TOPICS

    settings = load_settings()
    kafka, term_s = settings.kafka, terms.shortest_of_sources(settings)
    if users and not strimzi:
        raise typer.BadParameter("goes with --strimzi", param_hint="--users")
    if strimzi:
        from deploy.strimzi import manifest, users_manifest

        print(users_manifest(strimzi) if users else manifest(kafka, strimzi, term_s), end="")
        return
    if not show:
        if not kafka.bootstrap:
            raise ConfigError(
                "no broker is set", fix="Set VIGIE_KAFKA=host:port; `vigie up` makes those of an embedded broker."
            )
        topics.create(kafka, term_s=term_s, timeout_s=60.0)
    for topic in TOPICS:
        options = ", ".join(f"{key}={value}" for key, value in topics.configs(topic, term_s).items())
        print(f"{topic.name:24} {topic.partitions or kafka.partitions:4} partitions  {options}")
