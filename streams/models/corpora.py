"""Training and validation texts, read from a folder that is not part of the project.

The folder holds `sentiment/*.tsv` (label, tab, text), `ner/*.conll` and `airline/us_airline_train.csv`.
"""

import importlib
import pkgutil
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import spacy.lang

SENTIMENTS = ("negative", "neutral", "positive")
LANGUAGES = ("en", "fr", "de", "es", "it", "pt")
UNKNOWN = "und"
Tagged = list[tuple[str, str]]
_WNUT = {"person": "PER", "corporation": "ORG", "group": "ORG", "location": "LOC"}
_MAPPED = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", **_WNUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A text with its language and the index of its label; `source` is the language it was written in."""

    text: str
    language: str
    label: int
    source: str = ""


def sentiment_training(folder: Path) -> list[Labelled]:
    """English of SemEval 2013 to 2016 and the six languages of UMSAB, training parts."""
    found = list(_sentiments(folder / "sentiment" / "en_semeval_2013_2016.tsv", "en"))
    for language in LANGUAGES:
        found += _sentiments(folder / "sentiment" / f"{language}_umsab_train.tsv", language)
    return found


def sentiment_validation(folder: Path) -> dict[str, list[Labelled]]:
    """One list per validation part; `tweeteval` is English."""
    parts = {"tweeteval": list(_sentiments(folder / "sentiment" / "en_tweeteval_val.tsv", "en"))}
    for language in LANGUAGES:
        parts[language] = list(_sentiments(folder / "sentiment" / f"{language}_umsab_val.tsv", language))
    return parts


def language_training(folder: Path, rng: random.Random, english: int = 5_000) -> list[tuple[str, str]]:
    """(text, language), whole and cropped to a few words; every other language that spaCy knows is `und`."""
    labelled = sentiment_training(folder)
    rng.shuffle(labelled)
    pairs = [(one.text, "en") for one in labelled if one.language == "en"][:english]
    pairs += [(one.text, one.language) for one in labelled if one.language != "en"]
    pairs += _spacy_texts(rng)
    cropped = []
    for text, language in pairs:
        words = text.split()
        for length in (rng.randint(2, 4), rng.randint(3, 6)):
            if len(words) > length:
                start = rng.randint(0, len(words) - length)
                cropped.append((" ".join(words[start : start + length]), language))
    return pairs + cropped


def entity_sections(folder: Path) -> dict[str, list[Tagged]]:
    """Broad Twitter Corpus by section, the halves of H apart, and both parts of WNUT-17."""
    sections = {name: read_conll(folder / "ner" / f"btc_{name}.conll") for name in "abegh"}
    last = sections.pop("h")
    middle = len(last) // 2
    sections |= {"h1": last[:middle], "h2": last[middle:]}
    return sections | {f"wnut_{part}": read_conll(folder / "ner" / f"wnut17_{part}.conll") for part in ("train", "dev")}


def read_conll(path: Path) -> list[Tagged]:
    """Sentences of (word, tag), tags as BIO over PER, ORG and LOC; other types are O."""
    sentences: list[Tagged] = [[]]
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = line.split("\t") if "\t" in line else line.split()
        if not parts or not line.strip():
            sentences.append([])
        elif parts[0].strip():
            sentences[-1].append((parts[0].strip(), parts[-1]))
    return [mapped(sentence) for sentence in sentences if sentence]


def mapped(sentence: Tagged) -> Tagged:
    """Tags as BIO over PER, ORG and LOC; an inside without a begin becomes a begin."""
    result: Tagged = []
    before = "O"
    for word, tag in sentence:
        label = _MAPPED.get(tag[2:], "")
        if not label:
            result.append((word, "O"))
        else:
            result.append((word, f"{'I' if tag[0] == 'I' and before == label else 'B'}-{label}"))
        before = label
    return result


def read_posts(path: Path) -> Iterator[tuple[str, int]]:
    """Lines of our own annotation, `- [Orange|ORG] ne répond pas`: the text with its brackets, and its sentiment."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line[2:].strip(), "-=+".index(line[0])


def _sentiments(path: Path, language: str) -> Iterator[Labelled]:
    for line in path.read_text(encoding="utf-8").splitlines():
        label, _, text = line.partition("\t")
        if label in SENTIMENTS:
            yield Labelled(text=text, language=language, label=SENTIMENTS.index(label))


def _spacy_texts(rng: random.Random) -> list[tuple[str, str]]:
    """Example sentences and stop words of every language in spaCy (MIT)."""
    pairs = []
    for found in sorted(pkgutil.iter_modules(spacy.lang.__path__), key=lambda module: module.name):
        language = found.name if found.name in LANGUAGES else UNKNOWN
        for part, repeats in (("examples", 3), ("stop_words", 1)):
            try:
                module = importlib.import_module(f"spacy.lang.{found.name}.{part}")
            except ImportError:
                continue
            if part == "examples":
                texts = list(module.sentences)
            else:
                words = sorted(module.STOP_WORDS)
                rng.shuffle(words)
                texts = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
            pairs += [(text, language) for text in texts] * repeats
    return pairs
