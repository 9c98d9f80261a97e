"""One file per panel: its part of a snapshot as at most so many lines of a width. Pure."""
