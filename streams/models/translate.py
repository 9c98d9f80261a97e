"""Labelled texts of one language for another, by a translator of rules (Apertium): a feeling survives bad words.

1,830 texts of a language are few. The same feeling said in English, and in each other small set, is worth having, and
needs no network: Apertium is a program of the system, like a compiler. It is only used to train.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace

from schemas.errors import ConfigError
from streams.lang.ngrams import unescape
from streams.models.corpora import Labelled

PACKAGES = "apertium cg3 apertium-eng-spa apertium-es-pt apertium-spa-ita apertium-fr-es"
_HUB = "es"  # every path goes through Spanish: there is no other way from English in these packages
_TO_HUB = {"en": "eng-spa", "it": "ita-spa", "pt": "pt-es", "fr": "fr-es"}
_FROM_HUB = {"it": "spa-ita", "pt": "es-pt", "fr": "es-fr"}
_OWN_MARKS = re.compile(r"[\[\]{}<>^$/~\\]")  # of the translator's stream format
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def translated(labelled: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    """Per target language the texts of all others, translated. Sources that no path leads from are left out.

    Raises:
        ConfigError: the translator is not installed.
    """
    if shutil.which("apertium") is None:
        raise ConfigError(
            "the translator is not installed",
            where="the command apertium",
            fix=f"Install the system packages {PACKAGES}, or train --without-translation and lose about a point "
            "in Spanish, Italian and Portuguese.",
        )
    by_source = {
        source: [one for one in labelled if one.language == source and one.language in (_HUB, *_TO_HUB)]
        for source in (_HUB, *_TO_HUB)
    }
    spanish = {
        source: texts if source == _HUB else _run(texts, _TO_HUB[source], _HUB) for source, texts in by_source.items()
    }
    found = {_HUB: [one for source, texts in spanish.items() if source != _HUB for one in texts]}
    for target, pair in _FROM_HUB.items():
        found[target] = [
            one for source, texts in spanish.items() if source != target for one in _run(texts, pair, target)
        ]
    return found


def _run(labelled: Sequence[Labelled], pair: str, target: str) -> list[Labelled]:
    texts = _lines([_plain(one.text) for one in labelled], pair)
    return [
        replace(one, text=text, language=target, source=one.source or one.language)
        for one, text in zip(labelled, texts, strict=True)
    ]


def _lines(lines: Sequence[str], pair: str) -> list[str]:
    if not lines:
        return []
    given = ("\n".join(lines) + "\n").encode()
    done = subprocess.run(["apertium", "-u", pair], input=given, capture_output=True, check=True)
    texts = done.stdout.decode().split("\n")[:-1]
    if len(texts) != len(lines):
        raise ConfigError(
            f"the translator gave {len(texts)} lines for {len(lines)}",
            where=f"apertium {pair}",
            fix=f"Install the system packages {PACKAGES}.",
        )
    return texts


def _plain(text: str) -> str:
    """One line that the translator takes for text."""
    shown = _SURROGATES.sub("", unescape(text))
    return " ".join(_OWN_MARKS.sub(" ", shown).split()) or "."
