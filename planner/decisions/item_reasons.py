"""Why an item stands in the list: the counts behind it, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.amounts import ESTIMATED, Amount
from planner.decisions.cameras import POLE, WALL, Cameras
from planner.decisions.deficits import Deficits
from planner.decisions.kleene import Bools, Floats, Kleene
from planner.decisions.phrases import Phrase, Value, worded
from planner.decisions.verdicts import Verdicts

CLASSES = {"cctv_wall": WALL, "cctv_pole": POLE}
WARRANTY = ("WD", "WR")


def reason_of(item: pd.Series, deficits: Deficits, deficit: Kleene, amount: Amount) -> list[Phrase]:
    """Return the phrases that say what is lacking, for the rows in which it is known to lack.

    Cameras name their classes with the count each, and the classes whose size is unknown (those are in the upper
    quantity only); estimates say that they are estimates.
    """
    code = str(item.name)
    if code in CLASSES:
        return _camera_classes(deficits.need.cameras, CLASSES[code], deficit.yes)
    counted = deficit.yes & ~np.isnan(amount.value)
    target = _target(amount)
    values = {"n": amount.value, "target": target, "percent": np.round(amount.share * 100)}
    names: dict[str, Value] = {name: str(item[name]) for name in ("label_zh", "label_en", "unit")}
    said: dict[str, Value] = {**values, **names}
    full = worded(f"item.reason.{code}", "item.reason.any")
    short = worded(f"item.reason.{code}.short", full)
    return [
        Phrase(full, counted & ~np.isnan(target), said),
        Phrase(short, counted & np.isnan(target), said),
        Phrase("item.estimated", counted & (amount.method == ESTIMATED)),
        Phrase("item.no_count", deficit.yes & ~counted, names),
    ]


def warranty_of(item: pd.Series, verdicts: Verdicts) -> list[Phrase]:
    """Return what is known about the warranty of a repair row (WD for devices, WR for roofs)."""
    if item["class"] != "repair":
        return []
    code = "WR" if "roof" in item["deficit"] else "WD"
    words = {"zh": verdicts.words(code, "triggers_zh"), "en": verdicts.words(code, "triggers_en")}
    told = (words["zh"] != "") & (verdicts.yes(code) | _has_date(words["zh"]))
    return [Phrase("item.warranty", told, words)]


def _has_date(words: np.ndarray) -> Bools:
    codes, distinct = pd.factorize(words)
    return np.asarray(np.array(["年" in str(word) for word in distinct], dtype=bool)[codes])


def _camera_classes(cameras: Cameras, names: tuple[str, ...], lacking: Bools) -> list[Phrase]:
    phrases = []
    for name in names:
        count = cameras.missing[name]
        phrases.append(Phrase(f"item.class.{name}", lacking & (count > 0), {"n": count}))
    unknown = {f"item.open_class.{name}": cameras.classes[name].unknown for name in names}
    some = lacking & np.logical_or.reduce(list(unknown.values()))
    phrases.append(Phrase("item.open_classes", some, {"list": unknown}))
    existing = cameras.existing
    phrases.append(Phrase("item.has_cameras", lacking & (existing > 0), {"n": existing}))
    return phrases


def _target(amount: Amount) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        target = amount.value / amount.share
    return np.where(amount.share > 0, np.round(target), np.nan)
