"""Linear classifiers on hashed n-grams: int16 weights, summed per text with numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.lang.features import Features

Floats = npt.NDArray[np.float32]
Routes = npt.NDArray[np.int64]
_LARGEST = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """`weights[bucket, class]`, with `scale` and `bias` per class.

    `routes` names the further tables of weights, one after the other behind the first: a text of such a route
    (its language) is judged by the sum of the first table and its own. `route_bias` and `route_scale` have one entry
    for texts of no route and one per route: the scale makes the probabilities as sure as they are right.
    """

    classes: tuple[str, ...]
    weights: npt.NDArray[np.int16]
    scale: Floats
    bias: Floats
    routes: tuple[str, ...] = ()
    route_bias: Floats = field(default_factory=lambda: np.zeros((1, 1), dtype=np.float32))
    route_scale: Floats = field(default_factory=lambda: np.ones(1, dtype=np.float32))

    @property
    def buckets(self) -> int:
        """How many rows one table has."""
        return len(self.weights) // (1 + len(self.routes))

    def logits(self, features: Features, routes: Routes | None = None) -> Floats:
        """One row of logits per text. Shape: (texts, classes).

        Args:
            routes: per text, the place of its route in `self.routes`, or -1 for none.
        """
        total = np.zeros((features.size, len(self.classes)), dtype=np.float32)
        for block in features.blocks:
            self._add(total, block.buckets, block.rows, block.values)
            if routes is not None:
                own = routes[block.rows]
                kept = np.flatnonzero(own >= 0)
                self._add(total, block.buckets[kept] + (1 + own[kept]) * self.buckets, block.rows[kept], block.values)
        at = 0 if routes is None else routes + 1
        tempered = np.reshape(self.route_scale[at], (-1, 1))
        result: Floats = (total * self.scale + self.bias + self.route_bias[at]) * tempered
        return result

    def _add(self, total: Floats, at: Routes, rows: Routes, values: Floats) -> None:
        if not len(rows):
            return
        starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
        summed = np.add.reduceat(self.weights[at], starts, axis=0, dtype=np.int32)
        texts = rows[starts]
        total[texts] += summed * values[texts][:, None]

    def save(self, path: Path) -> None:
        """Write one compressed file: only rows that hold something."""
        rows = np.flatnonzero(self.weights.any(axis=1)).astype(np.uint32)
        np.savez_compressed(
            path,
            classes=np.array(self.classes),
            routes=np.array(self.routes, dtype=np.str_),
            size=np.array(len(self.weights)),
            gaps=np.diff(rows, prepend=np.uint32(0)),
            values=self.weights[rows],
            scale=self.scale,
            bias=self.bias,
            route_bias=self.route_bias,
            route_scale=self.route_scale,
        )

    @classmethod
    def load(cls, path: Path) -> "Linear":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            classes = tuple(str(name) for name in stored["classes"])
            weights = np.zeros((int(stored["size"]), len(classes)), dtype=np.int16)
            weights[np.cumsum(stored["gaps"], dtype=np.int64)] = stored["values"]
            return cls(
                classes=classes,
                weights=weights,
                scale=stored["scale"],
                bias=stored["bias"],
                routes=tuple(str(name) for name in stored["routes"]),
                route_bias=stored["route_bias"],
                route_scale=stored["route_scale"],
            )

    @classmethod
    def quantize(cls, classes: Sequence[str], weights: Floats, bias: Floats, *, routes: Sequence[str] = ()) -> "Linear":
        """From trained weights. Shape: (tables * buckets, classes). Steps are coarse enough to compress well."""
        steps = 1_000
        scale = np.maximum(np.quantile(np.abs(weights), 0.9995, axis=0), 1e-9) / steps
        whole = np.clip(np.round(weights / scale), -_LARGEST, _LARGEST).astype(np.int16)
        return cls(
            classes=tuple(classes),
            weights=whole,
            scale=scale.astype(np.float32),
            bias=bias.astype(np.float32),
            routes=tuple(routes),
            route_bias=np.zeros((1 + len(routes), len(classes)), dtype=np.float32),
            route_scale=np.ones(1 + len(routes), dtype=np.float32),
        )


def probabilities(logits: Floats) -> Floats:
    """Softmax by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def chances(logits: Floats) -> Floats:
    """Each class by itself: several may hold."""
    result: Floats = (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
    return result
