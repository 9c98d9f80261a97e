"""The settings: all that is wrong is said at once, and no secret ever is."""

import pytest

from schemas.errors import ConfigError
from schemas.load import load
from schemas.settings import Settings
from schemas.units import PositiveDuration, Secret


def wrong(toml: str = "", **environ: str) -> list[str]:
    """The lines of the error, one per wrong key."""
    with pytest.raises(ConfigError) as error:
        load(toml, environ)
    first, *lines = str(error.value).rstrip(".").split("\n  ")
    assert first == "vigie.toml: these settings are wrong:"
    return lines


def test_without_file_and_environment_the_defaults_hold():
    assert load("", {}) == Settings()


def test_the_file_is_read():
    settings = load('[kafka]\nbootstrap = "k:9092"\npartitions = 12\n[responses]\ntick = "500ms"', {})

    assert (settings.kafka.bootstrap, settings.kafka.partitions, settings.responses.tick) == ("k:9092", 12, 0.5)


def test_policies_brands_and_leaders_are_tables_of_the_file():
    settings = load(
        """
        [[policies]]
        name = "leaders"
        first = "15m"
        next = "1h30m"
        match = { mentions_leader = true, networks = ["x", "mastodon"] }
        warnings = [50]
        priority = "urgent"
        [[policies]]
        name = "default"
        first = "1h"
        next = "2h"
        [[brands]]
        name = "acme"
        accounts = ["acme_help"]
        [[leaders]]
        name = "Zoé Martin"
        handles = ["zoe"]
        """,
        {},
    )

    leaders, default = settings.policies
    assert (leaders.first, leaders.next, leaders.warnings, leaders.priority) == (900.0, 5400.0, (50,), "urgent")
    assert (leaders.match.mentions_leader, leaders.match.networks) == (True, ("x", "mastodon"))
    assert default.name == "default"
    assert (settings.brands[0].accounts, settings.leaders[0].handles) == (("acme_help",), ("zoe",))


def test_the_environment_is_stronger_than_the_file():
    settings = load('[kafka]\nbootstrap = "file:9092"', {"VIGIE_KAFKA__BOOTSTRAP": "environment:9092"})

    assert settings.kafka.bootstrap == "environment:9092"


@pytest.mark.parametrize(
    ("variable", "value", "section", "key", "expected"),
    [
        pytest.param("VIGIE_KAFKA__PARTITIONS", "8", "kafka", "partitions", 8, id="a number"),
        pytest.param("VIGIE_DEAD_LETTERS__MAX_SHARE", "0.25", "dead_letters", "max_share", 0.25, id="a share"),
        pytest.param("VIGIE_ENRICH__STEPS", "false", "enrich", "steps", False, id="false"),
        pytest.param("VIGIE_ENRICH__STEPS", "0", "enrich", "steps", False, id="0"),
        pytest.param("VIGIE_ENRICH__STEPS", "TRUE", "enrich", "steps", True, id="TRUE"),
        pytest.param("VIGIE_RESPONSES__TICK", "1m30s", "responses", "tick", PositiveDuration(90), id="a duration"),
        pytest.param("VIGIE_RESPONSES__CLOCK", "stream", "responses", "clock", "stream", id="a choice"),
        pytest.param(
            "VIGIE_NOTIFY__LEVELS", "breach, warning_90", "notify", "levels", ("breach", "warning_90"), id="a list"
        ),
        pytest.param("VIGIE_CLICKHOUSE__PASSWORD", "s3cret", "clickhouse", "password", Secret("s3cret"), id="a secret"),
        pytest.param("VIGIE_KAFKA", "k:9092", "kafka", "bootstrap", "k:9092", id="short for the broker"),
        pytest.param(
            "VIGIE_CLICKHOUSE", "http://c:8123", "clickhouse", "url", "http://c:8123", id="short for the store"
        ),
    ],
)
def test_a_variable_becomes_the_type_of_its_setting(
    variable: str, value: str, section: str, key: str, expected: object
):
    found = getattr(getattr(load("", {variable: value}), section), key)

    assert found == expected
    assert type(found) is type(expected)


def test_variables_of_others_are_left_alone():
    assert load("", {"PATH": "/bin", "VIGIE_CONFIG": "/etc/vigie.toml", "HOME": "/"}) == Settings()


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        pytest.param(
            "[kafka]\npartitions = 0", "kafka.partitions holds 0, should hold int >= 1", id="a number too small"
        ),
        pytest.param(
            '[kafka]\npartitions = "4"', "kafka.partitions holds '4', should hold int", id="a text for a number"
        ),
        pytest.param(
            "[responses]\ntick = 5",
            'responses.tick holds 5, should hold a duration such as "30s", "15m", "1h30m" or "2d"',
            id="a duration without its unit",
        ),
        pytest.param(
            '[responses]\nclock = "wall"',
            "responses.clock holds 'wall', should hold one of 'live', 'stream'",
            id="no such choice",
        ),
        pytest.param("kafka = 3", "kafka holds 3, should hold a table", id="a number for a section"),
        pytest.param(
            'brands = "acme"', "brands holds 'acme', should hold a list of tables: [[brands]]", id="a text for a list"
        ),
        pytest.param("[[brands]]\naccounts = []", "brands[0].name is missing", id="a key that must be there"),
        pytest.param(
            '[[policies]]\nname = "p"\nfirst = "1h"\nnext = "soon"',
            'policies[0].next holds \'soon\', should hold a duration such as "30s", "15m", "1h30m" or "2d"',
            id="inside a list of tables",
        ),
        pytest.param(
            '[[policies]]\nname = "p"\nfirst = "1h"\nnext = "1h"\nwarnings = [50, 100]',
            "policies[0].warnings holds [50, 100], should hold a list of 50, 75, 90",
            id="inside a list",
        ),
        pytest.param(
            '[[policies]]\nname = "p"\nfirst = "1h"\nnext = "1h"\nmatch = { network = ["x"] }',
            "policies[0].match.network: no such setting; did you mean 'networks'?",
            id="a typing error deep inside",
        ),
        pytest.param(
            "[clickhouse]\ndatabase = 'my-db'", "clickhouse.database holds 'my-db', should hold str", id="a bad name"
        ),
    ],
)
def test_a_wrong_key_is_named_with_what_it_holds_and_what_it_should_hold(toml: str, line: str):
    (found,) = wrong(toml)

    assert found.startswith(line)


def test_everything_that_is_wrong_is_said_at_once():
    lines = wrong(
        '[kafka]\npartitions = 0\nbootstap = "k"\n[responses]\ntick = 5\n[[brands]]\naccounts = 7',
        VIGIE_SINK__BATCH_ROWS="many",
    )

    assert [line.split()[0].rstrip(":") for line in lines] == [
        "kafka.partitions",
        "kafka.bootstap",
        "responses.tick",
        "brands[0].accounts",
        "brands[0].name",
        "sink.batch_rows",
    ]


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        pytest.param(
            '[kafka]\nbootstap = "k"', "kafka.bootstap: no such setting; did you mean 'bootstrap'?", id="a key"
        ),
        pytest.param("[kafkaa]\nx = 1", "kafkaa: no such setting; did you mean 'kafka'?", id="a section"),
        pytest.param(
            "[sink]\nzzz = 1", "sink.zzz: no such setting; there are batch_rows, batch_wait", id="nothing is similar"
        ),
    ],
)
def test_a_typing_error_is_answered_with_what_was_meant(toml: str, line: str):
    assert wrong(toml) == [line]


@pytest.mark.parametrize(
    ("variable", "line"),
    [
        pytest.param(
            "VIGIE_KAFKA__BOOTSTAP",
            "VIGIE_KAFKA__BOOTSTAP (environment): no such setting; did you mean 'bootstrap'?",
            id="a key",
        ),
        pytest.param(
            "VIGIE_KAFKAA__BOOTSTRAP",
            "VIGIE_KAFKAA__BOOTSTRAP (environment): no such setting; did you mean 'kafka'?",
            id="a section",
        ),
    ],
)
def test_an_unknown_variable_is_answered_with_what_was_meant(variable: str, line: str):
    assert wrong(**{variable: "x"}) == [line]


@pytest.mark.parametrize("variable", ["VIGIE_", "VIGIE_SINK", "VIGIE___", "VIGIE_KAFKA__", "VIGIE_LANGUAGE__X"])
def test_a_variable_that_names_no_single_setting_is_refused(variable: str):
    (line,) = wrong(**{variable: "x"})

    assert line.startswith(f"{variable} (environment): no such setting")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("VIGIE_ENRICH__STEPS", "yes", id="yes"),
        pytest.param("VIGIE_KAFKA__PARTITIONS", "four", id="four"),
        pytest.param("VIGIE_DEAD_LETTERS__MAX_SHARE", "nan", id="not a number"),
        pytest.param("VIGIE_DEAD_LETTERS__MAX_SHARE", "1.5", id="more than all"),
    ],
)
def test_a_variable_that_does_not_fit_is_said_with_its_value(variable: str, value: str):
    (line,) = wrong(**{variable: value})

    assert f"holds {value}" in line.replace("'", "")


def test_a_variable_inside_a_section_that_is_no_table_is_an_error_and_no_crash():
    lines = wrong("kafka = 3", VIGIE_KAFKA__BOOTSTRAP="k:9092")

    assert any(line.startswith("kafka holds 3, should hold a table") for line in lines)


def test_a_file_that_is_no_toml_is_told_with_its_line():
    with pytest.raises(ConfigError, match="at line 2") as error:
        load("[kafka]\nbootstrap = k", {}, where="/etc/vigie.toml")

    assert str(error.value).startswith("/etc/vigie.toml: the file is not TOML")


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        pytest.param(
            '[clickhouse]\npassword = "s3cret"',
            "clickhouse.password is a secret and may not stand in vigie.toml: "
            "set VIGIE_CLICKHOUSE__PASSWORD in the environment",
            id="a password",
        ),
        pytest.param(
            '[notify]\nurls = "slack://s3cret"',
            "notify.urls is a secret and may not stand in vigie.toml: set VIGIE_NOTIFY__URLS in the environment",
            id="addresses with tokens",
        ),
    ],
)
def test_a_secret_in_the_file_is_refused(toml: str, line: str):
    assert wrong(toml) == [line]


@pytest.mark.parametrize(
    "toml",
    [
        pytest.param('[clickhouse]\npassword = "s3cret"', id="in its place"),
        pytest.param('[clickhouse]\npasword = "s3cret"', id="under a misspelt key"),
        pytest.param('password = "s3cret"', id="in no section"),
        pytest.param('[clickhouse.password]\nvalue = "s3cret"', id="as a table"),
    ],
)
def test_a_secret_in_the_file_is_never_printed(toml: str):
    assert "s3cret" not in "\n".join(wrong(toml))


def test_a_secret_is_never_printed():
    settings = load("", {"VIGIE_CLICKHOUSE__PASSWORD": "s3cret", "VIGIE_NOTIFY__URLS": "slack://s3cret"})

    assert settings.clickhouse.password.reveal() == "s3cret"
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings.clickhouse.password)
    assert "s3cret" not in f"{settings.notify.urls}"


def test_a_secret_is_not_printed_when_something_else_is_wrong():
    lines = wrong(VIGIE_CLICKHOUSE__PASSWORD="s3cret", VIGIE_CLICKHOUSE__PASSWORDS="s3cret", VIGIE_SINK__BATCH_ROWS="x")

    assert len(lines) == 2
    assert "s3cret" not in "\n".join(lines)


def test_a_long_value_is_cut():
    (line,) = wrong(f'language = "{"x" * 500}"')

    assert len(line) < 150


def test_channels_have_names_of_their_own_in_the_environment():
    settings = load("", {"VIGIE_NOTIFY__CHANNELS__CARE_TEAM": "json://a", "VIGIE_NOTIFY__CHANNELS__BOSS": "json://b"})

    assert settings.notify.channels == {"boss": Secret("json://b"), "care_team": Secret("json://a")}
    assert "json" not in repr(settings)


@pytest.mark.parametrize(
    "variable", ["VIGIE_NOTIFY__CHANNELS", "VIGIE_NOTIFY__CHANNELS__", "VIGIE_NOTIFY__CHANNELS__A__B"]
)
def test_a_channel_without_a_name_of_one_word_is_refused_and_its_address_not_printed(variable: str):
    (line,) = wrong(**{variable: "slack://s3cret"})

    assert line.startswith(f"{variable} (environment): no such setting")
    assert "s3cret" not in line


@pytest.mark.parametrize(
    ("toml", "variable"),
    [
        pytest.param('[notify.channels]\ncare = "slack://s3cret"', "VIGIE_NOTIFY__CHANNELS__CARE", id="named"),
        pytest.param('[notify]\nchannels = "slack://s3cret"', "VIGIE_NOTIFY__CHANNELS__NAME", id="without a name"),
    ],
)
def test_the_address_of_a_channel_in_the_file_is_refused(toml: str, variable: str):
    assert wrong(toml) == [
        f"notify.channels holds secrets and may not stand in vigie.toml: set {variable} in the environment"
    ]
