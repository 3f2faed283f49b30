"""An argument parser that speaks both languages, and the options that several verbs share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn
from unicodedata import east_asian_width

from planner.policy import PROFILES
from planner.store.chosen import DEMO, own_folder, standing_place
from planner.store.place import as_place
from planner.text import LANGUAGES, t

BETWEEN = "  "
"""Stands between the two languages of a help text."""
_PIECES = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*|\s+")


_NOTHING = "no district is named"
_WRONG = tuple(
    (re.compile(pattern, re.DOTALL), key)
    for pattern, key in (
        (r"the following arguments are required: (?P<names>.*)", "cli.error.required"),
        (rf"argument (?P<names>.*): {_NOTHING}", "cli.error.required"),
        (r"unrecognized arguments: (?P<names>.*)", "cli.error.unrecognized"),
        (r"argument (?P<name>.*): expected .* argument.*", "cli.error.no_value"),
        (r"argument (?P<name>.*): invalid choice: (?P<value>.*) \(choose from (?P<choices>.*)\)", "cli.error.choice"),
        (r"argument (?P<name>.*): invalid \w+ value: (?P<value>.*)", "cli.error.value"),
    )
)
"""What argparse says, and the words for it."""


class TwoLanguages(argparse.RawDescriptionHelpFormatter):
    """Help with the Chinese words on their own lines and the English ones below, wrapped to the width of the terminal.

    A Chinese character takes two columns, and a line may end after any of them.
    """

    def _split_lines(self, text: str, width: int) -> list[str]:
        return [line for part in text.split(BETWEEN) for line in _wrapped(part.strip(), width)]

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in self._split_lines(text, width - len(indent)))

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Begin the usage with its name in both languages."""
        super().add_usage(usage, actions, groups, help_text("cli.help.usage") + ": " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """argparse with help in Chinese and English, no guessed abbreviations, and errors in the language asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", TwoLanguages)
        super().__init__(*args, **{**options, "add_help": False})
        self._positionals.title = help_text("cli.help.arguments")
        self._optionals.title = help_text("cli.help.options")
        self.add_argument("-h", "--help", action="help", help=help_text("cli.help.help"))

    def verb_parsers(self) -> Mapping[str, Parser]:
        """Return the parser of every verb below this one."""
        below = [a.choices for a in self._actions if isinstance(a, argparse._SubParsersAction)]
        return below[0] if below else {}

    def error(self, message: str) -> NoReturn:
        """Print the usage, what is wrong with the call and where the help is; leave with exit code 2."""
        lang = language_of(sys.argv)
        self.print_usage(sys.stderr)
        self.exit(2, t("cli.error.usage", lang, message=_told(message, lang), prog=self.prog) + "\n")


def _told(message: str, lang: str) -> str:
    """Return what argparse found wrong in ``lang``; what is not in the list stays as argparse says it."""
    for pattern, key in _WRONG:
        if match := pattern.fullmatch(message):
            return t(key, lang, **match.groupdict())
    return message


def help_text(key: str) -> str:
    """Return the words of ``key`` in both languages, ready for argparse (which fills ``%`` itself)."""
    return BETWEEN.join(t(key, lang) for lang in LANGUAGES).replace("%", "%%")


def _wrapped(text: str, width: int) -> list[str]:
    lines, used = [""], 0
    for piece in _PIECES.findall(text):
        columns = sum(2 if east_asian_width(c) in "WF" else 1 for c in piece.rstrip())
        if used + columns > width and lines[-1]:
            lines.append("")
            used = 0
        lines[-1] += piece
        used += columns + len(piece) - len(piece.rstrip())
    return [line.rstrip() for line in lines]


def language_of(words: Sequence[str]) -> str:
    """Return the language that a command line asks for with ``--lang``, before it is parsed; Chinese otherwise."""
    for place, word in enumerate(words):
        wanted = " ".join(words[place + 1 : place + 2]) if word == "--lang" else word.removeprefix("--lang=")
        if wanted in LANGUAGES:
            return wanted
    return LANGUAGES[0]


def language_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--lang`` unless the verb has it already; one given before the verb is kept."""
    if "--lang" not in parser._option_string_actions:
        parser.add_argument("--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help=help_text("cli.help.lang"))


def nested(subparsers: Any, verb: str) -> Any:
    """Add a verb that has verbs of its own and return what they are added to."""
    parser = subparsers.add_parser(verb, help=help_text(f"cli.{verb}.help"), description=help_text(f"cli.{verb}.about"))
    return parser.add_subparsers(dest="does", metavar="VERB", required=True, title=help_text("cli.help.verbs"))


def district_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--district``: the folder or the store; else what the environment names, else the store under var/."""
    parser.add_argument("--district", type=_district, default="", metavar="S", help=help_text("cli.help.place"))


def _district(written: str) -> Path | str:
    """The place that was written; for nothing (argparse reads a default so too) the one that this installation has."""
    found = as_place(written) if written else standing_place(os.environ, var=own_folder(os.environ), demo=DEMO)
    if found is None:
        raise argparse.ArgumentTypeError(_NOTHING)
    return found


def out_option(parser: argparse.ArgumentParser, key: str, *, metavar: str) -> None:
    """Add the required ``--out`` with the help text ``key``."""
    parser.add_argument("--out", type=Path, required=True, metavar=metavar, help=help_text(key))


def rule_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides how a district is scored: ``--policy --profile --unused --as-of``."""
    parser.add_argument("--policy", type=Path, metavar="DIR", help=help_text("cli.help.policy"))
    parser.add_argument("--profile", choices=PROFILES, help=help_text("cli.help.profile"))
    parser.add_argument("--unused", metavar="CODES", help=help_text("cli.help.unused"))
    as_of_option(parser)


def as_of_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--as-of``, the date the result speaks of."""
    parser.add_argument("--as-of", metavar="DATE", help=help_text("cli.help.as_of"))


def json_option(parser: argparse.ArgumentParser, key: str = "cli.help.json") -> None:
    """Add ``--json``: the result for other programs, on standard output."""
    parser.add_argument("--json", action="store_true", help=help_text(key))
