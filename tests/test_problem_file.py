"""The problem table for people and programs: the same columns, errors first."""

from __future__ import annotations

import csv
import io
import json

from planner.errors import join_problems, problem
from planner.outputs.problem_file import problem_records, problems_csv

PROBLEMS = join_problems(
    [
        problem("P08", severity="warning", file="items.csv", folder="policy"),
        problem("P03", file="items.csv", row=7, column="cost_low", value="=1+x"),
    ]
)


def test_records_are_plain_and_errors_come_first() -> None:
    first, second = problem_records(PROBLEMS)
    assert list(first) == ["severity", "file", "row", "column", "value", "rule", "message", "fix"]
    assert (first["severity"], first["row"], first["rule"]) == ("error", 7, "P03")
    assert first["message"] == "items.csv第7行“cost_low”的值“=1+x”不是数"
    assert (second["row"], second["value"]) == (None, "")
    assert json.loads(json.dumps([first, second])) == [first, second]


def test_english_and_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(problems_csv(PROBLEMS, "en").decode("utf-8-sig"))))
    assert rows[0]["message"].startswith("items.csv, row 7")
    assert rows[0]["value"] == "'=1+x"
    assert rows[1]["row"] == ""


def test_no_problems() -> None:
    assert problem_records(join_problems([])) == []
    assert problems_csv(join_problems([])).decode("utf-8-sig") == "severity,file,row,column,value,rule,message,fix\r\n"
