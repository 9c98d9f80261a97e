"""The only reader of the environment: finds vigie.toml, the files of secrets, and loads the settings.

A secret may lie in a file that bears the name of its variable, in a folder that VIGIE_SECRETS names: what containers
and systemd hand over as files (/run/secrets, a mounted Secret, $CREDENTIALS_DIRECTORY) needs no variable, which
every tool that shows a process's environment would show too.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from schemas.errors import ConfigError, VigieError
from schemas.lines import line_of, lines
from schemas.load import PREFIX, SHORTHANDS, load
from schemas.settings import Settings

DEFAULT_FILE = Path("vigie.toml")
SECRETS = "VIGIE_SECRETS"
_VARIABLE = re.compile("[A-Z][A-Z0-9_]*")  # so that the folders and dates that Kubernetes adds are none


def settings_file() -> Path | None:
    """VIGIE_CONFIG, or vigie.toml in this folder, or none: the defaults hold.

    Raises:
        ConfigError: VIGIE_CONFIG names a file that is not there.
    """
    named = os.environ.get("VIGIE_CONFIG")
    if named:
        if not Path(named).is_file():
            raise ConfigError("the file that VIGIE_CONFIG names is not there", where=named, fix="Correct VIGIE_CONFIG.")
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def settings_folder() -> Path:
    """Where the names of files in the settings begin: beside vigie.toml."""
    file = settings_file()
    return file.parent if file else Path()


def environment() -> Mapping[str, str]:
    """The variables of this process, and below them the files of secrets: credentials stand nowhere else.

    Raises:
        ConfigError: a folder or a file of secrets cannot be read.
    """
    found: dict[str, str] = {}
    for folder in reversed([name for name in os.environ.get(SECRETS, "").split(os.pathsep) if name]):
        try:
            for file in sorted(Path(folder).iterdir()):
                if _VARIABLE.fullmatch(file.name) and file.is_file():
                    found[file.name] = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the files of secrets cannot be read: {type(error).__name__}",
                where=f"{SECRETS}={folder}",
                fix="Name folders that this user may read, with one file per secret, named as its variable.",
            ) from None
    return {**found, **os.environ}


def load_settings() -> Settings:
    """The settings of this process, from file and environment.

    Raises:
        ConfigError: with one line per wrong setting.
    """
    file = settings_file()
    try:
        toml = file.read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file cannot be read: {error}", where=str(file), fix="Save it as UTF-8.") from None
    return load(toml, environment(), where=str(file or DEFAULT_FILE))


_WRONG = re.compile(r"(?m)^  (?!VIGIE_)([a-z_]+(?:\[\d+\])?(?:\.[\w-]+(?:\[\d+\])?)*)(?=[ :])")


def located(error: VigieError) -> str:
    """The error, and for each setting that is wrong the line of vigie.toml or the variable that holds it."""
    said = str(error)
    if not isinstance(error, ConfigError) or "settings are wrong" not in said:
        return said
    try:
        file = settings_file()
        found = lines(file.read_text(encoding="utf-8")) if file else {}
    except (VigieError, OSError, UnicodeDecodeError):
        return said
    variables = {SHORTHANDS.get(name, name)[len(PREFIX) :].lower().replace("__", ".") for name in environment()}

    def place(wrong: re.Match[str]) -> str:
        if wrong[1] in variables:
            return f"  {PREFIX}{wrong[1].upper().replace('.', '__')} (environment): {wrong[1]}"
        line = line_of(wrong[1], found)
        return f"  line {line}: {wrong[1]}" if line else wrong[0]

    return _WRONG.sub(place, said)
