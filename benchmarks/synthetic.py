"""A synthetic district of any size for the benchmarks: a ledger as offices keep it, and footprints without ids.

Compounds lie on a grid of 200 m with streets between them; ten buildings stand in each. The values are seeded and
mean nothing; a part is left blank, as in life.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

METRIC, DEGREES = "EPSG:4548", "EPSG:4490"
BUILDINGS_EACH = 10
_SPACING, _WIDTH, _DEPTH = 200.0, 150.0, 120.0
_EAST, _NORTH = 470_000.0, 4_000_000.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sources:
    """What an office hands over: a ledger (UTF-8 CSV) and a GeoPackage with layers compounds and buildings."""

    ledger: Path
    footprints: Path
    compounds: int
    buildings: int


def write_sources(folder: Path, *, compounds: int, seed: int = 20261120) -> Sources:
    """Write the ledger and the footprints of `compounds` compounds to `folder` and return where they are."""
    draw = np.random.default_rng(seed)
    corners = _corners(compounds)
    ledger, footprints = folder / "ledger.csv", folder / "footprints.gpkg"
    ids = _ids(compounds)
    _ledger(ids, draw).to_csv(ledger, index=False, encoding="utf-8-sig")
    outlines = gpd.GeoDataFrame({"compound_id": ids}, geometry=_outlines(corners, draw), crs=METRIC).to_crs(DEGREES)
    pyogrio.write_dataframe(outlines, footprints, layer="compounds", use_arrow=True)
    buildings = gpd.GeoDataFrame({"floors": draw.integers(3, 8, compounds * BUILDINGS_EACH)},
                                 geometry=_blocks(corners, draw), crs=METRIC).to_crs(DEGREES)  # fmt: skip
    pyogrio.write_dataframe(buildings, footprints, layer="buildings", use_arrow=True)
    return Sources(ledger, footprints, compounds, len(buildings))


def _ids(n: int) -> npt.NDArray[np.object_]:
    return np.array([f"XQ{i:07d}" for i in range(n)], dtype=object)


def _corners(n: int) -> Floats:
    """Return the lower left corner of each compound in metres (n x 2)."""
    side = int(np.ceil(np.sqrt(n)))
    row, column = np.divmod(np.arange(n), side)
    return np.column_stack([_EAST + _SPACING * column, _NORTH + _SPACING * row])


def _outlines(corners: Floats, draw: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return one polygon of eight vertices per compound: a rectangle whose edges are drawn by hand."""
    frame = np.array([(0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5)]) * (_WIDTH, _DEPTH)
    vertices = corners[:, None, :] + frame[None] + draw.uniform(-3, 3, (len(corners), 8, 2))
    return np.asarray(shapely.polygons(vertices))


def _blocks(corners: Floats, draw: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return ten slabs per compound in two columns of five, each a little turned."""
    spots = np.array([(40 + 70 * (i % 2), 15 + 22 * (i // 2)) for i in range(BUILDINGS_EACH)], dtype=float)
    middles = (corners[:, None, :] + spots[None]).reshape(-1, 2)
    turned = np.radians(draw.uniform(-4, 4, len(middles)))
    length, depth = draw.uniform(36, 56, len(middles)), draw.uniform(10, 13, len(middles))
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    local = square[None] * np.column_stack([length, depth])[:, None, :]
    cos, sin = np.cos(turned)[:, None], np.sin(turned)[:, None]
    x, y = local[..., 0] * cos - local[..., 1] * sin, local[..., 0] * sin + local[..., 1] * cos
    return np.asarray(shapely.polygons(middles[:, None, :] + np.stack([x, y], axis=-1)))


def _ledger(ids: npt.NDArray[np.object_], draw: np.random.Generator) -> pd.DataFrame:
    """Return the ledger: Chinese headers, text cells, about a third of the survey columns blank."""
    n = len(ids)
    households = draw.integers(40, 700, n)
    years = draw.integers(1975, 2012, n)
    table = pd.DataFrame(
        {
            "小区编码": ids,
            "小区名称": [
                f"{name}{i}号院" for i, name in enumerate(draw.choice(["幸福路", "机械厂", "东街", "向阳"], n))
            ],
            "街道": draw.choice(["东湖街道", "西湖街道", "南山街道", "北桥街道"], n),
            "建成年代": [f"{year}年" for year in years],
            "户数": households,
            "楼栋数": BUILDINGS_EACH,
            "单元数": np.maximum(1, households // 13),
            "物业服务状态": draw.choice(["专业物业", "社区托管", "居民自管", "无"], n),
            "管护责任主体": draw.choice(["物业服务企业", "社区", "居民自管小组", "无"], n),
            "有门禁单元数": np.maximum(1, households // 26),
            "监控路数": draw.integers(0, 40, n),
            "路面破损率": draw.uniform(0, 1, n).round(2),
            "征询户数": households,
            "同意户数": (households * draw.uniform(0.3, 1, n)).astype(int),
        }
    ).astype("string")
    blank = draw.random((n, 8)) < 0.33
    survey = table.columns[-8:]
    return table.assign(**{name: table[name].mask(blank[:, i], "") for i, name in enumerate(survey)})
