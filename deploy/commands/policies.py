"""`vigie policies`: which response policy takes which event, and why."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.environment import load_settings, settings_folder
from schemas.errors import ConfigError
from schemas.settings import Settings

if TYPE_CHECKING:
    from deploy.verdicts import Verdict

app = typer.Typer(no_args_is_help=True, help="The promises of vigie.toml.")

_TEXT_CHARS = 100


@app.callback()
def policies() -> None:
    """Keep `test` a subcommand of its own: Typer folds a lone command into its group."""


@app.command("test")
def show(
    file: Annotated[Path, typer.Argument(help="Events, or enriched events, one JSON object per line.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Show for each customer event which policy takes it, when an answer is due, and why the ones before it do not.

    Plain events are enriched first, as the pipeline would. Nothing is published. Exit code 3: some lines are no
    events.
    """
    from deploy.checking import check
    from deploy.verdicts import verdicts
    from streams.enricher import enricher_of

    settings, folder = load_settings(), settings_folder()
    check(settings, folder)
    if not file.is_file():
        raise ConfigError("there is no such file", where=str(file), fix="Name a file with one event per line.")
    enricher = enricher_of(settings)
    now = datetime.now(UTC)
    taken: Counter[str] = Counter()
    wrong = 0
    found = verdicts(
        file, settings, lambda events, at: enricher.enrich(events, processed_at=at), folder=folder, now=now
    )
    for one in found:
        if isinstance(one, str):
            wrong += 1
            typer.echo(one, err=True)
            continue
        taken[one.policy.name if one.policy else ""] += 1
        typer.echo(_as_json(one) if as_json else _shown(one))
    if not as_json:
        typer.echo(_summary(settings, taken))
    if wrong:
        raise typer.Exit(3)


def _as_json(one: "Verdict") -> str:
    answer = {
        "event_id": one.event_id,
        "policy": one.policy.name if one.policy else None,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "refused": [{"policy": name, "because": list(reasons)} for name, reasons in one.refused],
    }
    return json.dumps(answer, ensure_ascii=False)


def _shown(one: "Verdict") -> str:
    text = one.text if len(one.text) <= _TEXT_CHARS else one.text[: _TEXT_CHARS - 1] + "…"
    due = f", first answer due {one.due_at:%Y-%m-%d %H:%M:%S} UTC" if one.due_at else ""
    lines = [f"{one.event_id}  {text}", f"  {repr(one.policy.name) if one.policy else 'no policy'} takes it{due}"]
    lines += [f"  not {name!r}: {'; '.join(reasons)}" for name, reasons in one.refused]
    return "\n".join(lines)


def _summary(settings: Settings, taken: Counter[str]) -> str:
    total = sum(taken.values())
    lines = [f"\n{total:,} customer events"]
    lines += [f"{taken[policy.name]:>8,}  {policy.name}" for policy in settings.policies]
    if taken[""]:
        lines.append(f"{taken['']:>8,}  none: nothing is promised to them")
    return "\n".join(lines)
