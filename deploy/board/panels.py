"""The four panels of the board: each turns its part of a snapshot into at most so many lines of a width. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from deploy.board import cells
from deploy.board.answers import Alarm, Answering, Customer, Pace, Queue, Snapshot, Subject, Voice
from deploy.board.cells import BAD, GOOD, QUIET, SOON, STRONG, Cell, clean, cut, line
from deploy.board.words import Words, ago, label, network_name, number, overdue, percent, span

MARK = "★"
_WELL, _BADLY = 0.8, 0.5  # shares that colour a bar; the number beside it says the same without colour
_FLOW = 24  # columns of one network where there is no line for each
_LONGEST_TOPICS, _LONGEST_INTENTS = 12, 4

Lines = list[Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """In which words, and how wide."""

    words: Words
    width: int


Panel = Callable[[Snapshot, Look, int], Lines]


def pace(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """How fast do we answer?"""
    words, answering = look.words, snapshot.answering
    promise = answering.promise if answering else None
    info = ""
    if promise:
        shortest, longest = span(promise.shortest_s, words), span(promise.longest_s, words)
        info = f"{words.promise} {shortest}" + (f" {words.to} {longest}" if longest != shortest else "")
    title = _title("1", words.ask_pace, Text(info, QUIET), look.width)
    if answering is None:
        return _only(title, words.unknown, look, rows)
    if not answering.networks:
        return _only(title, words.no_turns, look, rows)
    table = _PaceTable(look)
    heads = table.heads() if rows >= 5 else []
    lines = [title, *heads, table.row(words.last_hour, answering.hour), table.row(words.today, answering.today)]
    lines += _networks(answering, table, look, rows - len(lines))
    if rows - len(lines) >= 3:
        lines += [Text(), *_wrapped(words.how_counted, look.width)][: rows - len(lines)]
    return lines[:rows]


def queue(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """Who is still waiting?"""
    words, found = look.words, snapshot.queue
    title = _title("2", words.ask_queue, _tally(found, words), look.width)
    if found is None:
        return _only(title, words.unknown, look, rows)
    if not found.waiting:
        return _only(title, words.nobody_waits, look, rows)
    head = [_customer_head(look)] if rows >= 6 else []
    lines = [title, *head, *(_customer(one, look) for one in found.longest)]
    return lines[:rows]


def voice(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """What are they telling us, unfiltered?"""
    words, found = look.words, snapshot.voice
    info = f"{words.day_events} {number(found.events, words)}" if found and found.events else ""
    title = _title("3", words.ask_voice, Text(info, QUIET), look.width)
    if found is None:
        return _only(title, words.unknown, look, rows)
    if not found.events:
        return _only(title, words.nothing_said, look, rows)
    head = [title, *_mood(found, look, rows)]
    room = rows - len(head)
    told = [one for one in found.intents if one.name != "other"][:_LONGEST_INTENTS]
    intents = _subject_lines(told, words.intents, words.intent, look) if room >= 13 else []
    tail = _tail(found, look, room, with_intents=not intents)
    room -= len(tail)
    topics = _subject_lines(found.topics[:_LONGEST_TOPICS], words.topics, words.topic, look)
    if room < 5:
        topics = topics[1:]
    return [*head, *topics[: room - len(intents)], *intents, *tail][:rows]


def alarms(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """The last alerts, as they come."""
    words, found = look.words, snapshot.alarms
    title = _title(" ", words.alerts, Text(), look.width)
    if found is None:
        return _only(title, words.unknown, look, rows)
    if not found:
        return _only(title, words.no_alerts, look, rows)
    return [title, *(_alarm(one, look) for one in found)][:rows]


class _PaceTable:
    """The columns of the first panel that fit into its width, the most telling ones."""

    _WIDTHS = (
        *(("label", 15), ("share", 5), ("bar", 6), ("count", 9), ("first", 8), ("first90", 8), ("next", 8)),
        *(("next90", 8), ("waiting", 9)),
    )
    _DROPPED = ("waiting", "count", "next90", "next", "first90", "bar")

    def __init__(self, look: Look) -> None:
        self.words = look.words
        self.widths = dict(self._WIDTHS)
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
        over += [self._span(("first", "first90"), words.first_answer), self._span(("next", "next90"), words.next_answers)]
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
            "count": f"{number(one.kept, words)}/{number(one.decided, words)}" if one.decided else "",
            "first": span(one.first.median_s, words),
            "first90": span(one.first.p90_s, words),
            "next": span(one.next.median_s, words),
            "next90": span(one.next.p90_s, words),
            "waiting": number(one.waiting, words),
        }
        styles = {"share": STRONG, "count": QUIET, "first90": QUIET, "next90": QUIET}
        return line(
            (
                Cell(text=texts[key], width=width, style=styles.get(key, ""), right=key not in ("label", "bar", "count"))
                for key, width in self.widths.items()
            ),
            self._taken(),
        )

    def _span(self, names: Sequence[str], text: str, *, right: bool = True) -> Cell:
        """A head over these columns; no width when none of them is there."""
        widths = [self.widths[name] for name in names if name in self.widths]
        return Cell(text=text, width=sum(widths) + max(0, len(widths) - 1), style=QUIET, right=right)


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
    return lines


def _tally(found: Queue | None, words: Words) -> Text:
    if not found or not found.waiting:
        return Text()
    whole = Text(f"{words.waiting} {number(found.waiting, words)}")
    whole.append(f" · {words.past_target} {number(found.late, words)}", BAD if found.late else QUIET)
    if found.leader:
        whole.append(f" · {MARK} {words.names_leader} {number(found.leader, words)}", SOON)
    return whole


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
    wide = look.width >= 100
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


def _mood(found: Voice, look: Look, rows: int) -> Lines:
    """Feelings, and how much came each minute: on one line, or on two when narrow and there is room."""
    words = look.words
    feelings = [(found.negative, "━", BAD), (found.neutral, "┄", QUIET), (found.positive, "━", GOOD)]
    names = ("negative", "neutral", "positive")
    said = Text("  ").join(
        Text(f"{words.feelings[name]} {percent(amount / found.events, words)}", style)
        for name, (amount, _, style) in zip(names, feelings, strict=True)
    )
    if look.width >= 100:
        said = cells.parts(feelings, min(30, look.width // 5)).append("  ").append_text(said)
    room = look.width - said.cell_len - 3
    separate = room < 24 and rows >= 5
    volume = _volume(found, words, look.width if separate else room)
    return [said, volume] if separate else [said.append("   ").append_text(volume)] if room >= 24 else [said]


def _volume(found: Voice, words: Words, width: int) -> Text:
    peak = f"{words.peak} {number(max(found.per_minute, default=0), words)}"
    label_ = f"{words.per_minute} "
    room = width - len(label_) - len(peak) - 1
    return Text(label_, QUIET).append(cells.sparkline(found.per_minute, room), "").append(f" {peak}", QUIET)


def _tail(found: Voice, look: Look, room: int, *, with_intents: bool) -> Lines:
    """Names and languages, and intents when they have no lines of their own."""
    words = look.words
    names = [(clean(one.name), one.events) for one in found.names[:12]]
    languages = [(label(words.tongues, one.name), one.events) for one in found.languages[:6]]
    intents = [(label(words.intents, one.name), one.events) for one in found.intents]
    rows = [(words.names, names), (words.languages, languages), (words.intent, intents)]
    shown = rows[:1] if room < 5 else rows[:2] if room < 8 or not with_intents else rows
    return [_listed(title, listed, found.events, look) for title, listed in shown if listed] if room >= 3 else []


def _listed(title: str, listed: Sequence[tuple[str, int]], total: int, look: Look) -> Text:
    whole = Text(f"{title} ", QUIET)
    for index, (name, events) in enumerate(listed):
        piece = Text(" · " if index else "", QUIET).append(cut(name, 24), "").append(f" {number(events, look.words)}", QUIET)
        if whole.cell_len + piece.cell_len > look.width:
            break
        whole.append_text(piece)
    return whole


def _subject_lines(subjects: Sequence[Subject], known: dict[str, str], title: str, look: Look) -> Lines:
    words = look.words
    if not subjects:
        return []
    heads = (title, words.events, words.feelings["negative"], words.in_their_words)
    return [
        _subject_line(heads, look, (QUIET,) * 4),
        *(_subject(one, label(known, one.name), look) for one in subjects),
    ]


def _subject(one: Subject, name: str, look: Look) -> Text:
    words = look.words
    share = one.negative / one.events if one.events else None
    texts = (clean(name), number(one.events, words), percent(share, words), "")
    row = _subject_line(texts, look, (STRONG, "", BAD if share and share >= 0.5 else "", ""))
    room = look.width - row.cell_len - 1
    if one.quote is None or room < 12:
        return row
    by = f" {clean(one.quote.handle)}, {clean(network_name(one.quote.network))}"
    marks = len(words.open_quote) + len(words.close_quote)
    text = clean(one.quote.text)
    said = cut(text, room - marks)
    row.append(f" {words.open_quote}{said}{words.close_quote}")
    if look.width - row.cell_len >= 12:
        row.append(cut(by, look.width - row.cell_len), QUIET)
    return row


def _subject_line(texts: Sequence[str], look: Look, styles: Sequence[str]) -> Text:
    widths = (16, 8, 8) if look.width >= 60 else (14, 6, 0)
    row = [
        Cell(text=text, width=width, style=style, right=index > 0)
        for index, (text, width, style) in enumerate(zip(texts, widths, styles, strict=False))
        if width
    ]
    return line([*row, Cell(text=texts[3], style=styles[3])] if texts[3] else row, look.width)


def _alarm(one: Alarm, look: Look) -> Text:
    words = look.words
    wide = look.width >= 85
    severe = one.level in ("breach", "escalation") and not one.resolved
    row = [
        Cell(text=ago(one.ago_s, words), width=13, style=QUIET, right=True),
        Cell(text="✓" if one.resolved else " ", width=1, style=GOOD),
        Cell(text=label(words.levels, clean(one.level)), width=13, style=BAD if severe else QUIET if one.resolved else SOON),
        Cell(text=span(one.waited_s, words), width=8, right=True),
        Cell(text=clean(network_name(one.network)), width=11 if wide else 9, style=QUIET),
        Cell(text=MARK if one.mentions_leader else "", width=1, style=SOON),
        Cell(text=clean(one.handle) or words.unknown, width=18 if wide else 14, style=STRONG),
    ]
    if look.width < 60:
        del row[4], row[0]
    taken = sum(cell.width + 1 for cell in row)
    if look.width - taken >= 12:
        row.append(Cell(text=cut(clean(one.text), look.width - taken)))
    return line(row, look.width)


def _title(mark: str, text: str, info: Text, width: int) -> Text:
    left = Text(f" {mark} ", "bold reverse" if mark.strip() else QUIET).append(f" {text}", STRONG)
    if not mark.strip():
        left = Text(text, STRONG)
    return cells.ends(left, info, width, fill="─")


def _only(title: Text, sentence: str, look: Look, rows: int) -> Lines:
    return [title, Text(cut(sentence, look.width), QUIET)][:rows]


def _wrapped(text: str, width: int) -> Lines:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [Text(cut(one, width), QUIET) for one in lines]


def _share_style(share: float | None) -> str:
    return QUIET if share is None else GOOD if share >= _WELL else SOON if share >= _BADLY else BAD
