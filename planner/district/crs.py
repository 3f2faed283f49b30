"""Coordinate systems: which one a layer is in, the metric one to measure it in, and the way to EPSG:4490.

Codes and magnitudes: CGCS2000 geographic is EPSG:4490, 3-degree Gauss-Krueger zones are EPSG:4513-4533 (easting with
zone prefix, 39,448,688) and EPSG:4534-4554 (without, 448,688), 6-degree zones EPSG:4491-4501 with prefix. GCJ-02 and
BD-09 have no code; offsets.py converts them. WGS84 and CGCS2000 are equal for planning (under a metre).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from planner.district import offsets
from planner.errors import CallError, CrsError
from planner.text import t

Floats = npt.NDArray[np.float64]

CGCS2000: Final = "EPSG:4490"
GCJ02: Final = "GCJ-02"
BD09: Final = "BD-09"
SWAPPED: Final = "+swapped"

_ZONES = range(25, 46)
_SIX_DEGREE_ZONES = range(13, 24)
_MIDDLE_OF_CHINA = 105.0
_WEB_MERCATOR = 3857
_CHINA = (73.0, 3.0, 136.0, 54.5)
_NORTHING = (1.8e6, 6.1e6)
_EASTING = (1.0e5, 9.0e5)
_SAME_AS_CGCS2000 = ("CHINA2000", "DCHINA2000", "WORLDGEODETICSYSTEM1984", "WGS1984", "DWGS1984", "WGS84", "CGCS2000")
_NAMES = {
    GCJ02: ("GCJ02", "GCJ-02", "GCJ", "火星坐标", "火星坐标系", "高德", "高德坐标", "腾讯", "腾讯坐标"),
    BD09: ("BD09", "BD-09", "BD09LL", "BD", "百度", "百度坐标", "百度坐标系"),
    CGCS2000: ("WGS84", "WGS-84", "WGS1984", "GPS", "CGCS2000", "2000国家大地坐标系", "国家2000", "大地2000", "CRS84"),
}
_CODES = {name: code for code, names in _NAMES.items() for name in names}


@dataclass(frozen=True, slots=True)
class System:
    """One coordinate system: `code` is EPSG:4490 (for WGS84 too), GCJ-02, BD-09, another EPSG code or a WKT text.

    swapped: the first coordinate is north, the second east (latitude, longitude; or the surveyors' X, Y).
    """

    code: str
    swapped: bool = False

    @property
    def name(self) -> str:
        """The short name that reports and `--crs` use, e.g. ``BD-09``, ``EPSG:4547``, ``EPSG:4490+swapped``."""
        code = self.code if len(self.code) < 20 else pyproj.CRS(self.code).name
        return code + SWAPPED if self.swapped else code


def metric_crs(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Return the metric system to measure `layer` in: CGCS2000 3-degree Gauss-Krueger by its middle longitude.

    EPSG:4534 (75 E) to 4554 (135 E); within half a zone of the meridian lengths are within 0.023 % and areas within
    0.045 %. East or west of that range the UTM zone of the layer is returned. A layer without any shape gets the
    zone of 105 E, so that empty districts work. Raises CrsError where the layer has no declared system.
    """
    if layer.crs is None:
        raise CrsError(t("crs.undeclared"))
    west, south, east, north = layer.total_bounds
    if not np.isfinite(west + east):
        return _crs(_zone_code(_MIDDLE_OF_CHINA))
    lon, _ = to_lonlat((west + east) / 2, (south + north) / 2, System(layer.crs.to_wkt()))
    zone = round(float(lon) / 3)
    return _crs(_zone_code(zone * 3.0)) if zone in _ZONES else layer.estimate_utm_crs()


def require_metric(layer: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Raise CrsError unless `layer` is in a system of metres that keeps lengths; the message says how to get there.

    Web mercator (EPSG:3857) is refused as well: at 36 to 46 N it inflates areas 1.5 to 2.1 times.
    """
    crs = layer.crs
    if crs is None:
        raise CrsError(t("crs.undeclared"))
    if not crs.is_projected:
        raise CrsError(t("crs.degrees", crs=crs.name))
    if crs.to_epsg() == _WEB_MERCATOR or "Pseudo-Mercator" in crs.name:
        raise CrsError(t("crs.mercator", crs=crs.name))
    if any(axis.unit_name not in ("metre", "meter") for axis in crs.axis_info):
        raise CrsError(t("crs.not_metres", crs=crs.name, unit=crs.axis_info[0].unit_name))


def to_metric(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `layer` in its `metric_crs`; a layer that is there already is returned as it is."""
    target = metric_crs(layer)
    return layer if layer.crs == target else layer.to_crs(target)


def parse_system(text: str) -> System:
    """Return the system that a person wrote: an EPSG code or number, a name (GCJ-02, 百度坐标, WGS84 ...), `+swapped`.

    Raises CallError on a name that nobody knows, with examples of what can be written.
    """
    word = unicodedata.normalize("NFKC", text).strip()
    swapped = word.lower().endswith(SWAPPED)
    word = word[: -len(SWAPPED)].strip() if swapped else word
    known = _CODES.get(re.sub(r"\s+", "", word).upper())
    if known:
        return System(known, swapped)
    if word.isdigit():
        word = f"EPSG:{word}"
    try:
        return replace(_system(pyproj.CRS.from_user_input(word)), swapped=swapped)
    except pyproj.exceptions.CRSError as error:
        raise CallError(t("crs.unknown_name", name=text)) from error


def system_of(crs: pyproj.CRS | None) -> System | None:
    """Return the declared system of a layer as a System, None where it declares none.

    WGS84 and CGCS2000 degrees are one system here (EPSG:4490).
    """
    return None if crs is None else _system(crs)


def datum_is_doubtful(system: System) -> bool:
    """Return whether `system` rests on another datum (Xi'an 80, Beijing 54 ...), whose shift to CGCS2000 is a guess.

    The public parameters are good to some tens of metres at best: the owner of the data should deliver CGCS2000.
    """
    return system.code not in (CGCS2000, GCJ02, BD09) and not _datum_is_cgcs2000(_crs(system.code))


def to_lonlat(x: npt.ArrayLike, y: npt.ArrayLike, system: System) -> tuple[Floats, Floats]:
    """Return EPSG:4490 longitude and latitude of coordinates in `system`; what cannot be converted is NaN."""
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if system.swapped:
        first, second = second, first
    if system.code == GCJ02:
        return offsets.gcj02_to_wgs84(first, second)
    if system.code == BD09:
        return offsets.bd09_to_wgs84(first, second)
    if system.code == CGCS2000:
        return first, second
    lon, lat = _transformer(system.code).transform(first, second)
    wrong = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat)


def shapes_to_lonlat(shapes: npt.ArrayLike, system: System) -> npt.NDArray[np.object_]:
    """Return shapely geometries of `system` in EPSG:4490 degrees (two-dimensional); missing shapes stay missing."""
    array = np.asarray(shapes, dtype=object)
    if system == System(CGCS2000):
        return array
    return np.asarray(shapely.transform(array, lambda c: np.column_stack(to_lonlat(c[:, 0], c[:, 1], system))))


def to_cgcs2000(layer: gpd.GeoDataFrame, system: System) -> gpd.GeoDataFrame:
    """Return `layer`, whose coordinates are in `system` whatever its label says, in EPSG:4490."""
    if system == System(CGCS2000):
        return layer.set_crs(CGCS2000, allow_override=True)
    shapes = shapes_to_lonlat(layer.geometry.to_numpy(), system)
    return layer.set_geometry(gpd.GeoSeries(shapes, index=layer.index, crs=CGCS2000))


def in_china(lon: Floats, lat: Floats) -> bool:
    """Return whether the middle of these degrees lies in China; no usable coordinate gives False."""
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return False
    west, south, east, north = _CHINA
    x, y = float(np.median(lon[known])), float(np.median(lat[known]))
    return west <= x <= east and south <= y <= north


def hypotheses(x: npt.ArrayLike, y: npt.ArrayLike, declared: System | None = None) -> tuple[System, ...]:
    """Return the systems in which these coordinates make sense, the declared one first.

    Degrees: WGS84 = CGCS2000, GCJ-02, BD-09, each also with swapped axes. Metres: the zone that a prefixed easting
    names, else all CGCS2000 3-degree zones; which axis is north shows in its size (2 to 6 million). Only systems
    that put the middle of the points into China remain; if none does, only the declared one is left.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    if not len(first):
        return (declared,) if declared else ()
    middle = float(np.median(first)), float(np.median(second))
    possible = _in_degrees() if max(map(abs, middle)) <= 180 else _in_metres(*middle)
    listed = dict.fromkeys(([declared] if declared else []) + possible)
    kept = tuple(s for s in listed if in_china(*to_lonlat(np.array(middle[:1]), np.array(middle[1:]), s)))
    return kept or ((declared,) if declared else ())


def _system(crs: pyproj.CRS) -> System:
    if crs.is_geographic and _datum_is_cgcs2000(crs):
        return System(CGCS2000)
    authority = crs.to_authority(min_confidence=70)
    return System(":".join(authority) if authority else crs.to_wkt())


def _in_degrees() -> list[System]:
    return [System(code, swapped) for swapped in (False, True) for code in (CGCS2000, GCJ02, BD09)]


def _in_metres(x: float, y: float) -> list[System]:
    found = [System(code, False) for code in _zones_of(east=x, north=y)]
    return found + [System(code, True) for code in _zones_of(east=y, north=x)]


def _zones_of(*, east: float, north: float) -> list[str]:
    prefix, rest = divmod(east, 1e6)
    if not (_NORTHING[0] <= north <= _NORTHING[1] and _EASTING[0] <= rest <= _EASTING[1]):
        return []
    if prefix == 0:
        return [_zone_code(zone * 3.0) for zone in _ZONES]
    if prefix in _ZONES:
        return [f"EPSG:{4513 + int(prefix) - 25}"]
    return [f"EPSG:{4491 + int(prefix) - 13}"] if prefix in _SIX_DEGREE_ZONES else []


def _zone_code(meridian: float) -> str:
    return f"EPSG:{4534 + round(meridian / 3) - 25}"


def _datum_is_cgcs2000(crs: pyproj.CRS) -> bool:
    base = crs.geodetic_crs
    if base is None or base.datum is None:
        return False
    return re.sub(r"[\s_]", "", base.datum.name).upper().startswith(_SAME_AS_CGCS2000)


@lru_cache(maxsize=64)
def _crs(code: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(code)


@lru_cache(maxsize=64)
def _transformer(code: str) -> pyproj.Transformer:
    source = _crs(code)
    base = source.geodetic_crs
    target = base if base is not None and _datum_is_cgcs2000(source) else _crs(CGCS2000)
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
