"""`vigie check-config`: is vigie.toml right, together with the environment?"""

from typing import Annotated

import typer

from deploy.environment import load_settings, settings_file, settings_folder


def run(
    channels: Annotated[
        bool, typer.Option("--channels", help="Also send a test message to every channel, as `vigie alerts test` does.")
    ] = False,
) -> None:
    """Check the settings; name every wrong key, its line, what it holds and what it should hold."""
    from deploy.alerts.trial import try_channels
    from deploy.checking import check

    settings = load_settings()
    routes = check(settings, settings_folder())
    print(f"{settings_file() or 'No vigie.toml: the defaults'} and the environment are right.")
    if channels:
        try_channels(routes, settings)
