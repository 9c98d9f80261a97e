"""Linear classifiers: routes add their table, their bias and their temperature; a file gives back what was saved."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from streams.lang.features import Block, Features
from streams.lang.linear import Linear, chances, probabilities


def linear() -> Linear:
    weights = np.zeros((8, 2), dtype=np.float32)  # a shared table of four buckets, and one of a route
    weights[1] = (1.0, -1.0)
    weights[4 + 1] = (0.0, 3.0)
    made = Linear.quantize(("no", "yes"), weights, np.zeros(2, dtype=np.float32), routes=("fr",))
    return replace(
        made,
        route_bias=np.array([[0, 0], [5, 0]], dtype=np.float32),
        route_scale=np.array([1, 0.5], dtype=np.float32),
    )


def features(*buckets: int) -> Features:
    rows = np.arange(len(buckets))
    block = Block(buckets=np.array(buckets), rows=rows, values=np.ones(len(buckets), dtype=np.float32))
    return Features(blocks=(block,), size=len(buckets))


def test_a_route_adds_its_table_and_bias_and_is_tempered():
    logits = linear().logits(features(1, 1, 0), np.array([-1, 0, 0]))

    assert np.allclose(logits, [[1, -1], [3, 1], [2.5, 0]], atol=0.01)


def test_without_routes_only_the_shared_table_counts():
    assert np.allclose(linear().logits(features(1)), [[1, -1]], atol=0.01)


def test_a_saved_classifier_says_the_same(tmp_path: Path):
    made = linear()
    made.save(tmp_path / "x.npz")
    loaded = Linear.load(tmp_path / "x.npz")

    given, routes = features(0, 1, 1, 3), np.array([0, 0, -1, -1])
    assert np.array_equal(loaded.logits(given, routes), made.logits(given, routes))
    assert (loaded.classes, loaded.routes) == (made.classes, made.routes)


def test_probabilities_sum_to_one_and_chances_stand_alone():
    logits = np.array([[1000.0, 0.0], [0.0, 0.0]], dtype=np.float32)

    assert np.allclose(probabilities(logits).sum(axis=1), 1)
    assert np.allclose(chances(logits), [[1, 0.5], [0.5, 0.5]])
