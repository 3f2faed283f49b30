"""A survey file laid beside the ledger: what goes in, what waits and why, what cannot be used. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.district.district import District
from planner.district.headers import DECIDED
from planner.district.survey.held import held_problems
from planner.district.survey.incoming import incoming_cells, no_base
from planner.district.survey.incoming import ledger_cells as folder_cells
from planner.district.survey.merge import Merge, merge, merge_policy
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_file import SurveyFile, read_survey
from planner.errors import join_problems
from planner.store.connection import Store
from planner.store.ledger_cells import base_cells, ledger_cells
from planner.store.mappings import remember_headers
from planner.store.remembering import Memory
from planner.store.state import row_versions
from planner.store.survey_batches import seen_submissions

MEMORY_TABLE = "survey"
"""Under what name the columns of survey files are remembered."""


@dataclass(frozen=True, slots=True)
class Review:
    """A survey file and what it would do to the ledger (merged is None where the file was refused).

    held: one warning per cell that waits, with its row and column.
    """

    survey: SurveyFile
    merged: Merge | None
    held: pd.DataFrame

    @property
    def problems(self) -> pd.DataFrame:
        """What there is to say about the file and about the cells that wait."""
        return join_problems([self.survey.problems, self.held])

    @property
    def clean(self) -> bool:
        """Whether every row and cell of the file can be used and nothing waits."""
        return self.merged is not None and not self.survey.problems["severity"].eq("error").any() and not len(self.held)


def review_survey(
    source: Path | bytes, district: District, request: SurveyRequest, *, store: Store | None = None, name: str = ""
) -> Review:
    """Return what a survey file would do to a ledger: of a store with its versions and known forms, else of a folder.

    district: what the store or folder holds. Raises as `read_survey`.
    """
    compounds = pd.DataFrame(district.compounds)
    if store is not None:
        compounds = compounds.assign(row_version=row_versions(store, "compounds").reindex(compounds.index))
    survey = read_survey(source, compounds, request, name=name)
    if survey.refused:
        return Review(survey, None, join_problems([]))
    cells = incoming_cells(survey, None if store is None else seen_submissions(store))
    rules = merge_policy(request.policy, accept_large=request.accept_large)
    merged = merge(*_sides(cells, district, store), cells, rules)
    return Review(survey, merged, held_problems(merged, headers_of(survey), file=survey.file))


def headers_of(survey: SurveyFile) -> pd.Series:
    """Return field -> column of the file."""
    mapped = survey.mapping[survey.mapping["field"] != ""]
    return pd.Series(mapped["header"].to_numpy(), index=mapped["field"])


def remember_mapping(memory: Memory, survey: SurveyFile) -> None:
    """Keep which columns of these headers a person said to be which field."""
    decided = survey.mapping[survey.mapping["how"].isin(DECIDED)]
    fields = dict(zip(decided["header"], decided["field"], strict=True))
    remember_headers(memory, MEMORY_TABLE, list(survey.mapping["header"]), fields)


def _sides(cells: pd.DataFrame, district: District, store: Store | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The base and the present state of the cells that a survey brings."""
    if store is None:
        return no_base(), folder_cells(district, cells)
    current = ledger_cells(store, cells)
    return base_cells(store, cells, current), current
