"""Messages that mean about the same, gathered by Ivy's own sentence encoder."""

from __future__ import annotations

from typing import Callable, Sequence

import numpy as np

from bot.understanding.encoders import unit

ALIKE = 0.5  # cosine distance up to which two groups are one: parted ten pairs of made-up questions best; patients may differ
EXAMPLES = 3


def groups(texts: Sequence[str], encode: Callable[[Sequence[str]], np.ndarray]) -> list[list[int]]:
    """Places of texts that belong together, largest group first; within a group the most typical first.

    `encode` gives one vector a text, shape (len(texts), n). Agglomerative, average linkage, cosine distance
    (scikit-learn): the number of groups follows from ALIKE and need not be known."""
    if len(texts) < 2:
        return [[place] for place in range(len(texts))]
    from sklearn.cluster import AgglomerativeClustering

    vectors = unit(encode(texts))
    labels = AgglomerativeClustering(n_clusters=None, affinity="cosine", linkage="average", distance_threshold=ALIKE).fit_predict(vectors)
    found = [[int(place) for place in np.flatnonzero(labels == label)] for label in np.unique(labels)]
    for group in found:
        middle = vectors[group].mean(axis=0)
        group.sort(key=lambda place: (-float(vectors[place] @ middle), place))
    return sorted(found, key=len, reverse=True)
