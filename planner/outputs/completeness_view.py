"""How much of the data is filled in, by field and 街道, the fields that decide most first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.decisions.field_labels import FieldLabels
from planner.decisions.field_weights import field_weights
from planner.district.checks import completeness_counts
from planner.district.district import District
from planner.outputs.workbook import Field, Sheet, workbook_bytes
from planner.policy import Policy
from planner.text import date_text, t


@dataclass(frozen=True, slots=True)
class Completeness:
    """Fields (index, the most deciding first) by place (``all``, then 街道, ``""`` for compounds without one).

    about: weight, programmes, key (`decisions.field_weights`). known, asked: compounds whose field is filled in, and
    that can have it at all.
    """

    about: pd.DataFrame
    known: pd.DataFrame
    asked: pd.DataFrame

    def share(self, fields: pd.Index | None = None) -> pd.DataFrame:
        """Return known of asked per field and place (Float64), missing where nothing is asked."""
        chosen = self.about.index if fields is None else fields
        known, asked = self.known.loc[chosen], self.asked.loc[chosen]
        return (known / asked.where(asked > 0)).astype("Float64")

    def deciding(self) -> pd.Index:
        """Return the fields that carry points in the profile or are key fields."""
        return self.about.index[(self.about["weight"] > 0) | self.about["key"]]

    def overall(self, place: str = "all") -> float | None:
        """Return the share of the deciding cells of a place that is known; None where nothing is asked."""
        if place not in self.asked.columns:
            return None
        asked = int(self.asked.loc[self.deciding(), place].sum())
        return int(self.known.loc[self.deciding(), place].sum()) / asked if asked else None


def completeness(district: District, policy: Policy, profile: str) -> Completeness:
    """Return how much is known per field and 街道, under the weights of a profile."""
    known, asked = completeness_counts(district, policy)
    about = field_weights(policy, profile)
    return Completeness(about, known.loc[about.index], asked.loc[about.index])


def completeness_table(found: Completeness, policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return the table of the workbook: label, field, weight, programmes, key, known, asked, share_<k> per place."""
    labels = policy.fields("compounds")[f"label_{lang}"].reindex(found.about.index)
    shares = found.share()
    table = pd.DataFrame({"label": labels, "field": found.about.index}, index=found.about.index)
    table["weight"] = found.about["weight"]
    codes = found.about["programmes"].to_numpy(dtype=object)
    table["programmes"] = FieldLabels(policy).of(codes)[lang]
    table["key"] = np.where(found.about["key"], t("quality.answer.yes", lang), "")
    table["known"], table["asked"] = found.known["all"], found.asked["all"]
    for k, place in enumerate(places(found)):
        table[f"share_{k}"] = shares[place]
    return table.reset_index(drop=True)


def places(found: Completeness) -> list[str]:
    """Return the places that say something: ``all`` alone where no compound names its 街道."""
    names = [str(place) for place in found.known.columns]
    return ["all"] if names == ["all", ""] else names


def place_words(names: Sequence[str], lang: str = "zh") -> list[str]:
    """Return what places are called."""
    special = {"all": t("quality.complete.all", lang), "": t("ranking.sum.no_street", lang)}
    return [special.get(name, name) for name in names]


def completeness_workbook(
    found: Completeness, district: District, policy: Policy, *, as_of: dt.date, lang: str = "zh"
) -> bytes:
    """Return the completeness by field and 街道 as a workbook for A3 print; equal input gives equal bytes."""
    kinds = {"label": "text", "field": "text", "weight": "score", "programmes": "text", "key": "text",
             "known": "whole", "asked": "whole"}  # fmt: skip
    fields = [Field(name, t(f"quality.complete.{name}", lang), kind) for name, kind in kinds.items()]
    fields += [Field(f"share_{k}", word, "share") for k, word in enumerate(place_words(places(found), lang))]
    subtitle = t("overview.as_of", lang, date=date_text(as_of, lang))
    if district.demo:
        subtitle += t("overview.demo", lang)
    title = t("quality.complete.title", lang, district=district.name)
    sheet = Sheet(
        t("quality.complete.sheet", lang), completeness_table(found, policy, lang), fields, title, subtitle,
        frozen_columns=1,
    )  # fmt: skip
    return workbook_bytes([sheet], as_of=as_of, footer=subtitle, title=title)
