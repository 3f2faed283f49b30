"""核实表: which compounds wait for which facts, in the order in which a survey pays, with room for the answers."""

from __future__ import annotations

import pandas as pd

from planner.decisions.pipeline import Assessment
from planner.decisions.states import TO_VERIFY, VERIFY_KINDS
from planner.district.district import District
from planner.outputs.workbook import Field, Sheet, workbook_bytes
from planner.text import date_text, t

_COLUMNS = (
    ("no", "whole"), ("compound_id", "text"), ("name", "text"), ("street", "text"), ("community", "text"),
    ("households", "whole"), ("kind", "text"), ("unknowns", "note"), ("would", "note"), ("answer", "note"),
    ("who", "text"), ("date", "text"),
)  # fmt: skip


def verify_table(assessment: Assessment, district: District, lang: str = "zh") -> pd.DataFrame:
    """Return one row per compound in the state 待核实, in suggested order, with empty columns for the answers.

    Columns: no, compound_id, name, street, community, households, kind, unknowns, would, answer, who, date.
    """
    states = assessment.states.reindex(assessment.ranking["compound_id"])
    waiting = states.index[(states["state"] == TO_VERIFY).to_numpy(dtype=bool)]
    own, texts = district.compounds.loc[waiting], assessment.sentences(lang).loc[waiting]
    words = {kind: t(f"overview.verify.{k}", lang) for k, kind in enumerate(VERIFY_KINDS)}
    table = pd.DataFrame({"no": range(1, len(waiting) + 1), "compound_id": waiting}, index=waiting)
    table = table.assign(
        name=own["name"], street=own["subdistrict_name"], community=own["community_name"], households=own["households"]
    )
    kinds = states.loc[waiting, "verify"].map(words)
    table = table.assign(kind=kinds, unknowns=texts["unknowns"], would=texts["would_raise"], answer="", who="", date="")
    return table.reset_index(drop=True)


def verify_workbook(assessment: Assessment, district: District, lang: str = "zh") -> bytes:
    """Return the 核实表 as a workbook for A3 print; equal input gives equal bytes."""
    title = t("overview.verify_sheet.title", lang, district=district.name)
    fields = [Field(name, t(f"overview.verify_sheet.{name}", lang), kind) for name, kind in _COLUMNS]
    subtitle = t("overview.as_of", lang, date=date_text(assessment.as_of, lang))
    if district.demo:
        subtitle += t("overview.demo", lang)
    table = verify_table(assessment, district, lang)
    sheet = Sheet(t("overview.verify_sheet.name_of_sheet", lang), table, fields, title, subtitle, frozen_columns=3)
    return workbook_bytes([sheet], as_of=assessment.as_of, footer=subtitle, title=title)
