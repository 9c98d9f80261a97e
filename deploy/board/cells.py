"""Text in cells of a terminal: made harmless, cut and padded by the width it takes on the screen. Pure.

Everything that a customer wrote passes through `clean`, and no string is ever read as markup.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

Lines = list[Text]

QUIET, STRONG, GOOD, SOON, BAD = "dim", "bold", "green", "yellow", "red"

MARK = "★"  # a customer who names a leader

_LONGEST = 2000  # characters that are looked at; no line of a terminal shows as many
_MARKS = 3  # combining marks on one letter; piled higher they cover the lines around
_VARIATIONS = range(0xFE00, 0xFE10)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A piece of a line; `width` 0 takes what the text needs."""

    text: str | Text
    width: int = 0
    style: str = ""
    right: bool = False


def ink(text: str, style: str) -> Text:
    """Text in a style that ends with it: what is appended later does not take it on."""
    return Text().append(text, style)


def clean(text: str) -> str:
    """One line that cannot steer the terminal.

    Control characters and line ends become spaces; invisible ones, which turn the direction of writing or join emoji,
    go, since terminals disagree on how wide the result is; what has no agreed shape becomes a replacement character.
    """
    kept: list[str] = []
    marks = 0
    for sign in text[:_LONGEST]:
        category = unicodedata.category(sign)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category in ("Cc", "Zl", "Zp", "Zs"):
            kept.append(" ")
        elif category in ("Co", "Cs", "Cn"):
            kept.append("�")
        elif category != "Cf" and ord(sign) not in _VARIATIONS and ord(sign) not in _SKIN_TONES and marks <= _MARKS:
            kept.append(sign)
    return " ".join("".join(kept).split())


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    if width < 1:
        return ""
    kept = text[:width]
    while cell_len(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def line(cells: Iterable[Cell], width: int) -> Text:
    """The cells side by side, one space between them, in at most `width` columns."""
    whole = Text(no_wrap=True, overflow="crop", end="")
    for index, cell in enumerate(cells):
        if index:
            whole.append(" ")
        whole.append_text(_shaped(cell))
    whole.truncate(width)
    return whole


def ends(left: Text, right: Text, width: int, *, fill: str = " ") -> Text:
    """One text at each end of the line; the left one is cut when both do not fit."""
    tail = Text(" ").append_text(right) if right.cell_len else Text()
    whole = left.copy()
    whole.truncate(max(0, width - tail.cell_len), overflow="ellipsis")
    gap = width - tail.cell_len - whole.cell_len
    if gap > 1:
        whole.append(" ").append(fill * (gap - 1), QUIET)
    whole.append(" " * (gap == 1)).append_text(tail)
    whole.truncate(width)
    return whole


def joined(pieces: Sequence[Text], width: int) -> Text:
    """The pieces with a dot between them, up to the first that does not fit."""
    whole = Text()
    for piece in pieces:
        separator = ink(" · ", QUIET) if whole.cell_len else Text()
        if whole.cell_len + separator.cell_len + piece.cell_len > width:
            break
        whole.append_text(separator).append_text(piece)
    return whole


def beside(left: Sequence[Text], right: Sequence[Text], left_width: int) -> Lines:
    """Two columns of lines with a rule between them."""
    lines = []
    for index in range(max(len(left), len(right))):
        whole = left[index].copy() if index < len(left) else Text()
        whole.append(" " * max(0, left_width - whole.cell_len))
        whole.append(" │ ", QUIET)
        if index < len(right):
            whole.append_text(right[index])
        lines.append(whole)
    return lines


def bar(share: float | None, width: int, style: str) -> Text:
    """A share of a line: the heavy part is the share, so it reads without colour."""
    if share is None:
        return ink("┄" * width, QUIET)
    halves = round(min(1.0, max(0.0, share)) * width * 2)
    full, half = divmod(halves, 2)
    whole = ink("━" * full + "╸" * half, style)
    return whole.append("─" * (width - full - half), QUIET)


def parts(amounts: Sequence[tuple[int, str, str]], width: int) -> Text:
    """Amounts as parts of one line, each of them (amount, sign, style); the widths add up to `width`."""
    total = sum(amount for amount, _, _ in amounts)
    whole = Text()
    before = 0
    for amount, sign, style in amounts:
        start, end = (round(width * at / total) if total else 0 for at in (before, before + amount))
        whole.append(sign * (end - start), style)
        before += amount
    return whole


def sparkline(values: Sequence[int], width: int) -> str:
    """The last `width` values as columns of eight heights; the lowest is none at all."""
    shown = values[-width:] if width > 0 else ()
    peak = max(shown, default=0)
    return "".join(_BLOCKS[-(-value * 7 // peak)] if peak else _BLOCKS[0] for value in shown)


def wrapped(text: str, width: int, style: str) -> Lines:
    """A sentence of ours on as many lines as it needs."""
    rows = [""]
    for word in text.split(" "):
        if rows[-1] and cell_len(rows[-1]) + 1 + cell_len(word) > width:
            rows.append("")
        rows[-1] += f" {word}" if rows[-1] else word
    return [ink(cut(row, width), style) for row in rows]


def _shaped(cell: Cell) -> Text:
    if isinstance(cell.text, Text):
        text = cell.text.copy()
        if cell.width:
            text.truncate(cell.width, overflow="ellipsis")
    else:
        text = ink(cut(cell.text, cell.width) if cell.width else cell.text, cell.style)
    space = " " * max(0, cell.width - text.cell_len)
    return Text(space).append_text(text) if cell.right else text.append(space)
