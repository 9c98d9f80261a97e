"""Take personal numbers and addresses out of a text, before anything else reads it. Pure: connectors may call it too.

E-mail addresses, IBANs, payment cards, French social-security numbers (each with its check digits), contract numbers
(by the word in front) and phone numbers become `[email]`, `[iban]`, …. What was found is counted by kind and never
kept. A mark that already stands in a text is counted as well, so a text that was redacted before Kafka and is
redacted again has the same counts.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.fr import nir

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One replacement: `[start, end)` of the text as given became `mark`."""

    start: int
    end: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """The text without personal numbers, how many of each kind there were, and where."""

    text: str
    counts: dict[str, int]
    cuts: tuple[Cut, ...] = ()


def redact(text: str) -> Redacted:
    """The text with every number and address of a person replaced by its kind in brackets."""
    has_digit, has_at = _DIGIT.search(text) is not None, "@" in text or _SPELT_AT.search(text) is not None
    cuts = _marks(text) if "[" in text else []
    for kind, pattern, parts in _KINDS:
        if not (has_at if kind == "email" else has_digit):
            continue
        for found in pattern.finditer(text):
            for start, end in parts(found):
                if not any(start < cut.end and end > cut.start for cut in cuts):
                    cuts.append(Cut(start=start, end=end, mark=f"[{kind}]"))
    return _apply(text, sorted(cuts, key=lambda cut: cut.start)) if cuts else Redacted(text=text, counts={})


def restore_offset(cuts: tuple[Cut, ...], offset: int, *, is_end: bool = False) -> int:
    """Where an offset into the redacted text stands in the text as given; inside a mark, at the value's edge."""
    grown = 0  # how much longer the redacted text is so far
    for cut in cuts:
        start = cut.start + grown
        end = start + len(cut.mark)
        if offset <= start if is_end else offset < start:
            break
        if offset <= end if is_end else offset < end:
            return cut.end if is_end else cut.start
        grown += len(cut.mark) - (cut.end - cut.start)
    return offset - grown


def _apply(text: str, cuts: list[Cut]) -> Redacted:
    parts: list[str] = []
    counts: dict[str, int] = {}
    at = 0
    for cut in cuts:
        parts += (text[at : cut.start], cut.mark)
        at = cut.end
        kind = cut.mark.strip("[]")
        counts[kind] = counts.get(kind, 0) + 1
    return Redacted(text="".join(parts) + text[at:], counts=counts, cuts=tuple(cuts))


def _marks(text: str) -> list[Cut]:
    """Marks of an earlier redaction: they stay what they are."""
    return [Cut(start=found.start(), end=found.end(), mark=found[0]) for found in _MARK.finditer(text)]


def _compact(value: str) -> str:
    """Letters and digits alone, digits of any script as ASCII."""
    return "".join(str(unicodedata.digit(sign, sign)) for sign in value if sign.isalnum()).upper()


def _whole(found: re.Match[str]) -> list[Span]:
    """The pattern alone says it."""
    return [found.span("value")]


def _checked(is_valid: Callable[[str], bool], *, starts: int = 1) -> Callable[[re.Match[str]], list[Span]]:
    """The longest part, from gap to gap, whose check digits are right: what follows a number may look like more of it.

    Args:
        starts: how many of its first groups the number may begin with.
    """

    def parts(found: re.Match[str]) -> list[Span]:
        value, offset = found["value"], found.start("value")
        edges = [at.start() for at in _GAPS.finditer(value)]
        for start in [0, *(edge + 1 for edge in edges)][:starts]:
            for end in [len(value), *reversed(edges)]:
                if end - start >= _SHORTEST and is_valid(_compact(value[start:end])):
                    return [(offset + start, offset + end)]
        return []

    return parts


def _is_card(digits: str) -> bool:
    """ISO/IEC 7812: 13 to 19 digits with a Luhn check digit, of an issuer that exists."""
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1 and luhn.is_valid(digits)


def _phone(found: re.Match[str]) -> list[Span]:
    return [found.span("value")] if 9 <= sum(sign.isdigit() for sign in found["value"]) <= 15 else []


_GAP = "[ \u00a0\u202f\u2011.\\-]"  # a space, also the French unbreakable ones, a dot or a hyphen
_GAPS = re.compile(_GAP)
_SHORTEST = 13  # digits of the shortest card; every IBAN and social-security number has more
_DIGIT = re.compile(r"\d")
_MARK = re.compile(r"\[(?:email|iban|nir|card|contract|phone)\]")
_SPELT_AT = re.compile(r"[\[(] ?(?:at|arobase) ?[\])]", re.IGNORECASE)
# Not after an @: `@jane@mastodon.example` is a handle.
_EMAIL = re.compile(
    r"(?<![\w.+%@-])(?P<value>[A-Za-z0-9_](?:[\w.+%-]{0,62}[\w+%-])?(?:@| ?[\[(] ?(?:at|arobase) ?[\])] ?)"
    r"(?:[A-Za-z0-9-]{1,63}(?:\.| ?[\[(] ?(?:dot|point) ?[\])] ?)){1,4}[A-Za-z]{2,24})(?![\w@])",
    re.IGNORECASE,
)
_IBAN = re.compile(rf"(?<![A-Za-z0-9])(?P<value>[A-Za-z]{{2}}\d{{2}}(?:{_GAP}?[A-Za-z0-9]){{11,30}})(?![A-Za-z0-9])")
_CARD = re.compile(rf"(?<![\w+.])(?P<value>\d(?:{_GAP}?\d){{12,28}})(?!\w)")
_NIR = re.compile(
    rf"(?<!\d)(?P<value>[1278]{_GAP}?\d{{2}}{_GAP}?(?:0[1-9]|1[0-2]|[2-9]\d){_GAP}?(?:\d{{2}}|2[ABab])"
    rf"{_GAP}?\d{{3}}{_GAP}?\d{{3}}{_GAP}?\d{{2}})(?!\d)"
)
_CONTRACT = re.compile(
    r"(?:contrat|police|sinistre|dossier|adh[ée]rent|contract|policy|claim|case|member|customer|client|account|compte)"
    r"\s{0,2}(?:number|num[ée]ro|num|ref(?:erence)?|r[ée]f[ée]rence|id|no|n)?\s{0,2}[°º#:.]{0,2}"
    r"\s{0,2}(?:is|est)?\s{0,2}:?\s{0,2}"
    r"(?P<value>(?=[A-Za-z0-9\-/]*\d{4})[A-Za-z]{0,4}[\-/]?\d[A-Za-z0-9\-/]{5,24})(?![\w])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    rf"(?<![\w+/.,\-])(?<!\d{_GAP})(?P<value>"
    rf"(?:\+|00)[1-9]\d{{0,2}}(?:{_GAP}?\(0\))?(?:{_GAP}?\(?\d{{1,4}}\)?){{2,6}}"  # international
    rf"|0[1-9](?:(?:{_GAP}|/)?\d{{2}}){{4}}"  # France, Belgium
    rf"|0\d{{2,4}}[ /\-]\d{{3,4}}[ \-]?\d{{3,5}}(?!{_GAP}\d)"  # Germany, United Kingdom
    rf"|\(?[2-9]\d{{2}}\)?[ .\-]\d{{3}}[ .\-]\d{{4}}(?!{_GAP}\d)"  # North America
    r")(?!\w)"
)
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], list[Span]]], ...] = (
    ("email", _EMAIL, _whole),
    ("iban", _IBAN, _checked(iban.is_valid)),
    ("nir", _NIR, _checked(nir.is_valid)),
    ("card", _CARD, _checked(_is_card, starts=3)),
    ("contract", _CONTRACT, _whole),
    ("phone", _PHONE, _phone),
)
