"""Who looks after a compound: property service, firm, custodian and paper, committee, funds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.district.demo import words
from planner.district.demo.blanks import Objects, number_where, text_where
from planner.district.demo.chance import pick, stream
from planner.district.demo.names import firm_names
from planner.district.demo.roles import is_role
from planner.district.demo.warp import Bools

CUSTODIAN_OF = {
    "专业物业": "物业服务企业",
    "单位自管": "原产权单位",
    "社区托管": "社区",
    "居民自管": "居民自管小组",
    "应急物业": "社区",
    "无": "无",
}
PAPER_OF = {
    "专业物业": "物业服务合同",
    "单位自管": "承接意向书",
    "社区托管": "管护承诺书",
    "居民自管": "管护承诺书",
    "应急物业": "承接意向书",
    "无": "无",
}
SERVED = ("专业物业", "社区托管", "单位自管")
WITH_PAPER = ("list_full", "list_small", "list_hearsay", "ask", "renewed", "keep_new")
RENOVATED = ("sanwu_old", "sanwu_young", "yard_done")
LIST_DATE = np.datetime64("2022-03-31", "s")


def care_facts(compounds: pd.DataFrame, roles: pd.Series, seed: int) -> pd.DataFrame:
    """Return the care fields of columns.csv for every compound, all filled in as they truly are."""
    rng = stream(seed, "care")
    status = property_status(compounds, roles, rng)
    facts = pd.DataFrame({"property_status": status}, index=compounds.index)
    return pd.concat([facts, _firm(compounds, status, seed), _custodian(compounds, roles, status, rng)], axis=1).assign(
        **_funds(compounds, rng), **_sanwu(roles)
    )


def property_status(compounds: pd.DataFrame, roles: pd.Series, rng: np.random.Generator) -> Objects:
    """Return who runs each compound: large and new ones have firms, small old ones have nobody."""
    size = len(compounds)
    years, homes = compounds["year"].to_numpy(), compounds["households"].to_numpy()
    firm = 1 / (1 + np.exp(-((years - 1998) / 5 + (homes - 270) / 240)))
    owned = compounds["former_unit"].notna().to_numpy()
    rest = np.where(
        owned & (rng.random(size) < 0.3), "单位自管",
        pick(rng, ("社区托管", "居民自管", "无", "应急物业"), (42, 20, 27, 3), size),
    )  # fmt: skip
    status = np.where(rng.random(size) < firm, "专业物业", rest)
    served = np.where(owned & (rng.random(size) < 0.25), "单位自管", pick(rng, SERVED[:2], (35, 65), size))
    status = np.where(is_role(roles, *WITH_PAPER) & np.isin(status, ("无", "应急物业")), served, status)
    status = np.where(is_role(roles, "list_hearsay"), "社区托管", status)
    status = np.where(is_role(roles, "keep_new"), "专业物业", status)
    status = np.where(is_role(roles, "custodian", "yard_custodian"), "无", status)
    listed = is_role(roles, *RENOVATED)
    status = np.where(listed, np.where(_handed_over(roles), "社区托管", "无"), status)
    return np.where(is_role(roles, "yard_list"), pick(rng, ("无", "社区托管", "居民自管"), (6, 3, 1), size), status)


def _handed_over(roles: pd.Series) -> Bools:
    """Return of the renovated 三无 compounds and courtyards every second of each role: the community runs it now."""
    renovated = [is_role(roles, name) for name in RENOVATED]
    taken: Bools = np.logical_or.reduce([one & (np.cumsum(one) % 2 == 1) for one in renovated])
    return taken


def _firm(compounds: pd.DataFrame, status: Objects, seed: int) -> pd.DataFrame:
    rng = stream(seed, "firm facts")
    size = len(compounds)
    firm = status == "专业物业"
    names = firm_names(size, seed)
    known = np.unique(names)
    ids = np.array([f"WY{n + 1:03d}" for n in np.searchsorted(known, names)], dtype=object)
    ends = np.datetime64("2026-06-30", "s") + rng.integers(0, 40, size) * np.timedelta64(31 * 86400, "s")
    fee = np.round(0.35 + 0.035 * np.clip(compounds["year"].to_numpy() - 1985, 0, 35) + rng.normal(0, 0.1, size), 2)
    rate = np.round(np.clip(rng.normal(0.74, 0.13, size), 0.25, 0.98), 2)
    return pd.DataFrame(
        {
            "property_firm_id": text_where(firm, ids),
            "property_firm": text_where(firm, names),
            "contract_end": pd.Series(ends, index=compounds.index).where(firm),
            "fee_yuan_m2_month": number_where(firm, np.maximum(0.2, fee)),
            "fee_collection_rate": number_where(firm, rate),
        },
        index=compounds.index,
    )


def _custodian(compounds: pd.DataFrame, roles: pd.Series, status: Objects, rng: np.random.Generator) -> pd.DataFrame:
    size = len(compounds)
    kind = pd.Series(status, index=compounds.index).map(CUSTODIAN_OF).to_numpy(object)
    paper = pd.Series(status, index=compounds.index).map(PAPER_OF).to_numpy(object)
    spoken = ~is_role(roles, *WITH_PAPER) & ~_handed_over(roles) & (status != "专业物业") & (rng.random(size) < 0.3)
    paper = np.where(spoken & (status != "无"), "口头", paper)
    written = ~np.isin(paper, ("口头", "无"))
    firms = kind == "物业服务企业"
    dates = np.datetime64("2024-03-01", "s") + rng.integers(0, 900, size) * np.timedelta64(86400, "s")
    scope = pick(rng, ("门禁、监控、公共照明", "保洁、秩序维护、设施巡查", "全部共用设施设备"), (3, 3, 4), size)
    payer = np.where(firms, "物业费列支", pick(rng, ("居民分摊", "社区经费和公共收益", "街道补助"), (3, 4, 2), size))
    return pd.DataFrame(
        {
            "custodian_type": kind,
            "custodian_name": _custodian_names(compounds, kind),
            "custodian_doc": paper,
            "custodian_doc_date": pd.Series(dates, index=compounds.index).where(written),
            "custodian_scope": text_where(written, scope),
            "running_cost_payer": text_where(written, payer),
        },
        index=compounds.index,
    )


def _custodian_names(compounds: pd.DataFrame, kind: Objects) -> Objects:
    community = compounds["community_name"].to_numpy(object) + "居民委员会"
    employer = compounds["former_unit"].fillna("原产权单位").to_numpy(object)
    return text_where(np.isin(kind, ("社区", "原产权单位")), np.where(kind == "社区", community, employer))


def _funds(compounds: pd.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    size = len(compounds)
    years = compounds["year"].to_numpy()
    has = (years >= 1999) & (rng.random(size) < 0.85)
    balance = np.round(compounds["households"].to_numpy() * rng.uniform(600, 5200, size), -2)
    branch = rng.random(size) < np.clip(compounds["households"].to_numpy() / 700, 0.08, 0.8)
    return {
        "maint_fund_exists": has.astype(object),
        "maint_fund_balance_yuan": number_where(has, balance),
        "party_branch": branch.astype(object),
    }


def _sanwu(roles: pd.Series) -> dict[str, object]:
    listed = is_role(roles, "sanwu_old", "sanwu_young")
    dates = pd.Series(np.where(listed, LIST_DATE, np.datetime64("NaT")), index=roles.index)
    return {"sanwu_official": listed.astype(object), "sanwu_list_date": dates}


def employer_state(compounds: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return former_unit_status and housing_type: factories were wound up, offices live on."""
    rng = stream(seed, "employers")
    size = len(compounds)
    unit = compounds["former_unit"]
    closed = unit.fillna("").str.endswith(words.CLOSED_EMPLOYERS).to_numpy(bool)
    fate = np.where(
        closed,
        pick(rng, ("破产", "改制", "移交", "存续"), (5, 3, 2, 1), size),
        pick(rng, ("存续", "移交", "改制"), (6, 3, 1), size),
    )
    years = compounds["year"].to_numpy()
    owned = pick(rng, ("房改房", "房改房;集资房", "集资房", "房改房;单位自管"), (6, 2, 2, 2), size)
    open_market = np.where(
        years >= 1999,
        pick(rng, ("商品房", "商品房;保障房", "公租房"), (16, 2, 1), size),
        pick(rng, ("房改房", "商品房", "直管公房;房改房"), (5, 3, 2), size),
    )
    housing = np.where(unit.notna(), owned, open_market)
    yard = (compounds["kind"] == "院落").to_numpy()
    housing = np.where(yard, pick(rng, ("自建房", "自建房;直管公房"), (5, 2), size), housing)
    return pd.DataFrame(
        {"former_unit_status": text_where(unit.notna(), fate), "housing_type": housing}, index=compounds.index
    )
