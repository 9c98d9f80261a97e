"""What are they telling us, unfiltered? Feelings, volume, topics with the sentence that proves each, names."""

from collections.abc import Mapping, Sequence

from rich.text import Text

from deploy.board import cells
from deploy.board.answers import Snapshot, Subject, Voice
from deploy.board.cells import BAD, GOOD, QUIET, STRONG, Cell, Lines, clean, cut, ink, joined, line
from deploy.board.panels.base import Look, only, title
from deploy.board.words import Words, label, network_name, number, percent

_MOST_TOPICS, _MOST_INTENTS = 12, 4


def voice(snapshot: Snapshot, look: Look, rows: int) -> Lines:
    """What are they telling us, unfiltered?"""
    words, found = look.words, snapshot.voice
    facts = [ink(f"{words.day_events} {number(found.events, words)}", QUIET)] if found and found.events else []
    top = title("3", words.ask_voice, facts, look.width)
    if found is None:
        return only(top, words.unknown, look, rows)
    if not found.events:
        return only(top, words.nothing_said, look, rows)
    head = [top, *_mood(found, look, rows)]
    return [*head, *_body(found, look, rows - len(head))][:rows]


def _body(found: Voice, look: Look, room: int) -> Lines:
    """Topics and intents with their quotes over names and languages; when not all fit, intents shrink to a line."""
    words = look.words
    told = [one for one in found.intents if one.name != "other"][:_MOST_INTENTS]
    topics = _subject_lines(found.topics[:_MOST_TOPICS], words.topics, words.topic, look)
    intents = _subject_lines(told, words.intents, words.intent, look)
    names, languages, split = _tail(found, look)
    whole = [*topics, *intents, *names, *languages]
    if len(whole) <= room:
        return whole
    if room >= 13:
        tail = [*intents, *names, *languages]
    elif room >= 8:
        tail = [*names, *languages, *split]
    else:
        tail = [*names, *languages] if room >= 5 else names if room >= 3 else []
    return [*(topics if room >= 5 else topics[1:])[: room - len(tail)], *tail]


def _mood(found: Voice, look: Look, rows: int) -> Lines:
    """Feelings, and how much came each minute: on one line, or on two when narrow and there is room."""
    words = look.words
    feelings = [(found.negative, "━", BAD), (found.neutral, "┄", QUIET), (found.positive, "━", GOOD)]
    names = ("negative", "neutral", "positive")
    said = Text("  ").join(
        ink(f"{words.feelings[name]} {percent(amount / found.events, words)}", style)
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
    return ink(label_, QUIET).append(cells.sparkline(found.per_minute, room), QUIET).append(f" {peak}", QUIET)


def _tail(found: Voice, look: Look) -> tuple[Lines, Lines, Lines]:
    """Names, languages and intents: a line each, or none."""
    words = look.words
    names = [(clean(one.name), one.events) for one in found.names[:12]]
    languages = [(clean(label(words.tongues, one.name)), one.events) for one in found.languages[:6]]
    intents = [(clean(label(words.intents, one.name)), one.events) for one in found.intents]
    return (
        _listed(words.names, names, look),
        _listed(words.languages, languages, look),
        _listed(words.intent, intents, look),
    )


def _listed(title: str, listed: Sequence[tuple[str, int]], look: Look) -> Lines:
    """One line of names and counts, as many as fit."""
    if not listed:
        return []
    counted = [ink(cut(name, 24), "").append(f" {number(events, look.words)}", QUIET) for name, events in listed]
    start = ink(f"{title} ", QUIET)
    return [start.append_text(joined(counted, look.width - start.cell_len))]


def _subject_lines(subjects: Sequence[Subject], known: Mapping[str, str], head: str, look: Look) -> Lines:
    words = look.words
    if not subjects:
        return []
    heads = (head, words.events, words.feelings["negative"], words.in_their_words)
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
