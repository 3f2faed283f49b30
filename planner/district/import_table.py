"""The ledger of an import: read, headers understood, repeated rows merged, cells typed, every cell accounted for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from planner.district.cells import as_cell_text
from planner.district.clean import Cleaned, clean_table
from planner.district.crs import System, parse_system
from planner.district.grid import plain, word_key
from planner.district.headers import HeaderMap
from planner.district.import_request import ImportRequest
from planner.district.table import known_headers, read_table
from planner.errors import CallError, InputError, join_problems, problem, problem_rows
from planner.text import t

TABLE = "compounds"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Ledger:
    """The table of an import as text, before cleaning.

    cells: one text column per header; rows: number of each row in the file; headers: what they mean; merged: how many
    repeated rows were taken together; encoding "" for workbooks and layers.
    """

    file: str
    cells: pd.DataFrame
    rows: pd.Series
    headers: HeaderMap
    merged: int
    encoding: str
    problems: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Accounts:
    """Where every cell of the ledger went: mapped + unmapped + problem = total.

    cells: the problem cells of rows that were kept: row, column, value (masked where it was personal), rule.
    problems: a row for each lost cell that no problem told of (PROBLEM_COLUMNS; there should be none).
    """

    total: int
    mapped: int
    unmapped: int
    problem: int
    cells: pd.DataFrame
    problems: pd.DataFrame

    def as_dict(self) -> dict[str, int]:
        """Return the four counts by name."""
        return {"total": self.total, "mapped": self.mapped, "unmapped": self.unmapped, "problem": self.problem}


def read_ledger(request: ImportRequest, footprints: gpd.GeoDataFrame | None) -> Ledger:
    """Return the table of the import; without one, the attributes of the footprints are the table.

    Raises InputError where nothing can be read, where two columns claim one field, or where no column names or
    numbers the compounds.
    """
    if request.table is None:
        return _from_footprints(request, footprints)
    raw = read_table(
        request.table.content,
        name=request.table.label,
        encoding=request.encoding,
        sheet=request.sheet,
        known=known_headers(request.policy, TABLE),
    )
    return _ledger(
        request, raw.cells, raw.row_numbers, file=request.table.label, encoding=raw.encoding, found=raw.problems
    )


def clean_ledger(ledger: Ledger, request: ImportRequest) -> Cleaned:
    """Return the typed cells of the ledger, coordinates left out (they are converted, not cleaned)."""
    fields = {h: f for h, f in ledger.headers.fields.items() if f not in ("lon", "lat")}
    raw = ledger.cells[list(fields)].rename(columns=fields)
    return clean_table(
        raw, TABLE, request.policy, file=ledger.file, row_numbers=ledger.rows, columns=ledger.headers.columns
    )


def coordinates(ledger: Ledger) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return x, y (Float64, as written) of the ledger's rows, None without both columns, and unreadable cells."""
    headers = {field: header for header, field in ledger.headers.fields.items() if field in ("lon", "lat")}
    if len(headers) < 2:
        return None, join_problems([])
    numbers, reports = {}, []
    for axis, field in (("x", "lon"), ("y", "lat")):
        text = ledger.cells[headers[field]]
        numbers[axis] = pd.to_numeric(text.map(plain), errors="coerce").astype("Float64")
        wrong = numbers[axis].isna() & text.str.strip().ne("")
        reports.append(
            problem_rows(
                "I08",
                ledger.rows[wrong],
                severity="warning",
                file=ledger.file,
                column=headers[field],
                values=text[wrong],
            )
        )
    points = pd.DataFrame(numbers, index=ledger.cells.index)
    return (points if points.notna().all(axis=1).any() else None), join_problems(reports)


def declared_system(cleaned: Cleaned) -> System | None:
    """Return the system that the ledger's own column 原坐标系 names, where it names one and the same for all rows."""
    names = cleaned.frame["geom_crs_src"].dropna().unique()
    if len(names) != 1:
        return None
    try:
        return parse_system(str(names[0]))
    except CallError:
        return None


def labels(ledger: Ledger, cleaned: Cleaned, areas: gpd.GeoDataFrame, label: str) -> pd.Series:
    """Return the area label of each row: the column `label` of the table, else the field that divides it like `areas`.

    Raises CallError where `label` is a column of neither.
    """
    columns = {word_key(c): c for c in ledger.cells.columns}
    if label and word_key(label) in columns:
        return ledger.cells[columns[word_key(label)]].replace("", pd.NA)
    if label and label not in areas.columns:
        raise CallError(t("import.no_such_label", column=label, headers="、".join(ledger.cells.columns)))
    fields = [f for f in ("community_name", "subdistrict_name", "district_name") if cleaned.frame[f].notna().any()]
    if not fields:
        return pd.Series(pd.NA, index=ledger.cells.index, dtype="string")
    return cleaned.frame[min(fields, key=lambda f: abs(cleaned.frame[f].nunique() - len(areas)))]


def account(ledger: Ledger, cleaned: Cleaned, problems: pd.DataFrame, rejected: pd.Index) -> Accounts:
    """Return where every cell went.

    A cell of a mapped column is a problem where it holds text that became no value and is neither `na` nor a word for
    unknown; so are all cells of rejected rows. Repeated rows count like the one that was kept. A lost cell that no
    problem told of becomes one.
    """
    lost = _lost(ledger, cleaned, problems)
    told = problems[["row", "column", "rule", "value"]].drop_duplicates(["row", "column"], keep="last")
    lost = lost.merge(told, on=["row", "column"], how="left", suffixes=("_text", ""))
    silent = lost[lost["rule"].isna()]
    kept = lost[~lost["row"].isin(ledger.rows[rejected])]
    cells = kept.assign(value=kept["value"].fillna(kept["value_text"]), rule=kept["rule"].fillna("I09"))
    width, height = len(ledger.cells.columns), len(ledger.cells) + ledger.merged
    bad = len(kept) + len(rejected) * width
    unmapped = (height - len(rejected)) * len(ledger.headers.unmapped)
    more = [
        problem("I09", severity="warning", file=ledger.file, row=r.row, column=r.column, value=r.value_text)
        for r in silent.itertuples(index=False)
    ]
    cells = cells[["row", "column", "value", "rule"]].reset_index(drop=True)
    total = height * width
    return Accounts(total, total - unmapped - bad, unmapped, bad, cells, join_problems(more))


def merge_repeated(cells: pd.DataFrame, rows: pd.Series, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows without exact repetitions, and a note for each that was left out (the first one stays)."""
    again = cells.duplicated()
    if not again.any():
        return cells, join_problems([])
    first = rows.groupby([cells[c] for c in cells.columns], sort=False).transform("first")
    notes = problem_rows(
        "I05",
        rows[again],
        severity="info",
        file=file,
        column="",
        values=cells[again].iloc[:, 0],
        params=[{"first": int(n)} for n in first[again]],
    )
    return cells[~again], notes


def _from_footprints(request: ImportRequest, footprints: gpd.GeoDataFrame | None) -> Ledger:
    if footprints is None or request.footprints is None:
        raise CallError(t("import.nothing_given"))
    text = footprints.drop(columns="geometry").apply(as_cell_text)
    rows = pd.Series(range(1, len(text) + 1), index=text.index)
    file = request.footprints.label
    headers = _headers(request, list(text.columns), file)
    return Ledger(file, text, rows, headers, merged=0, encoding="", problems=headers.problems)


def _ledger(
    request: ImportRequest, cells: pd.DataFrame, rows: pd.Series, *, file: str, encoding: str, found: pd.DataFrame
) -> Ledger:
    headers = _headers(request, list(cells.columns), file)
    kept, notes = merge_repeated(cells, rows, file)
    problems = join_problems([found, headers.problems, notes])
    return Ledger(file, kept, rows.loc[kept.index], headers, len(cells) - len(kept), encoding, problems)


def _headers(request: ImportRequest, names: list[str], file: str) -> HeaderMap:
    said = dict(request.by_hand)
    if request.lonlat:
        absent = [column for column in request.lonlat if word_key(column) not in {word_key(n) for n in names}]
        if absent:
            raise CallError(t("import.no_such_header", header=absent[0], headers="、".join(names)))
        said |= dict(zip(request.lonlat, ("lon", "lat"), strict=True))
    found = replace(request, by_hand=said).map_headers(TABLE, names)
    problems = found.problems.assign(file=file)
    errors = problems[problems["severity"] == "error"]
    if len(errors):
        raise InputError(t("import.conflict", file=file), errors)
    if not {"compound_id", "name", "address"} & set(found.fields.values()):
        shown = "、".join(names[:_SHOWN]) + ("……" if len(names) > _SHOWN else "")
        raise InputError(t("import.no_name", file=file, headers=shown))
    return HeaderMap(found.columns, problems)


def _lost(ledger: Ledger, cleaned: Cleaned, problems: pd.DataFrame) -> pd.DataFrame:
    """Cells with text and without a value: row, column, value; words for unknown and `na` are no loss."""
    excused = problems.loc[problems["rule"] == "cell.unknown_word", ["row", "column"]]
    parts = [problems.loc[problems["rule"] == "I08", ["row", "column", "value"]].astype({"row": "int64"})]
    for header, field in ledger.headers.fields.items():
        if field in ("lon", "lat"):
            continue
        text = ledger.cells[header]
        gone = text.index[cleaned.frame[field].isna().to_numpy() & text.str.strip().ne("").to_numpy()]
        gone = gone[[(label, field) not in cleaned.not_applicable for label in gone]]
        rows = ledger.rows.loc[gone].astype("int64")
        parts.append(pd.DataFrame({"row": rows.to_numpy(), "column": header, "value": text.loc[gone].to_numpy()}))
    lost = pd.concat(parts, ignore_index=True)
    known = pd.MultiIndex.from_frame(excused.astype({"row": "int64"}))
    return lost[~pd.MultiIndex.from_frame(lost[["row", "column"]]).isin(known)].reset_index(drop=True)
