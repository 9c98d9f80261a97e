"""`vigie dead-letters`: what could not be handled: look at it, try it again, let it go."""

import getpass
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from deploy.environment import environment, load_settings
from schemas.deadletter import Stage
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from deploy.letters.reading import Wanted

app = typer.Typer(no_args_is_help=True, help="Dead letters: list them, look at one, try them again, drop them.")

_STATES = ("open", "retried", "dropped")

Ids = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters; without any, all that the options take.")]
StageOption = Annotated[list[str] | None, typer.Option("--stage", help=", ".join(get_args(Stage)))]
ErrorOption = Annotated[list[str] | None, typer.Option("--error", help="Class of the error, such as DecodeError.")]
Network = Annotated[list[str] | None, typer.Option("--network", help="Of these networks.")]
Since = Annotated[str, typer.Option("--since", help="Failed then or later: 2026-11-03, 2h, 3d.")]
Until = Annotated[str, typer.Option("--until", help="Failed before: 2026-11-03, 2h, 3d.")]
By = Annotated[str, typer.Option("--by", help="Who decides; without it the name of this account.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="No more than so many at a time.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")]
All = Annotated[bool, typer.Option("--all", help="Needed to take all that are open, without any id or option.")]
Folder = Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded stack.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


@app.command("list")
def list_(
    state: Annotated[
        list[str] | None, typer.Option("--state", help="open, retried, dropped or all; without it, open.")
    ] = None,
    stage: StageOption = None,
    error: ErrorOption = None,
    network: Network = None,
    since: Since = "",
    until: Until = "",
    limit: Limit = 50,
    as_json: Json = False,
    data_dir: Folder = None,
) -> None:
    """Show dead letters, the one that failed last first. Options may be given several times."""
    from deploy.clickhouse.reach import reach
    from deploy.letters import reading, showing
    from streams.store import connect

    _require("--state", state, (*_STATES, "all"))
    states = () if "all" in (state or ()) else tuple(state or ("open",))
    wanted = _wanted(None, stage, error, network, since, until, states)
    with reach(load_settings(), data_dir) as clickhouse, ExitStack() as held:
        client = connect(clickhouse)
        held.callback(client.close)
        found, total = reading.latest(client, wanted, limit), reading.count(client, wanted)
    if as_json:
        showing.as_lines(found)
    else:
        showing.as_table(found, total)


@app.command()
def show(
    dead_letter_id: Annotated[str, typer.Argument(help="The id of a dead letter.")],
    as_json: Json = False,
    data_dir: Folder = None,
) -> None:
    """Show one: where it stood, why it failed, and what it holds."""
    from deploy.clickhouse.reach import reach
    from deploy.letters import reading, showing
    from deploy.privacy import audit
    from streams.store import Store, connect

    with reach(load_settings(), data_dir) as clickhouse, ExitStack() as held:
        client = connect(clickhouse)
        held.callback(client.close)
        found = reading.latest(client, reading.Wanted(ids=(dead_letter_id,), states=()), 1)
        if not found:
            raise ConfigError(
                f"there is no dead letter {dead_letter_id!r}", fix="Take an id from `vigie dead-letters list`."
            )
        audit.record(held.enter_context(Store(clickhouse)), "dead_letter_show", dead_letter_id, {})
    if as_json:
        showing.as_lines(found)
    else:
        showing.in_full(found[0])


@app.command()
def retry(
    ids: Ids = None,
    stage: StageOption = None,
    error: ErrorOption = None,
    network: Network = None,
    since: Since = "",
    until: Until = "",
    everything: All = False,
    limit: Limit = 1000,
    dry_run: Dry = False,
    by: By = "",
    data_dir: Folder = None,
) -> None:
    """Give open dead letters to the stage that failed on them, and to no other.

    What fails again is open again, with one attempt more. Broken off and run again it goes on; nothing doubles.
    """
    from connectors.publish import SharedBroker
    from deploy.clickhouse.reach import reach
    from deploy.connecting import running_broker
    from deploy.letters import deciding, showing
    from deploy.letters.parsing import Parsing
    from deploy.privacy import audit
    from schemas.brokers import at
    from streams.store import Store, connect

    settings = load_settings()
    wanted = _chosen(ids, stage, error, network, since, until, everything)
    folder = data_dir or Path(settings.embedded.data_dir)
    bootstrap = running_broker(settings, folder)
    if not bootstrap and not dry_run:
        raise ConfigError(
            "nothing runs here that could try again",
            where=str(folder),
            fix="Start it with `vigie up`, name its folder with --data-dir, or set VIGIE_KAFKA.",
        )
    with ExitStack() as held:
        clickhouse = held.enter_context(reach(settings, data_dir))
        client = connect(clickhouse)
        held.callback(client.close)
        parsing = held.enter_context(Parsing(settings, environment(), folder))
        broker = store = None
        if not dry_run:
            key = settings.privacy.pseudonym_key
            broker = held.enter_context(SharedBroker(at(settings.kafka, bootstrap), pseudonym_key=key)).publisher()
            store = held.enter_context(Store(clickhouse))
        desk = deciding.Desk(client=client, store=store, by=by or getpass.getuser())
        done = deciding.retry(desk, wanted, limit, broker, parsing)
        if store is not None:
            audit.record(store, "dead_letter_retry", "", {"letters": done.decided}, actor=desk.by)
    print(showing.outcome(done, "retried", dry=dry_run))
    sys.exit(1 if done.refusals else 0)


@app.command()
def drop(
    ids: Ids = None,
    stage: StageOption = None,
    error: ErrorOption = None,
    network: Network = None,
    since: Since = "",
    until: Until = "",
    everything: All = False,
    limit: Limit = 1000,
    dry_run: Dry = False,
    by: By = "",
    data_dir: Folder = None,
) -> None:
    """Let open dead letters go. They are kept until their time is over, and can be listed with --state dropped."""
    from deploy.clickhouse.reach import reach
    from deploy.letters import deciding, showing
    from deploy.privacy import audit
    from streams.store import Store, connect

    wanted = _chosen(ids, stage, error, network, since, until, everything)
    with reach(load_settings(), data_dir) as clickhouse, ExitStack() as held:
        client = connect(clickhouse)
        held.callback(client.close)
        store = None if dry_run else held.enter_context(Store(clickhouse))
        desk = deciding.Desk(client=client, store=store, by=by or getpass.getuser())
        done = deciding.drop(desk, wanted, limit)
        if store is not None:
            audit.record(store, "dead_letter_drop", "", {"letters": done.decided}, actor=desk.by)
    print(showing.outcome(done, "dropped", dry=dry_run))


def _chosen(
    ids: list[str] | None,
    stage: list[str] | None,
    error: list[str] | None,
    network: list[str] | None,
    since: str,
    until: str,
    everything: bool,
) -> "Wanted":
    if not (ids or stage or error or network or since or until or everything):
        raise ConfigError(
            "nothing says which", where="vigie dead-letters", fix="Name ids, --stage, --error, --network, or --all."
        )
    return _wanted(ids, stage, error, network, since, until, ("open",))


def _wanted(
    ids: list[str] | None,
    stage: list[str] | None,
    error: list[str] | None,
    network: list[str] | None,
    since: str,
    until: str,
    states: tuple[str, ...],
) -> "Wanted":
    from deploy.connecting import instant_from
    from deploy.letters.reading import Wanted

    _require("--stage", stage, get_args(Stage))
    return Wanted(
        ids=tuple(ids or ()),
        states=states,
        stages=tuple(stage or ()),
        errors=tuple(error or ()),
        networks=tuple(network or ()),
        since=instant_from(since, where="--since") if since else None,
        until=instant_from(until, where="--until") if until else None,
    )


def _require(option: str, given: list[str] | None, known: tuple[str, ...]) -> None:
    for value in given or ():
        if value not in known:
            raise ConfigError(f"{value!r} is none of {', '.join(known)}", where=option, fix="Correct it.")
