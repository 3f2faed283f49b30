"""What a survey would do, in the words and rows of a screen: cells by compound, and what moves in the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from planner.decisions.effect import Effect
from planner.district.district import District
from planner.district.survey.merge import Merge
from planner.district.survey.preview import preview_cells
from planner.policy import Policy
from planner.text import t, wan

_NUMBERS = ("int", "decimal", "area", "money")
SHOWN = ("all", "held", "moves")
"""Which compounds are listed: every one, those with cells that wait, those whose decisions move."""


@dataclass(frozen=True, slots=True)
class CompoundDiff:
    """One compound of a preview: its name, where it is and its place in the order, and its cells (PREVIEW_COLUMNS)."""

    compound_id: str
    name: str
    where: str
    order: str
    cells: pd.DataFrame

    @property
    def waits(self) -> bool:
        """Whether a cell of it waits."""
        return bool((self.cells["outcome"] == "held").any())


def compound_diffs(
    merged: Merge, district: District, places: pd.Series, policy: Policy, lang: str
) -> list[CompoundDiff]:
    """Return the compounds that a survey touches, those with waiting cells first, then those with most changes.

    places: compound_id -> place in the suggested order, missing where it has none.
    """
    known = district.compounds
    cells = preview_cells(merged, known["name"].astype(object), policy, lang)
    cells = _with_units(cells, policy, lang)
    found = [_diff(str(owner), part, known, places, lang) for owner, part in cells.groupby("compound_id", sort=False)]
    return sorted(found, key=lambda one: (not one.waits, -len(one.cells)))


def _diff(owner: str, cells: pd.DataFrame, known: pd.DataFrame, places: pd.Series, lang: str) -> CompoundDiff:
    row = known.loc[owner]
    where = [str(row[name]) for name in ("subdistrict_name", "community_name") if not pd.isna(row[name])]
    place = places.get(owner)
    order = t("survey.page.place", lang, n=int(place)) if place is not None and not pd.isna(place) else ""
    name = owner if pd.isna(row["name"]) else str(row["name"])
    return CompoundDiff(owner, name, " · ".join(where), order, cells)


def _with_units(cells: pd.DataFrame, policy: Policy, lang: str) -> pd.DataFrame:
    """Values with the unit of their field; words, and what is not known, have none."""
    fields = policy.fields("compounds")
    units = cells["field"].map(fields["unit"]).fillna("").astype(str)
    blank = t("survey.blank", lang)
    numeric = cells["field"].map(fields["type"]).isin(_NUMBERS) & units.ne("")
    out = cells.copy()
    for side in ("old", "new"):
        shown = numeric & cells[side].ne(blank)
        out[side] = cells[side].astype(object).where(~shown, cells[side].astype(str) + " " + units)
    return out


def moved_compounds(effect: Effect) -> frozenset[str]:
    """Return the compounds whose state, score, programmes, quantities or money move."""
    frames = (effect.states, effect.ranks, effect.programmes, effect.items, effect.costs)
    return frozenset(str(owner) for frame in frames for owner in frame["compound_id"])


def shown_diffs(diffs: Sequence[CompoundDiff], which: str, moved: frozenset[str]) -> list[CompoundDiff]:
    """Return the compounds of one of SHOWN."""
    if which == "held":
        return [one for one in diffs if one.waits]
    return [one for one in diffs if which != "moves" or one.compound_id in moved]


def effect_lines(effect: Effect, policy: Policy, lang: str, *, most: int = 8) -> list[str]:
    """Return what moves in the decisions as sentences with **bold** parts; one sentence that nothing does otherwise."""
    lines = [
        _listed("survey.page.enters", effect.states, effect.enters, lang, most=most),
        _listed("survey.page.leaves", effect.states, effect.leaves, lang, most=most),
        _programme_line(effect.programmes, policy, lang),
        _item_line(effect.items, policy, lang),
        _money_line(effect, lang),
        t("survey.page.scored", lang, n=effect.scored) if effect.scored else "",
    ]
    nothing = not effect.scored and not any(map(len, (effect.states, effect.ranks)))
    kept = [line for line in lines if line]
    return kept or ([t("survey.page.no_effect", lang)] if nothing else [])


def _listed(key: str, states: pd.DataFrame, ids: Sequence[str], lang: str, *, most: int) -> str:
    if not ids:
        return ""
    names = states.set_index("compound_id").loc[list(ids), "name"].fillna("").astype(str)
    said = [name or owner for owner, name in zip(ids, names, strict=True)]
    return t(key, lang, n=len(ids), names=named(said, lang, most=most))


def named(names: Sequence[str], lang: str, *, most: int = 8) -> str:
    """Return names joined, the first ``most`` of them and how many there are."""
    joined = t("overview.comma", lang).join(names[:most])
    return joined if len(names) <= most else t("survey.page.and_more", lang, names=joined, n=len(names))


def _programme_line(moves: pd.DataFrame, policy: Policy, lang: str) -> str:
    """New and lost programmes: only what becomes a yes or is one no more."""
    parts = []
    listed = policy.programmes[policy.programmes["kind"].eq("programme")].index
    for code in [code for code in listed if code in set(moves["code"])]:
        rows = moves[moves["code"] == code]
        gained, lost = int((rows["after"] == "yes").sum()), int((rows["before"] == "yes").sum())
        open_now = int(((rows["after"] == "unknown") & (rows["before"] != "yes")).sum())
        label = policy.label("programmes", str(code), lang)
        counts = {"gained": gained, "lost": lost, "open": open_now}
        words = [t(f"survey.page.programme.{kind}", lang, n=n) for kind, n in counts.items() if n]
        if words:
            parts.append(t("survey.page.pair", lang, name=label, words=t("overview.comma", lang).join(words)))
    return t("survey.page.programmes", lang, words=_semicolon(lang).join(parts)) if parts else ""


def _item_line(moves: pd.DataFrame, policy: Policy, lang: str) -> str:
    """The sum of the changes of each item, in its own unit."""
    change = moves["qty_after"].fillna(0) - moves["qty_before"].fillna(0)
    sums = change.groupby([moves["item"], moves["unit"]], sort=False).sum()
    parts = [
        f"{policy.label('items', str(item), lang)} {signed(float(n))} {unit}" for (item, unit), n in sums.items() if n
    ]
    return t("survey.page.items", lang, words=_semicolon(lang).join(parts)) if parts else ""


def _money_line(effect: Effect, lang: str) -> str:
    every = effect.costs["cost_all_after"].fillna(0).sum() - effect.costs["cost_all_before"].fillna(0).sum()
    if not effect.cost_now_change and not every:
        return ""
    return t("survey.page.money", lang, now=_wan(effect.cost_now_change), all=_wan(int(every)))


def _wan(yuan: int) -> str:
    sign = "+" if yuan > 0 else "−" if yuan < 0 else ""
    return sign + wan(abs(yuan), 2)


def signed(number: float) -> str:
    """Return a number with its sign, whole where it is."""
    whole = f"{abs(number):,.0f}" if float(number).is_integer() else f"{abs(number):,.1f}"
    return ("+" if number > 0 else "−" if number < 0 else "") + whole


def _semicolon(lang: str) -> str:
    return t("survey.page.semicolon", lang)


def cell_words(field: str, text: str, policy: Policy, lang: str) -> tuple[str, str]:
    """Return the name of a field of the compounds and one of its values with its unit; 未知 where blank."""
    fields = policy.fields("compounds")
    if field == "geometry":
        return t("survey.page.shape", lang), t("survey.page.shape_told" if text else "survey.blank", lang)
    if not text:
        text = t("survey.blank", lang)
    elif field in fields.index and fields.at[field, "type"] in _NUMBERS and fields.at[field, "unit"]:
        text = f"{text} {fields.at[field, 'unit']}"
    return (str(fields.at[field, f"label_{lang}"]) if field in fields.index else field), text


def changed_words(cells: pd.DataFrame, district: District, policy: Policy, lang: str) -> list[list[str]]:
    """Return changed cells of a log as texts: whose, field, old, new, survey date (blank where nobody said)."""
    names = district.compounds["name"].fillna("").astype(str)
    rows = []
    for cell in cells.to_dict("records"):
        ours = cell["table"] == "compounds"
        label, old = cell_words(str(cell["field"]), str(cell["old"]), policy, lang)
        new = cell_words(str(cell["field"]), str(cell["new"]), policy, lang)[1]
        name = names.get(str(cell["row_id"]), "") if ours else str(cell["table"])
        rows.append([f"{name} {cell['row_id']}".strip(), label, old, new, str(cell["surveyed_on"] or "")])
    return rows
