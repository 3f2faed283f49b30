"""Trial rules as a policy folder: the tables that differ, ready for ``planner score --policy`` and for approval."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd

from planner.decisions.trial_rules import WEIGHTS, plain
from planner.policy import POLICY_FOLDER, Policy, settings_table
from planner.policy_checks import HEADERS


def policy_tables(policy: Policy) -> dict[str, pd.DataFrame]:
    """Return criteria.csv and settings.csv as text tables that `load_policy` reads back to the same rules.

    ``as_of`` is that of the file, not the day on which the trial ran.
    """
    criteria = policy.criteria.reset_index()
    for column in WEIGHTS.values():
        criteria[column] = [plain(w) for w in criteria[column]]
    settings = settings_table(policy)
    written = zip(settings["key"], settings["value"], strict=True)
    values = [text if key == "as_of" else policy.settings[key] for key, text in written]
    return {"criteria.csv": criteria[list(HEADERS["criteria.csv"])], "settings.csv": settings.assign(value=values)}


def policy_files(policy: Policy) -> dict[str, bytes]:
    """Return the files of the policy folder: the two tables, and the others where the district has its own."""
    files = {name: _csv_bytes(table) for name, table in policy_tables(policy).items()}
    if policy.folder == POLICY_FOLDER:
        return files
    own = [name for name in HEADERS if name not in files and (policy.folder / name).is_file()]
    return files | {name: (policy.folder / name).read_bytes() for name in own}


def write_policy(policy: Policy, folder: Path) -> None:
    """Write the files to a folder, which may then stand after ``--policy``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in policy_files(policy).items():
        (folder / name).write_bytes(content)


def policy_zip(policy: Policy, as_of: dt.date) -> bytes:
    """Return the files as a ZIP; the same rules and date give the same bytes."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in policy_files(policy).items():
            entry = zipfile.ZipInfo(name, date_time=(as_of.year, as_of.month, as_of.day, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _csv_bytes(table: pd.DataFrame) -> bytes:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows(table.to_numpy().tolist())
    return text.getvalue().encode("utf-8-sig")
