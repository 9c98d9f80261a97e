"""`vigie connect`, `connectors` and `webhooks`: what they say, and how they end."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from deploy import cli
from deploy.connecting import instant_from
from schemas.errors import ConfigError

Vigie = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands configure logging for their process; the next test is another one."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def vigie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Vigie:
    """Run the command in an empty folder, without settings from outside: exit code, output, complaints."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith(("VIGIE_", "LINE_", "MASTODON_"))]:
        monkeypatch.delenv(variable)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vigie", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_list_names_every_network(vigie: Vigie):
    code, out, _ = vigie("connectors", "list", "--json")

    entries = {entry["name"]: entry for entry in json.loads(out)}
    assert code == 0
    assert {"bluesky", "hackernews", "line", "mastodon"} <= set(entries)
    assert entries["line"]["credentials"][0]["name"] == "LINE_CHANNEL_SECRET"
    assert entries["bluesky"]["shapes"] == ["stream"]
    assert "bluesky" in vigie("connectors", "list")[1]


def test_check_says_which_credential_is_missing(vigie: Vigie):
    code, _, err = vigie("connectors", "check", "line")

    assert code == 2
    assert "LINE_CHANNEL_SECRET: the channel secret" in err


def test_check_of_a_network_that_pushes_asks_nothing(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "secret-of-a-test")

    code, out, err = vigie("connectors", "check", "line")

    assert code == 0
    assert "LINE_CHANNEL_SECRET: set" in out
    assert "it pushes" in out
    assert "secret-of-a-test" not in out + err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["connect"], "there is nothing to read", id="nothing is named"),
        pytest.param(["connect", "blusky"], "Did you mean bluesky", id="no such network"),
        pytest.param(["connect", "bluesky", "--since", "someday"], "is no time", id="no time"),
        pytest.param(["connect", "bluesky", "--share", "4/3"], "--share takes a part", id="no part"),
        pytest.param(["webhooks"], "no network that pushes is named", id="nothing pushes"),
        pytest.param(["webhooks", "line"], "LINE_CHANNEL_SECRET", id="no secret"),
        pytest.param(["connectors", "new", "Bad_Name"], "there are no folders", id="no checkout"),
        pytest.param(["connectors", "backfill", "hackernews", "--since", "1h", "--until", "2h"], "before", id="span"),
        pytest.param(["connectors", "backfill", "bluesky", "--since", "1h"], "cannot be read back", id="no past"),
    ],
)
def test_a_wrong_argument_ends_with_two_and_a_sentence(vigie: Vigie, arguments: list[str], said: str):
    code, _, err = vigie(*arguments)

    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_webhooks_without_a_broker_say_so(vigie: Vigie, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "secret-of-a-test")

    code, _, err = vigie("webhooks", "line")

    assert code == 2
    assert "no broker is set" in err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", datetime(2026, 11, 3, 7, 0, tzinfo=UTC)),
        ("0s", NOW),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T08:00:00+02:00", datetime(2026, 10, 1, 6, 0, tzinfo=UTC)),
    ],
)
def test_a_time_as_a_person_writes_it(text: str, expected: datetime):
    assert instant_from(text, where="--since", now=NOW) == expected


def test_a_time_that_is_none_is_refused():
    for text in ("", "yesterday", "99999999999d"):
        with pytest.raises(ConfigError):
            instant_from(text, where="--since", now=NOW)
