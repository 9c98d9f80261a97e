"""The command line of the embedded ClickHouse."""

from pathlib import Path

import pytest

from deploy.embedded.clickhouse.__main__ import parse_options
from deploy.embedded.clickhouse.server import is_loopback
from schemas.errors import ConfigError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--host", "0.0.0.0"], "not a loopback address", id="another host"),
        pytest.param(["--user", "grafana:secret:readonly"], "64 hexadecimal digits", id="plain password"),
        pytest.param(["--user", "grafana:env:VIGIE_NOT_SET:readonly"], "VIGIE_NOT_SET is not set", id="variable"),
        pytest.param(["--user", "grafana"], "not of the form", id="no role"),
        pytest.param(["--users-file", "/nowhere/users"], "cannot be read", id="users file"),
    ],
)
def test_wrong_argument_says_what_to_change(tmp_path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        parse_options(["--path", str(tmp_path), *arguments], {})

    assert "secret" not in str(raised.value)


def test_another_host_needs_to_be_meant(tmp_path: Path) -> None:
    options = parse_options(["--path", str(tmp_path), "--host", "0.0.0.0", "--allow-remote"], {})

    assert (options.host, options.rim.loopback_only) == ("0.0.0.0", False)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.2", True), ("::1", True), ("10.0.0.1", False), ("localhost.evil.example", False)],
)
def test_loopback_is_known_by_name_and_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
