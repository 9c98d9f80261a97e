"""What boards take from the settings."""

from typing import Any

from deploy.grafana.boards import board
from deploy.grafana.house import House, house_of
from schemas.load import load
from schemas.settings import Settings

OWN = """
[[calendars]]
name = "support"
time_zone = "Europe/Paris"
hours = ["mon-fri 09:00-18:00"]

[[watches]]
name = "kept"
kind = "share_within_target"
floor = 0.9

[[watches]]
name = "crisis"
kind = "storm"
"""


def test_without_settings_the_goal_is_that_of_the_usual_watch() -> None:
    assert house_of(Settings()) == House() == House(goal=0.8, zone="UTC", storms=("storm",), silences=("silence",))


def test_goal_zone_and_names_are_those_of_the_settings() -> None:
    house = house_of(load(OWN, {}, where="vigie.toml"))

    assert house == House(goal=0.9, zone="Europe/Paris", storms=("crisis",), silences=())


def queries(made: dict[str, Any]) -> str:
    """All queries of a board."""
    targets = [target for panel in made["panels"] for target in panel.get("targets", ())]
    targets += [one["target"] for one in made["annotations"]["list"] if "target" in one]
    return "\n".join(target["rawSql"] for target in targets)


def test_the_boards_of_a_company_show_its_goal_its_clock_and_its_watches() -> None:
    house = House(goal=0.95, zone="America/Montreal", storms=("l'orage",), silences=())

    assert "0.95 AS goal" in queries(board("leadership", "en", house))
    assert "watch IN ('l\\'orage')" in queries(board("leadership", "en", house))
    assert "toHour(started_at, 'America/Montreal')" in queries(board("response-times", "fr", house))
    assert "watch IN ('')" in queries(board("pipeline", "fr", house)), "no watch over silence: none is silent"
