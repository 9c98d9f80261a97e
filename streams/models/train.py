"""Train the pipeline that ships: `python -m streams.models.train DATA [--to FOLDER]`.

DATA is the folder that `corpora` describes. Seeds are fixed: the same data and versions give the same files.
"""

import argparse
import json
import logging
import random
import shutil
from pathlib import Path

from spacy.language import Language
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from streams.lang.classifier import SocialClassifier
from streams.models import scores, train_classifiers, train_entities
from streams.models.corpora import entity_training, sentiment_training

VERSION = "0.1.0"
SEED = 1
FRENCH_REPEATS = 3
_HERE = Path(__file__).parent
_log = logging.getLogger("vigie.train")


def main() -> None:
    """Train, measure on the validation parts, write the pipeline and its scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with sentiment/, ner/ and airline/")
    parser.add_argument("--to", type=Path, default=_HERE / "vigie_social", help="where the pipeline is written")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    threadpool_limits(1)
    nlp = train_entities.blank(_HERE / "vigie_social.cfg")
    training, validation = entity_training(given.data)
    french, french_validation = train_entities.own_annotation(_HERE / "french_names.txt", nlp)
    texts = [one.text for one in sentiment_training(given.data) if one.language == "fr"]
    silver = train_entities.silver_french(texts, nlp)
    _log.info("training entities on %d, %d silver, %d own sentences", len(training), len(silver), len(french))
    train_entities.train(nlp, training + silver + FRENCH_REPEATS * french, seed=SEED)
    classifier = nlp.get_pipe("social_classifier")
    if not isinstance(classifier, SocialClassifier):
        raise TypeError("the config's social_classifier is another component")
    _log.info("training language")
    classifier.language = train_classifiers.train_language(given.data, random.Random(SEED))
    _log.info("training sentiment")
    classifier.sentiment = train_classifiers.train_sentiment(given.data)
    save(nlp, given.to)
    measured = scores.measure(nlp, given.data, {"btc_h2": validation, "french": french_validation})
    (given.to / "scores.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _log.info("%s", json.dumps(measured, indent=2))


def save(nlp: Language, folder: Path) -> None:
    """Write the pipeline without the words it saw in training: they are the data's, and loading needs labels only."""
    nlp.meta.update(
        name="vigie_social",
        version=VERSION,
        description="Language, sentiment and entities of social text in English, French and four more languages",
        license="see CARD.md",
    )
    card = folder / "CARD.md"
    kept = card.read_text(encoding="utf-8") if card.exists() else None
    if folder.exists():
        shutil.rmtree(folder)
    nlp.to_disk(folder)
    (folder / "vocab" / "strings.json").write_text(json.dumps(["PER", "ORG", "LOC"]) + "\n", encoding="utf-8")
    if kept is not None:
        card.write_text(kept, encoding="utf-8")


if __name__ == "__main__":
    main()
