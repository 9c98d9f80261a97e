"""Readers of files: each row ends as an event or as a dead letter with its line and its cause."""
