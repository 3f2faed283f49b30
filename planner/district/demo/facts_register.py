"""What offices keep on a compound: title, heritage, expropriation, preparation, source and date of the entry."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo.blanks import Objects, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.roles import COMPLETE, PARTIAL, is_role
from planner.district.demo.warp import Bools


def register_facts(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return title, heritage, expropriation, preparation and the entry's own source, date and version."""
    rng = stream(seed, "register")
    size = len(compounds)
    ready = is_role(roles, "list_full", "under_way")
    stage = np.where(ready, pick(rng, ("方案", "施工图", "无"), (5, 2, 3), size), "无")
    stage = np.where(is_role(roles, "under_way"), pick(rng, ("批复", "施工图"), (7, 3), size), stage)
    clear = text_where(rng.random(size) < 0.55, pick(rng, ("清晰", "未登记"), (8, 2), size))
    title = is_role(roles, "title")
    disputed = title & (np.cumsum(title) % 2 == 1)
    frame = pd.DataFrame(
        {
            "land_status": np.where(title, np.where(disputed, "争议", "涉密"), clear),
            "heritage": text_where(rng.random(size) < 0.5, "无"),
            "design_ready": np.isin(stage, ("方案", "施工图", "批复")).astype(object),
            "survey_ready": np.isin(stage, ("施工图", "批复")).astype(object),
            "approval_stage": stage,
        },
        index=compounds.index,
    )
    notes = pd.DataFrame({"note": _notes(roles, seed)}, index=compounds.index)
    return pd.concat([frame, _expropriation(roles, rng), _entry(compounds, roles, rng), notes], axis=1)


NOTES = {
    "list_hearsay": ("居民反映为老楼，竣工档案未查到", "原单位档案遗失，年代由老住户口述"),
    "expropriated": ("已划入征收范围，签约进行中", "征收公告已发布"),
    "custodian": ("原单位改制后无人管理", "物业企业撤出，社区临时保洁"),
    "sanwu_old": ("2022年列入“三无”名单", "单栋独院，物业企业不愿接管"),
    "under_way": ("施工期间注意管线交底", "与供热二网同步实施"),
    "ask": ("部分住户意见未统一，待社区再次征询", "低层住户对开挖有顾虑"),
    "verify": ("台账数据，尚未踏勘", "与相邻院落边界待核", "曾报修屋面漏水"),
    "dangerous": ("已设围挡，人员已临时安置",),
    "title": ("权属资料待补",),
}
NOTED = 0.4
"""Of the compounds of these roles, how many have a remark."""


def _notes(roles: pd.Series, seed: int) -> Objects:
    """Return a remark for some compounds; none holds anything personal."""
    rng = stream(seed, "notes")
    notes = np.full(len(roles), None, dtype=object)
    for role, sayings in NOTES.items():
        said = is_role(roles, role) & (rng.random(len(roles)) < NOTED)
        notes = np.where(said, pick(rng, sayings, [1.0] * len(sayings), len(roles)), notes)
    return notes


def _expropriation(roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    fixed = is_role(roles, "expropriated")
    running = fixed & (np.cumsum(fixed) % 3 == 0)
    state = np.where(fixed, np.where(running, "实施中", "已划定范围"), text_where(rng.random(len(roles)) < 0.5, "无"))
    number = np.cumsum(fixed)
    document = np.array(
        [f"演示征〔2025〕{n}号" if yes else None for n, yes in zip(number, fixed, strict=True)], dtype=object
    )
    return pd.DataFrame({"expropriation_status": state, "expropriation_doc": document}, index=roles.index)


def _entry(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    size = len(compounds)
    visited: Bools = is_role(roles, *COMPLETE, *PARTIAL) | (rng.random(size) < 0.35)
    days = np.where(is_role(roles, *COMPLETE), rng.integers(0, 230, size), rng.integers(-420, 120, size))
    surveyed = np.datetime64("2026-03-16", "s") + days * np.timedelta64(86400, "s")
    surveyor = np.array([f"D{n:02d}" for n in rng.integers(1, 13, size)], dtype=object)
    updated = np.minimum(
        surveyed + rng.integers(1, 25, size) * np.timedelta64(86400, "s"), np.datetime64("2026-11-20", "s")
    )
    ledger = np.datetime64("2024-05-31", "s")
    return pd.DataFrame(
        {
            "surveyed_on": pd.Series(surveyed, index=compounds.index).where(visited),
            "surveyor_code": text_where(visited, surveyor),
            "source": np.where(
                is_role(roles, *COMPLETE), "2026年摸底调查", np.where(visited, "社区填报", "房管台账（2024年）")
            ),
            "confidence": np.where(
                is_role(roles, *COMPLETE), pick(rng, ("高", "中"), (7, 3), size), pick(rng, ("中", "低"), (6, 4), size)
            ),
            "updated_at": np.where(visited, updated, ledger),
            "row_version": np.where(visited, rng.integers(2, 6, size), 1),
        },
        index=compounds.index,
    )
