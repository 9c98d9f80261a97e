"""Train topics on complaints about airlines, whose readers said what each is about, and their translations."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp  # type: ignore[import-untyped]  # it ships no types

from streams.lang.features import TOPIC_BITS, topic_features
from streams.lang.linear import Linear
from streams.models.fitting import fit, frequent, matrix, rarity

_REASONS = {
    "Late Flight": "delay",
    "Cancelled Flight": "cancellation",
    "Customer Service Issue": "staff",
    "Flight Attendant Complaints": "staff",
    "Lost Luggage": "luggage",
    "Damaged Luggage": "luggage",
    "Flight Booking Problems": "booking",
    "Bad Flight": "quality",
}
NAMES = tuple(sorted(set(_REASONS.values())))
_SURE = 0.6  # the share of the readers who agreed
_OTHERS = 8_000  # texts of other matters, which are about none of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A text and its topic, empty for none."""

    text: str
    topic: str


def airline(folder: Path) -> list[Complaint]:
    """Complaints with a reason that is a topic of ours and on which the readers agreed."""
    with (folder / "airline" / "us_airline_train.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Complaint(text=row["text"], topic=_REASONS[row["negativereason"]])
            for row in csv.DictReader(lines)
            if row["negativereason"] in _REASONS and float(row["negativereason_confidence"] or 0) >= _SURE
        ]


def train_topics(complaints: Sequence[Complaint], others: Sequence[str]) -> Linear:
    """One yes or no per topic."""
    texts = matrix([*(one.text for one in complaints), *others[:_OTHERS]], topic_features, TOPIC_BITS)
    weight = rarity(texts)
    columns = frequent(texts, 3)
    features = (texts @ sp.diags(weight)).tocsr()[:, columns]
    topics: npt.NDArray[np.str_] = np.array([*(one.topic for one in complaints), *("" for _ in others[:_OTHERS])])
    weights = np.zeros((1 << TOPIC_BITS, len(NAMES)), dtype=np.float32)
    bias = np.zeros(len(NAMES), dtype=np.float32)
    for at, name in enumerate(NAMES):
        fitted = fit(features, (topics == name).astype(np.int64), strength=10.0, balanced=True)
        weights[columns, at] = fitted.weights[:, 0] * weight[columns]
        bias[at] = fitted.bias[0]
    return Linear.quantize(NAMES, weights, bias)
