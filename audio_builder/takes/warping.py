"""Compare sounds of different paces by dynamic time warping, many pairs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..audio.pcm import Floats

_OFF_DIAGONAL = 0.2  # of the length: nobody reads the halves of a sentence at such different paces
_MOST_CELLS = 4_000_000  # at once, to limit memory


def warped_distances(pairs: Sequence[tuple[Floats, Floats]], has_open_end: bool = False) -> Floats:
    """Return how far the two sounds of each pair differ, for each step. Sounds are shaped (times, features).

    With `has_open_end` the first may be only the beginning of the second.
    """
    distances = np.zeros(len(pairs))
    for batch in _batches([max(len(one), len(two)) for one, two in pairs]):
        distances[batch] = _warped([pairs[n] for n in batch], has_open_end)
    return distances


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of pairs of about the same length."""
    batch: list[int] = []
    for n in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        if batch and (len(batch) + 1) * lengths[n] ** 2 > _MOST_CELLS:
            yield batch
            batch = []
        batch.append(n)
    if batch:
        yield batch


def _warped(pairs: Sequence[tuple[Floats, Floats]], has_open_end: bool) -> Floats:
    """Go through the anti-diagonals of all pairs at once: the cells of one depend on the two before it only."""
    rows, columns = (np.array([len(pair[k]) for pair in pairs]) for k in (0, 1))
    costs = _costs(pairs, int(rows.max()), int(columns.max()), has_open_end)
    every = np.arange(len(pairs))
    last, now = (np.full((len(pairs), int(rows.max()) + 1), np.inf) for _ in range(2))
    distances = np.full(len(pairs), np.inf)
    for diagonal in range(costs.shape[1] + costs.shape[2] - 1):
        row = np.arange(max(0, diagonal - costs.shape[2] + 1), min(costs.shape[1], diagonal + 1))
        cost = costs[:, row, diagonal - row]
        before, last = last, now
        now = np.full_like(last, np.inf)
        straight = before[:, row] + 2 * cost if diagonal else 2 * cost
        now[:, row + 1] = np.minimum(np.minimum(last[:, row], last[:, row + 1]) + cost, straight)
        column = diagonal - rows + 1
        is_end = (column >= 0) & (column < columns) if has_open_end else column == columns - 1
        here = np.where(is_end, now[every, rows], np.inf) / (diagonal + 2)
        distances = np.minimum(distances, here)
    return distances


def _costs(pairs: Sequence[tuple[Floats, Floats]], rows: int, columns: int, has_open_end: bool) -> Floats:
    """Return how far each two times of each pair differ, and infinity far from equal paces."""
    costs = np.full((len(pairs), rows, columns), np.inf)
    for n, (one, two) in enumerate(pairs):
        squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * one @ two.T
        length = len(one) if has_open_end else len(two)
        paces = np.arange(len(one))[:, None] / max(len(one) - 1, 1) - np.arange(len(two)) / max(length - 1, 1)
        limit = _OFF_DIAGONAL + 0.1 if has_open_end else _OFF_DIAGONAL
        costs[n, : len(one), : len(two)] = np.where(
            np.abs(paces) <= limit, np.sqrt(np.maximum(squares, 0)), np.inf
        )
    return costs
