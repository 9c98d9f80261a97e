"""Which brand each conversation of an archive talks to, in the plainest way: no module of the product is used."""

import csv
import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path


def brand_of_each_tweet(path: Path) -> dict[str, str]:
    """By tweet: the brand that wrote most in its conversation, then by name; else the first that is mentioned."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    group = {row["tweet_id"]: row["tweet_id"] for row in rows}

    def root(one: str) -> str:
        while group.setdefault(one, one) != one:
            one = group[one]
        return one

    for row in rows:
        for other in [row["in_response_to_tweet_id"], *row["response_tweet_id"].split(",")]:
            if other:
                group[root(other)] = root(row["tweet_id"])
    conversations: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        conversations[root(row["tweet_id"])].append(row)
    names = {row["author_id"].lower(): row["author_id"] for row in rows if row["inbound"] != "True"}
    return {
        row["tweet_id"]: brand for told in conversations.values() for brand in [_brand(told, names)] for row in told
    }


def _brand(told: list[dict[str, str]], names: dict[str, str]) -> str:
    wrote = Counter(row["author_id"] for row in told if row["inbound"] != "True")
    if wrote:
        return min(wrote, key=lambda name: (-wrote[name], name))
    for row in sorted(told, key=lambda row: (_at(row), int(row["tweet_id"]))):
        for handle in re.findall(r"@(\w+)", row["text"]):
            if handle.lower() in names:
                return names[handle.lower()]
    return ""


def _at(row: dict[str, str]) -> datetime:
    return datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
