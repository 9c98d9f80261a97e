"""Words are judged by what they mean in any language: vectors of words in one space, folded into a weight per word."""

import numpy as np
import pytest
import scipy.sparse as sp  # type: ignore[import-untyped]  # it ships no types
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # it ships no types

from streams.lang.features import SENTIMENT_BITS, sentiment_features
from streams.lang.linear import Floats
from streams.models.encoder import WordVectors
from streams.models.fitting import fit, matrix
from streams.models.train_sentiment import Tables, add_shared

ENGLISH = ("awful", "table", "lovely")
SPANISH = ("horrible", "mesa", "precioso")
MEANINGS = np.array([[-1, 0], [0, 1], [1, 0]], dtype=np.float32)  # the same of both, as an encoder has it
GERMAN = ("schrecklich",)


@pytest.fixture
def tables() -> Tables:
    """What is learnt of English texts alone, each of one word."""
    found = Tables(
        weights=np.zeros((6 << SENTIMENT_BITS, 3), dtype=np.float32), bias=np.zeros((6, 3), dtype=np.float32)
    )
    vectors = {
        "en": WordVectors.of(ENGLISH, MEANINGS),
        "es": WordVectors.of(SPANISH, MEANINGS),
        "de": WordVectors.of(GERMAN, MEANINGS[:1]),
    }
    none = WordVectors.of((), np.zeros((0, 2), dtype=np.float32))
    texts = matrix([*ENGLISH] * 20, sentiment_features, SENTIMENT_BITS)
    add_shared(
        found,
        texts,
        np.array(["en"] * 60),
        np.array([0, 1, 2] * 20),
        {**vectors, "fr": none, "it": none, "pt": none},
    )
    return found


def logits(tables: Tables, text: str, route: int) -> Floats:
    features = matrix([text], sentiment_features, SENTIMENT_BITS)
    start = route << SENTIMENT_BITS
    result: Floats = (
        np.asarray(features @ tables.weights[start : start + (1 << SENTIMENT_BITS)])[0] + tables.bias[route]
    )
    return result


@pytest.mark.parametrize(("text", "label"), [("horrible", 0), ("mesa", 1), ("precioso", 2)])
def test_a_word_that_no_text_of_its_language_has_counts_as_its_like_in_another(tables: Tables, text: str, label: int):
    assert logits(tables, text, route=3).argmax() == label


def test_a_language_without_any_text_learns_too(tables: Tables):
    assert logits(tables, "schrecklich", route=2).argmax() == 0


def test_a_word_counts_in_the_table_of_its_own_language_alone(tables: Tables):
    assert not tables.weights[: 1 << SENTIMENT_BITS].any(), "the table that all languages share"
    assert (logits(tables, "horrible", route=2) == tables.bias[2]).all()


def test_a_word_that_is_several_to_the_tokenizer_has_no_vector():
    found = WordVectors.of(("precioso", "muy mal"), np.eye(2, dtype=np.float32))

    assert found.words == ["precioso"]


def test_the_vector_of_a_word_has_length_one():
    found = WordVectors.of(("precioso",), np.array([[3.0, 4.0]], dtype=np.float32))

    assert found.units[0] == pytest.approx([0.6, 0.8])


def test_a_fit_ends_where_it_has_converged_since_half_way_is_elsewhere_on_another_processor():
    rng = np.random.default_rng(1)
    common_to_rare = sp.diags(np.geomspace(0.05, 10, 1500).astype(np.float32))
    texts = sp.csr_matrix(sp.random(600, 1500, density=0.02, random_state=1, dtype=np.float32) @ common_to_rare)
    labels = rng.integers(0, 3, 600)
    end = LogisticRegression(max_iter=10_000, tol=1e-9).fit(texts, labels).coef_.T

    assert np.abs(fit(texts, labels).weights - end).max() < 0.002 * np.abs(end).max()
