"""The boards as committed JSON, deploy/grafana/json/<language>/<uid>.json. `make docs` writes them anew."""

import json
from pathlib import Path

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.render import uid
from deploy.grafana.said import LANGUAGES

FOLDER = Path("deploy/grafana/json")


def exports() -> dict[str, str]:
    """Every board in every language: the text of its file by its place below the folder."""
    return {
        f"{language}/{uid(name, language)}.json": json.dumps(board(name, language), ensure_ascii=False, indent=2) + "\n"
        for language in LANGUAGES
        for name in BOARDS
    }


def write(folder: Path) -> None:
    """Make the folder hold the exports and nothing else."""
    texts = exports()
    for stale in folder.glob("*/*.json"):
        if str(stale.relative_to(folder)) not in texts:
            stale.unlink()
    for place, text in texts.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(FOLDER)
