"""`vigie alerts`: who waits too long, what was told of it, and what people decide."""

import getpass
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, get_args

import typer

from deploy.environment import load_settings, settings_folder
from schemas.action import Action, ActionKind
from schemas.alert import LEVELS, AlertState
from schemas.errors import ConfigError
from schemas.units import PositiveDuration

app = typer.Typer(
    no_args_is_help=True, help="Alerts: list them, decide about them, try and rehearse how they are told."
)

Subject = Annotated[str, typer.Argument(help="The id of an alert or of a conversation.")]
By = Annotated[str, typer.Option("--by", help="Who decides; without it the name of this account.")]
Note = Annotated[str, typer.Option("--note", help="Why, for the others.")]
Folder = Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded stack.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option(help="firing, acknowledged, snoozed, resolved; not resolved.")
    ] = None,
    level: Annotated[list[str] | None, typer.Option(help=", ".join(LEVELS))] = None,
    network: Annotated[list[str] | None, typer.Option(help="Of these networks.")] = None,
    brand: Annotated[list[str] | None, typer.Option(help="Of these brands.")] = None,
    owner: Annotated[list[str] | None, typer.Option(help="Whose they are to answer.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="No more than so many.")] = 50,
    as_json: Json = False,
    data_dir: Folder = None,
) -> None:
    """Show alerts, the latest first. Each option may be given several times."""
    from deploy.alerts import reading, showing
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    _require("--state", state, get_args(AlertState))
    _require("--level", level, LEVELS)
    wanted = reading.Wanted(
        states=tuple(state or ()),
        levels=tuple(level or ()),
        networks=tuple(network or ()),
        brands=tuple(brand or ()),
        owners=tuple(owner or ()),
        limit=limit,
    )
    with reach(load_settings(), data_dir) as clickhouse:
        client = connect(clickhouse)
        try:
            found = reading.alerts(client, wanted)
        finally:
            client.close()
    (showing.as_lines if as_json else showing.as_table)(found)


@app.command()
def show(alert_id: Annotated[str, typer.Argument(help="The id of an alert.")], data_dir: Folder = None) -> None:
    """Show all that is known of one alert, and what was told of it to whom."""
    from deploy.alerts import reading, showing
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    with reach(load_settings(), data_dir) as clickhouse:
        client = connect(clickhouse)
        try:
            found, told = reading.alert(client, alert_id), reading.deliveries(client, alert_id)
        finally:
            client.close()
    if found is None:
        raise ConfigError(f"there is no alert {alert_id!r}", fix="Take an id from `vigie alerts list`.")
    showing.in_full(found, told)


@app.command()
def ack(subject: Subject, by: By = "", note: Note = "", data_dir: Folder = None) -> None:
    """Say that somebody has seen it: the clock runs on, the escalation ends."""
    _decide("acknowledge", subject, by=by, note=note, data_dir=data_dir)


@app.command()
def snooze(
    subject: Subject,
    length: Annotated[str, typer.Option("--for", help="For so long: 30m, 2h, 1d.")] = "",
    until: Annotated[str, typer.Option("--until", help="Until this instant: 2026-03-02T14:00+01:00.")] = "",
    by: By = "",
    note: Note = "",
    data_dir: Folder = None,
) -> None:
    """Be silent about it for a while."""
    if bool(length) == bool(until):
        raise ConfigError("name how long: either --for or --until", where="vigie alerts snooze", fix="Try --for 1h.")
    now = datetime.now(UTC)
    try:
        end = now + timedelta(seconds=PositiveDuration.parse(length)) if length else datetime.fromisoformat(until)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{length or until!r} is no duration or instant",
            where="vigie alerts snooze",
            fix="Write --for 2h, or --until 2026-03-02T14:00+01:00.",
        ) from None
    if end.tzinfo is None or end <= now:
        raise ConfigError(
            f"{until!r} is not ahead, or has no time zone", where="--until", fix="Write 2026-03-02T14:00+01:00."
        )
    _decide("snooze", subject, by=by, note=note, data_dir=data_dir, until=end.astimezone(UTC))


@app.command()
def assign(
    subject: Subject,
    to: Annotated[str, typer.Option("--to", help="Who is to answer from now on.")],
    by: By = "",
    note: Note = "",
    data_dir: Folder = None,
) -> None:
    """Say who is to answer."""
    if not to.strip():
        raise ConfigError("nobody is named", where="--to", fix="Write the name of who is to answer.")
    _decide("assign", subject, by=by, note=note, data_dir=data_dir, to=to.strip())


@app.command()
def close(subject: Subject, by: By = "", note: Note = "", data_dir: Folder = None) -> None:
    """Say that the matter is settled; a customer who writes again waits anew."""
    _decide("close", subject, by=by, note=note, data_dir=data_dir)


@app.command()
def test() -> None:
    """Send a test message to every channel, and say which took it."""
    from deploy.alerts.trial import try_channels
    from deploy.checking import check

    settings = load_settings()
    try_channels(check(settings, settings_folder()), settings)


@app.command("dry-run")
def dry_run(
    file: Annotated[Path, typer.Argument(help="Alerts or events, one JSON object per line; - reads standard input.")],
    as_json: Json = False,
) -> None:
    """Show which route would take each alert, what would be sent, grouped or held and why. Nothing is sent."""
    from deploy.alerts import showing
    from deploy.alerts.rehearsal import Rehearsal
    from deploy.alerts.script import read
    from deploy.checking import check
    from streams.links import links_of

    settings = load_settings()
    routes = check(settings, settings_folder())
    alerts = read(file, settings, settings_folder())
    rehearsal = Rehearsal(routing=routes, links=links_of(settings.actions), max_age_s=settings.notify.max_age)
    showing.steps(rehearsal.run(alerts), as_json=as_json)


def _decide(
    kind: ActionKind,
    named: str,
    *,
    by: str,
    note: str,
    data_dir: Path | None,
    until: datetime | None = None,
    to: str = "",
) -> None:
    from deploy.alerts.acting import publish
    from deploy.alerts.subject import subject

    about = subject(named)
    action = Action(
        action_id=f"cli-{uuid.uuid4().hex}",
        kind=kind,
        conversation_id=about.conversation_id,
        at=datetime.now(UTC),
        by=by or getpass.getuser(),
        turn=about.turn,
        until=until,
        to=to,
        note=note,
    )
    publish(load_settings(), data_dir, action)
    turn = f", turn {about.turn}" if about.turn else ""
    print(f"{kind}: {about.conversation_id}{turn}, by {action.by}; it takes effect within a second or two")


def _require(option: str, given: list[str] | None, known: tuple[str, ...]) -> None:
    for value in given or ():
        if value not in known:
            raise ConfigError(f"{value!r} is none of {', '.join(known)}", where=option, fix="Correct it.")
