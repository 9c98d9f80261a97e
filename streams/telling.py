"""From notices to the message of a target: its language, its links, why several come together. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from streams.dispatch import Why
from streams.links import Links
from streams.notices import Notice
from streams.routing import Target
from streams.words.message import Message, message_of, summary_of, words


def compose(target: Target, notices: Sequence[Notice], why: Why, *, links: Links | None, now_ms: int) -> Message:
    """The message about these notices: one by itself, several in a summary."""
    now, language = datetime.fromtimestamp(now_ms / 1000, UTC), notices[0].language
    if len(notices) == 1:
        return message_of(notices[0].said, language, now=now, link=_link(target, notices[0], links))
    channel, own = target.channel, words(language)
    reason = own.QUIET if why == "quiet" else own.grouped(channel.group_above, channel.group_within)
    return summary_of([one.said for one in notices], language, now=now, why=reason)


def _link(target: Target, notice: Notice, links: Links | None) -> str:
    if links is None:
        return ""
    alert = notice.alert
    by = target.channel.person or alert.to or alert.owner or target.name
    return links.link(alert, by=by, language=notice.language)
