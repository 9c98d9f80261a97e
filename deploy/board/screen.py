"""From a snapshot to one screen of exactly the size that is there. Pure.

Narrow screens stack the panels; wide ones put the numbers on the left and the words of customers on the right, where
a sign that a terminal draws wider than expected moves nothing else. What does not fit goes, the least needed first.
"""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from deploy.board import cells
from deploy.board.answers import Snapshot
from deploy.board.cells import QUIET, SOON, STRONG, Lines, clean, cut, ink, wrapped
from deploy.board.panels.alarms import alarms
from deploy.board.panels.base import Look, Panel
from deploy.board.panels.pace import pace
from deploy.board.panels.queue import queue
from deploy.board.panels.voice import voice
from deploy.board.words import Language, Words, date_and_time, latency, number, words_of

_TWO_COLUMNS = 150
_LEFT = 74
_NOTE_LINES = 3
_TALL = 34  # from here there is room for empty lines between panels

# Which panel gets the next free line, over and over; and the lines without which a panel says nothing.
_STACKED: tuple[Panel, ...] = (pace, queue, voice, alarms)
_FLOORS: dict[Panel, int] = {pace: 5, queue: 3, voice: 3, alarms: 2}
_TURNS: tuple[Panel, ...] = (queue, voice, pace, alarms, queue, voice)


def render(snapshot: Snapshot, *, language: Language, width: int, height: int, notes: Sequence[str]) -> RenderableType:
    """The board.

    Args:
        width, height: of the terminal, in columns and lines; at most so much is drawn, whatever the customers wrote.
        notes: sentences for the foot of the board, such as the state of the workers.
    """
    return Group(*drawn(snapshot, language=language, width=width, height=height, notes=notes))


def drawn(snapshot: Snapshot, *, language: Language, width: int, height: int, notes: Sequence[str]) -> Lines:
    """The lines of the board."""
    words = words_of(language)
    head, foot = _head(snapshot, words, width), _foot(snapshot, words, width, height, notes)
    room = height - len(foot) - 1
    if height >= _TALL:
        head, foot = [*head, Text()], [Text(), *foot]
        room -= 2
    body = (
        _wide(snapshot, words, width, room)
        if width >= _TWO_COLUMNS
        else _stack(snapshot, Look(words=words, width=width), room, _STACKED, airy=height >= _TALL)
    )
    body += [Text()] * (room - len(body))
    lines = [*head, *body[: max(0, room)], *foot][: max(0, height)]
    for one in lines:
        one.truncate(width)
        one.no_wrap, one.overflow, one.end = True, "crop", "\n"
    return lines


def _wide(snapshot: Snapshot, words: Words, width: int, room: int) -> Lines:
    left_width = _LEFT if width < 190 else _LEFT + 8
    left, right = Look(words=words, width=left_width), Look(words=words, width=width - left_width - 3)
    return cells.beside(
        _stack(snapshot, left, room, (pace, alarms), airy=True),
        _stack(snapshot, right, room, (queue, voice), airy=True),
        left_width,
    )


def _stack(snapshot: Snapshot, look: Look, room: int, panels: Sequence[Panel], *, airy: bool) -> Lines:
    gaps = len(panels) - 1 if airy else 0
    wants = {panel: len(panel(snapshot, look, 1000)) for panel in panels}
    given = shared_out(room - gaps, wants)
    lines: Lines = []
    for panel in panels:
        if given[panel]:
            lines += [Text()] if airy and lines else []
            lines += panel(snapshot, look, given[panel])
    return lines


def shared_out(room: int, wants: dict[Panel, int]) -> dict[Panel, int]:
    """How many lines each panel gets: what it cannot do without, then in turns as long as it wants more.

    The last panels go first when not even that fits; the first keeps what there is.
    """
    given = dict.fromkeys(wants, 0)
    for panel, want in wants.items():
        floor = min(_FLOORS[panel], want)
        if room - sum(given.values()) >= floor or not any(given.values()):
            given[panel] = max(0, min(floor, room - sum(given.values())))
    turns = [panel for panel in _TURNS if given.get(panel)]
    free = room - sum(given.values())
    while free > 0 and any(given[panel] < wants[panel] for panel in turns):
        for panel in turns:
            if free > 0 and given[panel] < wants[panel]:
                given[panel] += 1
                free -= 1
    return given


def _head(snapshot: Snapshot, words: Words, width: int) -> Lines:
    when = date_and_time(snapshot.now, words) if width >= 50 else f"{snapshot.now:%H:%M:%S}"
    return [cells.ends(ink("VIGIE", STRONG), ink(when, QUIET), width)]


def _foot(snapshot: Snapshot, words: Words, width: int, height: int, notes: Sequence[str]) -> Lines:
    said = " · ".join(clean(note) for note in notes if note.strip())
    lines = wrapped(said, width, "")[:_NOTE_LINES] if height >= _TALL else [Text(cut(said, width))]
    lines = lines if said else []
    if snapshot.missing:
        lines.append(ink(cut(words.not_there.format(", ".join(snapshot.missing)), width), SOON))
    return [*lines[: max(0, height - 2)], _flow(snapshot, words, width)]


def _flow(snapshot: Snapshot, words: Words, width: int) -> Text:
    """Stored, speed, delay and dead letters, as many of them as fit; a dead letter of the last hour stands out."""
    pieces: Lines = []
    flow, buried = snapshot.flow, snapshot.buried
    if flow:
        pieces.append(ink(f"{words.stored} {number(flow.events, words)}", QUIET))
        pieces.append(ink(f"{number(flow.per_second, words, decimals=1)}/s", QUIET))
    if buried:
        text = f"{words.dead_letters} {number(buried.letters, words)}"
        if buried.last_hour:
            text += f" ({words.in_last_hour} {number(buried.last_hour, words)})"
        pieces.append(ink(text, SOON if buried.last_hour else QUIET))
    if flow and flow.row_p50_s is not None:
        p50, p99 = latency(flow.row_p50_s, words), latency(flow.row_p99_s, words)
        pieces.append(ink(f"{words.to_row} p50 {p50}, p99 {p99}", QUIET))
    return cells.joined(pieces, width)
