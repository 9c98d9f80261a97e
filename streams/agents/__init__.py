"""Faust agents: thin, one per file."""
