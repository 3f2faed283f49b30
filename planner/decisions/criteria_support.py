"""Raw values of demand d1 to d4, readiness r1 to r3 and value v1 (CONTRACTS 2 "Criteria", domain.md 6.2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.decisions.kleene import Bools, Floats
from planner.decisions.raw_values import CriterionInputs, RawRule, RawValue, between, exactly, labelled, shrunk_rate
from planner.decisions.scoring import KNOWN, PARTLY, UNKNOWN
from planner.decisions.stock import custodian, first_known

OWNERS_COMMITTEES = ("业委会", "联合业委会")
OTHER_BODIES = ("物管会", "自管小组")
BLOCKED_TITLES = ("争议", "涉密")
Labels = npt.NDArray[np.object_]


def support_share(inputs: CriterionInputs) -> RawValue:
    """d1: households in favour over all households.

    Not asked is unknown, not 0. Whoever was not reached or not asked is neither for nor against: the value counts
    those in favour, the upper end also all who have not answered.
    """
    ledger = inputs.ledger
    agree, asked, whole = (
        ledger.number("support_households_n"),
        ledger.number("surveyed_households_n"),
        inputs.households,
    )
    still_open = np.fmax(whole - asked, ledger.number("households_not_reached"))
    most = np.fmin(agree + np.where(np.isnan(still_open), whole, still_open), whole)
    unknown = np.isnan(agree) | np.isnan(whole) | (asked == 0)
    na = ledger.not_applicable("support_households_n")
    return between(agree / whole, agree / whole, most / whole, unknown=unknown, na=na)


def self_fund_rate(inputs: CriterionInputs) -> RawValue:
    """d2: the residents' committed share of cost; from the committed sum where only that is told."""
    ledger = inputs.ledger
    pledged, cost = ledger.number("self_fund_commit_yuan"), inputs.cost("cost_all")
    sure = inputs.costs["cost_all_known"].reindex(ledger.index).to_numpy(dtype=bool, na_value=False) & (cost > 0)
    by_sum = np.divide(pledged, cost, out=np.where(pledged == 0, 0.0, np.nan), where=sure & (pledged > 0))
    return exactly(first_known(ledger.number("self_fund_rate"), by_sum), ledger.not_applicable("self_fund_rate"))


def hotline_rate(inputs: CriterionInputs) -> RawValue:
    """d3: 12345 requests per 1,000 households and year, shrunk to its own frozen prior."""
    ledger, policy = inputs.ledger, inputs.policy
    rate = shrunk_rate(
        ledger.number("hotline_12m_total"),
        inputs.households,
        per=1000,
        prior=policy.number("hotline_prior_per1000"),
        k=policy.number("shrink_k"),
    )
    return exactly(rate, ledger.not_applicable("hotline_12m_total"))


def elderly_share(inputs: CriterionInputs) -> RawValue:
    """d4: the share of residents aged 60 and more."""
    return exactly(inputs.ledger.number("elderly_60_share"), inputs.ledger.not_applicable("elderly_60_share"))


def custodian_class(inputs: CriterionInputs) -> RawValue:
    """r1: who looks after the place, and whether the owners have a body.

    A custodian is a document, so without an answer about one the class is unknown (专业物业 in a bare ledger too).
    Bodies are the bureau's own register: a compound that no committee names has none; one that does not work
    (``working`` 否) does not count.
    """
    ledger = inputs.ledger
    paper = custodian(ledger, inputs.policy)
    contract = ledger.is_in("custodian_doc", ["物业服务合同"]).yes
    oral = ledger.is_in("custodian_doc", ["口头"]).yes
    group = ledger.is_in("custodian_type", ["居民自管小组"]).yes
    owners, other = _bodies(inputs, OWNERS_COMMITTEES), _bodies(inputs, OTHER_BODIES) | group
    choices = [
        (paper.yes & contract & owners, "物业合同和业委会"),
        (paper.yes & owners, "有文件和业委会"),
        (paper.yes & other, "有文件和物管会或自管小组"),
        (paper.yes, "有文件"),
        (paper.no & (oral | owners | other), "口头或仅有组织"),
        (paper.no, "无"),
    ]
    return labelled(_choose(choices))


def _bodies(inputs: CriterionInputs, kinds: tuple[str, ...]) -> Bools:
    rows = inputs.ledger.rows("committees")
    idle = ~rows.frame["working"].to_numpy(dtype=bool, na_value=True)
    return np.asarray(rows.count(rows.is_in("kind", kinds) & ~idle) > 0)


def approval_stage(inputs: CriterionInputs) -> RawValue:
    """r2: how far preparation is; 无 where the title is disputed or the unit secret."""
    ledger = inputs.ledger
    blocked = ledger.is_in("land_status", BLOCKED_TITLES).yes
    stage = inputs.label("approval_stage")
    stage[blocked] = "无"
    return labelled(stage, ledger.not_applicable("approval_stage") & ~blocked)


def illegal_class(inputs: CriterionInputs) -> RawValue:
    """r3: illegal structures: none, there but not in the way, in the way.

    Half an answer counts as the middle class, with the two classes that it leaves open as ends.
    """
    ledger = inputs.ledger
    count, blocking = ledger.number("illegal_structures_n"), ledger.is_true("illegal_blocking")
    none, some, middle = (count == 0) & ~blocking.yes, count > 0, "有不阻碍"
    worst, open_count = "有且阻碍", np.isnan(count)
    in_doubt, perhaps_none = some & blocking.unknown, open_count & blocking.no
    x = _choose([(blocking.yes, worst), (none, "无"), (some | perhaps_none, middle)])
    lo, hi = x.copy(), x.copy()
    lo[in_doubt], hi[perhaps_none] = worst, "无"
    kind = np.where(pd.isna(x), UNKNOWN, np.where(in_doubt | perhaps_none, PARTLY, KNOWN))
    return RawValue(x, lo, hi, kind.astype(np.int8))


def cost_per_household(inputs: CriterionInputs) -> RawValue:
    """v1: the likely cost of every missing item, per household (yuan).

    Items that may be missing are left out of the value and count in full (cost_all_most) at the lower end; where
    nothing is missing for sure and something may be, the cost is unknown.
    """
    people = inputs.households
    cost, most = inputs.cost("cost_all"), inputs.cost("cost_all_most")
    whole = inputs.costs["cost_all_known"].reindex(inputs.ledger.index).to_numpy(dtype=bool, na_value=False)
    x: Floats = cost / people
    dearest = np.where(whole, x, np.fmax(np.where(np.isnan(most), np.inf, most) / people, x))
    unknown = np.isnan(x) | (~whole & ~(cost > 0))
    return between(x, dearest, x, unknown=unknown)


def _choose(choices: list[tuple[Bools, str]]) -> Labels:
    labels = np.full(len(choices[0][0]), None, dtype=object)
    for where, label in reversed(choices):
        labels[where] = label
    return labels


RAW: dict[str, RawRule] = {
    "support_share": support_share,
    "self_fund_rate": self_fund_rate,
    "hotline_rate_shrunk": hotline_rate,
    "elderly_60_share": elderly_share,
    "custodian_class": custodian_class,
    "approval_stage": approval_stage,
    "illegal_class": illegal_class,
    "cost_per_household": cost_per_household,
}
