"""Small files for the tests of the import: a ledger, layers, and one call that imports them."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from planner.district.import_request import ImportRequest, ImportResult, Source
from planner.district.importing import import_district
from tests.builders import shared_policy

POLICY = shared_policy()
LEDGER = """编码,小区名称,社区,建筑年代,总户数,物业公司,备用
A1,红旗家属院,东风,1985年,120,无物业,x
A2,滨河花园,东风,90年代,约80户,某某物业服务有限公司,y
A3,建设小区,西山,,暂无信息,街道代管,
"""


def csv(text: str, name: str = "台账.csv") -> Source:
    return Source(text.encode(), name)


def request(text: str = LEDGER, **more: Any) -> ImportRequest:
    return ImportRequest(policy=POLICY, table=csv(text), **more)


def run(text: str = LEDGER, **more: Any) -> ImportResult:
    return import_district(request(text, **more))


def square(column: int, row: int = 0, size: float = 0.002) -> shapely.Geometry:
    lon, lat = 116.3 + column * size, 39.9 + row * size
    return shapely.box(lon, lat, lon + size * 0.9, lat + size * 0.9)


def layer(tmp_path: Path, stem: str, shapes: list[Any], crs: str | None = "EPSG:4326", **columns: list[Any]) -> Source:
    path = tmp_path / f"{stem}.parquet"
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_parquet(path)
    return Source(path)


def rules(result: ImportResult) -> list[str]:
    return list(result.report.problems["rule"])
