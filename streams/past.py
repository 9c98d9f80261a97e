"""Past: what is left of a conversation that is over and silent, so that it can go on when somebody writes. Pure.

Its turns are in ClickHouse under their numbers, so what comes later must continue the numbers, the threads and the
version: that, and what the row of the conversation says of its beginning, is all a past holds. No text, no name of a
customer. With it, whatever is written later gives the same turns as if nothing had been forgotten, except that:

- what was written before the last event of the past changes nothing any more. A copy that comes again doubles nothing
  so; an event that comes so late, an edit and a deletion are stored as events and no longer move figures of then;
- what the brand writes, or what is decided, waits until a customer writes: only that begins a turn;
- a past of nothing but spam stays without promises when the customer turns out to be real.

A past is taken out too once ClickHouse has dropped the rows: then there is nothing left that could be doubled.
"""

from streams.rules import Rulebook
from streams.summary import conversation
from streams.timeline import Past, PastThread, Timeline, is_only_spam, is_unheard
from streams.view import view


def heard_ms(timeline: Timeline, *, received: bool) -> int:
    """When something of it was last heard.

    Args:
        received: count when it was fetched too: history that is being loaded is old and not silent.
    """
    instants = [one.at_ms for one in timeline.entries] + [one.at_ms for one in timeline.decisions]
    if received:
        instants += [one.version for one in timeline.entries]
    if timeline.past is not None:
        instants.append(timeline.past.last_ms)
    return max(instants, default=0)


def settle(timeline: Timeline, book: Rulebook, *, watermark_ms: int, version: int, now_ms: int) -> Timeline | None:
    """The timeline as a past, or None while it is not over: somebody waits, or something is to change by itself.

    Args:
        version: that of what is published next is greater.
        now_ms: the wall clock, from which on ClickHouse keeps what it was given last.
    """
    if timeline.due_ms or is_unheard(timeline):
        return None
    seen = view(timeline, book, watermark_ms=watermark_ms, version=version)
    if seen.measures.open_turn is not None:
        return None
    told, known = conversation(seen), timeline.past
    threads, last, turns = seen.measures.threads, seen.measures.last, seen.measures.turns
    promise = turns[0].promise if turns else None
    customer_stamps = [one.led_stamp if seen.measures.about_leader else one.stamp for one in timeline.entries]
    stamp = next((one for one in customer_stamps if promise and book.promises.get(one) is promise), "")
    assigned = [one.to for one in timeline.decisions if one.kind == "assign"]
    past = Past(
        first_ms=min([one.at_ms for one in timeline.entries] + ([known.first_ms] if known else [])),
        last_ms=max([one.at_ms for one in timeline.entries] + ([known.last_ms] if known else [])),
        last_event_id=told.last_event_id,
        spoken_ms=seen.measures.spoken_ms,
        standing_ms=last.at_ms if last else 0,
        events=told.events,
        customer_events=told.customer_events,
        turns=turns[-1].number if turns else known.turns if known else 0,
        threads=tuple(
            PastThread(one.number, one.start_ms, one.answered_ms, one.closed_ms)
            for one in dict.fromkeys([*threads[:1], *threads[-1:]])
        ),
        stamp=known.stamp if known and known.turns else stamp,
        first_response_s=told.first_response_s,
        first_response_business_s=told.first_response_business_s,
        sentiment=told.sentiment_start or "",
        breached=told.breached,
        about_leader=seen.measures.about_leader,
        mentions_leader=told.mentions_leader,
        leader=told.leader,
        assigned=assigned[-1] if assigned else known.assigned if known else "",
        only_spam=is_only_spam(timeline),
        settled_ms=now_ms,
    )
    return Timeline(
        timeline.conversation_id,
        timeline.partition,
        timeline.network,
        timeline.brand,
        version,
        past=past,
        rules=timeline.rules,
        most_turns=told.most_turns,
    )
