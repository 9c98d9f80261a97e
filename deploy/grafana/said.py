"""Said: a text in English and in French, and `spoken`, which leaves one of them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = ("en", "fr")

# What is not prose stays as it is: a command in backticks, a template of Grafana's.
_CODE = r"(?P<code>`[^`]*`|\{\{.*?\}\})"
_ELISION = r"(?P<elision>(?<=\w)'(?=[\w«`{]))"
_BESIDE_A_SIGN = r"(?<=\S) (?=[:;?!%»])|(?<=«) "  # where French puts a space that never breaks
_FRENCH = re.compile(f"{_CODE}|{_ELISION}|{_BESIDE_A_SIGN}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One text in both languages."""

    en: str
    fr: str


def both(text: str) -> Said:
    """What reads the same in both languages: a name, a sign."""
    return Said(en=text, fr=text)


def joined(*texts: Said) -> Said:
    """One sentence after the other."""
    return Said(en=" ".join(text.en for text in texts), fr=" ".join(text.fr for text in texts))


def spoken(tree: Any, language: Language) -> Any:
    """The same tree of mappings and lists with each text in one language."""
    if isinstance(tree, Said):
        return tree.en if language == "en" else _FRENCH.sub(_set, tree.fr)
    if isinstance(tree, Mapping):
        return {key: spoken(value, language) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [spoken(value, language) for value in tree]
    return tree


def _set(found: re.Match[str]) -> str:
    """As a French typesetter writes it: ’ in `l'heure`, and a space before a sign that never breaks."""
    return found["code"] or ("’" if found["elision"] else "\u00a0")
