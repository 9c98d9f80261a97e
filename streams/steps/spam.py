"""Advertising, begging for followers and fraud bait, by what such texts share."""

import re
from collections.abc import Sequence

from streams.lang.words import Lexicon
from streams.steps.base import Finding, Reading, Step

_ADDRESS = re.compile(r"https?://|www\.")
_SPAM_AT = 3
_MANY_TAGS = 6
_MANY_HANDLES = 6
_STRONG = (
    *("follow back", "follow for follow", "followback", "f4f", "gain followers", "more followers", "free followers"),
    *("click here", "click the link", "link in bio", "earn money", "make money", "work from home", "passive income"),
    *("airdrop", "giveaway", "forex signal*", "binary options", "crypto signal*", "double your", "investment platform"),
    *("casino", "onlyfans", "viagra", "cialis", "porn"),
    *("sexcam", "promo code", "discount code", "buy now", "free iphone"),
    *("cliquez ici", "cliquer ici", "clique ici"),
    *("lien en bio", "gagner de l'argent", "gagnez de l'argent", "code promo"),
    *("gagnez un", "gagnez une", "abonne toi", "abonnez-vous", "marabout", "voyant", "pret entre particulier*"),
    *("offre de pret", "revenus passifs", "investissement garanti", "contactez moi sur whatsapp", "whatsapp me"),
)
_LEXICON = Lexicon.of({"strong": _STRONG})


def build() -> Step:
    """The step; it needs nothing."""
    return Step(name="spam", run=run)


def run(readings: Sequence[Reading]) -> list[Finding]:
    """Shape: one Finding per reading, same order."""
    return [Finding(is_spam=_points(reading) >= _SPAM_AT) for reading in readings]


def _points(reading: Reading) -> int:
    if reading.event.author.role != "customer":
        return 0
    text = reading.text
    points = 2 * _LEXICON.find(reading.words).get("strong", 0)
    points += bool(_ADDRESS.search(text))
    points += 2 * (text.count("#") >= _MANY_TAGS)
    points += 2 * (text.count("@") >= _MANY_HANDLES)
    return points
