"""`vigie enrich` and `vigie evaluate` as a person starts them: real processes with the pipeline that ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.system import environment

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]
CONFIG = """
[[brands]]
name = "Acme"
accounts = ["@acme"]
[[products]]
name = "Acme One"
[[competitors]]
name = "Bumble"
[[topics]]
name = "roadside_help"
keywords = ["tow truck"]
examples = ["stuck on the motorway and nobody comes"]
"""
BAD_TEXTS = {
    "empty": "",
    "emoji only": "😀👍🏽❤️",
    "addresses only": "https://t.co/x http://a.b/c",
    "one megabyte": "mot " * 250_000,
    "lone surrogates": "\ud800 hello \udfff",
    "right to left": "\u202eشكرا جزيلا على المساعدة\u202c",
    "zero width": "\u200b\u200d\ufeff",
    "control characters": "\x00\x01\x1b[0m\x7f",
    "unknown language": "Dziękuję bardzo za szybką odpowiedź i pomoc",
}


def vigie(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    config = folder / "vigie.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        cwd=ROOT,
        env={**environment(), "VIGIE_CONFIG": str(config)},
    )


def lines(*texts: str) -> str:
    return "".join(json.dumps({"id": str(at), "text": text}) + "\n" for at, text in enumerate(texts))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    done = vigie(tmp_path_factory.mktemp("enrich"), "enrich", stdin=lines(*BAD_TEXTS.values()))

    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in found] == [str(at) for at in range(len(BAD_TEXTS))]
    return dict(zip(BAD_TEXTS, found, strict=True))


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_any_text_gets_an_answer_and_no_step_fails(answers: dict[str, dict[str, object]], name: str):
    assert answers[name]["failed_steps"] == []


@pytest.mark.parametrize("name", [name for name in BAD_TEXTS if name not in ("one megabyte", "lone surrogates")])
def test_what_says_nothing_readable_is_told_with_little_confidence(answers: dict[str, dict[str, object]], name: str):
    language, sentiment = answers[name]["language"], answers[name]["sentiment"]

    assert language == {"code": "und", "confidence": 0.0}
    assert name == "emoji only" or sentiment["confidence"] <= 0.45  # type: ignore[index]  # an object of JSON


def test_names_stand_where_they_stand_in_the_text_as_given(tmp_path: Path):
    text = "écrivez à jean@exemple.fr : l'Acme One du concurrent #Bumble est mieux, @acme !"

    done = vigie(tmp_path, "enrich", stdin=lines(text))

    answer = json.loads(done.stdout)
    named = {text[one["start"] : one["end"]]: (one["label"], one["canonical"]) for one in answer["entities"]}
    assert named["Acme One"] == ("PRODUCT", "product:acme-one")
    assert named["#Bumble"] == ("BRAND", "competitor:bumble")
    assert named["@acme"] == ("BRAND", "brand:acme")
    assert answer["pii"] == {"email": 1}


def test_topics_of_the_settings_are_found_by_keyword_and_by_example(tmp_path: Path):
    texts = ("where is my tow truck", "I am stuck on a motorway, nobody comes to help")

    done = vigie(tmp_path, "enrich", stdin=lines(*texts))

    for line in done.stdout.splitlines():
        assert "roadside_help" in {topic["name"] for topic in json.loads(line)["topics"]}


def test_a_line_that_is_no_json_is_named_and_what_came_before_is_answered(tmp_path: Path):
    done = vigie(tmp_path, "enrich", "--batch", "1", stdin=lines("bonjour") + "{oops\n")

    assert done.returncode != 0
    assert "line 2" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["id"] == "0"


def test_evaluate_prints_the_worst_language_first_with_intervals_and_errors(tmp_path: Path):
    labelled = tmp_path / "labelled.ndjson"
    rows = [
        {"text": "I love it, thank you so much", "label": "positive", "language": "en"},
        {"text": "worst service ever, I hate it", "label": "negative", "language": "en"},
        {"text": "merci beaucoup, c'est parfait", "label": "negative", "language": "fr"},
        {"text": "\ud800", "label": "neutral", "language": "fr"},
        {"text": "no label", "label": "angry", "language": "fr"},
    ]
    labelled.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    done = vigie(tmp_path, "evaluate", "sentiment", str(labelled))

    assert done.returncode == 0, done.stderr
    assert done.stdout.index("fr ") < done.stdout.index("en ")
    assert "1 texts have another label" in done.stdout
    for part in ("macro-F1", "[", "expected calibration error", "confusion, true by row", "negative → positive"):
        assert part in done.stdout


def test_evaluate_reads_names_as_conll_and_as_json(tmp_path: Path):
    conll, ndjson = tmp_path / "names.conll", tmp_path / "names.ndjson"
    conll.write_text("Paris\tB-LOC\nis\tO\nnice\tO\n\nI\tO\nam\tO\n", encoding="utf-8")
    named = {"text": "Paris is nice", "language": "en", "entities": [{"start": 0, "end": 5, "label": "LOC"}]}
    ndjson.write_text(json.dumps(named) + "\n", encoding="utf-8")

    for file in (conll, ndjson):
        done = vigie(tmp_path, "evaluate", "entities", str(file))

        assert done.returncode == 0, done.stderr
        assert "micro-F1 1.0000" in done.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no labelled text"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"label": 3}\n', "bad:1"),
        (b"angry\thi\n", "label"),
    ],
    ids=["empty", "not UTF-8", "not a labelled text", "no known label"],
)
def test_evaluate_says_what_is_wrong_with_a_file(tmp_path: Path, content: bytes, says: str):
    file = tmp_path / "bad"
    file.write_bytes(content)

    done = vigie(tmp_path, "evaluate", "sentiment", str(file))

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
