"""The board in the terminal: three questions of a leader, asked of the views and drawn in the reader's language."""
