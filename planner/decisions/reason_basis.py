"""What every sentence rests on: the computed frames of one district, aligned to its compounds as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from planner.decisions.deficits import Deficits
from planner.decisions.kleene import Bools, Floats, joined_where
from planner.decisions.ledger import Ledger
from planner.decisions.phrases import SEPARATORS, Phrase, Value, Words, say
from planner.decisions.verdicts import Verdicts
from planner.district.district import District
from planner.policy import Policy

_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Basis:
    """Frames as `pipeline.assess` computes them: programmes and items long, the others by compound_id."""

    district: District
    deficits: Deficits
    programmes: pd.DataFrame
    items: pd.DataFrame
    costs: pd.DataFrame
    criteria: pd.DataFrame
    scores: pd.DataFrame
    states: pd.DataFrame
    policy: Policy

    @property
    def ledger(self) -> Ledger:
        """The compounds' fields and tables."""
        return self.deficits.need.ledger

    @property
    def n(self) -> int:
        """The number of compounds."""
        return self.ledger.n

    @property
    def year(self) -> int:
        """The as-of year (settings.as_of is a date in every assessment)."""
        date = self.policy.date("as_of")
        return date.year if date else 0

    @cached_property
    def verdicts(self) -> Verdicts:
        """The programme rows as arrays."""
        return Verdicts(self.programmes, self.ledger.index)

    @cached_property
    def item_at(self) -> np.ndarray:
        """The compound of every row of the item list, as a position."""
        return np.asarray(self.ledger.index.get_indexer(pd.Index(self.items["compound_id"])))

    @cached_property
    def item_rows(self) -> Mapping[str, np.ndarray]:
        """The rows of the item list by item code."""
        return {str(code): rows for code, rows in self.items.groupby("item", observed=True).indices.items()}

    @cached_property
    def item_amounts(self) -> Floats:
        """The quantity of every row of the item list, 0 where unknown."""
        return np.asarray(self.items["qty"].to_numpy(dtype=float, na_value=0.0))

    @cached_property
    def labels(self) -> Mapping[tuple[str, str, str], str]:
        """The label of every field of columns.csv by table, field and language, without what stands in brackets."""
        columns = self.policy.columns
        found: dict[tuple[str, str, str], str] = {}
        for lang, bracket in (("zh", "（"), ("en", " (")):
            cells = zip(columns["table"], columns["field"], columns[f"label_{lang}"], strict=True)
            found |= {(table, field, lang): str(label).split(bracket)[0] for table, field, label in cells}
        return found

    def state(self, name: str) -> Bools:
        """Return where the suggested action is ``name``."""
        return np.asarray((self.states["state"] == name).to_numpy(dtype=bool, na_value=False))

    def lead(self, code: str) -> Bools:
        """Return where the compound is counted under programme ``code``."""
        return np.asarray((self.states["lead"] == code).to_numpy(dtype=bool, na_value=False))

    def flag(self, name: str) -> Bools:
        """Return where a yes/no column of the states is yes."""
        return np.asarray(self.states[name].to_numpy(dtype=bool, na_value=False))

    def number(self, name: str) -> Floats:
        """Return a column of the deficits' numbers, NaN where unknown."""
        return np.asarray(self.deficits.numbers[name].to_numpy(dtype=float, na_value=np.nan))

    def cost(self, name: str) -> Floats:
        """Return a column of the costs in yuan."""
        return np.asarray(self.costs[name].to_numpy(dtype=float, na_value=np.nan))

    def lacks(self, name: str) -> Bools:
        """Return where a deficit is certain."""
        return self.deficits.answers[name].yes

    def quantity(self, codes: Iterable[str], rows: Bools | None = None) -> Floats:
        """Return the quantity of some items per compound, 0 where the list has none that is known."""
        wanted = np.concatenate([self.item_rows.get(code, _NO_ROWS) for code in codes])
        wanted = wanted if rows is None else wanted[rows[wanted]]
        amounts = self.item_amounts[wanted]
        return np.bincount(self.item_at[wanted], weights=amounts, minlength=self.n).astype(float)

    def words(self, key: str, where: Bools, lang: str, **values: Value) -> Words:
        """Return the text of ``key`` in the rows of ``where``, an empty text elsewhere."""
        return say([Phrase(key, where, values)], np.arange(self.n), lang)


def field_flags(basis: Basis, codes: Iterable[str]) -> dict[str, Bools]:
    """Return the fields that would settle the unknown rows of ``codes``: field -> where it is one of them."""
    found: dict[str, Bools] = {}
    for code in codes:
        numbers, texts = pd.factorize(basis.verdicts.words(code, "missing"))
        unknown = basis.verdicts.unknown(code)
        for number, text in enumerate(texts):
            here = unknown & (numbers == number)
            for field in filter(None, str(text).split(";")):
                found[field] = found[field] | here if field in found else here
    return found


def field_labels(basis: Basis, fields: Mapping[str, Bools], lang: str) -> dict[str, Bools]:
    """Return the same flags under the labels of columns.csv; a name that it does not know stays as it is.

    The fields of settings.key_fields come first, the others in the order of columns.csv.
    """
    labelled: dict[str, Bools] = {}
    first = basis.policy.values("key_fields")
    places = {key: place for place, key in enumerate(basis.labels)}
    keys = {field: (_table_of(field), field.rpartition(".")[2], lang) for field in fields}
    last = len(places)
    for field in sorted(fields, key=lambda f: (f not in first, places.get(keys[f], last), f)):
        where, label = fields[field], basis.labels.get(keys[field], field)
        labelled[label] = labelled[label] | where if label in labelled else where
    return labelled


def _table_of(field: str) -> str:
    return field.rpartition(".")[0] or "compounds"


def listed(flags: Mapping[str, Bools], n: int, lang: str) -> Words:
    """Return per row the names whose flag is set, as a list of words."""
    return joined_where(flags, n, separator=SEPARATORS[lang][1])


def count_of(flags: Mapping[str, Bools], n: int) -> Floats:
    """Return per row how many flags are set."""
    return np.asarray(np.sum(list(flags.values()), axis=0) if flags else np.zeros(n), dtype=float)


def first_of(flags: Mapping[str, Bools], n: int, most: int) -> dict[str, Bools]:
    """Return the flags with at most ``most`` set per row, the first ones."""
    left, kept = np.full(n, most), {}
    for name, where in flags.items():
        kept[name] = where & (left > 0)
        left = left - kept[name]
    return kept
