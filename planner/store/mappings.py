"""What a person once decided about foreign tables: which header is which field, which name is which compound.

Kept in two tables of a store, or in two small CSV files in a folder, readable and editable by hand. A mapping is kept
for the exact set of headers that it was made for; a name for its name and community together. Later decisions replace
earlier ones. Files are replaced whole, so that a run that is stopped leaves the old ones.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from planner.district.headers import header_key
from planner.district.matching import name_key
from planner.store.remembering import InStore, Memory, kept_rows, replace_rows

HEADERS_FILE = "header_mappings.csv"
NAMES_FILE = "name_matches.csv"
HEADERS_TABLE, NAMES_TABLE = "planner_header_mappings", "planner_name_matches"
_HEADER_COLUMNS = ("key", "table", "header", "field")
_NAME_COLUMNS = ("name", "community", "compound_id")


def recall_headers(where: Memory, table: str, headers: Iterable[str]) -> dict[str, str]:
    """Return header -> field as remembered for this set of headers of `table`; empty where nothing was decided."""
    key = header_key(headers)
    return {row["header"]: row["field"] for row in _headers(where) if (row["key"], row["table"]) == (key, table)}


def remember_headers(where: Memory, table: str, headers: Iterable[str], decided: Mapping[str, str]) -> None:
    """Keep header -> field for this set of headers; a field "" keeps that the column is left out.

    What was remembered for the same set and is not decided anew stays.
    """
    if not decided:
        return
    headers = list(headers)
    key, merged = header_key(headers), {**recall_headers(where, table, headers), **decided}
    rows = [row for row in _headers(where) if (row["key"], row["table"]) != (key, table)]
    rows += [{"key": key, "table": table, "header": h, "field": f} for h, f in merged.items()]
    if isinstance(where, InStore):
        own = [row for row in rows if (row["key"], row["table"]) == (key, table)]
        replace_rows(where, HEADERS_TABLE, own, key=3, among=lambda old: old["key"].eq(key) & old["table"].eq(table))
    else:
        _write(where / HEADERS_FILE, _HEADER_COLUMNS, rows)


def recall_names(where: Memory) -> pd.DataFrame:
    """Return the confirmed names: name, community (as they were written) and compound_id, all text."""
    if isinstance(where, InStore):
        rows = kept_rows(where.store, NAMES_TABLE)
    else:
        rows = _read(where / NAMES_FILE, _NAME_COLUMNS)
    return pd.DataFrame(rows, columns=list(_NAME_COLUMNS), dtype="string")


def remember_names(where: Memory, confirmed: pd.DataFrame) -> None:
    """Keep confirmed names (name, community, compound_id); the same name and community is replaced."""
    if not len(confirmed):
        return
    both = pd.concat([recall_names(where), confirmed[list(_NAME_COLUMNS)].astype("string").fillna("")])
    place = pd.DataFrame({"name": name_key(both["name"]), "community": name_key(both["community"])})
    kept = both[~place.duplicated(keep="last").to_numpy()]
    if isinstance(where, InStore):
        rows = [{str(k): str(v) for k, v in row.items()} for row in kept.to_dict("records")]
        replace_rows(where, NAMES_TABLE, rows, key=2, among=lambda old: old["name"].notna())
    else:
        _write(where / NAMES_FILE, _NAME_COLUMNS, kept.to_dict("records"))


def read_files(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return what the files of a folder hold, as rows of the store's tables."""
    return {
        HEADERS_TABLE: _read(folder / HEADERS_FILE, _HEADER_COLUMNS),
        NAMES_TABLE: _read(folder / NAMES_FILE, _NAME_COLUMNS),
    }


def _headers(where: Memory) -> list[dict[str, str]]:
    if isinstance(where, InStore):
        return kept_rows(where.store, HEADERS_TABLE)
    return _read(where / HEADERS_FILE, _HEADER_COLUMNS)


def _read(file: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return [{c: row.get(c) or "" for c in columns} for row in csv.DictReader(handle)]


def _write(file: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    names = list(columns)
    listed = sorted([{c: str(row[c]) for c in names} for row in rows], key=lambda row: [row[c] for c in names])
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.stem, suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.DictWriter(out, names)
            writer.writeheader()
            writer.writerows(listed)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
