"""The core of the search: which plan every undecided block takes, as one small exact problem for HiGHS.

Most blocks are decided by the prices. Those with a second plan that costs little are free to take any such plan; what
the others take of every limit is fixed. The rules inside a compound hold by construction.
"""

from __future__ import annotations

import numpy as np

from planner.decisions.portfolio.generation import Generated
from planner.decisions.portfolio.matrix import Model, by_columns
from planner.decisions.portfolio.problem import Floats, Ints
from planner.decisions.portfolio.search import Pool


def core_entries(found: Generated, pool: Pool, now: Ints, *, most: int, blur: Floats) -> Ints:
    """Return the pool entries that are free: about ``most`` of those that lose least, with the current ones.

    ``now`` [blocks] is the current entry of every block; ``blur`` [blocks] multiplies what its other plans lose. A
    block that has no other choice left is not free.
    """
    street_price = found.street_price[found.blocks.street[pool.block]]
    reduced = pool.benefit - pool.usage @ found.price - pool.floor * street_price
    first = np.searchsorted(pool.block, np.arange(found.blocks.count))
    loss = np.maximum.reduceat(reduced, first)[pool.block] - reduced
    loss *= blur[pool.block]
    kept = np.zeros(len(loss), dtype=bool)
    kept[np.argsort(loss, kind="stable")[: found.blocks.count + most]] = True
    kept[now] = True
    free = np.bincount(pool.block[kept], minlength=found.blocks.count) > 1
    return np.flatnonzero(kept & free[pool.block])


def core_model(found: Generated, pool: Pool, now: Ints, entries: Ints) -> Model:
    """Return the problem of choosing one of ``entries`` in each of their blocks; the other blocks stay at ``now``."""
    blocks, block = np.unique(pool.block[entries], return_inverse=True)
    fixed = np.delete(now, blocks)
    street = found.blocks.street
    limits = np.flatnonzero(np.isfinite(found.rows.room))
    room = (found.rows.room - pool.usage[fixed].sum(axis=0))[limits]
    given = np.bincount(street[pool.block[fixed]], pool.floor[fixed], len(found.rows.floor))
    rows = len(limits), len(limits) + len(given)
    taken = pool.usage[np.ix_(entries, limits)]
    where, limit = np.nonzero(taken)
    every = np.arange(len(entries))
    row = np.concatenate([limit, rows[0] + street[pool.block[entries]], rows[1] + block])
    value: Floats = np.concatenate([taken[where, limit], pool.floor[entries], np.ones(len(entries))])
    columns = by_columns(row, np.concatenate([where, every, every]), value, len(entries))
    upper = np.concatenate([room, found.rows.floor - given, np.ones(len(blocks))])
    lower = np.concatenate([np.full(rows[1], -np.inf), np.ones(len(blocks))])
    return Model(pool.benefit[entries], lower, upper, *columns)
