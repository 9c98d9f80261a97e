"""Is there a broker, and has it the topics?"""

from collections.abc import Iterator

from deploy.doctor.finding import Finding, Subject, failed, ok
from deploy.running import addresses
from deploy.topics import missing
from schemas.brokers import at
from schemas.errors import BrokerError

_START = "Start the stack with `vigie up`, or name a broker with VIGIE_KAFKA"


def examine(subject: Subject) -> Iterator[Finding]:
    """Reachable, and every topic there."""
    found = addresses(subject.settings, subject.data_dir)
    if found is None:
        yield Finding(name="kafka", verdict="fail", cause="no broker is set and no stack runs here", repair=_START)
        return
    try:
        absent = missing(at(subject.settings.kafka, found.kafka))
    except BrokerError as error:
        yield failed("kafka", error)
        return
    yield ok("kafka", f"{found.kafka} answers")
    if absent:
        repair = "Start `vigie up` or a worker, which make them"
        yield Finding(name="kafka topics", verdict="fail", cause=f"not there: {', '.join(absent)}", repair=repair)
    else:
        yield ok("kafka topics", "all there")
