"""From a timeline to what is published of it: the conversation, its alerts, when to look again. Pure."""

from dataclasses import dataclass

import msgspec

from schemas.alert import Alert
from schemas.conversation import Conversation
from streams import firing
from streams.rules import Rulebook
from streams.summary import conversation
from streams.timeline import Timeline, most_turns
from streams.view import view


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What to publish, and the timeline to remember once it is published, which says when to look again."""

    timeline: Timeline
    conversation: Conversation
    alerts: tuple[Alert, ...]

    @property
    def next_due_ms(self) -> int | None:
        """When something changes by itself; None: never."""
        return self.timeline.due_ms or None


def assess(timeline: Timeline, book: Rulebook, *, watermark_ms: int, version: int, rules: int = 0) -> Assessment:
    """Measure a timeline, which holds at least one entry, as it stands at the watermark.

    What has fired has fired, and a snooze that ended has ended: on a machine whose clock is behind, the watermark is at
    least past that.

    Args:
        rules: the mark of the book.
    """
    standing = [one for one in timeline.fired if one.state != "resolved"]
    past = [one.at_ms for one in standing] + [one.until_ms for one in standing if one.state == "firing"]
    watermark_ms = max([watermark_ms, *(at_ms + 1 for at_ms in past)])
    seen = view(timeline, book, watermark_ms=watermark_ms, version=max(version, timeline.version + 1))
    sent, alerts = firing.alerts(seen)
    return Assessment(
        timeline=msgspec.structs.replace(
            timeline,
            version=seen.version,
            fired=sent,
            due_ms=firing.next_due(seen, sent) or 0,
            rules=rules,
            most_turns=most_turns(timeline),
        ),
        conversation=conversation(seen),
        alerts=alerts,
    )


def next_due(timeline: Timeline, book: Rulebook, *, watermark_ms: int) -> int | None:
    """When to look at this timeline again, for an index that is rebuilt."""
    if not timeline.entries:
        return None
    return firing.next_due(view(timeline, book, watermark_ms=watermark_ms, version=0), timeline.fired)
