"""`vigie evaluate`: how good is the shipped pipeline on texts that somebody labelled?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from streams.nlp import Loaded

_WORST = 20
_BINS = 10


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled text."""

    text: str
    label: str
    language: str = "all"


def run(
    task: Annotated[Literal["sentiment", "language", "entities"], typer.Argument(help="What the labels say.")],
    file: Annotated[
        Path, typer.Argument(help="label<TAB>text, or NDJSON with text, label, language; CoNLL for names.")
    ],
    language: Annotated[str, typer.Option(help="Language of the whole file, when its lines do not say.")] = "all",
) -> None:
    """Print scores with 95 % intervals, the worst language first, confusion, calibration and the worst examples."""
    from streams.nlp import load

    if not file.is_file():
        raise ConfigError("the file is not there", where=str(file), fix="Give the path of a labelled file.")
    loaded = load()
    print(f"{loaded.version} · {task} · {file.name}")
    if task == "entities":
        _entities(loaded, file)
    else:
        _classes(loaded, task, _read(file, language))


def _read(file: Path, language: str) -> list[Labelled]:
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if line.startswith("{"):
                found.append(msgspec.convert({"language": language, **json.loads(line)}, Labelled))
            elif "\t" in line:
                label, _, text = line.partition("\t")
                found.append(Labelled(text=text, label=label, language=language))
        except (ValueError, msgspec.ValidationError) as error:
            raise ConfigError(
                f"the line is not a labelled text: {error}", where=f"{file}:{number}", fix="Correct it."
            ) from None
    if not found:
        raise ConfigError("no labelled text in it", where=str(file), fix="Write label<TAB>text lines, or NDJSON.")
    return found


def _entities(loaded: "Loaded", file: Path) -> None:
    from streams.models.corpora import read_conll
    from streams.models.scores import entity_counts, micro_f1, scored

    sentences = read_conll(file)
    counts = entity_counts(loaded.nlp, sentences)
    right, spurious, missed = counts.sum(axis=0).tolist()
    print(f"micro-F1  {_interval(scored(counts, micro_f1))}")
    print(f"precision {right / max(right + spurious, 1):.4f}  recall {right / max(right + missed, 1):.4f}")
    order = sorted(range(len(sentences)), key=lambda at: -int(counts[at, 1] + counts[at, 2]))
    print(f"the {_WORST} worst (right, spurious, missed):")
    for at in order[:_WORST]:
        print(f"  {counts[at].tolist()}  {' '.join(word for word, _ in sentences[at])}")


def _classes(loaded: "Loaded", task: str, labelled: list[Labelled]) -> None:
    import numpy as np

    from streams.lang.classifier import LANGUAGE, SENTIMENT
    from streams.models.scores import accuracy, macro_f1, macro_recall, scored
    from streams.nlp import readable

    classes, key = (loaded.sentiments, SENTIMENT) if task == "sentiment" else (loaded.languages, LANGUAGE)
    known = [one for one in labelled if one.label in classes]
    docs = loaded.nlp.pipe([readable(one.text) for one in known], batch_size=256, disable=["ner"])
    odds = np.array([doc.user_data[key] for doc in docs])
    pairs = np.stack([np.array([classes.index(one.label) for one in known]), odds.argmax(axis=1)], axis=1)
    groups = {name: np.array([one.language == name for one in known]) for name in {one.language for one in known}}
    if len(groups) > 1:
        groups["all"] = np.ones(len(known), dtype=bool)
    for name, chosen in sorted(groups.items(), key=lambda item: macro_f1(pairs[item[1]])):
        part = pairs[chosen]
        print(f"{name:4} n {len(part):6}  macro-F1 {_interval(scored(part, macro_f1))}", end="  ")
        print(f"macro-recall {_interval(scored(part, macro_recall))}  accuracy {_interval(scored(part, accuracy))}")
    confidence, hit = odds.max(axis=1), pairs[:, 0] == pairs[:, 1]
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(hit[bins == at].mean() - confidence[bins == at].mean()) * (bins == at).mean() for at in set(bins)]
    print(f"expected calibration error {sum(gaps):.4f}")
    print("confusion, true by row: " + " ".join(classes))
    for at, name in enumerate(classes):
        print(f"  {name:10} " + " ".join(f"{((pairs == (at, to)).all(axis=1)).sum():7}" for to in range(len(classes))))
    print(f"the {_WORST} most confident errors:")
    wrong = [at for at in np.argsort(-confidence) if not hit[at]]
    for at in wrong[:_WORST]:
        print(f"  {confidence[at]:.2f} {known[at].label} → {classes[pairs[at, 1]]}: {known[at].text[:160]!r}")


def _interval(score: dict[str, float | list[float]]) -> str:
    low, high = score["interval"] if isinstance(score["interval"], list) else (0.0, 0.0)
    return f"{score['score']:.4f} [{low:.4f}, {high:.4f}]"
