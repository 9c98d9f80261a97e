"""Dead letters for a person's eyes, and for programs."""

import base64
import sys
from collections.abc import Iterable, Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.letters.deciding import Outcome
from deploy.letters.reading import Kept
from streams.words.facts import safe, short

_SHOWN_BYTES = 4_000


def as_lines(letters: Iterable[Kept]) -> None:
    """One JSON object per line, the payload in base64."""
    for one in letters:
        said = {
            **msgspec.to_builtins(one.letter),
            "state": one.state,
            "decided_by": one.decided_by,
            "decided_at": one.decided_at,
        }
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


def as_table(letters: Sequence[Kept], total: int) -> None:
    """A line for each, without what somebody wrote."""
    table = Table("failed", "stage", "source", "network", "error", "tries", "state", "reason", "dead letter")
    for one in letters:
        letter = one.letter
        cells = (f"{letter.failed_at:%d %b %H:%M}", letter.stage, _place(one), letter.network, letter.error)
        state = f"{one.state} by {one.decided_by}" if one.decided_by and one.state != "open" else one.state
        rest = (str(letter.attempts), state, short(letter.reason), letter.dead_letter_id)
        table.add_row(*(Text(safe(cell)) for cell in (*cells, *rest)))
    console = _console()
    console.print(table)
    console.print(f"dead letters: {len(letters)} of {total}. Instants in UTC.")


def in_full(one: Kept) -> None:
    """Everything that is known of one, its payload last."""
    letter, console = one.letter, _console()
    facts = {
        "dead_letter_id": letter.dead_letter_id,
        "state": one.state,
        "decided": f"{one.decided_at:%Y-%m-%d %H:%M:%S} by {one.decided_by}" if one.decided_at else "",
        "stage": letter.stage,
        "stood at": _place(one),
        "network": letter.network,
        "key": "" if letter.key is None else letter.key.decode("utf-8", "backslashreplace"),
        "error": letter.error,
        "reason": letter.reason,
        "attempts": str(letter.attempts),
        "failed_at": f"{letter.failed_at:%Y-%m-%d %H:%M:%S}",
        "code_version": letter.code_version,
        "bytes": str(len(letter.payload)),
    }
    for name, value in facts.items():
        console.print(Text(f"{name:16} {safe(value, 2000)}"))
    payload = letter.payload[:_SHOWN_BYTES]
    try:
        text = payload.decode("utf-8", "strict" if len(payload) == len(letter.payload) else "ignore")
    except UnicodeDecodeError:
        text = f"base64: {base64.b64encode(payload).decode()}"
    console.print()
    console.print(Text(safe(text, _SHOWN_BYTES * 2)))


def outcome(done: Outcome, verb: str, *, dry: bool) -> str:
    """A sentence for each thing that happened."""
    lines = [f"{'would be ' if dry else ''}{verb}: {done.decided}"]
    if done.unreadable:
        lines.append(f"of these this version cannot read {done.unreadable}: they would fail again")
    lines += [f"not possible: {number}: {why}" for why, number in sorted(done.refused.items())]
    if done.left:
        lines.append(f"left beyond --limit: {done.left}; run it again to go on")
    return "\n".join(lines)


def _place(one: Kept) -> str:
    letter = one.letter
    if letter.partition >= 0:
        return f"{letter.source}[{letter.partition}]@{letter.offset}"
    return f"{letter.source}, line {letter.offset}" if letter.offset > 0 else letter.source


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
