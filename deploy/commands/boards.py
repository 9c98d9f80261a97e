"""`vigie boards`: bring boards and alert rules into Grafana, or into files, and see what would change."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.environment import load_settings, settings_folder
from schemas.errors import ConfigError
from schemas.settings import Settings

if TYPE_CHECKING:
    from deploy.grafana.said import Language
    from deploy.grafana.wanted import Wanted

_HELP = """Boards and alert rules for Grafana: push, export, diff, check.

Needs grafana.url and VIGIE_GRAFANA__TOKEN, the token of a service account. Where Grafana has roles of one's own, these
rights are enough:

\b
  datasources:read, :create, :write             unless --no-datasource
  folders:read, :create, :write
  dashboards:read, :create, :write
  alert.rules.provisioning:read, :write
  alert.notifications.provisioning:read, :write
  alert.provisioning.provenance:write
  alert.rules:read                              for `vigie doctor`

Elsewhere: the role Admin; the role Editor with --no-datasource, once somebody has made the data source.
"""

app = typer.Typer(no_args_is_help=True, help=_HELP)

Lang = Annotated[
    list[str] | None,
    typer.Option("--lang", help="en or fr, of the boards; both when given twice. Else that of vigie.toml."),
]
Datasource = Annotated[
    bool, typer.Option("--datasource/--no-datasource", help="Whether the data source is ours to make.")
]


@app.command()
def push(
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite boards that somebody has edited in Grafana.")
    ] = False,
    lang: Lang = None,
    datasource: Datasource = True,
) -> None:
    """Make Grafana hold the data source, folders, boards, rules, contact points, templates, mute timings and policies.

    Sends only what differs. Boards that somebody has edited stay as they are, unless --force; nothing is sent then.
    Other people's boards, rules, contact points and notification policies are not touched.
    """
    from deploy.grafana.api import Api
    from deploy.grafana.contacts import unset
    from deploy.grafana.plan import plan
    from deploy.grafana.push import push as send

    settings = load_settings()
    with Api(settings.grafana) as api:
        wanted = _wanted(settings, lang)
        if absent := unset(settings):
            raise ConfigError("it is not set", where=", ".join(absent), fix="Set it in the environment")
        planned = plan(api, wanted, force=force, datasource=datasource)
        if planned.edited:
            raise ConfigError(
                f"somebody has edited {', '.join(planned.edited)}; nothing was sent",
                where=api.url,
                fix="To keep it, save it under another name; then `vigie boards push --force`",
            )
        send(api, planned, say=lambda change: print(f"done: {change}", flush=True))
    print(f"{len(planned.changes)} changes." if planned.changes else "Nothing to change.")
    _note(wanted)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; it is made when it is not there.")], lang: Lang = None
) -> None:
    """Write the same as files for Grafana's own provisioning, secrets as names of variables.

    provisioning/ belongs at /etc/grafana/provisioning, dashboards/ at /var/lib/grafana/dashboards.
    """
    from deploy.grafana.files import files, write

    wanted = _wanted(load_settings(), lang, for_files=True)
    texts = files(wanted)
    try:
        write(folder, texts)
    except OSError as error:
        raise ConfigError(
            f"the files cannot be written: {error.strerror}", where=str(folder), fix="Name another"
        ) from None
    print(f"{len(texts)} files in {folder}.")
    _note(wanted)


@app.command()
def diff(
    force: Annotated[bool, typer.Option("--force", help="Show what would become of edited boards too.")] = False,
    lang: Lang = None,
    datasource: Datasource = True,
) -> None:
    """Show what a push would change, and send nothing. Exit code 1: something would change, or a board was edited."""
    from deploy.grafana.api import Api
    from deploy.grafana.difference import shown
    from deploy.grafana.plan import plan

    settings = load_settings()
    with Api(settings.grafana) as api:
        planned = plan(api, _wanted(settings, lang), force=force, datasource=datasource)
    for change in planned.changes:
        print(shown(change))
    for name in planned.edited:
        print(f"! board {name} was edited in Grafana: it stays as it is without --force")
    if planned.changes or planned.edited:
        raise typer.Exit(1)
    print("Nothing would change.")


@app.command()
def check(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask Grafana.")] = False,
    lang: Lang = None,
    datasource: Datasource = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per check.")] = False,
) -> None:
    """Look for what would go wrong, and write nothing. Exit code 1: something would."""
    from deploy.doctor.showing import told
    from deploy.grafana import checks
    from deploy.grafana.api import Api

    settings = load_settings()
    wanted = _wanted(settings, lang, for_files=offline or not settings.grafana.url)
    findings = list(checks.offline(settings, wanted))
    if settings.grafana.url and not offline:
        with Api(settings.grafana) as api:
            findings += checks.online(api, wanted, datasource=datasource)
    sys.exit(told(findings, as_json=as_json))


def _wanted(settings: Settings, lang: list[str] | None, *, for_files: bool = False) -> "Wanted":
    from deploy.checking import check as check_settings
    from deploy.grafana.wanted import wanted
    from streams.checks import checked

    folder = settings_folder()
    check_settings(settings, folder)
    today = datetime.now(UTC).date()
    return wanted(settings, checked(settings, folder), today=today, languages=_languages(lang), for_files=for_files)


def _languages(lang: list[str] | None) -> "tuple[Language, ...]":
    found: list[Language] = []
    for one in lang or ():
        if one not in ("en", "fr"):
            raise ConfigError(
                f"{one!r} is no language of the boards", where="--lang", fix="Write --lang en or --lang fr"
            )
        found.append("fr" if one == "fr" else "en")
    return tuple(found)


def _note(wanted: "Wanted") -> None:
    for note in wanted.notes:
        print(f"Note: {note}.")
