"""A notification in English."""

from collections.abc import Sequence

from schemas.delivery import Occasion
from streams.words.facts import Facts, parts, short

TEST_TITLE = "Vigie: this channel works"
TEST_BODY = "A test message, sent by hand. Alerts of customers who wait too long will come here."
QUIET = "Collected during quiet hours."

_STATES = {
    "warning_50": "half of the time is gone",
    "warning_75": "three quarters of the time are gone",
    "warning_90": "almost out of time",
    "delegation": "offered to a delegate",
    "breach": "past its target",
    "escalation": "escalated",
    "watch": "watch",
}


def span(seconds: float) -> str:
    """A span of time."""
    days, hours, minutes, rest = parts(seconds)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{rest} s"


def title(facts: Facts, occasion: Occasion) -> str:
    """One line that says it all."""
    alert, waited = facts.alert, span(facts.waited_s)
    if alert.level == "watch":
        watched = f"{alert.watch or 'watch'}{f' ({alert.scope})' if alert.scope else ''}"
        return f"Back to normal: {watched}" if occasion == "resolved" else f"Watch: {watched}"
    if occasion == "resolved":
        return f"No longer waiting: {facts.who} on {facts.network}, after {waited}"
    line = f"{facts.who} has been waiting for {waited} on {facts.network}"
    if alert.level == "delegation" and alert.on_behalf_of:
        line = f"{alert.to or 'Delegates'}, please answer for {alert.on_behalf_of}: {line}"
    elif alert.level == "escalation":
        whom = f" to {alert.to}" if alert.to else ""
        line = f"Escalation {alert.step}{whom}: {line}"
    elif alert.level.startswith("warning"):
        line = f"{facts.who} on {facts.network}: {_left(facts)}"
    return f"{line} (snooze over)" if occasion == "again" else line


def body(facts: Facts, occasion: Occasion) -> list[str]:
    """The lines below the title."""
    alert = facts.alert
    lines = [f"“{facts.text}”" if facts.text else ""]
    if alert.level == "watch":
        return [alert.explanation or alert.scope, "" if occasion == "resolved" else "To do: look at the board."]
    in_open_hours = f" ({span(facts.business_s)} in open hours)" if facts.business_s is not None else ""
    lines.append(f"Waited: {span(facts.waited_s)}{in_open_hours}. Promised: {span(alert.target_s)}.")
    named = {"Policy": alert.policy, "Brand": alert.brand, "Priority": alert.priority}
    if alert.priority == "normal":
        del named["Priority"]
    lines.append(_named(named))
    lines.append(
        _named(
            {
                "Owner": alert.owner,
                "For": alert.to if alert.to != alert.owner else "",
                "In the name of": alert.on_behalf_of,
            }
        )
    )
    lines.append("An executive is mentioned." if alert.mentions_leader else "")
    lines.append("" if occasion == "resolved" else f"To do: {_todo(facts)}")
    return lines


def act(url: str) -> str:
    """The line with the signed link."""
    return f"Acknowledge, snooze or take over: {url}"


def summary_title(count: int, levels: Sequence[tuple[str, int]]) -> str:
    """How many alerts, and of which levels, the gravest first."""
    return f"{count} alerts: " + ", ".join(f"{number} {_plural(level, number)}" for level, number in levels)


def grouped(above: int, within_s: float) -> str:
    """Why there is one message instead of many."""
    return f"More than {above} within {span(within_s)}, so they are told in one message."


def line(facts: Facts, occasion: Occasion) -> str:
    """One alert in a summary."""
    alert = facts.alert
    if alert.level == "watch":
        return f"• {title(facts, occasion)}: {short(alert.explanation)}"
    state = "answered" if occasion == "resolved" else _STATES[alert.level]
    whom = f", for {alert.to}" if alert.to else ""
    said = f": “{short(alert.text)}”" if alert.text else ""
    return f"• {facts.who}, {facts.network}, {span(facts.waited_s)}, {state}{whom}{said}"


def more(count: int) -> str:
    """What a summary leaves out."""
    return f"… and {count} more: vigie alerts list"


def _left(facts: Facts) -> str:
    if facts.left_s <= 0:
        return "the time is over"
    return f"{span(facts.left_s)} left of {span(facts.alert.target_s)}"


def _todo(facts: Facts) -> str:
    alert = facts.alert
    if alert.level == "delegation":
        whose = f" in the name of {alert.on_behalf_of}" if alert.on_behalf_of else ""
        return f"answer{whose}, or acknowledge so that nobody else is asked."
    if alert.level == "escalation":
        return "see that somebody answers; acknowledging ends the escalation."
    if alert.level == "breach":
        return "answer now."
    return "answer before the time is over."


def _named(values: dict[str, str]) -> str:
    return " ".join(f"{name}: {value}." for name, value in values.items() if value)


def _plural(level: str, number: int) -> str:
    if level == "warning":
        return "warning" if number == 1 else "warnings"
    if level == "delegation":
        return "offered to delegates"
    if level == "escalation":
        return "escalated"
    if level == "breach":
        return "past target"
    if level == "resolved":
        return "answered"
    return "watch" if number == 1 else "watches"
