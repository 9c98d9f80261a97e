"""Train the pipeline that ships: `python -m streams.models.train DATA [--to FOLDER]`.

DATA is the folder that `corpora` describes. Seeds are fixed: the same data and versions give the same files.
"""

import argparse
import json
import logging
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import spacy
from spacy.attrs import LOWER
from spacy.language import Language
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from schemas.names import fold
from streams.lang.classifier import SocialClassifier, Weights
from streams.lang.names import word_key
from streams.models import scores, train_entities
from streams.models.corpora import Labelled, Tagged, entity_sections, sentiment_training
from streams.models.train_language import train_language
from streams.models.train_sentiment import train_sentiment
from streams.models.train_topics import NAMES, Complaint, airline, train_topics
from streams.models.translate import translated
from streams.models.vectors import add_vectors

VERSION = "0.4.0"
SEED = 1
FRENCH_REPEATS = 3
TRAINED_SECTIONS = ("a", "b", "e", "g", "h1", "wnut_train", "wnut_dev")
_COMMON_AT = 3  # a word written so often in lower case is no slip
_HERE = Path(__file__).parent
_WORD = re.compile(r"[^\W\d_]{5,}")
_log = logging.getLogger("vigie.train")


def main() -> None:
    """Train, measure on the validation parts, write the pipeline and its scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with sentiment/, ner/ and airline/")
    parser.add_argument("--to", type=Path, default=_HERE / "vigie_social", help="where the pipeline is written")
    parser.add_argument("--without-translation", action="store_true", help="when Apertium cannot be installed")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    threadpool_limits(1)
    weights = classifiers(given.data, is_translated=not given.without_translation)
    nlp = train_entities.blank(_HERE / "vigie_social.cfg")
    add_vectors(nlp)
    sections = entity_sections(given.data)
    french = train_entities.own_annotation(_HERE / "french_posts.txt", nlp)
    entities(nlp, given.data, [sentence for name in TRAINED_SECTIONS for sentence in sections[name]])
    component = nlp.get_pipe("social_classifier")
    if not isinstance(component, SocialClassifier):
        raise TypeError("the config's social_classifier is another component")
    component.weights = weights
    save(nlp, given.to)
    measured = scores.measure(spacy.load(given.to), given.data, {"btc_h2": sections["h2"], "french": french[1]})
    (given.to / "scores.json").write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    _log.info("%s", json.dumps(measured, indent=2))


def classifiers(folder: Path, *, is_translated: bool) -> Weights:
    """Train language, sentiment and topics."""
    labelled = sentiment_training(folder)
    complaints = airline(folder)
    english = [Labelled(text=one.text, language="en", label=NAMES.index(one.topic)) for one in complaints]
    _log.info("translating")
    translations = translated(labelled) if is_translated else {}
    for texts in (translated(english) if is_translated else {}).values():
        complaints += [Complaint(text=one.text, topic=NAMES[one.label]) for one in texts]
    others = [one.text for one in labelled]
    random.Random(SEED).shuffle(others)
    _log.info("training topics on %d complaints", len(complaints))
    topic = train_topics(complaints, others)
    _log.info("training language")
    language = train_language(folder, random.Random(SEED))
    _log.info("training sentiment")
    sentiment = train_sentiment(labelled, translations)
    common = common_words(one.text for one in labelled)
    return Weights(language=language, sentiment=sentiment, topic=topic, common_words=common)


def entities(nlp: Language, folder: Path, training: list[Tagged]) -> None:
    """Train names, on these sentences, our French posts, and French texts that another pipeline read."""
    french, _ = train_entities.own_annotation(_HERE / "french_posts.txt", nlp)
    texts = [one.text for one in sentiment_training(folder) if one.language == "fr"]
    silver = train_entities.silver_french(texts, nlp)
    _log.info("training entities on %d, %d silver, %d own sentences", len(training), len(silver), len(french))
    train_entities.train(nlp, training + silver + FRENCH_REPEATS * french, seed=SEED)


def common_words(texts: Iterable[str]) -> npt.NDArray[np.uint32]:
    """Keys of the folded words that are written in lower case again and again."""
    counts = Counter(fold(word) for text in texts for word in set(_WORD.findall(text)) if word.islower())
    return np.array(sorted({word_key(word) for word, count in counts.items() if count >= _COMMON_AT}), dtype=np.uint32)


def save(nlp: Language, folder: Path) -> None:
    """Write the pipeline without the words it saw in training: they are the data's, and loading needs labels only."""
    nlp.meta.update(
        name="vigie_social",
        version=VERSION,
        description="Language, sentiment, topics and entities of social text in English, French and four others",
        license="see CARD.md",
    )
    kept = {name: (folder / name).read_bytes() for name in ("CARD.md", "unseen.json") if (folder / name).exists()}
    if folder.exists():
        shutil.rmtree(folder)
    nlp.to_disk(folder)
    # spaCy 3.8 reads `attr` and does not write it; without it, only words in lower case would have a vector
    (folder / "vocab" / "vectors.cfg").write_text(
        json.dumps({"mode": "default", "attr": LOWER}) + "\n", encoding="utf-8"
    )
    (folder / "vocab" / "strings.json").write_text(json.dumps(["PER", "ORG", "LOC"]) + "\n", encoding="utf-8")
    for name, content in kept.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
