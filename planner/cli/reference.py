"""docs/commands.md, written from the parsers themselves, so that it cannot lag behind them."""

from __future__ import annotations

import argparse

from planner.cli.main import VERBS, build_parser, load_verbs
from planner.cli.parser import BETWEEN, Parser
from planner.text import t


def command_reference() -> str:
    """Return the command reference as Markdown: every verb with its usage and every option, Chinese and English."""
    parser = build_parser(load_verbs())
    verbs = parser.verb_parsers()
    parts = [t("docs.commands.head"), _section("planner", parser)]
    parts += [part for verb in VERBS for part in _sections(f"planner {verb}", verbs[verb])]
    return "\n\n".join(parts) + "\n"


def _sections(title: str, parser: argparse.ArgumentParser) -> list[str]:
    """The section of a verb, and one for each of its actions where it has several."""
    below = parser.verb_parsers() if isinstance(parser, Parser) else {}
    return [_section(title, parser), *(_section(f"{title} {action}", p) for action, p in below.items())]


def _section(title: str, parser: argparse.ArgumentParser) -> str:
    about = "\n\n".join(_both(parser.description or ""))
    rows = [f"| `{_cell(_call(a))}` | {_help(a)} |" for a in parser._actions if _shown(a)]
    options = [t("docs.commands.table_head"), "|---|---|", *rows]
    return "\n\n".join([f"## {title}", about, f"```\n{_usage(title, parser)}\n```", "\n".join(options)])


def _shown(action: argparse.Action) -> bool:
    return not isinstance(action, argparse._SubParsersAction)


def _usage(title: str, parser: argparse.ArgumentParser) -> str:
    words = [title]
    for action in parser._actions:
        if not _shown(action):
            words.append(f"{action.metavar} ...")
        elif action.dest not in ("help", "lang"):
            word = _call(action)
            words.append(word if action.required else f"[{word}]")
    return " ".join(words)


def _call(action: argparse.Action) -> str:
    name = action.option_strings[-1] if action.option_strings else ""
    if action.nargs == 0:
        return name
    choices = "|".join(map(str, action.choices)) if action.choices else ""
    metavar = action.metavar or choices or action.dest.upper()
    shown = metavar if isinstance(metavar, str) else " ".join(metavar)
    repeated = " ..." if action.nargs in ("*", "+") or isinstance(action, argparse._AppendAction) else ""
    return f"{name} {shown}{repeated}".strip()


def _help(action: argparse.Action) -> str:
    return _cell(" <br> ".join(_both(str(action.help or ""))))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _both(text: str) -> list[str]:
    return [part.strip() for part in text.replace("%%", "%").split(BETWEEN) if part.strip()]
