"""Train the language classifier."""

import random
from pathlib import Path

import numpy as np

from streams.lang.features import LANGUAGE_BITS, language_features
from streams.lang.linear import Linear
from streams.models.corpora import language_training
from streams.models.fitting import fit, matrix


def train_language(folder: Path, rng: random.Random) -> Linear:
    """English, French, German, Spanish, Italian, Portuguese, or `und`."""
    pairs = language_training(folder, rng)
    texts = matrix([text for text, _ in pairs], language_features, LANGUAGE_BITS)
    labels = np.array([language for _, language in pairs])
    fitted = fit(texts, labels, strength=10, balanced=True)
    return Linear.quantize(fitted.classes, fitted.weights, fitted.bias)
