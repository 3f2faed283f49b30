"""The rows to correct: as they stand in the file, with the line and the reason in columns of their own."""

from __future__ import annotations

import pandas as pd

from planner.district.personal import mask
from planner.district.survey.export_columns import REASON_COLUMNS
from planner.district.survey.survey_file import SurveyFile
from planner.text import render_problems, t


def rows_to_correct(survey: SurveyFile, lang: str = "zh", *, more: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every row of which something was not used, to be corrected and handed in alone.

    The first column is the line in the file, the last the reasons in `lang`; between them the file's own columns as
    written, personal columns left out and cells with personal numbers masked. A row of another width has its cells in
    their places where the file has no personal column, and none otherwise. more: further problems (held cells). What
    was read from such rows already is equal the second time, and equal values change nothing. A file that was refused
    as a whole has no rows.
    """
    problems = survey.problems if more is None else pd.concat([survey.problems, more], ignore_index=True)
    asked = problems[problems["severity"].eq("error") | problems["rule"].str.startswith("survey.held.")]
    asked = asked[asked["row"].notna()]
    spoken = render_problems(asked, lang)
    lines = asked["row"].astype(str)
    told = zip(spoken["message"], spoken["fix"], lines, strict=True)
    said = [f"{short_message(message, survey.file, line)}；{fix}" for message, fix, line in told]
    words = pd.Series(said, dtype=object)
    reasons = words.groupby(asked["row"].astype("int64").to_numpy()).agg("\n".join)
    cells = pd.concat([survey.cells, _broken_cells(survey)]).reindex(reasons.index).fillna("")
    masked = asked.loc[asked["rule"] == "V26", ["row", "column"]].astype({"row": "int64"})
    for row, column in masked.itertuples(index=False):
        if column in cells.columns:
            cells.at[row, column] = mask(str(cells.at[row, column]))
    line, reason = (t(key, lang) for key in REASON_COLUMNS)
    own = cells.drop(columns=[name for name in (line, reason) if name in cells.columns])
    own.insert(0, line, own.index)
    return own.assign(**{reason: reasons}).sort_index().reset_index(drop=True)


def short_message(message: str, file: str, line: str) -> str:
    """Return a message without the file and the line that it is written beside."""
    rest = message.removeprefix(file)
    for piece in ("：", ": ", f"第{line}行", "的", f"line {line}", ", ", ": "):
        rest = rest.removeprefix(piece)
    return rest


def _broken_cells(survey: SurveyFile) -> pd.DataFrame:
    columns = list(survey.cells.columns)
    if not survey.broken or survey.mapping["how"].eq("personal").any():
        return pd.DataFrame("", index=pd.Index(list(survey.broken), name="row"), columns=columns)
    rows = {row: _fitted([mask(cell) for cell in cells], len(columns)) for row, cells in survey.broken.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _fitted(cells: list[str], width: int) -> list[str]:
    """The cells of a row in so many columns: missing ones blank, those beyond the last joined to it."""
    padded = [*cells, *[""] * (width - len(cells))]
    return [*padded[: width - 1], " ".join(cell for cell in padded[width - 1 :] if cell)]
