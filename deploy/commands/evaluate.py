"""`vigie evaluate`: how good is the shipped pipeline on texts that somebody labelled?"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
import typer

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from streams.models.scores import Counts, Score
    from streams.nlp import Loaded

_Line = TypeVar("_Line")
_WORST = 20
_SHOWN_CHARS = 160


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled text."""

    text: str
    label: str
    language: str = "all"


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """One name in a text, as `vigie enrich` prints them."""

    start: int
    end: int
    label: str


class NamedText(msgspec.Struct, frozen=True, kw_only=True):
    """One text with its names."""

    text: str
    entities: tuple[Named, ...]
    language: str = "all"


def run(
    task: Annotated[Literal["sentiment", "language", "entities"], typer.Argument(help="What the labels say.")],
    file: Annotated[
        Path,
        typer.Argument(help="label<TAB>text, or NDJSON with text, label, language; for names CoNLL, or NDJSON."),
    ],
    language: Annotated[str, typer.Option(help="Language of the whole file, when its lines do not say.")] = "all",
) -> None:
    """Print scores with 95 % intervals, the worst language first, confusion, calibration and the worst examples."""
    from streams.nlp import load

    if not file.is_file():
        raise ConfigError("the file is not there", where=str(file), fix="Give the path of a labelled file.")
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError("the file is not UTF-8 text", where=str(file), fix="Convert it.") from error
    loaded = load()
    print(f"{loaded.version} · {task} · {file.name}")
    if task == "entities":
        _entities(loaded, file, lines, language)
    else:
        _classes(loaded, task, _read(file, lines, language))


def _read(file: Path, lines: Sequence[str], language: str) -> list[Labelled]:
    found = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("{"):
            found.append(_decoded(line, Labelled, f"{file}:{number}", language))
        elif "\t" in line:
            label, _, text = line.partition("\t")
            found.append(Labelled(text=text, label=label, language=language))
    if not found:
        raise ConfigError("no labelled text in it", where=str(file), fix="Write label<TAB>text lines, or NDJSON.")
    return found


def _decoded(line: str, kind: type[_Line], where: str, language: str) -> _Line:
    try:
        return msgspec.convert({"language": language, **json.loads(line)}, kind)
    except (TypeError, ValueError, msgspec.ValidationError) as error:
        raise ConfigError(f"the line is not a labelled text: {error}", where=where, fix="Correct it.") from None


def _entities(loaded: "Loaded", file: Path, lines: Sequence[str], language: str) -> None:
    import numpy as np

    from streams.models.corpora import read_conll
    from streams.models.scores import ENTITIES, entity_counts, micro_f1, scored
    from streams.models.train_entities import tagged

    if any(line.startswith("{") for line in lines):
        texts = [_decoded(line, NamedText, f"{file}:{at}", language) for at, line in enumerate(lines, 1) if line]
        sentences = [
            tagged(one.text, [(name.start, name.end, name.label) for name in one.entities], loaded.nlp) for one in texts
        ]
        languages = [one.language for one in texts]
    else:
        sentences = read_conll(file)
        languages = [language] * len(sentences)
    if not any(sentences):
        raise ConfigError("no sentence in it", where=str(file), fix="Write CoNLL (word, tag) lines, or NDJSON.")
    counts = entity_counts(loaded.nlp, sentences)
    scores = {name: scored(counts[chosen], micro_f1) for name, chosen in _groups(languages).items()}
    for name in sorted(scores, key=lambda name: scores[name]["score"]):
        print(f"{name:4} n {scores[name]['n']:6}  micro-F1 {_interval(scores[name])}")
    print("by kind: right, spurious, missed; precision, recall")
    for label in ENTITIES:
        right, spurious, missed = entity_counts(loaded.nlp, sentences, (label,)).sum(axis=0).tolist()
        shares = f"{right / max(right + spurious, 1):.4f} {right / max(right + missed, 1):.4f}"
        print(f"  {label:4} {right:6} {spurious:6} {missed:6}  {shares}")
    wrong = np.argsort(-(counts[:, 1] + counts[:, 2]), kind="stable")
    print(f"the {_WORST} worst (right, spurious, missed):")
    for at in wrong[:_WORST]:
        print(f"  {counts[at].tolist()}  {' '.join(word for word, _ in sentences[at])[:_SHOWN_CHARS]!r}")


def _classes(loaded: "Loaded", task: str, labelled: Sequence[Labelled]) -> None:
    import numpy as np

    from streams.lang.classifier import LANGUAGE, SENTIMENT
    from streams.models.scores import calibration_error
    from streams.nlp import readable

    classes, key = (loaded.sentiments, SENTIMENT) if task == "sentiment" else (loaded.languages, LANGUAGE)
    known = [one for one in labelled if one.label in classes]
    if len(known) < len(labelled):
        print(f"{len(labelled) - len(known)} texts have another label than {', '.join(classes)} and are left out")
    if not known:
        raise ConfigError("no label is known", where=f"task {task}", fix=f"Use {', '.join(classes)}.")
    docs = loaded.nlp.pipe([readable(one.text) for one in known], batch_size=256, disable=["ner"])
    odds = np.array([doc.user_data[key] for doc in docs])
    pairs = np.stack([np.array([classes.index(one.label) for one in known]), odds.argmax(axis=1)], axis=1)
    _scores(pairs, [one.label if task == "language" else one.language for one in known])
    print(f"expected calibration error {calibration_error(pairs, odds):.4f}")
    print("confusion, true by row: " + " ".join(classes))
    for at, name in enumerate(classes):
        print(f"  {name:10} " + " ".join(f"{((pairs == (at, to)).all(axis=1)).sum():7}" for to in range(len(classes))))
    confidence, hit = odds.max(axis=1), pairs[:, 0] == pairs[:, 1]
    print(f"the {_WORST} most confident errors:")
    wrong = [at for at in np.argsort(-confidence, kind="stable") if not hit[at]]
    for at in wrong[:_WORST]:
        shown = known[at].text[:_SHOWN_CHARS]
        print(f"  {confidence[at]:.2f} {known[at].label} → {classes[pairs[at, 1]]}: {shown!r}")


def _scores(pairs: "Counts", languages: Sequence[str]) -> None:
    """One line per language, the worst first, and one for all."""
    from streams.models.scores import accuracy, macro_f1, macro_recall, scored

    parts = {name: pairs[chosen] for name, chosen in _groups(languages).items()}
    for name in sorted(parts, key=lambda name: macro_f1(parts[name])):
        part = parts[name]
        print(f"{name:4} n {len(part):6}  macro-F1 {_interval(scored(part, macro_f1))}", end="  ")
        print(f"macro-recall {_interval(scored(part, macro_recall))}  accuracy {_interval(scored(part, accuracy))}")


def _groups(languages: Sequence[str]) -> Mapping[str, list[int]]:
    """The places of each language, and of all when there are several."""
    found: dict[str, list[int]] = {}
    for at, name in enumerate(languages):
        found.setdefault(name, []).append(at)
    return {**found, "all": list(range(len(languages)))} if len(found) > 1 else found


def _interval(score: "Score") -> str:
    low, high = score["interval"] if isinstance(score["interval"], list) else (0.0, 0.0)
    return f"{score['score']:.4f} [{low:.4f}, {high:.4f}]"
