"""Checks of a read district: one function per rule, run together by `run_checks`."""

from planner.district.checks.completeness import completeness_counts, completeness_table, known
from planner.district.checks.privacy import mark_for_suppression
from planner.district.checks.registry import CHECKS, EXPORT_RULES, find_problems, run_checks, summarise

__all__ = [
    "CHECKS",
    "EXPORT_RULES",
    "completeness_counts",
    "completeness_table",
    "find_problems",
    "known",
    "mark_for_suppression",
    "run_checks",
    "summarise",
]
