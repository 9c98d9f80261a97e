"""Invented archives in the shape of the public support CSV, and an independent count of their turns."""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

COLUMNS = (
    *("tweet_id", "author_id", "inbound", "created_at", "text"),
    *("response_tweet_id", "in_response_to_tweet_id"),
)
SPAN_S = 6 * 86_400  # in which the conversations begin
_SAID = (
    "my parcel has been stuck since monday, anyone there?",
    "Toujours pas de réponse, c'est long…",
    "thanks, that fixed it 🙏",
    "your app logs me out every single time",
    "Bonjour, comment puis-je changer d'adresse ?",
    "this is the third time I ask!!",
)
_ANSWERED = ("Sorry to hear that, we are looking into it. ^Jo", "Bonjour, nous regardons cela tout de suite. ^Lou")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as the plain count sees it; `answer` and `waited_s` are None while it waits."""

    start: str
    answer: str | None
    waited_s: float | None


def write(path: Path, *, conversations: int, seed: int = 7) -> int:
    """Write a shuffled archive; how many rows it holds."""
    chance = random.Random(seed)
    rows: list[dict[str, str]] = []
    for _ in range(conversations):
        at = datetime(2017, 10, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(SPAN_S))
        parent = ""
        customer, brand = str(100_000 + chance.randrange(5_000)), chance.choice(("AcmeHelp", "NordAide", "Vestra"))
        for place in range(chance.randrange(1, 9)):
            number = str(len(rows) + 1)
            inbound = place == 0 or chance.random() < 0.55
            rows.append(
                {
                    "tweet_id": number,
                    "author_id": customer if inbound else brand,
                    "inbound": str(inbound),
                    "created_at": at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
                    "text": f"@{brand} {chance.choice(_SAID)}" if inbound else chance.choice(_ANSWERED),
                    "response_tweet_id": "",
                    "in_response_to_tweet_id": parent,
                }
            )
            parent = number
            at += timedelta(seconds=chance.randrange(5, 40_000))
    chance.shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def turns(path: Path) -> list[Turn]:
    """Every turn of an archive, counted in the plainest way: no module of the product is used."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    neighbours: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for other in [row["in_response_to_tweet_id"], *row["response_tweet_id"].split(",")]:
            if other:
                neighbours[row["tweet_id"]].add(other)
                neighbours[other].add(row["tweet_id"])
    by_id = {row["tweet_id"]: row for row in rows}
    seen: set[str] = set()
    found: list[Turn] = []
    for first in by_id:
        if first in seen:
            continue
        reached, ahead = set(), [first]
        while ahead:
            one = ahead.pop()
            if one not in reached:
                reached.add(one)
                ahead.extend(neighbours[one])
        seen |= reached
        found += _turns_of([by_id[one] for one in reached if one in by_id])
    return found


def instants(path: Path) -> dict[str, datetime]:
    """When each tweet of an archive was written."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["tweet_id"]: _at(row) for row in csv.DictReader(file)}


def _turns_of(rows: list[dict[str, str]]) -> list[Turn]:
    found: list[Turn] = []
    start: tuple[str, datetime] | None = None
    for row in sorted(rows, key=lambda row: (_at(row), int(row["tweet_id"]))):
        if row["inbound"] == "True":
            start = start or (row["tweet_id"], _at(row))
        elif start is not None:
            waited = (_at(row) - start[1]).total_seconds()
            found.append(Turn(f"x:{start[0]}", f"x:{row['tweet_id']}", waited))
            start = None
    if start is not None:
        found.append(Turn(f"x:{start[0]}", None, None))
    return found


def _at(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
