"""A survey file on its way into the store: one batch with its cells, what waits, and which forms have been applied."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from planner.district.survey.held import changes_to_write, held_to_write
from planner.district.survey.incoming import SEEN_COLUMNS
from planner.district.survey.merge import Merge
from planner.district.survey.survey_file import SurveyFile
from planner.store.batches import Batch, Receipt, Signature, apply_batch, batch_of_content
from planner.store.changes import changes_frame
from planner.store.connection import Store
from planner.store.history import held_cells
from planner.store.state import table_state
from planner.store.tables import PRESENT

KIND = "survey"
SUBMISSIONS = "planner_submissions"
_SAME_HELD = ["table", "row_id", "field", "incoming", "surveyed_on", "surveyor"]
_ROWS_READ = ("used", "partly", "nothing")


def seen_submissions(store: Store) -> pd.DataFrame:
    """Return the forms of ODK and KoboToolbox that were applied and not undone: SEEN_COLUMNS, all text."""
    return table_state(store, SUBMISSIONS)[SEEN_COLUMNS].reset_index(drop=True)


def applied_as(store: Store, survey: SurveyFile, decisions: str = "") -> int | None:
    """Return the batch that applied this file with these decisions and stands; None where there is none."""
    with store.reading() as connection:
        return batch_of_content(store, connection, survey.content_key(decisions))


def apply_survey(
    store: Store, survey: SurveyFile, merged: Merge, signature: Signature, *, decisions: str = ""
) -> Receipt:
    """Write what a survey changes and what waits, in one transaction.

    The same file with the same decisions is applied once (`Receipt.already`), again after its undo; a form of ODK or
    KoboToolbox that was applied is known again in any later file. A cell that moved since the merge is held; one that
    waits already with the same value is not held twice. A file that changes nothing and has nothing to hold leaves no
    batch. Raises as `apply_batch`.
    """
    changes, held = changes_to_write(merged, source=survey.file), held_to_write(merged, file=survey.file)
    held = _not_waiting(held, held_cells(store))
    key = survey.content_key(decisions)
    batch = Batch(KIND, signature.actor, signature.at, signature.reason, file=survey.file, content_key=key)
    if not len(changes) and not len(held):
        known = applied_as(store, survey, decisions)
        return apply_batch(store, batch if known is not None else replace(batch, content_key=""))
    beside = [changes, _originals(merged, survey), _submissions(survey)]
    every = pd.concat([part for part in beside if len(part)], ignore_index=True) if any(map(len, beside)) else changes
    return apply_batch(store, replace(batch, changes=every, held=held))


def _not_waiting(held: pd.DataFrame, waiting: pd.DataFrame) -> pd.DataFrame:
    """The cells to hold, without those that wait already with the same value from the same survey."""
    known = set(waiting[_SAME_HELD].itertuples(index=False, name=None))
    fresh = [
        decision != "" or cell not in known
        for cell, decision in zip(held[_SAME_HELD].itertuples(index=False, name=None), held["decision"], strict=True)
    ]
    return held[fresh].reset_index(drop=True)


def _originals(merged: Merge, survey: SurveyFile) -> pd.DataFrame:
    """The words of cells that were told roughly (约80户), kept beside their compounds."""
    rough = merged.applied[merged.applied["about"].astype(bool)]
    rows = []
    for cell in rows_of(rough):
        shared = {
            "table": "planner_original", "row_id": f"{cell['compound_id']}/{cell['field']}",
            "surveyed_on": cell["surveyed_on"], "surveyor": cell["surveyor"], "source": survey.file,
            "file_row": cell["row"],
        }  # fmt: skip
        told = {PRESENT: "1", "compound_id": cell["compound_id"], "field": cell["field"], "text": cell["text"]}
        rows += [{**shared, "field": name, "value": value} for name, value in told.items()]
    return changes_frame(rows)


def _submissions(survey: SurveyFile) -> pd.DataFrame:
    """The forms of a file by their ids, with a key of what each said."""
    forms = survey.rows[survey.rows["instance"].notna() & survey.rows["status"].isin(list(_ROWS_READ))]
    forms = forms.sort_values("submitted", kind="stable").drop_duplicates("instance", keep="last")
    rows = []
    for form in rows_of(forms):
        told = {
            PRESENT: "1", "instance": form["instance"], "compound_id": form["compound_id"], "content": form["content"],
            "submitted": form["submitted"],
        }  # fmt: skip
        shared = {"table": SUBMISSIONS, "row_id": form["instance"], "source": survey.file, "file_row": form["row"]}
        rows += [{**shared, "field": name, "value": _text(value)} for name, value in told.items()]
    return changes_frame(rows)


def rows_of(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of a table as dicts by column name, missing cells as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)
