"""CSV out: BOM, CRLF, full precision, blanks for the missing, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from planner.outputs.csv_file import csv_bytes


def _read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_type_by_hand() -> None:
    table = pd.DataFrame(
        {
            "text": pd.array(["红旗路12号院", None, "=1+1"], "string"),
            "whole": pd.array([3, None, 0], "Int64"),
            "number": pd.array([0.1 + 0.2, None, 5.0], "Float64"),
            "float": [1e-12, float("nan"), 3.0],
            "yes": pd.array([True, None, False], "boolean"),
            "day": pd.to_datetime(["2026-11-20", None, "1999-01-02"]).astype("datetime64[s]"),
            "mixed": pd.Series([1988, "na", None], dtype=object),
        }
    )
    assert (
        csv_bytes(table)
        == (
            "\ufefftext,whole,number,float,yes,day,mixed\r\n"
            "红旗路12号院,3,0.30000000000000004,1e-12,true,2026-11-20,1988\r\n"
            ",,,,,,na\r\n"
            "'=1+1,0,5.0,3.0,false,1999-01-02,\r\n"
        ).encode()
    )


def test_dates_as_objects_and_no_rows() -> None:
    assert _read(csv_bytes(pd.DataFrame({"day": [dt.date(2026, 11, 20)]}))) == [["day"], ["2026-11-20"]]
    assert csv_bytes(pd.DataFrame({"a": [], "b": []})) == b"\xef\xbb\xbfa,b\r\n"


@given(st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
def test_text_survives_and_numbers_keep_every_bit(rows: list[tuple[str, float]]) -> None:
    table = pd.DataFrame({"text": pd.Series([r[0] for r in rows], dtype=object), "number": [r[1] for r in rows]})
    back = _read(csv_bytes(table))[1:]
    assert [float(number) for _, number in back] == [number for _, number in rows]
    assert [text.removeprefix("'") for text, _ in back] == [text.removeprefix("'") for text, _ in rows]
    assert not any(text.startswith(("=", "+", "-", "@")) for text, _ in back)
