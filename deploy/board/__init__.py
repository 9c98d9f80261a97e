"""The board in the terminal: three questions of a leader, asked of the views and drawn in the reader's language."""

from deploy.board.questions import snapshot
from deploy.board.screen import render

__all__ = ["render", "snapshot"]
