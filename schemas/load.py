"""From a TOML text and the environment to Settings, or to the list of everything that is wrong."""

import difflib
import re
import tomllib
import typing
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.units import Duration, Secret

PREFIX = "VIGIE_"
SHORTHANDS = {"VIGIE_KAFKA": "VIGIE_KAFKA__BOOTSTRAP", "VIGIE_CLICKHOUSE": "VIGIE_CLICKHOUSE__URL"}
FOREIGN = frozenset({"VIGIE_CONFIG", "VIGIE_SECRETS"})  # read by the command line itself


def load(toml: str, environ: Mapping[str, str], *, where: str = "vigie.toml") -> Settings:
    """Read the settings.

    Args:
        toml: the text of the file, empty when there is none.
        environ: the environment; only names that begin with VIGIE_ are looked at.
    Raises:
        ConfigError: with one line per wrong key: where it stands, what it holds, what it should hold.
    """
    try:
        tree = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the file is not TOML: {error}", where=where, fix="Correct that line.") from None
    wrong: list[str] = []
    _refuse_secrets(tree, Settings, "", where, wrong)
    _overlay(tree, environ, wrong)
    settings = _struct(tree, Settings, "", wrong)
    if wrong:
        raise ConfigError("\n  ".join(["these settings are wrong:", *wrong]), where=where)
    return typing.cast(Settings, settings)


def _overlay(tree: dict[str, object], environ: Mapping[str, str], wrong: list[str]) -> None:
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in FOREIGN:
            continue
        path = SHORTHANDS.get(variable, variable)[len(PREFIX) :].lower().split("__")
        kind = _type_at(Settings, path)
        if kind is None:
            wrong.append(f"{variable} (environment): no such setting{_similar(path, Settings)}")
            continue
        node = tree
        for part in path[:-1]:
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                break  # the file holds something else there: said when the section is read
            node = inner
        else:
            node[path[-1]] = _from_text(value, kind)


def _from_text(value: str, kind: object) -> object:
    base = typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
    if base is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if base in (int, float):
        try:
            return int(value) if base is int else float(value)
        except ValueError:
            return value
    if base is Secret:
        return Secret(value)
    if typing.get_origin(base) is tuple:
        return [part for part in re.split(r"[,\s]+", value) if part]
    return value


def _type_at(struct: type[Struct], path: list[str]) -> object | None:
    hints = typing.get_type_hints(struct, include_extras=True)
    kind = hints.get(path[0])
    if _is_named_secrets(kind):
        return Secret if len(path) == 2 and re.fullmatch("[a-z][a-z0-9_]*", path[1]) else None
    if kind is None or len(path) == 1:
        return None if _is_struct(kind) else kind
    return _type_at(kind, path[1:]) if _is_struct(kind) else None


def _is_struct(kind: object) -> typing.TypeGuard[type[Struct]]:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _is_named_secrets(kind: object) -> bool:
    """Secrets under names that the user gives, one variable each."""
    return typing.get_origin(kind) is dict and typing.get_args(kind)[1] is Secret


def _struct(tree: object, struct: type[Struct], at: str, wrong: list[str]) -> Struct | None:
    if not isinstance(tree, dict):
        wrong.append(f"{at or 'the file'} holds {_shown(tree)}, should hold a table")
        return None
    hints = typing.get_type_hints(struct, include_extras=True)
    known: dict[str, object] = {}
    for key, value in tree.items():
        path = f"{at}.{key}" if at else key
        if key not in hints:
            wrong.append(f"{path}: no such setting{_similar([key], struct)}")
            continue
        found = _value(value, hints[key], path, wrong)
        if found is not None:
            known[key] = found
    missing = [f.name for f in msgspec.structs.fields(struct) if f.required and f.name not in tree]
    wrong.extend(f"{at + '.' if at else ''}{name} is missing" for name in missing)
    try:
        return struct(**known)
    except TypeError:
        return None  # a required key was wrong or missing: said above


def _value(value: object, kind: object, at: str, wrong: list[str]) -> object | None:
    if _is_struct(kind):
        return _struct(value, kind, at, wrong)
    inner = typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else None
    if inner is not None and _is_struct(inner):
        if not isinstance(value, list):
            wrong.append(f"{at} holds {_shown(value)}, should hold a list of tables: [[{at}]]")
            return None
        items = [_struct(item, inner, f"{at}[{index}]", wrong) for index, item in enumerate(value)]
        return tuple(item for item in items if item is not None)
    try:
        return typing.cast(object, msgspec.convert(value, kind, dec_hook=_unit))
    except msgspec.ValidationError as error:
        secret = kind is Secret
        wrong.append(f"{at} holds {'***' if secret else _shown(value)}, should hold {_wanted(str(error), kind)}")
        return None


def _unit(kind: type, value: object) -> object:
    if isinstance(kind, type) and issubclass(kind, Duration):
        return kind.parse(value)
    if kind is Secret and isinstance(value, Secret | str):
        return value if isinstance(value, Secret) else Secret(value)
    raise ValueError(f"a {kind.__name__}")


def _wanted(message: str, kind: object) -> str:
    inner = typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else None
    if typing.get_origin(inner) is typing.Literal:
        return "a list of " + ", ".join(repr(choice) for choice in typing.get_args(inner))
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(repr(choice) for choice in typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Duration):
        return message
    message = re.sub(r" - at `\$[^`]*`$", "", message)
    return re.sub(r"^Expected ", "", re.sub(r", got .*$", "", message)).replace("`", "")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _similar(path: list[str], struct: type[Struct]) -> str:
    names = list(typing.get_type_hints(struct))
    if len(path) > 1:
        inner = typing.get_type_hints(struct).get(path[0])
        if _is_struct(inner):
            names, path = list(typing.get_type_hints(inner)), path[1:]
    close = difflib.get_close_matches(path[0], names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}"


def _refuse_secrets(tree: object, struct: type[Struct], at: str, where: str, wrong: list[str]) -> None:
    if not isinstance(tree, dict):
        return
    for key, kind in typing.get_type_hints(struct, include_extras=True).items():
        if key not in tree:
            continue
        path = f"{at}.{key}" if at else key
        if kind is Secret:
            del tree[key]
            variable = PREFIX + path.upper().replace(".", "__")
            wrong.append(f"{path} is a secret and may not stand in {where}: set {variable} in the environment")
        elif _is_named_secrets(kind):
            held = tree.pop(key)
            for name in held if isinstance(held, dict) and held else ["NAME"]:
                variable = f"{PREFIX}{path}.{name}".upper().replace(".", "__")
                wrong.append(f"{path} holds secrets and may not stand in {where}: set {variable} in the environment")
        elif _is_struct(kind):
            _refuse_secrets(tree[key], kind, path, where, wrong)
