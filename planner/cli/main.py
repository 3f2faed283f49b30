"""The command line as a whole: find the verbs, read the call, run one, and turn every ending into an exit code.

0 done; 1 problems of severity error, or nothing usable; 2 wrong call; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from planner.cli.parser import Parser, help_text, language_of, language_option
from planner.cli.terminal import report_error, say
from planner.errors import CallError, PlannerError
from planner.text import LANGUAGES, t

VERBS: Mapping[str, str] = {
    "demo": "planner.cli.demo",
    "import": "planner.cli.import_",
    "check": "planner.cli.check",
    "score": "planner.cli.score",
    "items": "planner.cli.items",
    "map": "planner.cli.map",
    "sheet": "planner.cli.sheet",
    "plan": "planner.cli.plan",
    "store": "planner.cli.store",
    "survey": "planner.cli.survey",
}
"""Every verb and the module that does it; a new verb is one row here and one module."""

DONE, PROBLEMS, WRONG_CALL, INTERRUPTED = 0, 1, 2, 130


class Verb(Protocol):
    """What a module of ``VERBS`` offers."""

    def add_parser(self, subparsers: Any) -> None:
        """Add the verb's own parser to ``subparsers``."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work and return the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; ``argv`` without the program name, default ``sys.argv[1:]``."""
    words = sys.argv[1:] if argv is None else list(argv)
    lang = language_of(words)
    verbs = load_verbs(words)
    parser = build_parser(verbs)
    args = parser.parse_args(words)
    if args.verb is None:
        parser.print_help(sys.stderr)
        return WRONG_CALL
    return _run(verbs[args.verb], args, lang)


def load_verbs(words: Sequence[str] = ()) -> dict[str, Verb]:
    """Import the module of the verb that the words call, so that one verb does not wait for all; else of every verb."""
    called = next((word for word in words if word in VERBS), None)
    names = VERBS if called is None else [called]
    return {verb: importlib.import_module(VERBS[verb]) for verb in names}


def build_parser(verbs: Mapping[str, Verb]) -> Parser:
    """Return the parser of the whole command line; every verb also takes ``--lang``."""
    parser = Parser(prog="planner", description=help_text("cli.help.description"), epilog=help_text("cli.help.epilog"))
    parser.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=help_text("cli.help.lang"))
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", title=help_text("cli.help.verbs"))
    for verb in verbs.values():
        verb.add_parser(subparsers)
    for verb_parser in subparsers.choices.values():
        for each in (verb_parser, *verb_parser.verb_parsers().values()):
            language_option(each)
    return parser


def _run(verb: Verb, args: argparse.Namespace, lang: str) -> int:
    try:
        return verb.run(args)
    except PlannerError as error:
        report_error(error, lang)
        return WRONG_CALL if isinstance(error, CallError) else PROBLEMS
    except KeyboardInterrupt:
        say(t("cli.error.interrupted", lang))
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        say(t("cli.error.file", lang, path=error.filename or "", reason=error.strerror or error))
        return PROBLEMS
