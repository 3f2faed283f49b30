"""The problems of the data as files: a list for people, the list of ``planner check``, and the rows to correct."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from planner.district.district import District
from planner.district.write import ledger_texts
from planner.outputs.csv_file import csv_bytes
from planner.outputs.problem_file import rendered
from planner.outputs.quality_view import Findings, Mask
from planner.policy import Policy
from planner.text import render_problems, t

LIST_COLUMNS = ("severity", "compound_id", "name", "street", "file", "row", "column", "value", "rule", "message", "fix")


def problem_list(findings: Findings, district: District, mask: Mask, lang: str = "zh") -> pd.DataFrame:
    """Return the problems of ``mask`` for people: LIST_COLUMNS, errors first, with the compound and its 街道.

    A problem about several compounds names them all, joined by 、; one about none leaves the three columns blank.
    """
    kept = findings.problems[mask]
    table = rendered(kept, lang)
    order = kept["severity"].map({"error": 0, "warning": 1, "info": 2}).sort_values(kind="stable").index
    whose = _whose(findings, district, lang).reindex(order, fill_value="").reset_index(drop=True)
    table = table.assign(severity=[t(f"web.severity.{s}", lang) for s in table["severity"]])
    return pd.concat([table, whose], axis=1)[list(LIST_COLUMNS)]


def _whose(findings: Findings, district: District, lang: str) -> pd.DataFrame:
    """compound_id, name and street of the compounds of each problem that has some, joined by 、; index its number."""
    at, comma = findings.links["at"].to_numpy(), t("overview.comma", lang)
    named = {
        "compound_id": district.compounds.index.to_numpy(dtype=object)[at],
        "name": district.compounds["name"].fillna("").to_numpy(dtype=object)[at],
        "street": findings.streets.to_numpy(dtype=object)[at],
    }
    lists: dict[str, dict[int, list[str]]] = {column: {} for column in named}
    for column, cells in named.items():
        for number, cell in zip(findings.links["problem"].tolist(), cells, strict=True):
            lists[column].setdefault(number, []).append(str(cell))
    texts = {c: {k: comma.join(dict.fromkeys(filter(None, v))) for k, v in own.items()} for c, own in lists.items()}
    return pd.DataFrame(texts, columns=list(named), dtype=object)


def problem_list_csv(findings: Findings, district: District, mask: Mask, lang: str = "zh") -> bytes:
    """Return `problem_list` for Excel and WPS: headings in words, UTF-8 with BOM, CRLF, no cell a formula."""
    table = problem_list(findings, district, mask, lang)
    return csv_bytes(table.set_axis([t(f"quality.file.{name}", lang) for name in LIST_COLUMNS], axis=1))


def problem_canonical_csv(findings: Findings, mask: Mask, lang: str = "zh") -> bytes:
    """Return the problems of ``mask`` for programs: the columns of ``planner check``, UTF-8 without BOM, LF.

    Cells hold exactly what was found: a cell that begins with ``=`` stays as it is, so open it in Excel as text only.
    """
    table = rendered(findings.problems[mask], lang)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    rows = table.assign(row=table["row"].astype(object).where(table["row"].notna(), ""))
    writer.writerows(rows.itertuples(index=False, name=None))
    return buffer.getvalue().encode("utf-8")


def rows_to_correct(
    findings: Findings, district: District, policy: Policy, mask: Mask, lang: str = "zh"
) -> pd.DataFrame:
    """Return the ledger's rows that a problem of ``mask`` concerns, as text, with the reasons in two columns.

    Columns: the fields that the ledger fills in or that a problem names, then ``reason`` (every message) and ``fix``.
    One row per compound, in the ledger's order; a field that a cell was refused for is blank.
    """
    links = findings.links[mask[findings.links["problem"].to_numpy()]].sort_values("problem", kind="stable")
    words = rendered_in_place(findings, np.unique(links["problem"].to_numpy()), lang)
    index = district.compounds.index
    texts = links.join(words, on="problem").assign(id=index.to_numpy(dtype=object)[links["at"].to_numpy()])
    reasons = texts.groupby("id")[["message", "fix"]].agg(
        lambda cells: t("quality.semicolon", lang).join(dict.fromkeys(cells))
    )
    ledger = ledger_texts(district).set_index("compound_id")
    named = [f for f in dict.fromkeys(findings.problems.loc[mask, "column"]) if f in policy.fields("compounds").index]
    own = ledger.loc[[key for key in index if key in reasons.index]]
    own = own.reindex(
        columns=[*own.columns, *(f for f in named if f not in own.columns and f != "compound_id")]
    ).fillna("")
    said = reasons.reindex(own.index).rename(columns={"message": "reason"})
    return pd.concat([own, said], axis=1).reset_index(names="compound_id")


def rows_to_correct_csv(findings: Findings, district: District, policy: Policy, mask: Mask, lang: str = "zh") -> bytes:
    """Return `rows_to_correct` for Excel: headings are the labels of the fields, so that it can be imported again.

    Where two fields share a label, both are headed by their names. The import leaves the two columns of reasons out
    by itself, for no field is called so.
    """
    table = rows_to_correct(findings, district, policy, mask, lang)
    words = policy.fields("compounds")[f"label_{lang}"]
    labels = words[~words.duplicated(keep=False)].to_dict()
    own = {"reason": t("quality.file.reason", lang), "fix": t("quality.file.fix", lang)}
    heads = [own.get(str(name)) or str(labels.get(name, name)) for name in table.columns]
    return csv_bytes(table.astype("string").set_axis(heads, axis=1))


def rendered_in_place(findings: Findings, numbers: np.ndarray, lang: str = "zh") -> pd.DataFrame:
    """Return message and fix of the problems with these numbers, indexed by number, in that order."""
    return render_problems(findings.problems.loc[numbers], lang)[["message", "fix"]]
