"""The `vigie` command: lists commands/, maps errors to exit codes.

Exit codes: 0 done; 1 something failed; 2 an argument or a setting is wrong; 3 done, but some input became
dead letters; 78 a worker stopped itself, since most of what came could not be handled; 130 interrupted.
"""

import importlib
import pkgutil
import sys

import typer

from deploy import commands
from deploy.environment import located
from schemas.errors import ConfigError, VigieError

EXIT_FAILED, EXIT_USAGE, EXIT_DEAD_LETTERS, EXIT_INTERRUPTED = 1, 2, 3, 130


def build() -> typer.Typer:
    """The command tree: every module of `deploy.commands` is a subcommand of its own name.

    A module offers `run` (one command) or `app` (a `typer.Typer` with commands below it).
    """
    root = typer.Typer(
        name="vigie",
        help="What customers say on social networks, and how long they wait for an answer, live.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for found in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"deploy.commands.{found.name}")
        name = found.name.replace("_", "-")
        if hasattr(module, "app"):
            root.add_typer(module.app, name=name)
        else:
            root.command(name)(module.run)
    return root


def main() -> None:
    """Run `vigie`; errors of ours are one clear sentence on standard error, never a traceback."""
    try:
        build()(prog_name="vigie")
    except VigieError as error:
        sys.stderr.write(f"vigie: {located(error)}\n")
        sys.exit(EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
