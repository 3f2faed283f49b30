"""The bureau's decisions as tables: read once, checked whole, frozen.

data/policy/ holds columns.csv (every table and field), criteria.csv, items.csv, programmes.csv, settings.csv and
text.csv. A cell holds a value, a list separated by ``;`` or the name of a function; a mistake is reported with file,
row, column, value and choices, all of them at once.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from io import StringIO
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from planner.errors import PolicyError, join_problems, problem
from planner.policy_checks import HEADERS, check_policy
from planner.text import TEXT_FILE, render_problems, t

POLICY_FOLDER = TEXT_FILE.parent
PROFILES = ("screen", "review", "final")


@dataclass(frozen=True, slots=True)
class Policy:
    """The five policy tables of one bureau, frozen.

    ``columns`` is columns.csv as text; ``criteria``, ``items`` and ``programmes`` are indexed by code, with the
    weights, costs and orders as numbers; ``settings`` maps key to text. ``version`` is eight characters of the
    SHA-256 of all five tables: two results with the same version rest on the same rules.
    """

    columns: pd.DataFrame
    criteria: pd.DataFrame
    items: pd.DataFrame
    programmes: pd.DataFrame
    settings: Mapping[str, str]
    version: str
    folder: Path

    def text(self, key: str) -> str:
        """Return a setting as text; an unknown key raises PolicyError."""
        if key not in self.settings:
            rows = problem("P07", file="settings.csv", column="key", value=key)
            raise PolicyError(_first_message(rows), rows)
        return self.settings[key]

    def number(self, key: str) -> float:
        """Return a setting as a number; text that is no number raises PolicyError."""
        value = self.text(key)
        try:
            return float(Fraction(value))
        except ValueError as error:
            raise PolicyError(t("policy.setting_not_number", setting=key, value=value)) from error

    def fraction(self, key: str) -> Fraction:
        """Return a threshold as an exact fraction (``2/3`` stays two thirds); raises PolicyError as ``number``."""
        value = self.text(key)
        try:
            return Fraction(value)
        except ValueError as error:
            raise PolicyError(t("policy.setting_not_number", setting=key, value=value)) from error

    def values(self, key: str) -> tuple[str, ...]:
        """Return a list setting (``a;b;c``); an empty cell is an empty tuple."""
        return split_list(self.text(key))

    def curve(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a curve setting (``x:v;x:v``) as two float arrays with x rising."""
        return parse_points(self.text(key))

    def date(self, key: str) -> dt.date | None:
        """Return a date setting, or None where the cell is blank."""
        value = self.text(key)
        return dt.date.fromisoformat(value) if value else None

    def fields(self, table: str) -> pd.DataFrame:
        """Return the columns.csv rows of one table, indexed by field, in file order; all cells are text."""
        return self.columns.loc[self.columns["table"] == table].set_index("field")

    def label(self, frame: str, code: str, lang: str = "zh") -> str:
        """Return the label of a row of ``criteria``, ``items`` or ``programmes`` in ``lang``."""
        table: pd.DataFrame = getattr(self, frame)
        return str(table.at[code, f"label_{lang}"])


def split_list(cell: str) -> tuple[str, ...]:
    """Return the parts of a ``;`` separated cell, trimmed, blanks left out."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def parse_points(cell: str) -> tuple[np.ndarray, np.ndarray]:
    """Return breakpoints ``x:v;x:v`` as two float arrays with x rising (a falling list is turned round).

    Raises ValueError when a part is not ``number:number`` or x neither rises nor falls.
    """
    pairs = [part.split(":") for part in split_list(cell)]
    x = np.array([float(p[0]) for p in pairs], dtype=float)
    v = np.array([float(p[1]) for p in pairs], dtype=float)
    if len(x) > 1 and x[0] > x[-1]:
        x, v = x[::-1], v[::-1]
    if len(x) == 0 or np.any(np.diff(x) <= 0):
        raise ValueError(f"breakpoints {cell!r} do not rise or fall")
    return x, v


def parse_categories(cell: str) -> dict[str, float]:
    """Return category values ``label:value;label:value`` as a dict; raises ValueError when a value is no number."""
    pairs = [part.rsplit(":", 1) for part in split_list(cell)]
    return {label.strip(): float(value) for label, value in pairs}


def load_policy(folder: Path | None = None) -> Policy:
    """Return the checked policy of ``folder`` (default: the project's data/policy).

    A folder may hold some of the tables; the others are the project's own. Raises PolicyError that names every
    mistake with file, row, column, value and choices.
    """
    home = POLICY_FOLDER if folder is None else Path(folder)
    texts = {name: _read_text(home, name) for name in HEADERS}
    tables = {name: _parse(text) for name, text in texts.items()}
    problems = check_policy(tables)
    if len(problems):
        first = _first_message(problems)
        raise PolicyError(t("policy.broken", n=len(problems), first=first), problems)
    return _assemble(tables, _version(texts), home)


def settings_table(policy: Policy) -> pd.DataFrame:
    """Return settings.csv of the policy's folder as text: key, value, unit, grade, source, note; values as written."""
    return _parse(_read_text(policy.folder, "settings.csv"))


def with_settings(policy: Policy, **changes: str) -> Policy:
    """Return a copy of ``policy`` with changed settings (``--profile``, ``--unused``, trial runs); version follows."""
    unknown = sorted(set(changes) - set(policy.settings))
    if unknown:
        rows = join_problems(problem("P07", file="settings.csv", column="key", value=k) for k in unknown)
        raise PolicyError(_first_message(rows), rows)
    settings = MappingProxyType({**policy.settings, **changes})
    seed = policy.version + repr(sorted(changes.items()))
    return replace(policy, settings=settings, version=hashlib.sha256(seed.encode()).hexdigest()[:8])


def _read_text(folder: Path, name: str) -> str:
    file = folder / name if (folder / name).exists() else POLICY_FOLDER / name
    if not file.exists():
        rows = problem("P08", file=name, column="", folder=str(folder))
        raise PolicyError(_first_message(rows), rows)
    return file.read_text(encoding="utf-8-sig")


def _parse(text: str) -> pd.DataFrame:
    rows = [[cell.strip() for cell in row] for row in csv.reader(StringIO(text)) if row]
    header, body = rows[0], rows[1:]
    width = len(header)
    even = [(row + [""] * width)[:width] for row in body]
    return pd.DataFrame(even, columns=header, dtype=object)


def _version(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(name.encode() + texts[name].replace("\r\n", "\n").encode())
    return digest.hexdigest()[:8]


def _assemble(tables: Mapping[str, pd.DataFrame], version: str, folder: Path) -> Policy:
    criteria = tables["criteria.csv"].set_index("code")
    weights = {f"weight_{p}": criteria[f"weight_{p}"].astype(float) for p in PROFILES}
    items = tables["items.csv"].set_index("code")
    costs = {c: items[c].astype(float) for c in ("cost_low", "cost_likely", "cost_high")}
    programmes = tables["programmes.csv"].set_index("code")
    settings = tables["settings.csv"]
    return Policy(
        columns=tables["columns.csv"],
        criteria=criteria.assign(**weights),
        items=items.assign(**costs),
        programmes=programmes.assign(order=programmes["order"].astype(int)),
        settings=MappingProxyType(dict(zip(settings["key"], settings["value"], strict=True))),
        version=version,
        folder=folder,
    )


def _first_message(problems: pd.DataFrame) -> str:
    row = render_problems(problems.head(1)).iloc[0]
    return f"{row['message']}。{row['fix']}"
