"""“三无”小区 by rule: definitions differ, so the predicates and how many must hold are policy (domain.md 1.5)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from planner.district.three_valued import is_any
from planner.errors import PolicyError
from planner.policy import Policy
from planner.text import t

Predicate = Callable[[pd.DataFrame], pd.Series]


def no_responsible_body(compounds: pd.DataFrame) -> pd.Series:
    """Return 无主管单位、无责任主体 (boolean): nobody is the custodian and no former unit is left.

    A former unit that still exists, or any custodian, is a body. Bankrupt, reformed or handed over (破产, 改制, 移交)
    it is gone, but who looks after the place then is still the custodian's field: while that is blank, unknown.
    """
    nobody = is_any(compounds["custodian_type"], "无")
    return nobody & ~compounds["former_unit_status"].isin(["存续"])


def no_property_service(compounds: pd.DataFrame) -> pd.Series:
    """Return 无物业管理 (boolean): the property service status says none."""
    return is_any(compounds["property_status"], "无")


def no_security(compounds: pd.DataFrame) -> pd.Series:
    """Return 无人防物防 (boolean): no camera and no locked unit door; one of either is enough to say no."""
    return (compounds["cctv_points"] == 0) & (compounds["access_ctrl_units"] == 0)


def no_maintenance_fund(compounds: pd.DataFrame) -> pd.Series:
    """Return 无维修资金 (boolean)."""
    return ~compounds["maint_fund_exists"]


PREDICATES: dict[str, Predicate] = {
    "no_responsible_body": no_responsible_body,
    "no_property_service": no_property_service,
    "no_security": no_security,
    "no_maintenance_fund": no_maintenance_fund,
}


def derive_sanwu(compounds: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return whether each compound is “三无” by settings.sanwu_predicates, of which settings.sanwu_need must hold.

    boolean, aligned to `compounds`. True when enough predicates are certainly true, False when too many are
    certainly false, else missing: unknown never makes a compound 三无. Raises PolicyError on an unknown predicate.
    """
    names, need = policy.values("sanwu_predicates"), int(policy.number("sanwu_need"))
    unknown = [name for name in names if name not in PREDICATES]
    if unknown:
        raise PolicyError(t("sanwu.unknown_predicate", value=unknown[0], choices=";".join(PREDICATES)))
    held = pd.DataFrame({name: PREDICATES[name](compounds) for name in names}, index=compounds.index, dtype="boolean")
    certain = held.fillna(False).sum(axis=1) >= need
    possible = held.fillna(True).sum(axis=1) >= need
    return pd.Series(certain, dtype="boolean").mask(possible & ~certain)
