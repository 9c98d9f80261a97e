"""What the panels share: how a panel is called, its first line, and its one sentence when there is nothing to show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from deploy.board.answers import Snapshot
from deploy.board.cells import QUIET, STRONG, Lines, cut, ends, ink, joined
from deploy.board.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """In which words, and how wide."""

    words: Words
    width: int


Panel = Callable[[Snapshot, Look, int], Lines]


def title(number: str, text: str, facts: Sequence[Text], width: int) -> Text:
    """The first line of a panel: which question, and of the facts about all of it as many as fit."""
    left = ink(f" {number} ", "bold reverse").append(" ") if number else Text()
    left.append(text, STRONG)
    return ends(left, joined(facts, width - left.cell_len - 2), width, fill="─")


def only(top: Text, sentence: str, look: Look, rows: int) -> Lines:
    """A panel that has one sentence to say."""
    return [top, ink(cut(sentence, look.width), QUIET)][:rows]
