"""Any bytes at all: a survey file is read, in part or refused, never an error, and every record is accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.district.survey.corrections import rows_to_correct
from planner.district.survey.incoming import incoming_cells, ledger_cells, no_base
from planner.district.survey.merge import merge, merge_policy
from planner.district.survey.survey_file import SurveyFile
from planner.text import render_problems
from tests.builders import shared_policy
from tests.survey_files import all_accounted_for, ledger, mutations, read

LEDGER = ledger()


def _usable(found: SurveyFile) -> None:
    """What every reader of the result does with it: count, explain, correct, merge."""
    assert all_accounted_for(found)
    assert found.refused == (len(found.mapping) == 0)
    assert not found.refused or (found.problems["severity"] == "error").any()
    words = render_problems(found.problems)
    assert not words["message"].str.contains(r"\{[a-z]+\}", regex=True).any()
    wrong = found.problems.loc[found.problems["severity"] == "error", "row"].dropna()
    assert len(rows_to_correct(found)) == wrong.nunique()
    if not found.refused:
        cells = incoming_cells(found)
        merged = merge(no_base(), ledger_cells(LEDGER, cells), cells, merge_policy(shared_policy()))
        assert len(merged.cells) == (found.changes["kind"] != "keep").sum()


@pytest.mark.parametrize("seed", range(3))
def test_mutations_of_a_good_file(seed: int) -> None:
    found = [read(data, LEDGER) for data in mutations(seed, 10)]
    for one in found:
        _usable(one)
    assert 0 < sum(one.refused for one in found) < len(found)


@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    _usable(read(data, LEDGER))


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=5), st.sampled_from(",;\t|"))
def test_random_cells_under_a_good_header(rows: list[list[str]], sign: str) -> None:
    lines = [["小区编码", "户数", "备注", "调查日期"], *rows]
    text = "\n".join(sign.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    _usable(read(text.encode("utf-8", "replace"), LEDGER))
