"""What import.json says of an import, in words that a planner understands: coordinate systems, columns, cells.

The file may have been edited by hand: whatever is not of the expected shape is passed over, and what nobody wrote
down is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.district.district import LAYERS, TABLES, District
from planner.policy import Policy
from planner.text import t

_SOURCES = ("table", "footprints", "areas")
_SYSTEMS = {"EPSG:4490": "cgcs", "EPSG:4326": "wgs", "GCJ-02": "gcj", "BD-09": "bd"}
_SWAPPED = "+swapped"
_ZONES = {f"EPSG:{4534 + k}": 75 + 3 * k for k in range(21)}


@dataclass(frozen=True, slots=True)
class CrsWords:
    """The coordinate systems of an import.

    state: clear (evidence bears the systems out), open (evidence says less than needed), against (evidence speaks for
    another system), none (nothing to compare), unknown (no import.json). lines: what was done, one sentence each.
    evidence: tested pairs as (points, areas, agreement 0..1), best first.
    """

    state: str
    verdict: str
    lines: tuple[str, ...]
    evidence: tuple[tuple[str, str, float], ...]


def system_name(code: str, lang: str = "zh") -> str:
    """Return a coordinate system as people call it, with its code; an unknown code is given as it is."""
    base = code.removesuffix(_SWAPPED)
    if base in _SYSTEMS:
        name = t(f"quality.crs.system.{_SYSTEMS[base]}", lang)
    elif base in _ZONES:
        name = t("quality.crs.system.zone", lang, meridian=_ZONES[base], code=base)
    else:
        name = base
    return t("quality.crs.system.swapped", lang, system=name) if code != base else name


def table_name(table: str, lang: str = "zh") -> str:
    """Return a table or layer as people call it; an unknown one by its own name."""
    if table == "compounds":
        return t("quality.table.ledger", lang)
    return t(f"docs.table.{table}", lang) if table in (*LAYERS, *TABLES) else table


def crs_words(note: Mapping[str, Any], lang: str = "zh") -> CrsWords:
    """Return what ``import.json`` records about coordinate systems; state ``unknown`` where it records nothing."""
    crs = _mapping(note.get("crs"))
    if not crs:
        return CrsWords("unknown", t("quality.crs.verdict.unknown", lang), (), ())
    evidence = _evidence(crs)
    state = _state(crs, evidence)
    applied = _texts(crs.get("applied"))
    lines = [_applied(name, applied[name], crs, lang) for name in _SOURCES if name in applied]
    lines += [_layer(name, layer, lang) for name, layer in _mapping(note.get("layers")).items()]
    values = {"points": _whole(crs.get("points")), "best": f"{evidence[0][2]:.1%}" if evidence else ""}
    values["proposed"] = _proposed(crs, lang)
    shown = tuple((system_name(a, lang), system_name(b, lang), share) for a, b, share in evidence)
    return CrsWords(state, t(f"quality.crs.verdict.{state}", lang, **values), tuple(filter(None, lines)), shown)


def columns_left_out(note: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the columns that the import could not map: of the ledger (key ``compounds``) and of each layer."""
    found = {"compounds": _names(note.get("unmapped"))}
    for name, layer in _mapping(note.get("layers")).items():
        found[str(name)] = _names(_mapping(layer).get("unmapped"))
    return {name: columns for name, columns in found.items() if columns}


def cells_held_out(note: Mapping[str, Any]) -> pd.DataFrame:
    """Return the cells of the imported ledger that were not taken over: row (Int64), column, value, rule."""
    cells = note.get("problem_cells")
    rows = [c for c in cells if isinstance(c, Mapping)] if isinstance(cells, list) else []
    table = pd.DataFrame([[c.get(k) for k in ("row", "column", "value", "rule")] for c in rows])
    table = table.reindex(columns=range(4)).set_axis(["row", "column", "value", "rule"], axis=1)
    numbers = pd.to_numeric(table["row"], errors="coerce").round()
    texts = {name: table[name].fillna("").astype(str) for name in ("column", "value", "rule")}
    return pd.DataFrame({"row": pd.array(numbers, dtype="Int64"), **texts})


def cell_counts(note: Mapping[str, Any]) -> dict[str, int] | None:
    """Return how many cells the ledger had (total), were taken over (mapped), are of columns without a field
    (unmapped) and were held out (problem); None where nobody counted."""
    cells = _mapping(note.get("cells"))
    names = ("total", "mapped", "unmapped", "problem")
    return {name: int(cells[name]) for name in names} if all(_is_count(cells.get(name)) for name in names) else None


def original_words(district: District, policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return the cells whose words were repaired: compound_id, name, field, label, text (as written), value (as read).

    In the order of columns.csv, then of the compounds. Values are text; a boolean is 是 or 否.
    """
    rows, compounds = district.original, district.compounds
    rows = rows[rows["compound_id"].isin(compounds.index) & rows["field"].isin(compounds.columns)]
    fields, labels = list(policy.fields("compounds").index), policy.fields("compounds")[f"label_{lang}"]
    values = [compounds.at[c, f] for c, f in zip(rows["compound_id"], rows["field"], strict=True)]
    names = compounds["name"].reindex(rows["compound_id"]).fillna("").to_numpy(dtype=object)
    out = rows.astype("object").assign(
        name=names, label=rows["field"].map(labels), value=[_read(v, lang) for v in values]
    )
    order = pd.DataFrame(
        {"f": [fields.index(f) for f in rows["field"]], "c": compounds.index.get_indexer(rows["compound_id"])}
    )
    places = order.sort_values(["f", "c"], kind="stable").index
    return out.iloc[places][["compound_id", "name", "field", "label", "text", "value"]].reset_index(drop=True)


def original_by_field(words: pd.DataFrame, most: int = 3) -> pd.DataFrame:
    """Return per field how many cells were repaired and its commonest readings: field, label, n, examples.

    ``examples``: list of (text, value, how often), at most ``most``.
    """
    rows = []
    for field, own in words.groupby("field", sort=False):
        common = own.groupby(["text", "value"], sort=False).size().sort_values(ascending=False, kind="stable")
        examples = [(str(a), str(b), int(n)) for (a, b), n in common.head(most).items()]
        rows.append((str(field), str(own["label"].iloc[0]), len(own), examples))
    return pd.DataFrame(rows, columns=["field", "label", "n", "examples"])


def _state(crs: Mapping[str, Any], evidence: list[tuple[str, str, float]]) -> str:
    if not evidence:
        return "none"
    proposed, applied = _texts(crs.get("proposed")), _texts(crs.get("applied"))
    moved = next((applied[name] for name in _SOURCES[:2] if name in applied), "")
    if crs.get("clear") is not True:
        return "open"
    return "clear" if not proposed or proposed.get("table") == moved else "against"


def _evidence(crs: Mapping[str, Any]) -> list[tuple[str, str, float]]:
    rows = crs.get("evidence")
    found = []
    for row in rows if isinstance(rows, list) else []:
        share = _mapping(row).get("agreement")
        if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1:
            found.append((str(row.get("table", "")), str(row.get("areas", "")), float(share)))
    return sorted(found, key=lambda pair: -pair[2])


def _applied(name: str, code: str, crs: Mapping[str, Any], lang: str) -> str:
    declared = _texts(crs.get("declared")).get(name, "")
    key = "as_declared" if declared == code else "told" if not declared else "changed"
    names = {"system": system_name(code, lang), "declared": system_name(declared, lang)}
    return t(f"quality.crs.applied.{key}", lang, source=t(f"quality.crs.source.{name}", lang), **names)


def _layer(name: object, layer: Any, lang: str) -> str:
    details = _mapping(layer)
    code = details.get("crs")
    if not isinstance(code, str) or not code:
        return ""
    values = {
        "layer": table_name(str(name), lang),
        "file": str(details.get("file", "")),
        "system": system_name(code, lang),
    }
    return t("quality.crs.layer", lang, n=_whole(details.get("features")), **values)


def _proposed(crs: Mapping[str, Any], lang: str) -> str:
    return system_name(_texts(crs.get("proposed")).get("table", ""), lang)


def _read(value: Any, lang: str) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool):
        return t(f"quality.answer.{'yes' if value else 'no'}", lang)
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    return str(f"{value:g}" if isinstance(value, float) else value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> dict[str, str]:
    return {str(k): v for k, v in _mapping(value).items() if isinstance(v, str) and v}


def _names(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _whole(value: Any) -> str:
    return f"{value:,}" if _is_count(value) else "0"
