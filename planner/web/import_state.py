"""One import on the page as values: what was handed in and decided, the result of trying it, the words of its outcome.

Knows no Streamlit: the steps of importer.py call it, tests call it without a browser.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from planner.district.district import LAYERS, District
from planner.district.import_layers import open_layer
from planner.district.import_request import AREAS, AUTO, FOOTPRINTS, ImportRequest, ImportResult, Source
from planner.district.importing import import_district
from planner.district.layers import list_layers
from planner.district.matching import name_key
from planner.district.write import write_district
from planner.errors import CrsError, PlannerError
from planner.policy import Policy
from planner.store.mappings import recall_headers, recall_names, remember_headers, remember_names
from planner.store.remembering import Memory
from planner.text import in_language, safe_file_name, t

SYSTEMS = ("auto", "", "EPSG:4490", "GCJ-02", "BD-09", "EPSG:4490+swapped", *(f"EPSG:{4534 + k}" for k in range(21)))
"""Choices for the coordinate system: by evidence, as declared, and the systems that Chinese data come in."""

ENCODINGS = ("", "utf-8", "gb18030", "big5")
"""Choices for the encoding of text: by its bytes, and those that Chinese offices write."""

ABOUT_ENCODING = ("file.encoding_none", "file.encoding_near", "file.encoding_unknown", "file.bytes")
"""The rules of problems that a person solves by naming the encoding."""
TABLE, COMMUNITIES = "compounds", "communities"
LEFT_OUT = ""
"""The field of a column that is not taken over."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser handed it in."""

    name: str
    content: bytes

    @property
    def key(self) -> str:
        """Twelve characters that change with the content."""
        return hashlib.sha256(self.content).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a planner handed in and decided: files, header -> field by hand, coordinate systems, the district's name."""

    ledger: Upload | None = None
    footprints: Upload | None = None
    communities: Upload | None = None
    by_hand: Mapping[str, str] = field(default_factory=dict)
    crs: str = AUTO
    footprints_crs: str = AUTO
    communities_crs: str = AUTO
    footprints_layer: str = ""
    encoding: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """A key of everything that decides the result."""
        files = [upload.key if upload else "" for upload in (self.ledger, self.footprints, self.communities)]
        rest = [sorted(self.by_hand.items()), self.crs, self.footprints_crs, self.communities_crs]
        rest += [self.footprints_layer, self.encoding]
        return hashlib.sha256(repr((files, rest)).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A boundary whose compound is not certain: its name and community, and compound_id -> words of each candidate."""

    name: str
    community: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of trying a wish: a district with its report, or the error that says what is needed."""

    result: ImportResult | None
    error: PlannerError | None

    @property
    def asks_crs(self) -> bool:
        """Whether only the coordinate system is still to be told."""
        return isinstance(self.error, CrsError)

    @property
    def asks_encoding(self) -> bool:
        """Whether only the encoding of a text is still to be told."""
        return self.error is not None and bool(self.error.problems["rule"].isin(ABOUT_ENCODING).any())


def try_import(wish: Wish, policy: Policy, memory: Memory) -> Outcome:
    """Run the import of a wish without writing anything; a PlannerError becomes part of the outcome.

    The boundaries of communities are evidence and a layer of the district: when the evidence shows that their
    declared system is wrong, the layer is read again in the system that was found.
    """
    request = _request(wish, policy, memory)
    try:
        result = import_district(request)
        found = _areas_system(result)
        if found and wish.communities_crs == AUTO:
            systems = {**request.layer_crs, COMMUNITIES: found}
            result = import_district(dataclasses.replace(request, layer_crs=systems))
        return Outcome(result, None)
    except PlannerError as error:
        return Outcome(None, error)


def _areas_system(result: ImportResult) -> str:
    """The system that evidence gave the communities, where it is not the one in which their layer was read."""
    summary = result.report.summary
    found = str(summary["crs"].get("applied", {}).get(AREAS, ""))
    read = str(summary["layers"].get(COMMUNITIES, {}).get("crs", ""))
    return found if found and read and found != read else ""


def _request(wish: Wish, policy: Policy, memory: Memory) -> ImportRequest:
    layers = _beside(wish) | ({COMMUNITIES: _source(wish.communities)} if wish.communities else {})
    layer_crs = {FOOTPRINTS: wish.footprints_crs} if wish.footprints and wish.ledger and wish.footprints_crs else {}
    if wish.communities and wish.communities_crs not in (AUTO, ""):
        layer_crs |= {AREAS: wish.communities_crs, COMMUNITIES: wish.communities_crs}
    return ImportRequest(
        policy=policy,
        table=_source(wish.ledger) if wish.ledger else None,
        footprints=_source(wish.footprints, _main_layer(wish)) if wish.footprints else None,
        layers=layers,
        areas=_source(wish.communities) if wish.communities else None,
        by_hand=wish.by_hand,
        crs=wish.crs or None,
        layer_crs=layer_crs,
        encoding=wish.encoding or None,
        recall=functools.partial(recall_headers, memory),
        remembered_names=recall_names(memory),
    )


def _source(upload: Upload, layer: str = "") -> Source:
    return Source(upload.content, upload.name, layer)


def layer_names(upload: Upload | None) -> list[str]:
    """Return the layers of a boundary file; empty for none and for a file that the import will refuse."""
    if upload is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix}"
        path.write_bytes(upload.content)
        try:
            return list_layers(path)
        except PlannerError:
            return []


def _main_layer(wish: Wish) -> str:
    """The layer that holds the compounds: chosen, named so, or the first of several."""
    names = layer_names(wish.footprints)
    if wish.footprints_layer in names:
        return wish.footprints_layer
    return "" if len(names) < 2 else TABLE if TABLE in names else names[0]


def _beside(wish: Wish) -> dict[str, Source]:
    """Layers of the district that stand in the same file as the boundaries come along under their names."""
    main, names = _main_layer(wish), layer_names(wish.footprints)
    return {n: _source(wish.footprints, n) for n in names if n in LAYERS and n != main and wish.footprints}


def count_text(result: ImportResult, lang: str) -> str:
    """Return 读到213行：186个小区、9行合计已跳过、18行重名待确认, leaving out what did not happen."""
    report = result.report
    skipped = report.problems["rule"].isin(["read.total"]).sum()
    other = report.problems["rule"].isin(["read.header_again", "read.numbering", "read.section", "read.note"]).sum()
    merged, rejected = int(report.summary["merged"]), report.rejected
    counts = {"total": int(skipped), "other": int(other), "merged": merged, "rejected": rejected}
    rows = len(result.district.compounds) + sum(counts.values())
    parts = [t("import.page.compounds", lang, n=len(result.district.compounds))]
    parts += [t(f"import.page.{key}", lang, n=n) for key, n in counts.items() if n]
    double = doubtful_names(result.district)
    parts += [t("import.page.double", lang, n=double)] if double else []
    return t("import.page.read", lang, n=rows, parts=t("overview.comma", lang).join(parts))


def doubtful_names(district: District) -> int:
    """Return how many compounds share their name (as compared) with another one."""
    keys = name_key(district.compounds["name"])
    return int((keys.notna() & keys.duplicated(keep=False)).sum())


def mapping_rows(result: ImportResult, policy: Policy, lang: str) -> pd.DataFrame:
    """Return what each column was taken for: header, field (its label), how; in file order."""
    columns = result.report.columns[TABLE]
    labels = field_labels(policy, lang)
    fields = columns["field"].fillna("").map(lambda code: labels.get(code, t("import.page.left_out", lang)))
    how = [t(f"import.page.how.{code or 'none'}", lang) for code in columns["how"].fillna("")]
    return pd.DataFrame({"header": columns["header"].to_numpy(), "field": fields.to_numpy(), "how": how})


def field_labels(policy: Policy, lang: str) -> dict[str, str]:
    """Return field -> label for every field of the compounds; equal labels carry the field's name too."""
    labels = policy.fields("compounds")[f"label_{lang}"]
    double = labels.duplicated(keep=False)
    return {str(code): f"{label}（{code}）" if double[code] else str(label) for code, label in labels.items()}


def hand_changes(before: pd.DataFrame, after: pd.DataFrame, policy: Policy, lang: str) -> dict[str, str]:
    """Return header -> field for the rows that a person changed in the mapping table."""
    codes = {label: code for code, label in field_labels(policy, lang).items()}
    changed = before["field"].to_numpy() != after["field"].to_numpy()
    rows = zip(after.loc[changed, "header"], after.loc[changed, "field"], strict=True)
    return {str(header): codes.get(str(label), LEFT_OUT) for header, label in rows}


def evidence_rows(note: Mapping[str, Any]) -> list[list[str]]:
    """Return the tested pairs of coordinate systems with their agreement, best first, as text."""
    return [[str(r["table"]), str(r["areas"]), f"{float(r['agreement']):.1%}"] for r in note.get("evidence", [])]


def crs_label(code: str, lang: str) -> str:
    """Return the words of a choice of coordinate system."""
    words = {"auto": "auto", "": "declared", "EPSG:4490": "cgcs", "GCJ-02": "gcj", "BD-09": "bd"}
    if code in words:
        return t(f"import.page.crs.{words[code]}", lang)
    if code.endswith("+swapped"):
        return t("import.page.crs.swapped", lang)
    return t("import.page.crs.zone", lang, code=code, meridian=75 + 3 * (int(code.removeprefix("EPSG:")) - 4534))


def error_text(error: PlannerError, lang: str) -> str:
    """Return the message of an error in the language of the page."""
    return in_language(error.args[0], lang)


def keep(result: ImportResult, wish: Wish, folder: Path, *, author: str, today: dt.date) -> Path:
    """Write the district below ``folder`` and return its own folder.

    The folder is named by the district and the key of the wish, so the same import lands in the same place. The note
    of the import keeps the files, the date and who did it.
    """
    name = wish.name or result.district.name or (wish.ledger or wish.footprints or Upload("district", b"")).name
    target = folder / "districts" / f"{safe_file_name(Path(name).stem, fallback='district')}-{wish.key[:8]}"
    files = [upload.name for upload in (wish.ledger, wish.footprints, wish.communities) if upload]
    note = {**result.district.crs_note, "files": files, "imported_on": today.isoformat(), "author": author}
    named = dataclasses.replace(result.district, name=wish.name or result.district.name, crs_note=note)
    write_district(named, target)
    return target


def remember_mapping(result: ImportResult, wish: Wish, memory: Memory) -> None:
    """Remember what was decided about the headers of the table, for the next one like it."""
    headers = [str(header) for header in result.report.columns[TABLE]["header"]]
    remember_headers(memory, TABLE, headers, dict(wish.by_hand))


def doubtful_shapes(result: ImportResult, wish: Wish, policy: Policy) -> list[Doubt]:
    """Return the boundaries that fit no row by id, place or name, each with its candidates, likeliest first."""
    candidates = result.report.candidates
    if not len(candidates) or wish.footprints is None:
        return []
    layer = open_layer(_source(wish.footprints, _main_layer(wish)))
    request = ImportRequest(policy=policy, by_hand=wish.by_hand)
    fields = request.map_headers(TABLE, [str(c) for c in layer.columns if c != "geometry"]).fields
    headers = {field: header for header, field in fields.items()}
    named = {
        f: layer[headers[f]] if f in headers else pd.Series("", index=layer.index) for f in ("name", "community_name")
    }
    words = {f: texts.astype("string").fillna("") for f, texts in named.items()}
    known = result.district.compounds["name"].fillna("").astype(str)
    return [
        Doubt(
            str(words["name"].loc[row]),
            str(words["community_name"].loc[row]),
            {
                str(c): f"{known.get(c, '')}　{c}　{s:.0%}"
                for c, s in zip(rows["compound_id"], rows["score"], strict=True)
            },
        )
        for row, rows in candidates.groupby("row", sort=True)
    ]


def confirm_names(memory: Memory, chosen: Mapping[int, str], doubts: list[Doubt]) -> None:
    """Remember which boundary is which compound (place in ``doubts`` -> compound_id), for this and later imports."""
    rows = [(doubts[k].name, doubts[k].community, compound) for k, compound in chosen.items() if compound]
    remember_names(memory, pd.DataFrame(rows, columns=["name", "community", "compound_id"]))
