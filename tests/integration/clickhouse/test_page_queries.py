"""The questions that the pages tell people to ask at night."""

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.manifests import DEPLOY, vigie_lines

PAGES = ("OPERATE.md", "UPGRADE.md", "TROUBLE.md")
QUESTIONS = sorted(
    {line[1] for page in PAGES for line in vigie_lines((DEPLOY / page).read_text(encoding="utf-8")) if line[0] == "sql"}
)


def test_there_are_questions() -> None:
    assert len(QUESTIONS) > 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_of_the_pages_is_answered(client: Client, question: str) -> None:
    assert client.query(f"DESCRIBE ({question})").result_rows
