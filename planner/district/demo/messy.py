"""The demo's data as offices hand it in: a ledger nobody cleaned, in two file forms, and a boundary shifted to GCJ-02.

What is written here is the same district as `make_demo`; a good import finds it again. Nothing of it is needed to
plan: it exercises `planner import`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
import xlsxwriter

from planner.district.demo.chance import stream
from planner.district.district import District
from planner.district.offsets import wgs84_to_gcj02

LEDGER_XLSX, LEDGER_CSV = "台账_原始.xlsx", "台账_GB18030.csv"
BOUNDARY, AREAS = "边界_GCJ02.geojson", "社区范围.geojson"
TITLE = "云湖区住宅小区（院落）基本情况台账〔演示·虚构〕"
MAKER = "填报单位：云湖区住房和城乡建设局（演示）　　填报日期：{date}"
NOTE = "注：1.“建成年代”以竣工档案为准，无档案的按居民反映填写。2.建筑面积单位为万平方米。3.本表数据为演示·虚构。"
UNKNOWN = ("", "", "", "不详", "/")
NOT_YET = ("alias", "property_firm")
"""Fields in which 暂无 means unknown; in a count or a status it could mean none."""

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
STATUS_WORDS = {
    "专业物业": ("有物业", "专业物业", "物业服务企业"),
    "单位自管": ("单位自管", "产权单位管理"),
    "社区托管": ("社区托管", "社区兜底", "准物业"),
    "居民自管": ("居民自治", "业主自管"),
    "应急物业": ("应急物业",),
    "无": ("无", "无物业", "失管"),
}
YES_NO = {True: ("是", "√"), False: ("否", "×")}

Draw = np.random.Generator
Cell = Callable[[Any, Draw], str]


def messy_rows(district: District) -> pd.DataFrame:
    """Return the ledger as texts, one row per compound in the order of the ids; columns are (group, label).

    Cells say what the district says, in the ways of offices: 约80户, 1989年, 90年代, ６栋, 1.86 (万平方米), √, 暂无.
    """
    rng = stream(len(district.compounds), "messy ledger")
    compounds = pd.DataFrame(district.compounds.drop(columns="geometry"))
    told = district.original.pivot(index="compound_id", columns="field", values="text")
    columns: dict[tuple[str, str], list[str]] = {("序号", ""): [str(n + 1) for n in range(len(compounds))]}
    for (group, label), (field, write) in LEDGER.items():
        words = told[field].reindex(compounds.index) if field in told else pd.Series(pd.NA, index=compounds.index)
        columns[(group, label)] = [
            str(word) if pd.notna(word) else (_unknown(field, rng) if pd.isna(value) else write(value, rng))
            for word, value in zip(words, compounds[field], strict=True)
        ]
    return pd.DataFrame(columns, index=compounds.index)


def write_messy(district: District, folder: Path, *, as_of: dt.date) -> list[Path]:
    """Write the four files into `folder` (which exists) and return their paths; same district, same bytes."""
    rows, numbers = messy_rows(district), district.compounds[list(SUMMED.values())]
    paths = [folder / name for name in (LEDGER_XLSX, LEDGER_CSV, BOUNDARY, AREAS)]
    _write_xlsx(rows, numbers, paths[0], as_of=as_of)
    paths[1].write_bytes(_csv(rows, numbers, as_of))
    names = district.compounds[["name", "community_name"]]
    paths[2].write_bytes(
        _geojson(
            _shifted(district.compounds.geometry.to_numpy()), names, {"name": "小区名称", "community_name": "社区"}
        )
    )
    communities = district.layers["communities"]
    paths[3].write_bytes(
        _geojson(communities.geometry.to_numpy(), communities, {"community_name": "社区", "subdistrict_name": "街道"})
    )
    return paths


def _unknown(field: str, rng: Draw) -> str:
    words = (*UNKNOWN, "暂无") if field in NOT_YET else UNKNOWN
    return words[int(rng.integers(0, len(words)))]


def _as_is(value: Any, rng: Draw) -> str:
    del rng
    return str(value)


def _year(value: Any, rng: Draw) -> str:
    form = int(rng.integers(0, 8))
    return (
        (f"{value}年", f"{value}年建成", f"{value}.0", str(value).translate(FULL_WIDTH))[form]
        if form < 4
        else str(value)
    )


def _count(unit: str, about: float = 0.0) -> Cell:
    def write(value: Any, rng: Draw) -> str:
        number = str(int(value))
        if rng.random() < about and int(value) >= 50 and int(value) % 10 == 0:
            return f"约{number}{unit}"
        form = int(rng.integers(0, 9))
        return (f"{number}{unit}", number.translate(FULL_WIDTH), f"{number} ")[form] if form < 3 else number

    return write


def _ten_thousand(value: Any, rng: Draw) -> str:
    """Square metres in 万平方米, exact to the square metre, so that nothing is lost."""
    number = f"{round(float(value)) / 10_000:.4f}".rstrip("0").rstrip(".")
    return f"{number}万" if rng.random() < 0.15 else number


def _status(value: Any, rng: Draw) -> str:
    words = STATUS_WORDS[str(value)]
    return words[int(rng.integers(0, len(words)))]


def _yes_no(value: Any, rng: Draw) -> str:
    return YES_NO[bool(value)][int(rng.integers(0, 2))]


def _fee(value: Any, rng: Draw) -> str:
    return f"{float(value):g}元/平米/月" if rng.random() < 0.4 else f"{float(value):g}"


LEDGER: Mapping[tuple[str, str], tuple[str, Cell]] = {
    ("街道", ""): ("subdistrict_name", _as_is),
    ("社区", ""): ("community_name", _as_is),
    ("小区名称", ""): ("name", _as_is),
    ("曾用名", ""): ("alias", _as_is),
    ("地址", ""): ("address", _as_is),
    ("类型", ""): ("object_type", _as_is),
    ("基本情况", "建成年代"): ("built_year_min", _year),
    ("基本情况", "楼栋数"): ("buildings_n", _count("栋")),
    ("基本情况", "单元数"): ("units_n", _count("个")),
    ("基本情况", "总户数"): ("households", _count("户", about=0.25)),
    ("基本情况", "建筑面积（万平方米）"): ("floor_area_m2", _ten_thousand),
    ("物业情况", "物业服务"): ("property_status", _status),
    ("物业情况", "物业企业"): ("property_firm", _as_is),
    ("物业情况", "物业费"): ("fee_yuan_m2_month", _fee),
    ("安防情况", "监控路数"): ("cctv_points", _count("路")),
    ("安防情况", "有门禁单元数"): ("access_ctrl_units", _count("樘")),
    ("安防情况", "可否围合"): ("perimeter_closable", _as_is),
    ("三无小区", ""): ("sanwu_official", _yes_no),
}
"""Heading (group, label) to field and the way in which its cells are written."""

MERGED = (("街道", ""), ("社区", ""))
SUMMED = {("基本情况", "楼栋数"): "buildings_n", ("基本情况", "总户数"): "households"}


def _blocks(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each subdistrict, in order."""
    street = rows[("街道", "")]
    change = street.ne(street.shift()).cumsum()
    return [(str(part[("街道", "")].iloc[0]), part) for _, part in rows.groupby(change, sort=False)]


def _total(label: str, part: pd.DataFrame, numbers: pd.DataFrame) -> list[str]:
    """Return a subtotal row: its label below the subdistricts, the count below the names, and the usual sums."""
    cells = pd.Series("", index=part.columns, dtype=object)
    cells[("街道", "")] = label
    cells[("小区名称", "")] = f"{len(part)}个"
    for column, field in SUMMED.items():
        cells[column] = str(int(numbers.loc[part.index, field].sum()))
    return [str(cell) for cell in cells]


def _lines(rows: pd.DataFrame, numbers: pd.DataFrame) -> list[list[str]]:
    """Return the rows as an office lists them: a subtotal below every subdistrict, a total at the end."""
    lines: list[list[str]] = []
    for name, part in _blocks(rows):
        lines += part.to_numpy(object).tolist()
        lines.append(_total(f"{name}小计", part, numbers))
    return [*lines, _total("合计", rows, numbers)]


def _csv(rows: pd.DataFrame, numbers: pd.DataFrame, as_of: dt.date) -> bytes:
    """Return the ledger with a title above a one-row header, in GB18030 with CRLF, as Excel saves it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    blank = [""] * (rows.shape[1] - 1)
    writer.writerows([[TITLE, *blank], [_maker(as_of), *blank]])
    writer.writerow([label or group for group, label in rows.columns])
    writer.writerows(_lines(rows, numbers))
    writer.writerow([NOTE, *blank])
    return out.getvalue().encode("gb18030")


def _maker(as_of: dt.date) -> str:
    return MAKER.format(date=f"{as_of.year}年{as_of.month}月{as_of.day}日")


def _write_xlsx(rows: pd.DataFrame, numbers: pd.DataFrame, path: Path, *, as_of: dt.date) -> None:
    """Write title rows, a merged header of two rows, merged subdistrict and community cells, subtotals and a note."""
    book = xlsxwriter.Workbook(
        path, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": TITLE, "created": dt.datetime(as_of.year, as_of.month, as_of.day)})
    sheet = book.add_worksheet("小区台账")
    bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
    plain = book.add_format({"valign": "vcenter", "border": 1})
    last = rows.shape[1] - 1
    sheet.merge_range(0, 0, 0, last, TITLE, bold)
    sheet.merge_range(1, 0, 1, last, _maker(as_of))
    _write_header(sheet, list(rows.columns), bold)
    row = 4
    for name, part in _blocks(rows):
        _write_block(sheet, row, part, plain)
        row += len(part)
        _write_line(sheet, row, _total(f"{name}小计", part, numbers), bold)
        row += 1
    _write_line(sheet, row, _total("合计", rows, numbers), bold)
    sheet.merge_range(row + 1, 0, row + 1, last, NOTE)
    sheet.set_column(1, 5, 16)
    book.add_worksheet("填表说明").write_string(0, 0, NOTE)
    book.close()


def _write_header(sheet: Any, columns: Sequence[tuple[str, str]], bold: Any) -> None:
    start = 0
    for end in range(1, len(columns) + 1):
        group, label = columns[start]
        if end < len(columns) and label and columns[end][0] == group:
            continue
        if not label:
            sheet.merge_range(2, start, 3, start, group, bold)
        else:
            sheet.merge_range(2, start, 2, end - 1, group, bold)
            for at in range(start, end):
                sheet.write_string(3, at, columns[at][1], bold)
        start = end


def _write_block(sheet: Any, top: int, part: pd.DataFrame, plain: Any) -> None:
    cells = part.to_numpy(object)
    for at, column in enumerate(part.columns):
        if column in MERGED:
            _write_merged(sheet, top, at, cells[:, at], plain)
            continue
        for row, text in enumerate(cells[:, at]):
            _write_cell(sheet, top + row, at, str(text), plain)


def _write_merged(sheet: Any, top: int, at: int, texts: Sequence[Any], plain: Any) -> None:
    starts = [k for k in range(len(texts)) if k == 0 or texts[k] != texts[k - 1]]
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        if end - start > 1:
            sheet.merge_range(top + start, at, top + end - 1, at, str(texts[start]), plain)
        else:
            sheet.write_string(top + start, at, str(texts[start]), plain)


def _write_line(sheet: Any, row: int, cells: Sequence[str], form: Any) -> None:
    for at, text in enumerate(cells):
        sheet.write_string(row, at, text, form)


def _write_cell(sheet: Any, row: int, at: int, text: str, plain: Any) -> None:
    """Write bare digits as numbers, as people type them, everything else as text."""
    if text.isascii() and text.replace(".", "", 1).isdigit():
        sheet.write_number(row, at, float(text), plain)
    else:
        sheet.write_string(row, at, text, plain)


def _shifted(shapes: np.ndarray) -> np.ndarray:
    """Return the shapes in GCJ-02, as a public web map would have given them."""
    moved: np.ndarray = shapely.transform(shapes, lambda at: np.column_stack(wgs84_to_gcj02(at[:, 0], at[:, 1])))
    return moved


def _geojson(shapes: np.ndarray, rows: pd.DataFrame, fields: Mapping[str, str]) -> bytes:
    """Return a FeatureCollection that says nothing of its system, coordinates to seven decimals."""
    drawn = shapely.transform(shapes, lambda at: np.round(at, 7)) if len(shapes) else shapes
    features = [
        {
            "type": "Feature",
            "properties": {label: str(row[field]) for field, label in fields.items()},
            "geometry": json.loads(shape),
        }
        for (_, row), shape in zip(rows.iterrows(), shapely.to_geojson(drawn), strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return text.encode() + b"\n"
