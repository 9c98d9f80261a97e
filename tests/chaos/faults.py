"""The faults: each breaks something, may mend it after a while, and says in a few words what it did."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from schemas.topics import ENRICHED, EVENTS
from tests.chaos import clock, disk, network
from tests.chaos.canary import PARTITIONS
from tests.chaos.proxy import Mood
from tests.chaos.scene import BROKERS, Scene
from tests.support.kafka import Broker, send

WORKERS = ("enrich", "responses", "sink", "watch", "notify")
PAUSE_S = 10.0  # longer than the sessions of workers (6 s) and brokers (6 s)
STEP_S = 600  # by which the clock is wrong
FAR = BROKERS  # the cable of the worker that has one
OUTAGE_S = 15.0
BACK_S = 5.0  # in which a worker that was cut off says what it still has to say

Fault = Callable[[Scene], AbstractContextManager[str]]  # inside the block it lasts; at the end of it, it is lifted


@contextmanager
def worker_killed(scene: Scene) -> Iterator[str]:
    agent = scene.chance.choice(WORKERS)
    scene.stand.kill(agent)
    yield f"kill -9 of {agent}"


@contextmanager
def two_workers_killed(scene: Scene) -> Iterator[str]:
    pair = scene.chance.sample(WORKERS, 2)
    for agent in pair:
        scene.stand.kill(agent)
    yield f"kill -9 of {' and '.join(pair)}"


@contextmanager
def connector_killed(scene: Scene) -> Iterator[str]:
    scene.connector.kill()
    scene.connector.start()
    yield "kill -9 of the connector"


@contextmanager
def position_corrupted(scene: Scene) -> Iterator[str]:
    scene.connector.kill()
    for path in scene.connector.positions():
        path.write_bytes(b'{"rows": 17, "fing')
    scene.connector.start()
    yield "the connector's position corrupted: it starts again at its first row"


@contextmanager
def broker_killed(scene: Scene) -> Iterator[str]:
    broker = scene.chance.choice(scene.cluster.brokers)
    scene.cluster.kill(broker)
    with _back(scene, [broker], scene.chance.uniform(3.0, 8.0)):
        yield f"kill -9 of broker {broker.node}"


@contextmanager
def two_brokers_killed(scene: Scene) -> Iterator[str]:
    pair = scene.chance.sample(scene.cluster.brokers, 2)
    for broker in pair:
        scene.cluster.kill(broker)
    for broker in pair:  # no majority is left: at once, as a supervisor does
        scene.cluster.start(broker)
    yield f"kill -9 of brokers {pair[0].node} and {pair[1].node}: no majority until they are back"
    scene.cluster.wait_ready()


@contextmanager
def broker_and_worker_killed(scene: Scene) -> Iterator[str]:
    broker, agent = scene.chance.choice(scene.cluster.brokers), scene.chance.choice(WORKERS)
    scene.cluster.kill(broker)
    scene.stand.kill(agent)
    with _back(scene, [broker], scene.chance.uniform(3.0, 8.0)):
        yield f"kill -9 of broker {broker.node} and {agent}"


@contextmanager
def broker_paused(scene: Scene) -> Iterator[str]:
    broker = scene.chance.choice(scene.cluster.brokers)
    with _lasting(scene, lambda: scene.cluster.pause(broker), PAUSE_S, lambda: scene.cluster.resume(broker)):
        yield f"SIGSTOP of broker {broker.node} for {PAUSE_S:.0f} s"
    scene.cluster.wait_ready()


@contextmanager
def broker_cut_off(scene: Scene) -> Iterator[str]:
    number = scene.chance.randrange(len(scene.cluster.brokers))
    with _lasting(scene, lambda: scene.network.cut(number), PAUSE_S, lambda: scene.network.mend(number)):
        yield f"broker {number} cut off from the network for {PAUSE_S:.0f} s"
    scene.cluster.wait_ready()


@contextmanager
def worker_paused(scene: Scene) -> Iterator[str]:
    agent = scene.chance.choice(WORKERS)
    with _beside(scene, agent):
        pid = scene.stand.workers()[agent]
        with _lasting(scene, lambda: scene.pause(pid), PAUSE_S, lambda: scene.resume(pid)):
            yield f"SIGSTOP of {agent} for {PAUSE_S:.0f} s, another beside it"


@contextmanager
def worker_cut_off(scene: Scene) -> Iterator[str]:
    agent = scene.chance.choice(("enrich", "responses"))
    far = scene.add_worker(agent, scene.far)
    with _lasting(scene, lambda: scene.network.cut(FAR), PAUSE_S, lambda: scene.network.mend(FAR)):
        yield f"one of two workers of {agent} cut off from all brokers for {PAUSE_S:.0f} s"
    time.sleep(BACK_S)
    far.process.terminate()


def clock_stepped(seconds: int) -> Fault:
    """The workers' clock is wrong for a while, then right again: two steps."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[str]:
        with _lasting(scene, lambda: scene.clock.step(seconds), PAUSE_S, lambda: scene.clock.step(0)):
            yield f"the clock of all workers {seconds:+d} s for {PAUSE_S:.0f} s"

    return fault


@contextmanager
def disk_full(scene: Scene) -> Iterator[str]:
    assert scene.disk is not None
    with _lasting(scene, scene.disk.fill, OUTAGE_S, scene.disk.free):
        yield f"ClickHouse's disk full for {OUTAGE_S:.0f} s"


@contextmanager
def rebalanced(scene: Scene) -> Iterator[str]:
    agent = scene.chance.choice(("responses", "enrich"))
    second, third = scene.add_worker(agent), scene.add_worker(agent)
    third.process.kill()
    yield f"{agent} 1→3→2 workers, the third by kill -9"
    second.process.terminate()


_MOODS: dict[Mood, str] = {
    "refuse": "refuses",
    "hang": "hangs",
    "slow": "is slow",
    "vanish": "hears nothing on any connection, and old ones never again,",
}


def store_trouble(mood: Mood) -> Fault:
    """ClickHouse refuses, hangs, is slow, or what is said to it is lost for a while."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[str]:
        with _lasting(scene, lambda: scene.store.become(mood), OUTAGE_S, lambda: scene.store.become("open")):
            yield f"ClickHouse {_MOODS[mood]} for {OUTAGE_S:.0f} s"

    return fault


@contextmanager
def poisoned(scene: Scene) -> Iterator[str]:
    for topic in (EVENTS, ENRICHED):
        partition = scene.chance.randrange(PARTITIONS)
        send(scene.cluster.bootstrap, topic.name, b"poison", b'\xff\xfe{"event_id": ', partition=partition)
    yield "a poison message into events and enriched"


@contextmanager
def _back(scene: Scene, brokers: list[Broker], after_s: float) -> Iterator[None]:
    def start() -> None:
        for broker in brokers:
            scene.cluster.start(broker)

    with _lasting(scene, lambda: None, after_s, start):
        yield
    scene.cluster.wait_ready()


@contextmanager
def _beside(scene: Scene, agent: str) -> Iterator[None]:
    another = scene.add_worker(agent)
    try:
        yield
    finally:
        another.process.terminate()


@contextmanager
def _lasting(scene: Scene, begin: Callable[[], None], seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Begin at once and end after so many seconds, though what happens inside is over before."""

    def end_later() -> None:
        time.sleep(seconds)
        end()

    begin()
    ending = scene.hands.submit(end_later)
    try:
        yield
    finally:
        ending.result()


_REFUSES, _HANGS, _SLOW, _LOST = (store_trouble(mood) for mood in ("refuse", "hang", "slow", "vanish"))
_AHEAD, _BEHIND = clock_stepped(STEP_S), clock_stepped(-STEP_S)

KINDS: tuple[tuple[Fault, int], ...] = (
    (worker_killed, 6),
    (two_workers_killed, 3),
    (connector_killed, 2),
    (position_corrupted, 1),
    (broker_killed, 4),
    (two_brokers_killed, 2),
    (broker_and_worker_killed, 2),
    (broker_paused, 2),
    (broker_cut_off, 2),
    (worker_paused, 2),
    (worker_cut_off, 2),
    (rebalanced, 2),
    (_REFUSES, 1),
    (_HANGS, 1),
    (_SLOW, 1),
    (_LOST, 1),
    (disk_full, 1),
    (_AHEAD, 1),
    (_BEHIND, 1),
    (poisoned, 1),
)


def left_out() -> dict[str, tuple[Fault, ...]]:
    """Faults that this machine cannot play, by the reason."""
    absent = {
        f"network cuts: {network.missing()}": (network.missing(), (broker_cut_off, worker_cut_off)),
        f"a full disk: {disk.missing()}": (disk.missing(), (disk_full,)),
        f"steps of the clock: {clock.missing()}": (clock.missing(), (_AHEAD, _BEHIND)),
    }
    return {words: faults for words, (why, faults) in absent.items() if why}
