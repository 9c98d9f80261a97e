"""Try dead letters again, or let them go, and keep what was decided.

Guarantee: a letter is published first, then, once the broker has it, noted as retried. Killed in between, it is open
still and is published again: events, turns and alerts have ids of their own, so that nothing doubles. The order in
which letters are tried does not matter: response times are computed from the instants of the events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from clickhouse_connect.driver.client import Client

from connectors.intake import Sender
from deploy.letters import reading
from deploy.letters.parsing import Parsing
from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import BrokerError, ConfigError, VigieError
from schemas.tables import LETTER_DECISIONS
from schemas.topics import TOPICS
from streams.again import header_of
from streams.store import Store

Decision = Literal["retried", "dropped"]
_CARRIES = {topic.name: topic.carries for topic in TOPICS}


class Broker(Sender, Protocol):
    """Takes events, dead letters, and records as they were."""

    def again(self, letter: DeadLetter, header: tuple[str, bytes]) -> None:
        """Take the record that became a letter."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How many were tried or let go, how many could not be, why, and how many are left beyond the limit."""

    decided: int = 0
    unreadable: int = 0
    left: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def refusals(self) -> int:
        """How many could not be tried."""
        return sum(self.refused.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where letters are read and decisions are kept, and who decides. Without `store` nothing is written."""

    client: Client
    store: Store | None
    by: str


def retry(desk: Desk, wanted: reading.Wanted, limit: int, broker: Broker | None, parsing: Parsing) -> Outcome:
    """Publish letters again for the stage at which they failed. Without a broker only say what would become of them.

    Raises:
        BrokerError: the broker does not take them; what was taken before is noted.
    """

    def give(letter: DeadLetter, outcome: Outcome) -> bool:
        try:
            _check(letter)
            outcome.unreadable += not _is_readable(letter, parsing)
            if broker is None:
                return True
            if letter.stage == "connect":
                parsing.publish(letter, broker)
            else:
                broker.again(letter, header_of(letter))
        except BrokerError:
            raise
        except VigieError as error:
            outcome.refused[str(error)] = outcome.refused.get(str(error), 0) + 1
            return False
        return True

    return _decide(desk, wanted, limit, "retried", give, broker.flush if broker else lambda: None)


def drop(desk: Desk, wanted: reading.Wanted, limit: int) -> Outcome:
    """Let letters go: they are kept until their time is over, and not shown."""
    return _decide(desk, wanted, limit, "dropped", lambda letter, outcome: True, lambda: None)


def _decide(
    desk: Desk,
    wanted: reading.Wanted,
    limit: int,
    decision: Decision,
    give: Callable[[DeadLetter, Outcome], bool],
    flush: Callable[[], None],
) -> Outcome:
    outcome = Outcome(left=reading.count(desk.client, wanted))
    for page in reading.pages(desk.client, wanted):
        given: list[DeadLetter] = []
        for letter in (one.letter for one in page):
            if outcome.decided + len(given) >= limit:
                break
            outcome.left -= 1
            if give(letter, outcome):
                given.append(letter)
        flush()
        _note(desk, decision, given)
        outcome.decided += len(given)
        if outcome.decided >= limit:
            break
    return outcome


def _note(desk: Desk, decision: Decision, given: Sequence[DeadLetter]) -> None:
    if desk.store is not None and given:
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        rows = [(one.dead_letter_id, decision, one.attempts, desk.by, now_ms) for one in given]
        desk.store.insert(LETTER_DECISIONS, rows, token="decide")


def _check(letter: DeadLetter) -> None:
    if letter.stage != "connect" and letter.source not in _CARRIES:
        raise ConfigError("it stood in no topic of this version", where=letter.source, fix="Drop it.")


def _is_readable(letter: DeadLetter, parsing: Parsing) -> bool:
    """Whether this version reads what an earlier one could not."""
    try:
        if letter.stage == "connect":
            parsing.items(letter)
        else:
            codec.decode(letter.payload, _CARRIES[letter.source])
    except ConfigError:
        raise
    except VigieError:
        return False
    return True
