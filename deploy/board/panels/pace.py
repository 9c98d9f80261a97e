"""How fast do we answer? Two periods and every network in one table."""

from collections.abc import Sequence

from rich.text import Text

from deploy.board import cells
from deploy.board.answers import Answering, Pace, Promise, Snapshot
from deploy.board.cells import BAD, GOOD, QUIET, SOON, STRONG, Cell, Lines, clean, ink, line, wrapped
from deploy.board.panels.base import Look, only, title
from deploy.board.words import Words, network_name, number, percent, span

_WELL, _BADLY = 0.8, 0.5  # shares that colour a bar; the number beside it says the same without colour
_FLOW = 24  # columns of one network where there is no line for each


def pace(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """How fast do we answer?"""
    words, answering = look.words, snapshot.answering
    promise = answering.promise if answering else None
    top = title("1", words.ask_pace, [_promise(promise, words)] if promise else [], look.width)
    if answering is None:
        return only(top, words.unknown, look, rows)
    if not answering.networks:
        return only(top, words.no_turns, look, rows)
    table = _PaceTable(answering, look)
    heads = table.heads() if rows >= 5 else []
    lines = [top, *heads, table.row(words.last_hour, answering.hour), table.row(words.today, answering.today)]
    lines += _networks(answering, table, look, rows - len(lines))
    if rows - len(lines) >= 3:
        lines += [Text(), *wrapped(words.how_counted, look.width, QUIET)][: rows - len(lines)]
    return lines[:rows]


def _promise(promise: Promise, words: Words) -> Text:
    shortest, longest = span(promise.shortest_s, words), span(promise.longest_s, words)
    return ink(f"{words.promise} {shortest}" + (f" {words.to} {longest}" if longest != shortest else ""), QUIET)


class _PaceTable:
    """The columns of the first panel that fit into its width, the most telling ones."""

    _WIDTHS = (
        *(("label", 15), ("share", 5), ("bar", 6), ("count", 0), ("first", 8), ("first90", 8), ("next", 8)),
        *(("next90", 8), ("waiting", 9)),
    )
    _DROPPED = ("waiting", "count", "next90", "next", "first90", "bar")

    def __init__(self, answering: Answering, look: Look) -> None:
        self.words = look.words
        self.widths = dict(self._WIDTHS)
        self.widths["count"] = max(3, *(len(self._count(one)) for one in (answering.hour, answering.today)))
        for name in self._DROPPED:
            if self._taken() > look.width:
                del self.widths[name]
        if "bar" in self.widths:
            self.widths["bar"] += min(18, max(0, look.width - self._taken()))

    def _taken(self) -> int:
        return sum(self.widths.values()) + len(self.widths) - 1

    def heads(self) -> Lines:
        """Two lines: what is counted, and how."""
        words = self.words
        over = [self._span(("label",), ""), self._span(("share", "bar", "count"), words.in_time, right=False)]
        over += [
            self._span(("first", "first90"), words.first_answer),
            self._span(("next", "next90"), words.next_answers),
        ]
        over.append(self._span(("waiting",), words.waiting))
        under = [self._span(("label",), ""), self._span(("share", "bar", "count"), "")]
        for name in ("first", "first90", "next", "next90"):
            under.append(self._span((name,), words.nine_in_ten if name.endswith("90") else words.median))
        return [line([cell for cell in cells_ if cell.width], self._taken()) for cells_ in (over, under)]

    def row(self, name: str, one: Pace) -> Text:
        """One period or network."""
        words, share = self.words, one.share
        texts: dict[str, str | Text] = {
            "label": name,
            "share": percent(share, words),
            "bar": cells.bar(share, self.widths.get("bar", 0), _share_style(share)),
            "count": self._count(one),
            "first": span(one.first.median_s, words),
            "first90": span(one.first.p90_s, words),
            "next": span(one.next.median_s, words),
            "next90": span(one.next.p90_s, words),
            "waiting": number(one.waiting, words),
        }
        styles = {"share": STRONG, "count": QUIET, "first90": QUIET, "next90": QUIET}
        return line(
            (
                Cell(
                    text=texts[key], width=width, style=styles.get(key, ""), right=key not in ("label", "bar", "count")
                )
                for key, width in self.widths.items()
            ),
            self._taken(),
        )

    def _count(self, one: Pace) -> str:
        return f"{number(one.kept, self.words)}/{number(one.decided, self.words)}" if one.decided else ""

    def _span(self, names: Sequence[str], text: str, *, right: bool = True) -> Cell:
        """A head over these columns; no width when none of them is there."""
        widths = [self.widths[name] for name in names if name in self.widths]
        width = sum(widths) + max(0, len(widths) - 1)
        return Cell(text=text if len(text) <= width else text.split()[0], width=width, style=QUIET, right=right)


def _networks(answering: Answering, table: _PaceTable, look: Look, room: int) -> Lines:
    """A line for each network, or several on one line when there are too few lines."""
    if room < 1:
        return []
    if len(answering.networks) <= room:
        return [table.row(f" {clean(network_name(one.network))}", one.pace) for one in answering.networks]
    each_line = max(1, (look.width + 2) // (_FLOW + 2))
    shown, lines = answering.networks[: each_line * room], []
    for start in range(0, len(shown), each_line):
        row: list[Cell] = []
        for one in shown[start : start + each_line]:
            share = one.pace.share
            row.append(Cell(text=f" {clean(network_name(one.network))}", width=11))
            row.append(Cell(text=cells.bar(share, 6, _share_style(share)), width=6))
            row.append(Cell(text=f"{percent(share, look.words):>5} ", width=6))
        lines.append(line(row, look.width))
    if len(shown) < len(answering.networks):
        lines[-1].rstrip()
        lines[-1].append(f" +{len(answering.networks) - len(shown)}", QUIET)
    return lines


def _share_style(share: float | None) -> str:
    return QUIET if share is None else GOOD if share >= _WELL else SOON if share >= _BADLY else BAD
