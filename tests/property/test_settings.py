"""Settings that are right are read as they are, from the file or from the environment."""

import json
import string
import typing
from datetime import date

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import ConfigError
from schemas.load import load
from schemas.settings import ChannelName, Settings
from schemas.units import Duration, PositiveDuration, Secret

words = st.text(alphabet=string.ascii_letters + string.digits + "_-éü", min_size=1, max_size=8)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
channel_names = st.from_regex(r"[a-z][a-z0-9]{0,4}(_[a-z0-9]{1,4}){0,2}", fullmatch=True)
durations = st.integers(0, 10_000_000).map(lambda ms: Duration.parse(f"{ms}ms"))


def values(hint: object) -> st.SearchStrategy[object]:
    """Values that a setting of this type may hold."""
    if hint is str:
        return words
    if date in (hint, *typing.get_args(hint)[:1]) and typing.get_origin(hint) is not tuple:
        return st.dates()
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers(-10, 10)
    if hint is PositiveDuration:
        return durations.filter(bool).map(PositiveDuration)
    if hint is Duration:
        return durations
    if hint is Secret:
        return words.map(Secret)
    if hint == ChannelName:
        return channel_names
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is dict:
        return st.dictionaries(channel_names, words if args[1] is typing.Any else values(args[1]), max_size=3)
    if origin is typing.Annotated:
        if args[0] is str:
            return names
        if args[0] is float:
            return st.floats(0.001, 1.0)
        return st.integers(args[1].ge, 99 if args[1].le is None else args[1].le)
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if isinstance(hint, type):
        return structs(hint)
    (kind,) = [one for one in args if one is not type(None)]  # TOML knows no null
    return values(kind)


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    hints = typing.get_type_hints(kind, include_extras=True)
    required = {field.name: values(hints[field.name]) for field in msgspec.structs.fields(kind) if field.required}
    optional = {name: values(hint) for name, hint in hints.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


all_settings = structs(Settings)


def is_secret(value: object) -> bool:
    """Whether a value stands in the environment only; an empty table may as well be left out."""
    return isinstance(value, Secret) or (isinstance(value, dict) and all(map(is_secret, value.values())))


def written(value: object) -> str:
    """A value as TOML, on one line. Secrets stand elsewhere, absent values nowhere."""
    if isinstance(value, msgspec.Struct):
        fields = [(name, getattr(value, name)) for name in value.__struct_fields__]
        pairs = [f"{name} = {written(one)}" for name, one in fields if not is_secret(one) and one is not None]
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {written(one)}" for name, one in value.items()) + " }"
    if isinstance(value, Duration):
        return f'"{round(value * 1000)}ms"'
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def secrets_of(chosen: Settings) -> dict[str, str]:
    return {
        "VIGIE_KAFKA__SASL_PASSWORD": chosen.kafka.sasl_password.reveal(),
        "VIGIE_CLICKHOUSE__PASSWORD": chosen.clickhouse.password.reveal(),
        "VIGIE_CLICKHOUSE__INGEST_PASSWORD": chosen.clickhouse.ingest_password.reveal(),
        "VIGIE_CLICKHOUSE__BOARD_PASSWORD": chosen.clickhouse.board_password.reveal(),
        "VIGIE_CLICKHOUSE__ADMIN_PASSWORD": chosen.clickhouse.admin_password.reveal(),
        "VIGIE_CLICKHOUSE__CANARY_PASSWORD": chosen.clickhouse.canary_password.reveal(),
        "VIGIE_BOARD__PASSWORD": chosen.board.password.reveal(),
        "VIGIE_NOTIFY__URLS": chosen.notify.urls.reveal(),
        "VIGIE_ACTIONS__SECRET": chosen.actions.secret.reveal(),
        "VIGIE_ACTIONS__TOKEN": chosen.actions.token.reveal(),
        "VIGIE_PRIVACY__PSEUDONYM_KEY": chosen.privacy.pseudonym_key.reveal(),
        "VIGIE_PRIVACY__FORGET_KEY": chosen.privacy.forget_key.reveal(),
        "VIGIE_GRAFANA__TOKEN": chosen.grafana.token.reveal(),
        "VIGIE_GRAFANA__CLICKHOUSE_PASSWORD": chosen.grafana.clickhouse_password.reveal(),
        **channels_of(chosen),
    }


def channels_of(chosen: Settings) -> dict[str, str]:
    named = {
        "NOTIFY__CHANNELS": chosen.notify.channels,
        "GRAFANA__ADDRESSES": chosen.grafana.addresses,
        "GRAFANA__CREDENTIALS": chosen.grafana.credentials,
    }
    return {f"VIGIE_{at}__{name.upper()}": one.reveal() for at, held in named.items() for name, one in held.items()}


def as_file(chosen: Settings) -> str:
    return "\n".join(f"{name} = {written(getattr(chosen, name))}" for name in chosen.__struct_fields__)


def as_environment(chosen: Settings) -> dict[str, str]:
    """Every setting that one variable can hold."""
    environ: dict[str, str] = {"VIGIE_LANGUAGE": chosen.language, **channels_of(chosen)}
    for section in chosen.__struct_fields__:
        table = getattr(chosen, section)
        for name in table.__struct_fields__ if isinstance(table, msgspec.Struct) else ():
            value = getattr(table, name)
            if isinstance(value, dict):
                continue
            if isinstance(value, Duration):
                text = f"{round(value * 1000)}ms"
            elif isinstance(value, tuple):
                text = ",".join(value)
            else:
                text = value.reveal() if isinstance(value, Secret) else str(value)
            environ[f"VIGIE_{section.upper()}__{name.upper()}"] = text
    return environ


@settings(max_examples=40, deadline=None)
@given(all_settings)
def test_settings_written_to_a_file_are_read_as_they_were(chosen):
    assert load(as_file(chosen), secrets_of(chosen)) == chosen


@settings(max_examples=40, deadline=None)
@given(all_settings, all_settings)
def test_settings_of_the_environment_replace_those_of_the_file(chosen, other):
    tables = (
        "policies",
        "calendars",
        "brands",
        "leaders",
        "channels",
        "routes",
        "contact_points",
        "watches",
        "sources",
        "competitors",
        "products",
        "topics",
    )  # lists of tables stand in the file only
    expected = msgspec.structs.replace(
        chosen,
        **{name: getattr(other, name) for name in tables},
        retention=msgspec.structs.replace(chosen.retention, networks=other.retention.networks),
    )

    assert load(as_file(other), as_environment(chosen)) == expected


@settings(max_examples=60, deadline=None)
@given(all_settings, words)
def test_no_secret_is_ever_printed(chosen, secret):
    variables = (
        "CLICKHOUSE__PASSWORD",
        "NOTIFY__URLS",
        "NOTIFY__CHANNELS__CARE",
        "ACTIONS__SECRET",
        "ACTIONS__TOKEN",
        "GRAFANA__TOKEN",
        "KAFKA__SASL_PASSWORD",
        "CLICKHOUSE__BOARD_PASSWORD",
        "PRIVACY__FORGET_KEY",
    )
    environ = {f"VIGIE_{name}": f"<<{secret}>>" for name in variables}

    assert f"<<{secret}>>" not in repr(load(as_file(chosen), environ))


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(alphabet="ab0.", max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "first", "match", "password", "tick"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    st.sampled_from(Settings.__struct_fields__),
)
def test_any_value_in_any_section_is_taken_or_refused_with_its_name(value, section):
    said = f"{section} was taken"
    try:
        load(f"{section} = {written_plain(value)}", {})
    except ConfigError as error:
        said = str(error)

    assert section in said


def written_plain(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written_plain(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(written_plain(one) for one in value) + "]"
    return "[]" if value is None else json.dumps(value)
