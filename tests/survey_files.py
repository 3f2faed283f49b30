"""Survey files and a small ledger for the tests of surveys."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from planner.district.district import District
from planner.district.survey.corrections import rows_to_correct
from planner.district.survey.incoming import incoming_cells, ledger_cells, no_base
from planner.district.survey.merge import merge, merge_policy
from planner.district.survey.request import SurveyRequest
from planner.district.survey.survey_file import SurveyFile, read_survey
from planner.text import render_problems
from tests.builders import make_district, shared_policy

AS_OF = dt.date(2026, 11, 20)

GOOD = """编码,名称,建成年代（最早）,建成年代（最晚）,户数,监控路数,物业状态,小区党支部,合同到期,调查日期,调查人,备注
C1,红旗家属院,1985,1987,120,12,无,是,,2026-05-01,甲,东门在修
C2,滨河花园,1995,1995,300,40,专业物业,否,2027-06-30,2026-05-02,乙,
C3,向阳小区,,,,,,,,2026-05-02,乙,"两栋，分期建"
"""
"""A file without a mistake about the compounds of `ledger`."""

ODK = (
    "SubmissionDate,start,end,meta-instanceName,facts-compound_id,facts-households,facts-base_version,"
    "place-Latitude,place-Longitude,place-Altitude,place-Accuracy,devices-cctv_points,devices-access_type/刷卡,devices-access_type/对讲,photo,"
    "KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion\n"
    "2026-05-01T08:15:00.000Z,2026-05-01T08:00:00.000+08:00,2026-05-01T08:10:00.000+08:00,x,C1,120,4,36.1,120.3,1,5,12,1,1,a.jpg,"
    "uuid:aaa,1,甲,1,1,,approved,d1,0,3\n"
    "2026-05-02T08:15:00.000Z,,,x,C2,99,1,36.1,120.3,1,5,3,0,0,,uuid:bbb,1,甲,0,0,,rejected,d1,0,3\n"
    "2026-05-03T08:15:00.000Z,,,x,C3,50,,36.1,120.3,1,5,,0,0,,uuid:ccc,2,乙,0,0,,hasIssues,d1,2,3\n"
)
"""An export of ODK Central as it is."""

KOBO = (
    '"start";"end";"today";"小区信息/小区编码";"小区信息/户数";"设施/监控路数";"位置";"_位置_latitude";"_位置_longitude";'
    '"_位置_altitude";"_位置_precision";"_id";"_uuid";"_submission_time";"_validation_status";"_notes";"_status";'
    '"_submitted_by";"__version__";"_tags";"_index"\n'
    '"2026-05-01T08:00:00";"2026-05-01T08:10:00";"2026-05-01";"C1";"120";"12";"36 120 0 0";"36";"120";"0";"0";"1";'
    '"aaa";"2026-05-02T00:00:00";"validation_status_approved";"";"submitted_via_web";"zhang";"v1";"";"1"\n'
    '"2026-05-01T08:00:00";"2026-05-01T08:10:00";"2026-05-03";"C2";"300";"40";"36 120 0 0";"36";"120";"0";"0";"2";'
    '"bbb";"2026-05-02T00:00:00";"validation_status_not_approved";"";"submitted_via_web";"zhang";"v1";"";"2"\n'
)
"""An export of KoboToolbox as it is."""

TOLD_TWICE = """XX区老旧小区调查表,,,,,,
小区编码,小区名称,楼栋情况,,户数（户）,总建筑面积（万平方米）,备注
,,栋数,单元数,,,
C1,红旗家属院,3,9,约120户,1.2,东门在修
C1,红旗家属院,3,9,约120户,1.2,东门在修
C2,滨河花园,4,12,300,2.85,#清空
,向阳小区,#清空,,不详,,
C9,新城,1,2,80,0.6,13800000000
合计,,8,23,500,4.05,
"""
"""A table as an office makes it: a title, two header rows, a repeated row, an unknown compound, a total."""


def ledger(**changes: Any) -> District:
    """Three compounds; `changes` are values of C1."""
    c1 = {
        "compound_id": "C1",
        "name": "红旗家属院",
        "alias": "原毛巾厂宿舍",
        "community_name": "东街社区",
        "households": 100,
    }
    return make_district(
        [
            {**c1, **changes},
            {"compound_id": "C2", "name": "滨河花园", "community_name": "西街社区", "households": 280},
            {"compound_id": "C3", "name": "向阳小区", "community_name": "东街社区"},
        ]
    )


def request(**options: Any) -> SurveyRequest:
    """How the tests read: the project's policy, 20 November 2026."""
    return replace(SurveyRequest(shared_policy(), AS_OF), **options)


def read(content: str | bytes, district: District | None = None, **options: Any) -> SurveyFile:
    """Read a survey file; text is UTF-8."""
    data = content.encode() if isinstance(content, str) else content
    return read_survey(data, (district or ledger()).compounds, request(**options), name="调查.csv")


def table(header: str, *rows: str) -> SurveyFile:
    """Read a file of these lines."""
    return read("\n".join((header, *rows)) + "\n")


def values(survey: SurveyFile) -> dict[tuple[str, str], Any]:
    """Compound and field -> value of the cells that are set or cleared (None)."""
    said = survey.changes[survey.changes["kind"] != "keep"]
    return {(r.compound_id, r.field): r.value for r in said.itertuples(index=False)}


def rules(survey: SurveyFile, severity: str = "error") -> list[str]:
    """The rules of the problems of one severity, in their order."""
    return list(survey.problems.loc[survey.problems["severity"] == severity, "rule"])


def all_accounted_for(survey: SurveyFile) -> bool:
    """Whether every record of the file has one status and every row of changes and proposals comes from one."""
    counted = sum(survey.counts.values()) == len(survey.rows) and survey.rows["status"].notna().all()
    status = survey.rows.set_index("row")["status"] if len(survey.rows) else pd.Series(dtype=object)
    used = status.reindex(survey.changes["row"].unique()).isin(["used", "partly", "nothing"]).all()
    proposed = set(survey.proposals["row"]) == set(status.index[status == "proposal"])
    return bool(counted and used and proposed)


def check_usable(found: SurveyFile, district: District) -> None:
    """Do what every reader of the result does with it: count, explain, correct, merge; AssertionError where it fails.

    What must hold for any bytes whatever: every record has one status, a refused file says why, no word of a problem
    is left unfilled, each row with an error comes back to be corrected, and every cell that says something is merged.
    """
    assert all_accounted_for(found)
    assert found.refused == (len(found.mapping) == 0)
    assert not found.refused or (found.problems["severity"] == "error").any()
    words = render_problems(found.problems)
    assert not words["message"].str.contains(r"\{[a-z]+\}", regex=True).any()
    wrong = found.problems.loc[found.problems["severity"] == "error", "row"].dropna()
    assert len(rows_to_correct(found)) == wrong.nunique()
    if not found.refused:
        cells = incoming_cells(found)
        merged = merge(no_base(), ledger_cells(district, cells), cells, merge_policy(shared_policy()))
        assert len(merged.cells) == (found.changes["kind"] != "keep").sum()


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Good files with pieces deleted, doubled, put in, replaced or cut off: most as text, some as bytes."""
    rng = random.Random(seed)
    for _ in range(count):
        yield mutation(rng, GOOD)


def mutation(rng: random.Random, text: str) -> bytes:
    """One such file made from a good one."""
    for _ in range(rng.randint(0, 5)):
        text = _mutated(text, rng, PIECES)
    codec = rng.choice(["utf-8", "utf-8", "utf-8-sig", "gb18030", "gb18030", "utf-16", "cp950"])
    data = text.encode(codec, errors="replace")
    if rng.random() < 0.3:
        data = _mutated(data, rng, [piece.encode() for piece in PIECES] + [b"\x81", b"\xff", b"\x00", b"PK"])
    return data


PIECES = [
    *(",", '"', "\r", "\n", "\0", "，", ";", "\t", "|", "=1+1", "1e999", "#", "#清空", "不详", "na", "不适用"),
    *(
        "３７",
        "-",
        "9" * 40,
        "约",
        "万",
        "余",
        "%",
        "\ufeff",
        "\u200b",
        "C1",
        "合计",
        "同上",
        "一百",
        "1/5/2023",
        "2023年5月",
    ),
    *("13800000000", "80年代", "1995-1998", "户数", "编码", "(万)", "备注：", "\x01", "😀", "A" * 3000, "3.7E+17"),
]
"""What offices write, and what nobody should."""


def _mutated(text: Any, rng: random.Random, pieces: list[Any]) -> Any:
    """The text or bytes with one piece of it changed."""
    place = rng.randrange(len(text) + 1)
    end = min(len(text), place + rng.randint(1, 12))
    action = rng.randrange(12)
    if action < 3:
        return text[:place] + text[end:]
    if action < 5:
        return text[:end] + text[place:]
    if action < 11:
        return text[:place] + rng.choice(pieces) + text[place if action < 9 else end :]
    return text[:place]
