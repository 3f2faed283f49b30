"""Believable names for places of a fictional district, as many as wanted and each told apart from the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.district.demo import words
from planner.district.demo.blanks import text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.grid import RANKS
from planner.district.demo.warp import Ints

Words = npt.NDArray[np.object_]


def subdistrict_names(count: int) -> list[str]:
    """Return the names of `count` subdistricts in administrative order."""
    return [f"{name}街道" for name in _enough(words.SUBDISTRICTS, count)]


def community_names(count: int, seed: int) -> list[str]:
    """Return the names of `count` communities."""
    names = np.array(words.COMMUNITIES, dtype=object)
    shuffled = stream(seed, "community names").permutation(names)
    return [f"{name}社区" for name in _enough(list(shuffled), count)]


def road_names(roads: pd.DataFrame, seed: int) -> list[str]:
    """Return one name per road: those of streets for the main ones, those of lanes for the local ones."""
    rng = stream(seed, "road names")
    main = (roads["rank"] < len(RANKS) - 1).to_numpy()
    names = np.empty(len(roads), dtype=object)
    names[main] = _main_names(roads[main], rng)
    lanes = [f"{stem}{ending}" for ending in words.LANE_ENDINGS for stem in words.LANE_STEMS]
    names[~main] = _enough(_mostly_in_order(lanes, rng), int((~main).sum()))
    return list(names)


def lake_names(count: int) -> list[str]:
    """Return the names of `count` lakes."""
    return _enough(words.LAKES, count)


def park_names(count: int) -> list[str]:
    """Return the names of `count` parks."""
    return _enough(words.PARKS, count)


def compound_names(compounds: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return name, alias, former_unit of each compound (missing: None).

    compounds: kind (object_type), year, street and number of its address. Employers' yards are called by the employer,
    courtyards and single buildings by their address, the rest by a lucky word.
    """
    rng = stream(seed, "compound names")
    size = len(compounds)
    employer = _evenly(rng, words.EMPLOYERS, size)
    kind = compounds["kind"].to_numpy(object)
    address = (compounds["street"] + compounds["number"].astype(str)).to_numpy(object)
    owned = (
        (kind == "家属院")
        | ((kind == "单栋楼") & (rng.random(size) < 0.55))
        | ((kind == "小区") & (rng.random(size) < 0.1))
    )
    yard = employer + pick(rng, words.YARD_WORDS, (6, 2, 1), size)
    plain = np.where(
        kind == "院落", address + "号院", np.where(kind == "单栋楼", address + "号楼", _lucky(compounds, rng))
    )
    by_employer = owned & ((kind == "家属院") | (rng.random(size) < 0.6))
    name = told_apart(np.where(by_employer, yard, plain))
    alias = np.where(
        by_employer, address + "号院", np.where(owned, employer + "宿舍", _evenly(rng, words.WORDS_OLD, size) + "大院")
    )
    kept = (rng.random(size) < np.where(owned, 0.45, 0.08)) & (compounds["year"].to_numpy() < 2001)
    return pd.DataFrame({"name": name, "alias": text_where(kept, alias), "former_unit": text_where(owned, employer)})


def told_apart(names: Words) -> Words:
    """Return the names with direction or number added from the second of each on."""
    series = pd.Series(names, dtype=object)
    for _ in range(4):
        again = series.groupby(series).cumcount().to_numpy()
        if not again.any():
            break
        series = pd.Series([_variant(n, k) for n, k in zip(series, again, strict=True)], dtype=object)
    out: Words = series.to_numpy(object)
    return out


def firm_names(count: int, seed: int) -> Words:
    """Return `count` property firms drawn from a pool that grows slowly with the count."""
    pool = _enough(words.FIRMS, max(8, int(np.sqrt(max(count, 1)) * 1.2)))
    firms = [f"云湖{name}{words.FIRM_ENDING}" for name in pool]
    return pick(stream(seed, "firms"), firms, list(1 / np.arange(2, len(firms) + 2)), count)


def _lucky(compounds: pd.DataFrame, rng: np.random.Generator) -> Words:
    size = len(compounds)
    years = compounds["year"].to_numpy()
    pools = (
        (words.WORDS_OLD, words.SUFFIX_OLD),
        (words.WORDS_OLD + words.WORDS_MIDDLE, words.SUFFIX_MIDDLE),
        (words.WORDS_MIDDLE + words.WORDS_NEW, words.SUFFIX_NEW),
    )
    names = [_evenly(rng, word, size) + _evenly(rng, ending, size) for word, ending in pools]
    lucky: Words = np.select([years < 1994, years < 2004], names[:2], names[2])
    return lucky


def _evenly(rng: np.random.Generator, pool: Sequence[str], size: int) -> Words:
    return pick(rng, pool, [1.0] * len(pool), size)


def _variant(name: str, again: int) -> str:
    if again == 0:
        return name
    ending = next((e for e in ("家属院", "家属楼", "宿舍", "号院", "号楼", "小区") if name.endswith(e)), "")
    stem = name.removesuffix(ending)
    if ending in ("号院", "号楼"):
        return f"{stem}-{again}{ending}"
    if again <= len(words.DIRECTIONS):
        return f"{stem}{words.DIRECTIONS[again - 1]}{ending or '区'}"
    return f"{stem}第{again}{ending or '区'}"


def _main_names(roads: pd.DataFrame, rng: np.random.Generator) -> Words:
    """Streets that run north are 路, those that run east are 街."""
    names = np.empty(len(roads), dtype=object)
    vertical = roads["vertical"].to_numpy(bool)
    for chosen, pool in ((vertical, _ending("路")), (~vertical, _ending("街"))):
        names[chosen] = _enough(list(rng.permutation(np.array(pool, dtype=object))), int(chosen.sum()))
    return names


def _mostly_in_order(pool: list[str], rng: np.random.Generator) -> list[str]:
    """Return the pool shuffled, with its first words still more likely to come early."""
    place = np.arange(len(pool)) + rng.uniform(0, 160, len(pool))
    return [pool[k] for k in np.argsort(place, kind="stable")]


def _ending(letter: str) -> list[str]:
    return [street for street in words.STREETS if street.endswith(letter)]


def _enough(pool: Sequence[Any], count: int) -> list[str]:
    """Return the first `count` names of an endless pool: each word, then each with a number."""
    rounds = -(-count // len(pool)) if len(pool) else 0
    numbered = [word if turn == 0 else f"{word}{_ordinal(turn + 1)}" for turn in range(rounds) for word in pool]
    return numbered[:count]


def _ordinal(number: int) -> str:
    """Return the number in Chinese figures: 二, 十, 二十三; digit by digit from a hundred on."""
    digits = "〇一二三四五六七八九"
    if number >= 100:
        return "".join(digits[int(d)] for d in str(number))
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else digits[tens] + "十")
    return head + (digits[ones] if ones else "")


def numbers_along(at: Ints, odd: npt.NDArray[np.bool_]) -> Ints:
    """Return house numbers for positions along a street (metres): odd on one side, even on the other."""
    numbers: Ints = 2 * np.maximum(0, at // 24) + np.where(odd, 1, 2)
    return numbers
