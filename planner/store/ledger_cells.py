"""The ledger's side of a survey merge: what its cells say now, when they last changed, and what they said before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import sqlalchemy as sa

from planner.district.memory import give_back
from planner.district.survey.merge import BASE_COLUMNS, LEDGER_COLUMNS
from planner.store.cell_values import text_of
from planner.store.connection import Store
from planner.store.marks import EVENTS
from planner.store.rows import Stamp
from planner.store.schema import RETIRED, ROW, STAMPS, TOLD, column_name

_TABLE = "compounds"
_ROW_FACTS = ("surveyed_on", "surveyor_code")
_MANY = 400
_STREAM = 2000
_PART = 10_000
_NOTHING_TOLD = "{}"


@dataclass(slots=True)
class _Cells:
    """The columns of LEDGER_COLUMNS as they grow; equal texts are held once."""

    owner: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)
    version: list[int] = field(default_factory=list)
    day: list[str] = field(default_factory=list)
    surveyor: list[str] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """The cells as a table."""
        texts = [np.array(column, dtype=object) for column in (self.owner, self.name, self.cell)]
        version = pd.array(np.array(self.version, dtype="int64"), dtype="Int64")
        facts = [np.array(column, dtype=object) for column in (self.day, self.surveyor)]
        columns = dict(zip(LEDGER_COLUMNS, [*texts, version, *facts], strict=True))
        return pd.DataFrame(columns).astype({name: "str" for name in LEDGER_COLUMNS if name != "version"})


def ledger_cells(store: Store, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return what a store says in these cells: LEDGER_COLUMNS, one row per distinct cell of a standing compound.

    wanted: compound_id, field. version, surveyed_on and surveyor are those of the cell's last change; a cell that says
    something since its row was made takes the date and surveyor that the row itself names.
    """
    codes, owners = pd.factorize(wanted["compound_id"])
    field_codes, names = pd.factorize(wanted["field"])
    asked = np.zeros((len(owners), len(names)), dtype=bool)
    asked[codes, field_codes] = True
    place = {str(owner): n for n, owner in enumerate(owners)}
    frames = [_Cells().frame()]
    with store.reading() as connection:
        for rows in _parts(store, connection, [str(name) for name in names], list(place)):
            own = [place.get(row[0], -1) for row in rows]
            found = _Cells()
            for n, name in enumerate(names):
                _take(found, str(name), [row for row, at in zip(rows, own, strict=True) if at >= 0 and asked[at, n]], n)
            frames.append(found.frame())
    whole = pd.concat(frames[1:] if len(frames) > 1 else frames, ignore_index=True)
    give_back(len(whole))
    return whole


_Row = tuple[str, ...]


def _parts(store: Store, connection: sa.Connection, names: list[str], ids: list[str]) -> Iterator[list[_Row]]:
    """Standing compounds, some at a time: row id, told texts, stamps, the row's own date and surveyor, the texts."""
    source, kinds = store.table(_TABLE), store.fields[_TABLE]
    asked = (*_ROW_FACTS, *names)
    query = sa.select(source.c[ROW], source.c[TOLD], source.c[STAMPS], *[source.c[column_name(f)] for f in asked])
    query = query.where(source.c[RETIRED] == 0).order_by(source.c[ROW])
    if len(ids) <= _MANY:
        query = query.where(source.c[ROW].in_(ids))
    result = connection.execute(query.execution_options(yield_per=_STREAM))
    for part in result.partitions(_PART):
        row_ids, told, stamps, *values = zip(*part, strict=True)
        columns = [_texts(f, column, told, kinds[f]) for f, column in zip(asked, values, strict=True)]
        yield list(zip(row_ids, told, stamps, *columns, strict=True))


def _texts(name: str, values: Sequence[object], told: Sequence[str], kind: str) -> list[str]:
    """The texts of one column; a text that its typed value cannot give back stands in the told ones."""
    texts = [text_of(value, kind) for value in values]
    for n, said in enumerate(told):
        if said != _NOTHING_TOLD:
            texts[n] = json.loads(said).get(name, texts[n])
    return texts


def _take(found: _Cells, name: str, rows: list[tuple[str, ...]], n: int) -> None:
    """Add the cells of one field of these rows. n: which of the wanted fields it is."""
    stamps: dict[str, tuple[Stamp, bool]] = {}
    share = found.same.setdefault
    for row in rows:
        told = row[2]
        if told not in stamps:
            known = json.loads(told)
            stamps[told] = known.get(name) or known.get("") or [0, "", ""], name in known
        (version, day, surveyor), own = stamps[told]
        text = row[5 + n]
        if text and not own and not day:
            day, surveyor = row[3], row[4]
        found.owner.append(row[0])
        found.name.append(name)
        found.cell.append(share(text, text))
        found.version.append(int(version))
        found.day.append(share(day, day))
        found.surveyor.append(share(surveyor, surveyor))


def base_cells(store: Store, incoming: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Return what cells said at the base versions of a survey, for those that changed since: BASE_COLUMNS.

    incoming: compound_id, field, base_version (missing: no base); current: `ledger_cells` of them.
    """
    keys = ["compound_id", "field"]
    asked = incoming.loc[incoming["base_version"].notna(), [*keys, "base_version"]].drop_duplicates()
    if not len(asked):
        return pd.DataFrame(columns=BASE_COLUMNS)
    both = asked.astype(dict.fromkeys(keys, object)).merge(current[[*keys, "version"]], on=keys)
    moved = both[both["version"] > both["base_version"]]
    wanted: dict[str, dict[tuple[str, int], str]] = {}
    for owner, name, base in zip(moved["compound_id"], moved["field"], moved["base_version"], strict=True):
        wanted.setdefault(str(owner), {})[(str(name), int(base))] = ""
    rows = [
        (owner, name, base, text)
        for owner, said in _before(store, wanted)
        for (name, base), text in said.items()
    ]
    return pd.DataFrame(rows, columns=BASE_COLUMNS)


def _before(
    store: Store, wanted: dict[str, dict[tuple[str, int], str]]
) -> Iterator[tuple[str, dict[tuple[str, int], str]]]:
    """What cells held before their first change after a version; of few compounds by their ids, of many in one go."""
    events = store.table(EVENTS)
    query = sa.select(events.c.row_id, events.c.version, events.c.patch).where(events.c.table_name == _TABLE)
    if len(wanted) <= _MANY:
        query = query.where(events.c.row_id.in_(list(wanted)))
    query = query.order_by(events.c.row_id, events.c.seq)
    said: dict[str, dict[tuple[str, int], str]] = {}
    with store.reading() as connection:
        for row_id, version, patch in connection.execute(query.execution_options(yield_per=_STREAM)):
            open_cells = wanted.get(row_id, {})
            if all(version <= base for _, base in open_cells):
                continue
            changed = json.loads(patch)
            for name, base in open_cells:
                if version > base and name in changed:
                    said.setdefault(row_id, {}).setdefault((name, base), changed[name][0])
    yield from said.items()
