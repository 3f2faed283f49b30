"""Personal numbers: found in any cell, never in codes and measures, always masked."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.district.personal import holds_in_notes, holds_personal, mask, personal_cells

IDENTITY = "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "物业电话138-1234-5678，白天",
        "138 1234 5678",
        "+8613812345678",
        "１３８１２３４５６７８",
        IDENTITY,
        f"身份证{IDENTITY}",
        "川A12345",
        "川A·D12345",
        "车牌新B7K888挂",
    ],
)
def test_numbers_of_persons(text: str) -> None:
    assert holds_personal(text)
    assert mask(text) != text


@pytest.mark.parametrize(
    "text",
    [
        "1977.7724491278564",
        "0.13912345678",
        "1611061212533",
        "1620020572061503",
        "幸福路28号院",
        "川A座12345",
        "京津冀",
        "2024-03-05",
        "12345诉求3件",
        "建筑面积12345678平方米",
        "510104199013990075",
    ],
)
def test_numbers_of_things(text: str) -> None:
    assert not holds_personal(text)
    assert mask(text) == text


def test_a_room_is_personal_in_notes_only() -> None:
    room = "3号楼2单元502室漏水"
    assert holds_in_notes(room)
    assert not holds_personal(room)
    found = personal_cells(pd.Series([room, "院内漏水", "13812345678"]), kind="text", notes=True)
    assert found.tolist() == [True, False, True]


def test_codes_are_codes_unless_they_are_an_identity() -> None:
    cells = pd.Series(["13010200001", "13812345678", IDENTITY, "110105194912310021", ""])
    assert personal_cells(cells, kind="id", notes=False).tolist() == [False, False, True, False, False]
    assert personal_cells(cells, kind="text", notes=False).tolist() == [True, True, True, True, False]


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(st.characters(exclude_categories=["N", "Cs"]), max_size=12),
)
def test_no_mobile_survives_masking(number: str, around: str) -> None:
    text = f"{around.removesuffix('.')}，{number}，{around}"
    assert number not in mask(text)
    assert personal_cells(pd.Series([text]), kind="text", notes=False)[0]
