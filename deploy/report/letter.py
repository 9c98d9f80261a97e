"""The report as a letter in plain text, which every channel can show. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from deploy.board.words import Language, Words, label, network_name, number, percent, span, words_of
from deploy.report.figures import Figures, Pace, Waiting
from deploy.report.words import Said, said_in
from streams.words.message import Message

_QUOTE = 200


def letter(figures: Figures, language: Language) -> Message:
    """Title and body; sections are set apart by an empty line."""
    words, said = words_of(language), said_in(language)
    title = said.title.format(days=_days(figures.week.monday, words, said))
    title += said.of_brand.format(brand=figures.brand) if figures.brand else ""
    sections = (
        _pace(figures, words, said),
        _parts(said.by_network, figures.networks, words, said),
        _parts(said.by_brand, figures.brands, words, said),
        _queue(figures, words, said),
        _voice(figures, words, said),
        _alerts(figures, words, said),
        iter((said.counted.format(zone=figures.week.zone.key),)),
    )
    bodies = ("\n".join(section) for section in sections)
    return Message(title=title, body="\n\n".join(body for body in bodies if body))


def _pace(figures: Figures, words: Words, said: Said) -> Iterator[str]:
    now, then, year = figures.pace, figures.before, figures.year_ago
    yield said.pace
    if not now.requests:
        yield said.none
        return
    if now.share is None:
        yield _item(said.share_none)
    else:
        share = said.share.format(share=percent(now.share, words))
        yield _item(share + _compared(percent(then.share, words), percent(year.share, words), figures, said))
        yield _item(said.late.format(late=number(now.late, words)))
    first = said.first.format(median=span(now.median, words), p90=span(now.p90, words))
    earlier, ago = (f"{span(one.median, words)} / {span(one.p90, words)}" for one in (then, year))
    yield _item(first + _compared(earlier, ago, figures, said))
    count = said.requests.format(requests=number(now.requests, words), customers=number(now.customers, words))
    yield _item(count + _compared(number(then.requests, words), number(year.requests, words), figures, said))


def _compared(before: str, year_ago: str, figures: Figures, said: Said) -> str:
    """The same of a week and of a year before, where there was something."""
    earlier = ((figures.before, said.before, before), (figures.year_ago, said.year_ago, year_ago))
    told = [text.format(value=value) for pace, text, value in earlier if pace.requests]
    return f" ({', '.join(told)})" if told else ""


def _parts(title: str, parts: tuple[Pace, ...], words: Words, said: Said) -> Iterator[str]:
    if len(parts) < 2:
        return
    yield title
    for part in parts:
        yield _item(
            said.one.format(
                name=network_name(part.value) or "–",
                share="" if part.share is None else said.one_share.format(share=percent(part.share, words)),
                median=span(part.median, words),
                requests=number(part.requests, words),
            )
        )


def _queue(figures: Figures, words: Words, said: Said) -> Iterator[str]:
    at = figures.asked_at.astimezone(figures.week.zone)
    yield said.queue.format(day=_day(at.date(), words), time=f"{at:%H:%M}")
    if not figures.waiting:
        yield said.nobody
        return
    yield _item(
        said.queue_size.format(waiting=number(figures.waiting, words), late=number(figures.waiting_late, words))
    )
    for one in figures.first_of_waiting:
        yield _item(_waits(one, words, said))
        if one.last_customer_text:
            yield f"  {_quoted(one.last_customer_text, words)}"
        if one.permalink:
            yield f"  {one.permalink}"


def _waits(one: Waiting, words: Words, said: Said) -> str:
    over = one.over_seconds
    return said.waits.format(
        who=f"@{one.customer_handle.lstrip('@')}" if one.customer_handle else "–",
        network=network_name(one.network),
        waited=span(one.waiting_seconds, words),
        past=said.past.format(over=span(over, words)) if over is not None and over > 0 else "",
        owner=said.owner.format(owner=one.owner) if one.owner else "",
    )


def _voice(figures: Figures, words: Words, said: Said) -> Iterator[str]:
    yield said.voice
    if not figures.topics:
        yield said.silent
    told: set[str] = set()
    for topic in figures.topics:
        yield _item(
            said.topic.format(
                topic=label(words.topics, topic.topic),
                posts=number(topic.posts, words),
                before=number(topic.before, words),
                negative=number(topic.negative, words),
            )
        )
        quote = next((quote for quote in topic.quotes if quote not in told), "")
        if quote:
            told.add(quote)
            yield f"  {_quoted(quote, words)}"


def _alerts(figures: Figures, words: Words, said: Said) -> Iterator[str]:
    yield said.alerts
    if not figures.alerts:
        yield said.no_alerts
    for one in figures.alerts:
        name = said.watch.format(watch=one.watch) if one.watch else label(words.levels, one.level)
        yield _item(said.count.format(name=name, number=number(one.alerts, words)))


def _days(monday: date, words: Words, said: Said) -> str:
    sunday = monday + timedelta(days=6)
    text = said.same_month if monday.month == sunday.month else said.two_months
    return text.format(
        first=_number(monday, words),
        month_before=words.months[monday.month - 1],
        last=_number(sunday, words),
        month=words.months[sunday.month - 1],
        year=sunday.year,
    )


def _day(day: date, words: Words) -> str:
    return f"{_number(day, words)} {words.months[day.month - 1]}"


def _number(day: date, words: Words) -> str:
    return "1er" if words.language == "fr" and day.day == 1 else str(day.day)


def _quoted(text: str, words: Words) -> str:
    whole = " ".join(text.split())
    shown = whole if len(whole) <= _QUOTE else f"{whole[: _QUOTE - 1].rstrip()}…"
    return f"{words.open_quote}{shown}{words.close_quote}"


def _item(text: str) -> str:
    return f"- {text}"
