"""Take personal numbers and addresses out of a text before anything else reads it.

E-mail addresses, IBANs (checked modulo 97), payment cards (Luhn), French social-security numbers (key), contract
numbers (by the word in front) and phone numbers become `[email]`, `[iban]`, …. What was found is counted by kind
and never kept.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass


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
    cuts: list[Cut] = []
    digits = _DIGIT.search(text) is not None
    for kind, pattern, is_valid in _KINDS:
        if not digits and kind != "email":
            continue
        if kind == "email" and "@" not in text:
            continue
        for found in pattern.finditer(text):
            start, end = found.span("value")
            if is_valid(found["value"]) and not any(start < cut.end and end > cut.start for cut in cuts):
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


def _only_digits(value: str) -> str:
    return "".join(sign for sign in value if sign.isdigit())


def _is_iban(value: str) -> bool:
    """ISO 13616: letters as numbers, the first four signs last, remainder 1 modulo 97."""
    compact = re.sub(r"[\s.\-]", "", value).upper()
    if not (15 <= len(compact) <= 34 and compact[:2] in _IBAN_LENGTHS and len(compact) == _IBAN_LENGTHS[compact[:2]]):
        return False
    number = "".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])
    return int(number) % 97 == 1


def _is_card(value: str) -> bool:
    """ISO/IEC 7812: 13 to 19 digits with a Luhn check digit, of an issuer that exists."""
    digits = _only_digits(value)
    if not 13 <= len(digits) <= 19 or digits[0] not in "23456":
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and len(set(digits)) > 1


def _is_nir(value: str) -> bool:
    """French social-security number: 13 signs and a key of 97 minus the remainder; Corsica is 2A or 2B."""
    compact = re.sub(r"[\s.\-]", "", value).upper()
    number = compact[:13].replace("2A", "19").replace("2B", "18")
    return len(compact) == 15 and number.isdigit() and 97 - int(number) % 97 == int(compact[13:])


def _is_phone(value: str) -> bool:
    return 9 <= len(_only_digits(value)) <= 15


def _is_any(value: str) -> bool:
    return True


# Length of an IBAN by country: the SWIFT registry, release 99.
_IBAN_LENGTHS = {
    **{"AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22},
    **{"DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22},
    **{"IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MA": 28, "MC": 27, "MT": 31, "NL": 18},
    **{"NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24},
    **{"TR": 26, "UA": 29, "BR": 29, "GT": 28, "KW": 30, "LB": 28, "MU": 30, "PK": 24, "QA": 29},
}

_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<value>[A-Za-z0-9_](?:[\w.+%-]{0,62}[\w+%-])?@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24})(?![\w@])"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])(?P<value>[A-Za-z]{2}\d{2}(?:[ .\-]?[A-Za-z0-9]){11,30})(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\d\w+.])(?P<value>\d(?:[ .\-]?\d){12,18})(?![\d\w])")
_NIR = re.compile(
    r"(?<!\d)(?P<value>[1278][ .\-]?\d{2}[ .\-]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .\-]?(?:\d{2}|2[ABab])"
    r"[ .\-]?\d{3}[ .\-]?\d{3}[ .\-]?\d{2})(?!\d)"
)
_CONTRACT = re.compile(
    r"(?:contrat|police|sinistre|dossier|adh[ée]rent|contract|policy|claim|case|member|customer|client|account|compte)"
    r"\s{0,2}(?:number|num[ée]ro|num|ref(?:erence)?|r[ée]f[ée]rence|id|no|n)?\s{0,2}[°º#:.]{0,2}"
    r"\s{0,2}(?:is|est)?\s{0,2}:?\s{0,2}"
    r"(?P<value>(?=[A-Za-z0-9\-/]*\d{4})[A-Za-z]{0,4}[\-/]?\d[A-Za-z0-9\-/]{5,24})(?![\w])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w+/.,\-])(?<!\d[ .\-])(?P<value>"
    r"(?:\+|00)[1-9]\d{0,2}(?:[ .\-]?\(0\))?(?:[ .\-]?\(?\d{1,4}\)?){2,6}"  # international
    r"|0[1-9](?:[ .\-]?\d{2}){4}"  # France, Belgium
    r"|0\d{2,4}[ /\-]\d{3,4}[ \-]?\d{3,5}"  # Germany, United Kingdom
    r"|\(?[2-9]\d{2}\)?[ .\-]\d{3}[ .\-]\d{4}"  # North America
    r")(?![\d\w])(?![ .\-]\d)"
)
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, _is_any),
    ("iban", _IBAN, _is_iban),
    ("nir", _NIR, _is_nir),
    ("card", _CARD, _is_card),
    ("contract", _CONTRACT, _is_any),
    ("phone", _PHONE, _is_phone),
)
