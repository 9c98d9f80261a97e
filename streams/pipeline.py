"""From events to enriched events: the ordered list of steps, run on a batch, each failure kept to its own finding.

Redaction comes first, so that no model, log or table sees a personal number. A step that fails leaves its finding
absent and its name in `failed_steps`; the event goes on.
"""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

import msgspec
from spacy.language import Language
from spacy.tokens import Doc

from schemas.enriched import Enriched
from schemas.event import Event
from schemas.privacy import protect
from schemas.settings import Settings
from schemas.units import Secret
from streams.lang.classifier import TEXT
from streams.lang.groups import Groups
from streams.lang.names import Names
from streams.lang.words import fold_words
from streams.nlp import Loaded, load, readable
from streams.steps import entities, intent, language, sentiment, spam, topics
from streams.steps.base import Finding, Reading, Step

BATCH_TEXTS = 256
BATCHES_REMEMBERED = 32
TEXTS_REMEMBERED = 4_096
REMEMBERED_CHARS = 1_000


def ordered_steps(settings: Settings, loaded: Loaded) -> tuple[Step, ...]:
    """The steps in the order in which they run."""
    return (
        language.build(loaded.languages),
        sentiment.build(loaded.sentiments, loaded.languages),
        entities.build(Names.of(settings, common=loaded.common_words)),
        topics.build(loaded.topics, settings.topics),
        intent.build(loaded.sentiments),
        spam.build(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the steps found in one text."""

    findings: tuple[Finding, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    event: Event
    pii: dict[str, int]
    failed: tuple[str, ...] = ()
    read: _Read = _Read()
    group_id: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """All that a step looks at: events alike in it are read once."""
        event = self.event
        return event.text, event.language, event.author.role, spam.is_robot(event.author)


class Pipeline:
    """The loaded pipeline and its steps; built once per worker, called from one thread at a time."""

    model_version: str
    nlp: Language
    steps: tuple[Step, ...]

    def __init__(self, settings: Settings) -> None:
        self._key = settings.privacy.pseudonym_key
        self._groups = Groups()
        self._seen: OrderedDict[tuple[object, ...], _Read] = OrderedDict()
        self._zone = ExitStack()
        self._batches = 0
        loaded = load()
        self.nlp, self.model_version = loaded.nlp, loaded.version
        self.steps = ordered_steps(settings, loaded)

    def enrich(self, events: Sequence[Event], *, processed_at: datetime) -> list[Enriched]:
        """Enrich a batch; same order and length. No text raises."""
        drafts = [_protected(event, self._key) for event in events]
        self._forget_now_and_then()
        self._read(drafts)
        for draft in drafts:
            draft.group_id = self._groups.group_of(draft.event.text)
        return [_enriched(draft, processed_at, self.model_version) for draft in drafts]

    def _forget_now_and_then(self) -> None:
        """Forget the words seen so far, so that memory stays flat over millions of events.

        Not at each batch: words come again, and to learn them anew costs a seventh of the time of a text.
        """
        if self._batches % BATCHES_REMEMBERED == 0:
            self._zone.close()
            # A zone frees the words, but the two hash tables that led to them keep a dead cell for each and double
            # without end; only to load the vocabulary anew, 1 ms without its vectors, makes them small again.
            vocab = self.nlp.vocab
            vocab.from_bytes(vocab.to_bytes(exclude=["vectors"]), exclude=["vectors"])
            self._zone.enter_context(self.nlp.memory_zone())
        self._batches += 1

    def _read(self, drafts: list[_Draft]) -> None:
        """Read each text once, also when it came in an earlier batch: a storm costs little more than one event."""
        keys = [draft.key for draft in drafts]
        fresh = {key: draft.event for key, draft in zip(keys, drafts, strict=True) if key not in self._seen}
        found = dict(zip(fresh, self._steps(list(fresh.values())), strict=True))
        for key, draft in zip(keys, drafts, strict=True):
            draft.read = found[key] if key in found else self._seen[key]
        self._seen.update(
            (key, read) for key, read in found.items() if not read.failed and len(str(key[0])) <= REMEMBERED_CHARS
        )
        while len(self._seen) > TEXTS_REMEMBERED:
            self._seen.popitem(last=False)

    def _steps(self, events: list[Event]) -> list[_Read]:
        texts = [readable(event.text) for event in events]
        docs = self._docs(texts)
        read = {at: doc for at, doc in enumerate(docs) if doc is not None}
        readings = [_reading(events[at], doc, texts[at]) for at, doc in read.items()]
        findings: list[list[Finding]] = [[] for _ in events]
        failed = [[] if doc is not None else ["nlp"] for doc in docs]
        for step in self.steps:
            for at, finding in zip(read, _run(step, readings), strict=True):
                if finding is None:
                    failed[at].append(step.name)
                else:
                    findings[at].append(finding)
        return [_Read(findings=tuple(one), failed=tuple(names)) for one, names in zip(findings, failed, strict=True)]

    def _docs(self, texts: list[str]) -> list[Doc | None]:
        try:
            return list(self.nlp.pipe(map(self._made, texts), batch_size=BATCH_TEXTS))
        except Exception:
            return [self._doc(text) for text in texts]

    def _doc(self, text: str) -> Doc | None:
        try:
            return self.nlp(self._made(text))
        except Exception:
            return None

    def _made(self, text: str) -> Doc:
        doc = self.nlp.make_doc(text)
        doc.user_data[TEXT] = text
        return doc


def _reading(event: Event, doc: Doc, text: str) -> Reading:
    tokens = tuple([token.text for token in doc])
    return Reading(event=event, doc=doc, text=text, tokens=tokens, words=fold_words(tokens))


def _protected(event: Event, key: Secret) -> _Draft:
    try:
        protected = protect(event, key=key)
    except Exception:  # what cannot be redacted is not read and not kept
        return _Draft(event=msgspec.structs.replace(event, text="", raw=msgspec.UNSET), pii={}, failed=("redact",))
    return _Draft(event=protected.event, pii=protected.pii)


def _run(step: Step, readings: Sequence[Reading]) -> list[Finding | None]:
    """One finding per reading; when the batch fails, one by one, so that one text spoils only its own."""
    try:
        return list(step.run(readings))
    except Exception:
        return [_run_one(step, reading) for reading in readings]


def _run_one(step: Step, reading: Reading) -> Finding | None:
    try:
        return step.run([reading])[0]
    except Exception:
        return None


def _enriched(draft: _Draft, processed_at: datetime, version: str) -> Enriched:
    found: dict[str, object] = {}
    for finding in draft.read.findings:
        for name in Finding.__slots__:
            value = getattr(finding, name)
            if value is not None:
                found[name] = value
    return Enriched(
        event=draft.event,
        processed_at=processed_at,
        model_version=version,
        pii=draft.pii,
        failed_steps=(*draft.failed, *draft.read.failed),
        group_id=draft.group_id,
        **found,  # type: ignore[arg-type]  # names and types of Finding are those of Enriched
    )
