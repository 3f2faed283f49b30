"""Random small districts with many open facts, for what is said of any district."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.decisions.fill_values import NUMBER_KINDS, limits_of, words_of
from planner.district.district import District
from tests.builders import make_district, shared_policy
from tests.task_oracle import AS_OF

_USUAL = {"households": (10, 600), "units_n": (1, 30), "buildings_n": (1, 9), "cctv_points": (0, 30)}
_USUAL |= {"access_ctrl_units": (0, 30), "vehicle_gates_n": (0, 4), "ped_gates_n": (0, 5), "barrier_lanes_n": (0, 4)}
_USUAL |= {"parking_n": (0, 60), "support_households_n": (0, 300), "surveyed_households_n": (0, 400)}
_USUAL |= {"built_year_min": (1960, 2026), "built_year_max": (1960, 2026), "illegal_structures_n": (0, 2)}


def random_district(seed: int, *, n: int = 10, blank: float = 0.45) -> District:
    """A district of n compounds without layers, each field blank with a chance, registers and rare fields mostly so."""
    rng = np.random.default_rng(seed)
    fields = shared_policy().fields("compounds")
    usable = fields[fields["type"].isin(["enum", "enums", "bool", *NUMBER_KINDS])]
    rows = []
    for k in range(n):
        row: dict[str, Any] = {"compound_id": f"R{k:02d}", "name": f"第{k}小区"}
        for name, spec in usable.iterrows():
            register = spec["survey"] != "yes"
            if rng.random() > (0.9 if register else blank):
                row[str(name)] = _value(rng, str(name), spec)
        if row.get("built_year_min", 0) > row.get("built_year_max", 9999):
            row["built_year_min"] = row["built_year_max"]
        rows.append(row)
    return make_district(rows)


def _value(rng: np.random.Generator, name: str, spec: pd.Series) -> object:
    if spec["type"] not in NUMBER_KINDS:
        choices = words_of(spec)
        return choices[int(rng.integers(len(choices)))]
    low, high = _USUAL.get(name, limits_of(spec, AS_OF))
    if spec["type"] == "ratio":
        return float(np.round(rng.random(), 2))
    number = low + rng.random() * (min(high, low + 300) - low)
    return int(number) if spec["type"] in ("int", "year") else float(np.round(number, 1))
