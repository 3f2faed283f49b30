"""Any bytes at all: a survey file is read, in part or refused, never an error, and every record is accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.survey_files import check_usable, ledger, mutations, read

LEDGER = ledger()


@pytest.mark.parametrize("seed", range(3))
def test_mutations_of_a_good_file(seed: int) -> None:
    found = [read(data, LEDGER) for data in mutations(seed, 10)]
    for one in found:
        check_usable(one, LEDGER)
    assert 0 < sum(one.refused for one in found) < len(found)


@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    check_usable(read(data, LEDGER), LEDGER)


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), max_size=5), st.sampled_from(",;\t|"))
def test_random_cells_under_a_good_header(rows: list[list[str]], sign: str) -> None:
    lines = [["小区编码", "户数", "备注", "调查日期"], *rows]
    text = "\n".join(sign.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    check_usable(read(text.encode("utf-8", "replace"), LEDGER), LEDGER)
