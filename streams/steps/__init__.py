"""Enrichment steps: one file per step, pure."""
