"""`vigie check-config`: is vigie.toml right, together with the environment?"""

from deploy.environment import load_settings, settings_file, settings_folder


def run() -> None:
    """Check the settings; name every wrong key, what it holds and what it should hold."""
    from streams.checks import check

    check(load_settings(), settings_folder())
    print(f"{settings_file() or 'No vigie.toml: the defaults'} and the environment are right.")
