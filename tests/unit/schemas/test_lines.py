"""A setting that is wrong is told with the line on which it stands."""

import tomllib
from importlib.resources import files

import pytest

from schemas.lines import line_of, lines

TOML = '''# a comment
language = "fr"

[kafka]   # the broker
partitions = 4
bootstrap = """
[sink]
batch_rows = 1
"""

[[policies]]
name = "a"
match = { networks = ["x"] }

[[policies]]
name = "b"
escalation = [
    { after = "30m", to = "x" },
]
[policies.match]
networks = ["y"]

[[calendars]]
name = "c"
[[calendars.exceptions]]
date = 2026-12-24
[[calendars.exceptions]]
date = 2026-12-31

["quoted"]
"key" = 1
[notify]
dotted.inner = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("language", 2, id="a key of no section"),
        pytest.param("kafka", 4, id="a section"),
        pytest.param("kafka.partitions", 5, id="a key"),
        pytest.param("kafka.replication", 4, id="a key that is not there: its section"),
        pytest.param("sink.batch_rows", None, id="what only stands in a text"),
        pytest.param("policies[0].name", 12, id="in the first of a list"),
        pytest.param("policies[1]", 15, id="the second of a list"),
        pytest.param("policies[0].match.networks", 13, id="in an inline table: its line"),
        pytest.param("policies[1].match.networks", 21, id="in a table below the second"),
        pytest.param("policies[1].escalation[0].after", 17, id="in a list over several lines: its begin"),
        pytest.param("calendars[0].exceptions[1].date", 28, id="a list in a list"),
        pytest.param("quoted.key", 31, id="quoted"),
        pytest.param("notify.dotted.inner", 33, id="dotted"),
        pytest.param("nothing[3].of.this", None, id="not in the file"),
    ],
)
def test_a_path_is_found_on_its_line(path: str, line: int | None):
    tomllib.loads(TOML)

    assert line_of(path, lines(TOML)) == line


def test_every_key_of_the_reference_file_is_found_on_the_line_that_holds_it():
    reference = (files("deploy") / "vigie.toml").read_text(encoding="utf-8")
    found, text = lines(reference), reference.splitlines()

    for section, held in tomllib.loads(reference).items():
        keys = held if isinstance(held, dict) else {section: held}
        for key in keys:
            line = found[f"{section}.{key}" if isinstance(held, dict) else key]
            assert text[line - 1].startswith(f"{key} = ")
