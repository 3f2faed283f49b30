"""What each column of a survey file is: a field to update, a fact about the row, personal (not read), or unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.district.grid import word_key
from planner.district.headers import HeaderMap, map_headers
from planner.district.refusal import refuse
from planner.district.survey.export_columns import FIELDS, ROLES, role_of, strength
from planner.district.survey.request import SurveyRequest
from planner.errors import InputError, join_problems, problem
from planner.text import t

TABLE = "compounds"
MATCH_FIELDS = ("name", "alias", "address", "community_name")
PLACE_FIELDS = ("lon", "lat")
_SHOWN = 20
_CONFLICTS = {"I01": "survey.I01", "I02": "survey.I02", "I03": "survey.I03"}
"""What the import settles by the clearer name or asks about, a survey refuses."""
_ROLE_FIELDS = {role: field for field, role in FIELDS.items()}


@dataclass(frozen=True, slots=True)
class SurveyColumns:
    """The columns of a survey file.

    mapping: one row per header in file order: header, field ("" = none), how (`headers.HOW`, or role, system, personal,
    not_survey, left_out, ""), role (of export_columns.ROLES), unit, suggestion. fields: field -> header of what the
    file may change. keys: field -> header of what finds the compound and its place. roles: role -> headers, surest
    first.
    """

    mapping: pd.DataFrame
    fields: Mapping[str, str]
    keys: Mapping[str, str]
    roles: Mapping[str, tuple[str, ...]]
    problems: pd.DataFrame


def map_columns(headers: Sequence[str], request: SurveyRequest, *, file: str) -> SurveyColumns:
    """Return what the columns are.

    Two columns for one field, one column for two, or no column that numbers or names the compounds raise InputError
    with the headers seen; CallError where a mapping by hand names a header or field that is not there.
    """
    by_hand = {theirs: _ROLE_FIELDS.get(ours, ours) for theirs, ours in request.by_hand.items()}
    said = {word_key(h) for h in by_hand}
    roles = {h: "" if word_key(h) in said else role_of(h) for h in headers}
    answers = [h for h in headers if not roles[h]]
    remembered = request.recall(headers) if request.recall else {}
    found = map_headers(answers, request.policy, TABLE, by_hand=by_hand, remembered=remembered)
    mapping = _joined(headers, roles, found, request)
    _refuse_conflicts(found, mapping, file)
    columns = SurveyColumns(
        mapping,
        fields=_by_field(
            mapping[mapping["how"].ne("not_survey") & mapping["role"].eq("") & ~_only_found(mapping, request)]
        ),
        keys=_by_field(mapping[mapping["field"].isin(["compound_id", *MATCH_FIELDS, *PLACE_FIELDS])]),
        roles=_by_role(mapping),
        problems=join_problems([_listed(mapping, file), _weaker(found, file)]),
    )
    if "compound_id" not in columns.keys and not {"name", "address"} & set(columns.keys):
        shown = "、".join(headers[:_SHOWN]) + ("……" if len(headers) > _SHOWN else "")
        raise refuse("survey.no_key", file=file, headers=shown)
    return columns


def _joined(headers: Sequence[str], roles: Mapping[str, str], found: HeaderMap, request: SurveyRequest) -> pd.DataFrame:
    """All headers in file order: those with a role, those of columns.csv, those without meaning."""
    mapped = found.columns.set_index("header")
    surveyed = request.policy.fields(TABLE)["survey"].eq("yes")
    rows = []
    for header in headers:
        if roles[header]:
            how = "system" if roles[header] == "system" else "role"
            rows.append((header, "", how, "" if how == "system" else roles[header], "", ""))
            continue
        field, how, unit, suggestion = mapped.loc[header, ["field", "how", "unit", "suggestion"]]
        role = FIELDS.get(field, "")
        kept = field in ("compound_id", *PLACE_FIELDS) or role or request.every_field or not field
        how = how if kept or surveyed[field] else "not_survey"
        rows.append((header, field, how, role, unit, suggestion))
    return pd.DataFrame(rows, columns=["header", "field", "how", "role", "unit", "suggestion"])


def _only_found(mapping: pd.DataFrame, request: SurveyRequest) -> pd.Series:
    """Columns that say which compound it is and where, and change nothing of it."""
    return mapping["field"].isin(["compound_id"] if request.every_field else ["compound_id", *PLACE_FIELDS])


def _by_field(mapping: pd.DataFrame) -> dict[str, str]:
    used = mapping[mapping["field"].ne("")]
    return dict(zip(used["field"], used["header"], strict=True))


def _by_role(mapping: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Headers of each role: a field of columns.csv first, then by the order of the role's words."""
    out: dict[str, tuple[str, ...]] = {}
    for role in ROLES:
        rows = mapping[mapping["role"] == role]
        ranked = sorted(zip(rows["field"].eq(""), rows["header"], strict=True), key=lambda p: _rank(p, role))
        if ranked:
            out[role] = tuple(header for _, header in ranked)
    return out


def _rank(place: tuple[bool, str], role: str) -> tuple[bool, int]:
    return place[0], strength(place[1], role) if place[0] else 0


def _refuse_conflicts(found: HeaderMap, mapping: pd.DataFrame, file: str) -> None:
    """Two columns for one thing are never decided in silence; for places and system columns they do not matter."""
    both = found.problems["rule"].isin(list(_CONFLICTS)) & ~found.problems["value"].isin(PLACE_FIELDS)
    conflicts = found.problems[both].assign(file=file, severity="error", rule=lambda p: p["rule"].map(_CONFLICTS))
    twice = [_twice(role, mapping, file) for role in ("surveyed_on", "base_version")]
    problems = join_problems([conflicts, *twice])
    if len(problems):
        raise InputError(t("survey.conflict", file=file), problems)


def _twice(role: str, mapping: pd.DataFrame, file: str) -> pd.DataFrame:
    headers = list(mapping.loc[mapping["role"] == role, "header"])
    if len(headers) < 2:
        return join_problems([])
    return problem("survey.I02", file=file, column="、".join(headers), value=role, example=f"{headers[1]}=-")


def _listed(mapping: pd.DataFrame, file: str) -> pd.DataFrame:
    """What is not read, by name: personal columns as a warning, others as a note."""
    reports = []
    rules = {"": "survey.unmapped", "personal": "survey.personal", "not_survey": "survey.not_survey"}
    for row in mapping[mapping["how"].isin(list(rules))].itertuples(index=False):
        severity = "warning" if row.how == "personal" else "info"
        reports.append(problem(rules[row.how], severity=severity, file=file, column=row.header))
    return join_problems(reports)


def _weaker(found: HeaderMap, file: str) -> pd.DataFrame:
    return found.problems[found.problems["value"].isin(PLACE_FIELDS)].assign(file=file, severity="info")
