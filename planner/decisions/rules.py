"""RULES: every rule name that programmes.csv may use, with its function.

A new rule is a function ``rule(facts, params, policy) -> RuleResult`` in one of the rules_* modules, listed in that
module's RULES. ``facts`` holds every compound at once; ``params`` is the cell of programmes.csv.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from planner.decisions import rules_custody, rules_exclusions, rules_history, rules_programmes
from planner.decisions.rule_parts import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {**rules_exclusions.RULES, **rules_history.RULES, **rules_custody.RULES, **rules_programmes.RULES}
)
