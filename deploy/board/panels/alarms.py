"""The last alerts, as they come."""

from rich.text import Text

from deploy.board.answers import Alarm, Snapshot
from deploy.board.cells import BAD, GOOD, MARK, QUIET, SOON, STRONG, Cell, Lines, clean, cut, line
from deploy.board.panels.base import Look, only, title
from deploy.board.words import ago, label, network_name, span


def alarms(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """The last alerts, as they come."""
    words, found = look.words, snapshot.alarms
    top = title("", words.alerts, [], look.width)
    if found is None:
        return only(top, words.unknown, look, rows)
    if not found:
        return only(top, words.no_alerts, look, rows)
    return [top, *(_alarm(one, look) for one in found)][:rows]


def _alarm(one: Alarm, look: Look) -> Text:
    words = look.words
    wide = look.width >= 85
    severe = one.level in ("breach", "escalation") and not one.resolved
    row = [
        Cell(text=ago(one.ago_s, words), width=13, style=QUIET, right=True),
        Cell(text="✓" if one.resolved else " ", width=1, style=GOOD),
        Cell(
            text=label(words.levels, clean(one.level)),
            width=13,
            style=BAD if severe else QUIET if one.resolved else SOON,
        ),
        Cell(text=span(one.waited_s, words), width=8, right=True),
        Cell(text=clean(network_name(one.network)), width=11 if wide else 9, style=QUIET),
        Cell(text=MARK if one.mentions_leader else "", width=1, style=SOON),
    ]
    if look.width < 60:
        del row[4], row[0]
    left = look.width - sum(cell.width + 1 for cell in row)
    row.append(Cell(text=clean(one.handle) or words.unknown, width=max(1, min(18 if wide else 14, left)), style=STRONG))
    taken = sum(cell.width + 1 for cell in row)
    if look.width - taken >= 24:
        row.append(Cell(text=cut(clean(one.text), look.width - taken)))
    return line(row, look.width)
