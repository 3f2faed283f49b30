"""Seeded chance: one generator per purpose, so that a change in one part leaves the others as they were."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return the generator of one purpose under one seed."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])


def pick(
    rng: np.random.Generator, words: Sequence[str], weights: Sequence[float], size: int
) -> npt.NDArray[np.object_]:
    """Return `size` words drawn with these weights (any positive scale)."""
    shares = np.asarray(weights, dtype=float)
    drawn = rng.choice(len(words), size=size, p=shares / shares.sum())
    return np.array(words, dtype=object)[drawn]
