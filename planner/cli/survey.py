"""``planner survey``: what comes back from the field, one action per module."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from typing import Any

from planner.cli.parser import help_text, language_option

ACTIONS: Mapping[str, str] = {"check": "planner.cli.survey_check"}
"""Every action and the module that does it; a new action is one row here and one module."""


def add_parser(subparsers: Any) -> None:
    """Add the verb ``survey`` with its actions."""
    parser = subparsers.add_parser(
        "survey", help=help_text("cli.survey.help"), description=help_text("cli.survey.about")
    )
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, title=help_text("cli.survey.actions")
    )
    for module in ACTIONS.values():
        importlib.import_module(module).add_parser(actions)
    for action in actions.choices.values():
        language_option(action)


def run(args: argparse.Namespace) -> int:
    """Do the action and return its exit code."""
    code: int = importlib.import_module(ACTIONS[args.action]).run(args)
    return code
