"""Advertising, begging for followers, fraud bait, stuffing and robots, by what such texts share; with the reason."""

import re
from collections.abc import Sequence

from schemas.event import Author
from streams.lang.words import Lexicon
from streams.steps.base import Finding, Reading, Step

_ADDRESS = re.compile(r"https?://|www\.")
_SPAM_AT = 3
_MANY_TAGS = 6
_MANY_HANDLES = 6
_ROBOT = re.compile(r"(?:^|[_\-.\d]|(?<=[a-z])(?=B))(?:bot|BOT|Bot)(?:$|[_\-.\d])")
# A reason and the phrases that are typical of it.
_PHRASES = {
    "begging for followers": (
        *("follow back", "follow for follow", "followback", "f4f", "gain followers", "more followers"),
        *("free followers", "abonne toi", "abonnez-vous"),
    ),
    "advertising": (
        *("click here", "click the link", "link in bio", "promo code", "discount code", "buy now", "code promo"),
        *("use my code", "use my link", "my referral", "utilise mon code", "utilisez mon code", "mon code parrain*"),
        *("cliquez ici", "cliquer ici", "clique ici", "lien en bio"),
    ),
    "promise of money": (
        *("earn money", "make money", "work from home", "passive income", "airdrop", "giveaway", "forex signal*"),
        *("binary options", "crypto signal*", "double your", "investment platform", "free iphone", "casino"),
        *("gagner de l'argent", "gagnez de l'argent", "gagnez un", "gagnez une", "revenus passifs", "marabout"),
        *("voyant", "pret entre particulier*", "offre de pret", "investissement garanti"),
        *("contactez moi sur whatsapp", "whatsapp me", "passiveincome", "financial freedom", "liberte financiere"),
        *("no experience needed", "start paying yourself", "sans experience requise", "trading mentor"),
    ),
    "adult": ("onlyfans", "viagra", "cialis", "porn", "sexcam"),
}
_LEXICON = Lexicon.of(_PHRASES)
# "turned $300 into $11,420", "de 200 € à 9 000 €": a little money that became much.
_SUM = r"[$€£]?\s?\d[\d.,\s]{0,12}"  # bounded: a text may be a megabyte of digits
_GREW = re.compile(
    rf"(?:turned|made|grew|transformé)\s(?:my\s)?{_SUM}[$€£k]?\s{{1,3}}(?:into|to|en)\s{_SUM}", re.IGNORECASE
)


def build() -> Step:
    """The step; it needs nothing."""
    return Step(name="spam", run=run)


def run(readings: Sequence[Reading]) -> list[Finding]:
    """Shape: one Finding per reading, same order."""
    found = [_reason(reading) for reading in readings]
    return [Finding(is_spam=bool(reason), spam_reason=reason) for reason in found]


def is_robot(author: Author) -> bool:
    """Whether an account calls itself a robot: `weather_bot`, `NewsBot`. `abbott` and `robot` are names."""
    return _ROBOT.search(author.handle) is not None


def _reason(reading: Reading) -> str:
    """Why this is spam; empty when it is not."""
    if reading.event.author.role != "customer":
        return ""
    if is_robot(reading.event.author):
        return "robot"
    text = reading.text
    phrases = _LEXICON.find(reading.words)
    points = {reason: 2 * count for reason, count in phrases.items()}
    if _GREW.search(text):
        points["promise of money"] = points.get("promise of money", 0) + 2
    if text.count("#") >= _MANY_TAGS:
        points["many hashtags"] = 2
    if text.count("@") >= _MANY_HANDLES:
        points["many handles"] = 2
    if not points or sum(points.values()) + bool(_ADDRESS.search(text)) < _SPAM_AT:
        return ""
    return max(points, key=lambda reason: points[reason])
