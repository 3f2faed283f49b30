"""Checks of a read district: one function per rule, run together by `run_checks`."""

from planner.district.checks.completeness import completeness_table, known
from planner.district.checks.privacy import mark_for_suppression
from planner.district.checks.registry import CHECKS, EXPORT_RULES, run_checks, summarise

__all__ = [
    "CHECKS",
    "EXPORT_RULES",
    "completeness_table",
    "known",
    "mark_for_suppression",
    "run_checks",
    "summarise",
]
