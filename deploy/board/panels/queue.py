"""Who is still waiting? The most overdue first, with what they said last."""

from collections.abc import Sequence

from rich.text import Text

from deploy.board.answers import Customer, Queue, Snapshot
from deploy.board.cells import BAD, MARK, QUIET, SOON, STRONG, Cell, Lines, clean, cut, ink, line
from deploy.board.panels.base import Look, only, title
from deploy.board.words import Words, network_name, number, overdue, span


def queue(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """Who is still waiting?"""
    words, found = look.words, snapshot.queue
    top = title("2", words.ask_queue, _tally(found, words), look.width)
    if found is None:
        return only(top, words.unknown, look, rows)
    if not found.waiting:
        return only(top, words.nobody_waits, look, rows)
    head = [_customer_head(look)] if rows >= 6 else []
    lines = [top, *head, *(_customer(one, look) for one in found.longest)]
    return lines[:rows]


def _tally(found: Queue | None, words: Words) -> Lines:
    if not found or not found.waiting:
        return []
    tally = [
        ink(f"{words.waiting} {number(found.waiting, words)}", STRONG),
        ink(f"{words.past_target} {number(found.late, words)}", BAD if found.late else QUIET),
    ]
    if found.leader:
        tally.append(ink(f"{MARK} {words.names_leader} {number(found.leader, words)}", SOON))
    return tally


def _customer_head(look: Look) -> Text:
    words = look.words
    return _customer_line(
        (words.over_target, words.waits, words.network, "", words.who, words.last_words), look, (QUIET,) * 6
    )


def _customer(one: Customer, look: Look) -> Text:
    words = look.words
    late = one.over_s is not None and one.over_s > 0
    texts = (
        overdue(one.over_s, words),
        span(one.waited_s, words),
        clean(network_name(one.network)),
        MARK if one.mentions_leader else "",
        clean(one.handle) or words.unknown,
        clean(one.text),
    )
    return _customer_line(texts, look, (BAD if late else QUIET, "", QUIET, SOON, STRONG, ""))


def _customer_line(texts: Sequence[str], look: Look, styles: Sequence[str]) -> Text:
    wide = look.width >= 90
    widths = (9, 8, 11 if wide else 9, 1, 18 if wide else 13)
    row = [
        Cell(text=text, width=width, style=style, right=index < 2)
        for index, (text, width, style) in enumerate(zip(texts, widths, styles, strict=False))
    ]
    if look.width < 60:
        del row[2]
    if look.width < 46:
        del row[1]
    taken = sum(cell.width + 1 for cell in row)
    if look.width - taken >= 8:
        row.append(Cell(text=cut(texts[5], look.width - taken), style=styles[5]))
    return line(row, look.width)
