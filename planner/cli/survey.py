"""``planner survey``: what comes back from the field and by telephone, one module per kind of action."""

from __future__ import annotations

import argparse
from typing import Any

from planner.cli import survey_apply, survey_check, survey_forms, survey_kept
from planner.cli.parser import nested


def add_parser(subparsers: Any) -> None:
    """Add the verb ``survey`` with its actions."""
    verbs = nested(subparsers, "survey")
    survey_forms.add_parser(verbs)
    survey_check.add_parser(verbs)
    survey_apply.add_parser(verbs)
    survey_kept.add_parser(verbs)


def run(args: argparse.Namespace) -> int:
    """Do the action and return its exit code."""
    done: int = args.does(args)
    return done
