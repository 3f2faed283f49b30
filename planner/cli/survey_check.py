"""``planner survey check``: what a survey file would change, hold back and propose; the ledger stays as it is."""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import getpass
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from planner.cli.inputs import memory_folder, read_policy, resolve_as_of
from planner.cli.keeping import opened_store
from planner.cli.parser import as_of_option, district_option, help_text, json_option
from planner.cli.terminal import progress, report_problems, say
from planner.cli.writing import replacing
from planner.decisions.effect import Effect, effect_of
from planner.district.headers import parse_mapping
from planner.district.survey.applied import changed_district
from planner.district.survey.corrections import rows_to_correct
from planner.district.survey.merge import Merge
from planner.district.survey.preview import why_counts
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_file import SurveyFile
from planner.outputs.csv_file import csv_bytes
from planner.outputs.problem_file import problem_records, problems_csv
from planner.policy import Policy
from planner.store.connection import Store
from planner.store.mappings import recall_headers, recall_names
from planner.store.place import is_store, shown
from planner.store.reading import read_district
from planner.store.remembering import InStore, Memory
from planner.store.survey_review import MEMORY_TABLE, Review, remember_mapping, review_survey
from planner.text import t, wan_text

DONE, PROBLEMS = 0, 1
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """A survey file, what it would do to the ledger, and to the decisions; without effect where it was refused."""

    review: Review
    effect: Effect | None
    corrections: pd.DataFrame

    @property
    def survey(self) -> SurveyFile:
        """The file as it was read."""
        return self.review.survey

    @property
    def merged(self) -> Merge | None:
        """What becomes of its cells."""
        return self.review.merged

    @property
    def problems(self) -> pd.DataFrame:
        """What there is to say about it."""
        return self.review.problems


def add_parser(actions: Any) -> None:
    """Add the action ``check``."""
    about = help_text("cli.survey.check.about")
    parser = actions.add_parser("check", help=help_text("cli.survey.check.help"), description=about)
    district_option(parser)
    reading_options(parser)
    report_options(parser)
    json_option(parser)
    parser.set_defaults(does=run)


def reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the file and how it is to be read."""
    parser.add_argument("file", type=Path, metavar="FILE", help=help_text("cli.survey.check.file"))
    parser.add_argument("--map", action="append", default=[], metavar="theirs=ours", help=help_text("cli.import.map"))
    parser.add_argument("--encoding", metavar="E", help=help_text("cli.import.encoding"))
    parser.add_argument("--sheet", metavar="S", help=help_text("cli.import.sheet"))
    parser.add_argument("--date", metavar="DATE", help=help_text("cli.survey.check.date"))
    parser.add_argument("--surveyor", default="", metavar="WHO", help=help_text("cli.survey.check.surveyor"))
    parser.add_argument("--every-field", action="store_true", help=help_text("cli.survey.check.every_field"))
    parser.add_argument("--accept-large", action="store_true", help=help_text("cli.survey.check.accept_large"))
    parser.add_argument("--policy", type=Path, metavar="DIR", help=help_text("cli.help.policy"))
    as_of_option(parser)


def report_options(parser: argparse.ArgumentParser) -> None:
    """Add the files that say what is wrong: every problem, and the rows to correct."""
    parser.add_argument("--problems", type=Path, metavar="problems.csv", help=help_text("cli.survey.check.problems"))
    parser.add_argument("--correct", type=Path, metavar="rows.csv", help=help_text("cli.survey.check.correct"))


def run(args: argparse.Namespace) -> int:
    """Say what the file would do; return 1 when a part of it cannot be used, else 0."""
    checked = check_file(args, args.district)
    write_reports(checked, args)
    tell(checked, args.lang)
    if args.json:
        print(json.dumps(summary(checked, args.lang), ensure_ascii=False))
    return PROBLEMS if checked.problems["severity"].eq("error").any() else DONE


def write_reports(checked: Checked, args: argparse.Namespace) -> None:
    """Write the problems and the rows to correct where the call asks for them."""
    if args.problems is not None:
        with replacing(args.problems) as path:
            path.write_bytes(problems_csv(checked.problems, args.lang))
    if args.correct is not None:
        with replacing(args.correct) as path:
            path.write_bytes(csv_bytes(checked.corrections))


def check_file(args: argparse.Namespace, place: Path | str) -> Checked:
    """Return what the file of a call would do to the ledger of a folder or a store."""
    policy = read_policy(place, args.policy)
    with progress("cli.progress.read", args.lang, folder=shown(place)):
        district = read_district(place, policy)
    with progress("cli.progress.read", args.lang, folder=args.file), _store(place, policy) as store:
        memory = memory_folder() if store is None else InStore(store, getpass.getuser(), dt.datetime.now(dt.UTC))
        request = _request(args, policy, memory)
        review = review_survey(args.file, district, request, store=store)
        if review.merged is not None:
            remember_mapping(memory, review.survey)
    if review.merged is None:
        return Checked(review, None, rows_to_correct(review.survey, args.lang))
    with progress("cli.progress.score", args.lang, n=len(district.compounds)):
        after = changed_district(district, review.merged.applied, policy)
        effect = effect_of(district, after, policy, as_of=request.as_of)
    return Checked(review, effect, rows_to_correct(review.survey, args.lang, more=review.held))


def _store(place: Path | str, policy: Policy) -> AbstractContextManager[Store | None]:
    return opened_store(place, policy) if is_store(place) else nullcontext()


def _request(args: argparse.Namespace, policy: Policy, memory: Memory) -> SurveyRequest:
    return SurveyRequest(
        policy=policy,
        as_of=resolve_as_of(args.as_of, policy),
        by_hand=dict(parse_mapping(text) for text in args.map),
        recall=functools.partial(recall_headers, memory, MEMORY_TABLE),
        names=recall_names(memory),
        encoding=args.encoding,
        sheet=args.sheet,
        surveyed_on=resolve_as_of(args.date, policy) if args.date else None,
        surveyor=args.surveyor,
        every_field=args.every_field,
        accept_large=args.accept_large,
    )


def summary(checked: Checked, lang: str = "zh") -> dict[str, Any]:
    """Return the check for other programs: plain values only.

    rows: records of the file by what became of them, adding up to `records`; cells: outcomes of the cells; held: of
    those that wait, why; effect: what applying would do; problems: as `planner check` gives them.
    """
    survey, merged = checked.survey, checked.merged
    mapping = survey.mapping[["header", "field", "how", "role", "unit", "suggestion"]]
    return {
        "file": survey.file,
        "sha256": survey.sha256,
        "refused": survey.refused,
        "encoding": survey.encoding,
        "separator": survey.separator,
        "sheet": survey.sheet,
        "records": len(survey.rows),
        "rows": survey.counts,
        "columns": mapping.to_dict("records"),
        "cells": merged.counts if merged else {},
        "held": why_counts(merged) if merged else {},
        "proposals": _plain(survey.proposals),
        "candidates": _plain(survey.candidates),
        "effect": _effect(checked.effect) if checked.effect else {},
        "problems": problem_records(checked.problems, lang),
    }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    return list(table.astype(object).where(table.notna(), None).to_dict("records"))


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "states": _plain(effect.states),
        "enters": effect.enters,
        "leaves": effect.leaves,
        "scores": effect.scored,
        "programmes": _plain(effect.programmes),
        "items": _plain(effect.items),
        "costs": _plain(effect.costs),
        "cost_now_change": effect.cost_now_change,
    }


def tell(checked: Checked, lang: str) -> None:
    """Say in words what becomes of every row and cell."""
    survey = checked.survey
    say(
        t("cli.survey.check.rows", lang, file=survey.file, records=len(survey.rows), rows=_counted(survey.counts, lang))
    )
    if survey.refused:
        say(t("cli.survey.check.refused", lang))
    if checked.merged is not None:
        say(t("cli.survey.check.cells", lang, **checked.merged.counts))
        waits = {why: n for why, n in why_counts(checked.merged).items() if n}
        if waits:
            words = "、".join(t(f"survey.why.{why}", lang) + str(n) for why, n in waits.items())
            say(t("cli.survey.check.held", lang, words=words))
    if checked.effect is not None:
        _tell_effect(checked.effect, lang)
    problems = checked.problems[checked.problems["severity"] != "info"]
    order = problems["severity"].ne("error").sort_values(kind="stable").index
    report_problems(problems.loc[order[:_SHOWN]], lang)
    if len(problems) > _SHOWN:
        say(t("cli.survey.check.more", lang, n=len(problems) - _SHOWN))


def _counted(counts: dict[str, int], lang: str) -> str:
    return "、".join(t(f"survey.status.{status}", lang, n=n) for status, n in counts.items() if n)


def _tell_effect(effect: Effect, lang: str) -> None:
    words = t(
        "cli.survey.check.effect",
        lang,
        states=len(effect.states),
        enters=len(effect.enters),
        leaves=len(effect.leaves),
        scores=effect.scored,
        programmes=len(effect.programmes),
        items=len(effect.items),
        money=("+" if effect.cost_now_change > 0 else "") + wan_text(effect.cost_now_change, lang),
    )
    say(words)
