"""What the script of a text says of its language, where a script says anything."""

import re

_LETTER = re.compile(r"[^\W\d_]")
# Scripts that one language writes; Arabic, Cyrillic and Devanagari are shared by several and say nothing.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)
_OTHER_SCRIPT = re.compile(r"[\u0370-\u05ff\u0600-\u1cff\u3040-\u9fff\uac00-\ud7af]")


def letters_of(text: str) -> int:
    """How many letters a text has, of any script."""
    return len(_LETTER.findall(text))


def is_foreign(text: str) -> bool:
    """Whether most letters are of a script that no trained language is written in."""
    return not text.isascii() and len(_OTHER_SCRIPT.findall(text)) * 2 > letters_of(text)


def language_by_script(text: str) -> str:
    """The language that alone is written so, or nothing."""
    letters = letters_of(text)
    for code, pattern in _SCRIPTS:
        count = len(pattern.findall(text))
        if count and (code == "ja" or count * 2 > letters):
            return code
    return ""
