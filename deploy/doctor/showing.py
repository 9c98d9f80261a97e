"""Findings on the terminal, or as JSON; and the exit code that they mean."""

import dataclasses
import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.doctor.finding import Finding, Verdict

_COLORS: dict[Verdict, str] = {"ok": "green", "warn": "yellow", "fail": "red"}


def told(findings: Sequence[Finding], *, as_json: bool) -> int:
    """Show them; 1 when something failed, else 0."""
    if as_json:
        for finding in findings:
            sys.stdout.write(json.dumps(dataclasses.asdict(finding), ensure_ascii=False) + "\n")
    else:
        _as_table(findings)
    return int(any(finding.verdict == "fail" for finding in findings))


def _as_table(findings: Sequence[Finding]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("", "check", "found", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        mark = Text(finding.verdict, style=_COLORS[finding.verdict])
        table.add_row(mark, Text(finding.name), Text(finding.cause), Text(finding.repair))
    Console(width=None if sys.stdout.isatty() else 200, highlight=False).print(table)
