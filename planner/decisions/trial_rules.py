"""What a planner tries: weights, curves, a few settings and criteria set aside, as typed, checked all at once.

The cells are text, exactly as they would stand in criteria.csv and settings.csv; nothing is rounded or mended in
silence. `checked_policy` turns them into a policy like any other, or says everything that is wrong with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from planner.errors import PolicyError, join_problems, problem
from planner.policy import PROFILES, Policy, parse_categories, parse_points, with_settings
from planner.policy_checks import check_criteria_numbers
from planner.text import render_problems, t

POINTS, SETTING = "points", "setting"
WEIGHTS: Mapping[str, str] = MappingProxyType({profile: f"weight_{profile}" for profile in PROFILES})
SETTINGS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "unknown_value": (0.0, 100.0),
        "min_completeness": (0.0, 1.0),
        "band_first": (0.0, 100.0),
        "band_second": (0.0, 100.0),
        "screen_high": (0.0, 100.0),
        "screen_low": (0.0, 100.0),
    }
)
"""Settings that a trial may change, with the range that their meaning allows."""

_NOT_BELOW = (("band_first", "band_second"), ("screen_high", "screen_low"))
_TRIED = {"P03": "TR1", "P05": "TR3", "P06": "TR4", "P10": "TR2"}
"""Rules of the policy tables and how a form says them: by the name of the criterion instead of file and row."""

Cells = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class TrialRules:
    """One set of rules to try: ``cells`` maps (column, code) to text; column is weight_<profile>, points or setting."""

    profile: str
    cells: Cells
    unused: tuple[str, ...] = ()

    def weights(self, profile: str = "") -> dict[str, str]:
        """Return the weights of a profile (default: that of the trial) as typed, by criterion."""
        return self._column(WEIGHTS[profile or self.profile])

    def points(self) -> dict[str, str]:
        """Return the breakpoints or category values as typed, by criterion."""
        return self._column(POINTS)

    def settings(self) -> dict[str, str]:
        """Return the settings as typed."""
        return self._column(SETTING)

    def _column(self, column: str) -> dict[str, str]:
        return {code: text for (name, code), text in self.cells.items() if name == column}


def official_rules(policy: Policy) -> TrialRules:
    """Return the rules in force, from which every trial starts."""
    table = policy.criteria
    cells = {(column, str(code)): plain(w) for column in WEIGHTS.values() for code, w in table[column].items()}
    cells |= {(POINTS, str(code)): str(text) for code, text in table[POINTS].items()}
    cells |= {(SETTING, key): policy.text(key) for key in SETTINGS}
    return TrialRules(policy.text("profile"), MappingProxyType(cells), policy.values("unused_criteria"))


def with_cells(rules: TrialRules, column: str, values: Mapping[str, str]) -> TrialRules:
    """Return the rules with other texts in one column."""
    return replace(rules, cells=MappingProxyType({**rules.cells, **{(column, k): v for k, v in values.items()}}))


def fitted(rules: TrialRules, policy: Policy) -> TrialRules:
    """Return the rules for the criteria and settings that ``policy`` has: what it does not know goes, new ones come."""
    official = official_rules(policy)
    cells = {key: rules.cells.get(key, text) for key, text in official.cells.items()}
    profile = rules.profile if rules.profile in PROFILES else official.profile
    return TrialRules(profile, MappingProxyType(cells), tuple(c for c in rules.unused if c in policy.criteria.index))


def changes(rules: TrialRules, policy: Policy) -> pd.DataFrame:
    """Return what differs from the policy: column, code, official, tried (texts), in the order of the tables.

    The same number or curve written in another way is no change. A criterion set aside is column ``unused``.
    """
    official = official_rules(policy)
    rows = [
        (column, code, text, rules.cells[column, code])
        for (column, code), text in official.cells.items()
        if (column, code) in rules.cells and not _says_same(column, text, rules.cells[column, code])
    ]
    aside = [code for code in map(str, policy.criteria.index) if (code in rules.unused) != (code in official.unused)]
    rows += [("unused", c, "1" if c in official.unused else "", "1" if c in rules.unused else "") for c in aside]
    return pd.DataFrame(rows, columns=["column", "code", "official", "tried"], dtype=object)


def check_rules(rules: TrialRules, policy: Policy, lang: str = "zh") -> pd.DataFrame:
    """Return everything that is wrong with the rules as a problem table (rules TR1 to TR8), empty when they are sound.

    The columns of criteria.csv that a trial may change go through the checks of the policy tables; what they find is
    said by the name of the criterion in ``lang``. Settings must lie in their range and in order; something must be left
    to score by.
    """
    found = check_criteria_numbers(_criteria_text(rules, policy))
    said = [_said(row, rules, policy, lang) for row in found.to_dict("records")]
    return join_problems([*said, *_check_settings(rules, lang), *_check_rest(rules, policy)])


def checked_policy(rules: TrialRules, policy: Policy) -> Policy:
    """Return the policy that the rules make of the official one; raises PolicyError with every problem at once."""
    problems = check_rules(rules, policy)
    if len(problems):
        first = render_problems(problems.head(1)).iloc[0]
        raise PolicyError(t("policy.trial.broken", n=len(problems), first=first["message"]), problems)
    return sound_policy(rules, policy)


def sound_policy(rules: TrialRules, policy: Policy) -> Policy:
    """Return the policy of rules in which `check_rules` found nothing.

    Without a difference the version is the official one; else it follows from that version and the differences.
    """
    codes, cells = list(map(str, policy.criteria.index)), rules.cells
    weights = {column: np.array([float(cells[column, code]) for code in codes]) for column in WEIGHTS.values()}
    points = pd.Series([cells[POINTS, code] for code in codes], index=policy.criteria.index, dtype=object)
    settings = {**rules.settings(), "profile": rules.profile, "unused_criteria": ";".join(rules.unused)}
    differ = changes(rules, policy)
    seed = policy.version + repr(differ.to_numpy().tolist())
    version = hashlib.sha256(seed.encode()).hexdigest()[:8] if len(differ) else policy.version
    table = policy.criteria.assign(**weights, **{POINTS: points})
    return replace(with_settings(policy, **settings), criteria=table, version=version)


def set_weight(rules: TrialRules, code: str, weight: float) -> TrialRules:
    """Return the rules with one weight of their profile changed and the others in proportion, so that all make 100.

    Weights are tenths of a point; what rounding leaves goes to the largest remainders. The weight is kept in 0..100.
    """
    wanted = min(max(round(weight * 10), 0), 1000)
    others = {k: number(text) for k, text in rules.weights().items() if k != code}
    return with_cells(rules, WEIGHTS[rules.profile], {code: plain(wanted / 10), **_shares(others, 1000 - wanted)})


def made_100(rules: TrialRules) -> TrialRules:
    """Return the rules with all weights of their profile in proportion, so that they add up to 100."""
    weights = {code: number(text) for code, text in rules.weights().items()}
    return with_cells(rules, WEIGHTS[rules.profile], _shares(weights, 1000))


def total(texts: Iterable[str]) -> float:
    """Return the sum of typed numbers; what is no number counts as 0."""
    return float(np.round(sum(number(text) for text in texts), 9))


def number(text: str) -> float:
    """Return a typed number, 0 where it is none or below 0."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) and value > 0 else 0.0


def plain(value: float) -> str:
    """Return a number as a table holds it: no exponent for whole numbers, no trailing zero, every digit it has."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def points_text(kind: str, pairs: Sequence[tuple[object, object]]) -> str:
    """Return breakpoints or category values as one cell; a blank stays blank, for the check to name."""
    return ";".join(f"{_typed(x) if kind == 'curve' else x}:{_typed(v)}" for x, v in pairs)


def _typed(value: object) -> str:
    if value is None or pd.isna(value):
        return ""
    return plain(float(str(value)))


def _shares(weights: Mapping[str, float], tenths: int) -> dict[str, str]:
    """Share tenths of a point in proportion to the weights (equally where all are 0); the result adds up exactly."""
    values = np.array(list(weights.values()), dtype=float)
    if not len(values):
        return {}
    values = values if values.sum() > 0 else np.ones(len(values))
    exact = values / values.sum() * tenths
    whole = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: tenths - int(whole.sum())]] += 1
    return {code: plain(n / 10) for code, n in zip(weights, whole.tolist(), strict=True)}


def _says_same(column: str, a: str, b: str) -> bool:
    try:
        return _meaning(column, a) == _meaning(column, b)
    except ValueError:
        return a == b


def _meaning(column: str, text: str) -> object:
    if column != POINTS:
        return float(text)
    try:
        x, v = parse_points(text)
        return x.tolist(), v.tolist()
    except ValueError:
        return list(parse_categories(text).items())


def _criteria_text(rules: TrialRules, policy: Policy) -> pd.DataFrame:
    codes, columns = list(map(str, policy.criteria.index)), (*WEIGHTS.values(), POINTS)
    cells = {column: [rules.cells.get((column, code), "") for code in codes] for column in columns}
    return pd.DataFrame({"kind": policy.criteria["kind"].to_numpy(), **cells}, dtype=object)


def _said(row: Mapping[str, object], rules: TrialRules, policy: Policy, lang: str) -> pd.DataFrame:
    column = str(row["column"])
    profile = next((p for p, name in WEIGHTS.items() if name == column), rules.profile)
    name = ""
    if not pd.isna(row["row"]):
        name = policy.label("criteria", str(policy.criteria.index[int(str(row["row"])) - 2]), lang)
    rule, stage = str(row["rule"]), t(f"table.profile.{profile}", lang)
    return problem(_TRIED.get(rule, rule), column=column, value=row["value"], name=name, profile=stage)


def _check_settings(rules: TrialRules, lang: str) -> list[pd.DataFrame]:
    found, values = [], {}
    for key, (low, high) in SETTINGS.items():
        text = rules.settings().get(key, "")
        try:
            values[key] = float(text)
        except ValueError:
            values[key] = float("nan")
        if not low <= values[key] <= high:
            name = t(f"policy.setting.{key}", lang)
            found.append(problem("TR5", column=key, value=text, name=name, low=plain(low), high=plain(high)))
    for upper, lower in _NOT_BELOW:
        if values[upper] < values[lower]:
            name, other = (t(f"policy.setting.{key}", lang) for key in (upper, lower))
            found.append(problem("TR6", column=upper, value=rules.settings()[upper], name=name, other=other))
    return found


def _check_rest(rules: TrialRules, policy: Policy) -> list[pd.DataFrame]:
    left = [number(text) for code, text in rules.weights().items() if code not in rules.unused]
    strange = [code for code in rules.unused if code not in policy.criteria.index]
    found = [problem("TR8", column="unused", value=code) for code in strange]
    return found if sum(left) > 0 else [*found, problem("TR7", column="unused", value=";".join(rules.unused))]
