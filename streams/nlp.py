"""The trained pipeline, loaded once per worker: the only place that calls `spacy.load`."""

import hashlib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import spacy
from spacy.language import Language
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

import streams.lang.classifier
import streams.lang.tokenizer  # noqa: F401  # both register what the pipeline's config names
from streams.lang.classifier import weights_of

MODEL = "vigie_social"
MAX_CHARS = 5_000  # what is read of a text; the rest is kept and not read
_SURROGATE_ERRORS = "replace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A pipeline, its version and the order of its classes."""

    nlp: Language
    version: str
    languages: tuple[str, ...]
    sentiments: tuple[str, ...]
    topics: tuple[str, ...]
    common_words: frozenset[int]


def load(name: str = MODEL) -> Loaded:
    """Load a pipeline of `streams/models`, with one numeric thread: a worker is one core."""
    threadpool_limits(1)
    with as_file(files("streams") / "models" / name) as folder:
        nlp = spacy.load(folder)
        fingerprint = _fingerprint(folder)
    weights = weights_of(nlp)
    return Loaded(
        nlp=nlp,
        version=f"{name.replace('_', '-')}-{nlp.meta['version']}+{fingerprint}",
        languages=weights.language.classes,
        sentiments=weights.sentiment.classes,
        topics=weights.topic.classes,
        common_words=frozenset(weights.common_words.tolist()),
    )


def readable(text: str) -> str:
    """The part of a text that is read, with the same offsets: lone surrogates, which are no characters, become `?`."""
    text = text[:MAX_CHARS]
    return text.encode("utf-8", _SURROGATE_ERRORS).decode("utf-8")


def _fingerprint(folder: Path) -> str:
    """Eight hex digits over every file of the pipeline."""
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".md" and path.name != "meta.json":
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
