"""Secrets that lie in files, named as their variables."""

from pathlib import Path

import pytest

from deploy.environment import environment, load_settings
from schemas.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    monkeypatch.setenv("VIGIE_SECRETS", str(secrets))
    return secrets


def test_a_file_named_as_its_variable_holds_the_secret(folder: Path) -> None:
    (folder / "VIGIE_CLICKHOUSE__PASSWORD").write_text("from a file\n")

    assert load_settings().clickhouse.password.reveal() == "from a file"


def test_credentials_of_networks_may_lie_in_files_too(folder: Path) -> None:
    (folder / "MASTODON_TOKEN").write_text("from a file")

    assert environment()["MASTODON_TOKEN"] == "from a file"


def test_a_variable_goes_before_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "VIGIE_CLICKHOUSE__PASSWORD").write_text("from a file")
    monkeypatch.setenv("VIGIE_CLICKHOUSE__PASSWORD", "from the environment")

    assert load_settings().clickhouse.password.reveal() == "from the environment"


def test_of_several_folders_the_first_holds(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "MASTODON_TOKEN").write_text("first")
    other = tmp_path / "other"
    other.mkdir()
    (other / "MASTODON_TOKEN").write_text("second")
    (other / "LINE_TOKEN").write_text("only here")
    monkeypatch.setenv("VIGIE_SECRETS", f"{folder}:{other}")

    assert (environment()["MASTODON_TOKEN"], environment()["LINE_TOKEN"]) == ("first", "only here")


def test_what_a_mounted_secret_holds_beside_its_files_is_left_alone(folder: Path) -> None:
    dated = folder / "..2026_11_23_03_21_00.1"
    dated.mkdir()
    (dated / "VIGIE_ACTIONS__TOKEN").write_text("through two links")
    (folder / "..data").symlink_to(dated.name)
    (folder / "VIGIE_ACTIONS__TOKEN").symlink_to("..data/VIGIE_ACTIONS__TOKEN")

    assert load_settings().actions.token.reveal() == "through two links"


def test_a_misspelt_file_is_told_as_a_misspelt_variable_is(folder: Path) -> None:
    (folder / "VIGIE_CLICKHOUSE__PASWORD").write_text("secret words")

    with pytest.raises(ConfigError, match="did you mean 'password'") as caught:
        load_settings()

    assert "secret words" not in str(caught.value)


def test_a_folder_that_is_not_there_is_an_error_and_not_an_empty_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_SECRETS", str(tmp_path / "nowhere"))

    with pytest.raises(ConfigError, match="VIGIE_SECRETS"):
        load_settings()
