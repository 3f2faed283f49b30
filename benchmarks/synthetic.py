"""A synthetic district of any size for the benchmarks: a ledger as offices keep it, and footprints without ids.

Compounds lie on a grid of 200 m with streets between them; ten buildings stand in each. Shapes and columns are of the
size met in real layers: 25 points to a boundary, 5 to 9 to a footprint, and the eleven columns of a house census to a
building. The values are seeded and mean nothing; a part of the ledger is left blank, as in life.
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
_CORNER = (470_000.0, 4_000_000.0)
_BLANK_COLUMNS, _BLANK_SHARE = 8, 0.33

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


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
    ledger, footprints = folder / "ledger.csv", folder / "footprints.gpkg"
    ids = [f"XQ{i:07d}" for i in range(compounds)]
    corners = _corners(compounds)
    buildings = _buildings(corners, draw)
    outlines = gpd.GeoDataFrame({"compound_id": ids}, geometry=_outlines(corners, draw), crs=METRIC)
    for layer, frame in (("compounds", outlines), ("buildings", buildings)):
        pyogrio.write_dataframe(frame.to_crs(DEGREES), footprints, layer=layer, use_arrow=True)
    floor_area = (buildings.area.to_numpy() * buildings["层数"].to_numpy()).reshape(compounds, -1).sum(axis=1)
    households = buildings["户数"].to_numpy().reshape(compounds, -1).sum(axis=1)
    _ledger(ids, floor_area, households, draw).to_csv(ledger, index=False, encoding="utf-8-sig")
    return Sources(ledger, footprints, compounds, len(buildings))


def _corners(n: int) -> Floats:
    """Return the lower left corner of each compound in metres (n x 2)."""
    row, column = np.divmod(np.arange(n), int(np.ceil(np.sqrt(n))))
    return np.column_stack([column, row]) * _SPACING + _CORNER


def _outlines(corners: Floats, draw: np.random.Generator) -> Shapes:
    """Return one boundary of 24 corners per compound: a rectangle whose edges were drawn by hand."""
    edge = np.linspace(0, 1, 6, endpoint=False)
    zero, one = np.zeros(6), np.ones(6)
    east, north = np.concatenate([edge, one, 1 - edge, zero]), np.concatenate([zero, edge, one, 1 - edge])
    frame = np.column_stack([east * _WIDTH, north * _DEPTH])
    return _polygons(corners[:, None, :] + frame + draw.uniform(-3, 3, (len(corners), 24, 2)))


def _buildings(corners: Floats, draw: np.random.Generator) -> gpd.GeoDataFrame:
    """Return ten buildings per compound in two columns of five, each a little turned; every fourth has wings."""
    spots = np.array([(40 + 70 * (i % 2), 15 + 22 * (i // 2)) for i in range(BUILDINGS_EACH)], dtype=float)
    middles = (corners[:, None, :] + spots).reshape(-1, 2)
    n = len(middles)
    slab = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    wings = np.array(
        [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (0.3, 0.5), (0.3, 0.2), (-0.3, 0.2), (-0.3, 0.5), (-0.5, 0.5)]
    )
    size = np.column_stack([draw.uniform(36, 56, n), draw.uniform(10, 13, n)])
    angle = np.radians(draw.uniform(-4, 4, n))
    winged = np.arange(n) % 4 == 0
    shapes = np.empty(n, dtype=object)
    for outline, chosen in ((slab, ~winged), (wings, winged)):
        shapes[chosen] = _polygons(_placed(outline * size[chosen][:, None, :], angle[chosen], middles[chosen]))
    floors = draw.integers(3, 8, n)
    columns = {
        "楼号": np.tile([f"{i + 1}号楼" for i in range(BUILDINGS_EACH)], len(corners)),
        "层数": floors,
        "高度": np.round(floors * 2.9, 1),
        "单元数": draw.integers(1, 6, n),
        "户数": (size.prod(axis=1) * floors // 75).astype(int),
        "建成年份": draw.integers(1975, 2012, n),
        "结构": draw.choice(["砖混", "框架", "剪力墙"], n),
        "危房等级": draw.choice(["A", "B", "未鉴定"], n),
        "屋面形式": draw.choice(["平", "坡"], n),
        "外墙保温": draw.choice(["无", "部分", "有"], n),
        "楼道隐患": draw.choice(["是", "否"], n),
        "燃气隐患": draw.choice(["是", "否"], n),
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=METRIC)


def _placed(local: Floats, angle: Floats, middles: Floats) -> Floats:
    """Return outlines (n x points x 2) turned by `angle` and moved to `middles`."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = local[..., 0], local[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1) + middles[:, None, :]


def _polygons(corners: Floats) -> Shapes:
    return np.asarray(shapely.polygons(corners), dtype=object)


def _ledger(ids: list[str], floor_area: Floats, households: Counts, draw: np.random.Generator) -> pd.DataFrame:
    """Return the ledger: Chinese headers, text cells, a third of the survey columns (the last eight) blank."""
    n = len(ids)
    streets = draw.choice(["幸福路", "机械厂", "东街", "向阳"], n)
    table = pd.DataFrame(
        {
            "小区编码": ids,
            "小区名称": [f"{street}{i}号院" for i, street in enumerate(streets)],
            "街道": draw.choice(["东湖街道", "西湖街道", "南山街道", "北桥街道"], n),
            "建成年代": [f"{year}年" for year in draw.integers(1975, 2012, n)],
            "户数": households,
            "楼栋数": BUILDINGS_EACH,
            "总建筑面积": (floor_area * draw.uniform(0.9, 1.1, n)).round(),
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
    survey = table.columns[-_BLANK_COLUMNS:]
    blank = draw.random((n, _BLANK_COLUMNS)) < _BLANK_SHARE
    return table.assign(**{name: table[name].mask(blank[:, i], "") for i, name in enumerate(survey)})
