"""The options of every compound, from the item list and the programmes: what could be planned, and what rests on what.

An option is a micro item (its code), a package (A 全面改造, E 环境改造), the heating network (H) or a custodian (Z
无物业服务清零). Nothing is proposed that the programmes exclude; what rests on an unknown says on which field.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.decisions.assessment import Assessment
from planner.decisions.kleene import Bools
from planner.decisions.portfolio.problem import Role
from planner.decisions.verdicts import Verdicts
from planner.policy import split_list

PACKAGES, HEAT, KEEPER, MICRO, HUB = ("A", "E"), "H", "Z", "M", "nvr"
COLUMNS = (
    "compound_id", "option", "programme", "role", "source", "works", "qty", "unit", "method", "unverified",
    "needs_keeper", "after_pipes", "needs_hub", "items", "deficit", "trench_m",
)  # fmt: skip
CLOSED_COLUMNS = ("compound_id", "option", "why")
CLOSING = ("M13", "illegal_blocking", "support_households_n")
"""What blocks an item for good this year; any other name in ``blocking_fields`` is a programme nobody can judge yet."""
KEEPER_FIELD = "custodian_doc"
LIVE = ("已批", "施工")
"""An intervention in this state is 已下达: it is in the plan with its year and takes no funds."""


def list_options(assessment: Assessment) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the options (COLUMNS) and what is closed with the field that closes it (CLOSED_COLUMNS).

    One row per compound and option, sorted by compound_id as text and option. works: yuan of construction, without
    fees; where the deficit is unknown, what it may cost at most at likely prices. unverified: the fields or programmes
    it rests on, ``;`` separated, empty where everything is known. Options that cost nothing are left out, but for Z.
    """
    rows = _item_rows(assessment)
    parts = [_micro(assessment, rows), *(_package(assessment, rows, code) for code in (*PACKAGES, HEAT))]
    parts.append(_keepers(assessment))
    everything = pd.concat([part for part in parts if len(part)] or [pd.DataFrame(columns=[*COLUMNS, "why"])])
    everything = everything.sort_values(["compound_id", "option"], kind="stable").reset_index(drop=True)
    shut = everything["why"] != ""
    kept = everything.loc[~shut, list(COLUMNS)].reset_index(drop=True)
    return _with_keeper(kept), everything.loc[shut, list(CLOSED_COLUMNS)].reset_index(drop=True)


def _item_rows(assessment: Assessment) -> pd.DataFrame:
    """The item list with what stands before each row taken apart."""
    items, policy = assessment.items, assessment.policy
    rows = items.loc[~items["repair"].to_numpy(bool) & ~items["safety"].to_numpy(bool)].copy()
    codes, distinct = pd.factorize(rows["blocking_fields"].astype("str"))
    named = [set(split_list(text)) for text in distinct]
    closes = np.array([";".join(sorted(n & set(CLOSING))) for n in named], dtype=object)
    open_ = np.array([";".join(sorted(n - set(CLOSING) - {KEEPER_FIELD})) for n in named], dtype=object)
    keeper = np.array([KEEPER_FIELD in n for n in named], dtype=bool)
    rows["closes"], rows["open"], rows["keeper"] = closes[codes], open_[codes], keeper[codes]
    rows["at"] = assessment.states.index.get_indexer(pd.Index(rows["compound_id"]))
    for name in ("in_programmes", "custodian_min", "after"):
        rows[name] = rows["item"].map(policy.items[name])
    known = rows["cost"].to_numpy(dtype=float, na_value=np.nan)
    most = rows["cost_unknown_high"].to_numpy(dtype=float, na_value=np.nan)
    rows["known"] = ~np.isnan(known)
    rows["money"] = np.where(np.isnan(known), most, known)
    return rows


def _names(cells: pd.Series, word: str) -> Bools:
    """Where a ``;`` separated cell names ``word``."""
    return np.array([word in split_list(str(cell)) for cell in cells], dtype=bool)


def _state(assessment: Assessment, column: str, at: np.ndarray) -> tuple[Bools, Bools]:
    """Where a three-valued state is no, and where it is unknown, for the compounds ``at``."""
    values = assessment.states[column]
    no = ~values.to_numpy(dtype=bool, na_value=True)
    return np.asarray(no[at]), np.asarray(values.isna().to_numpy()[at])


def _micro(assessment: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    """Micro items: one option per row of the item list that 微改造 may pay."""
    mine = rows.loc[_names(rows["in_programmes"], MICRO) & (rows["money"] > 0).to_numpy()]
    verdicts, at = Verdicts(assessment.programmes, assessment.states.index), mine["at"].to_numpy()
    yes, unknown = verdicts.yes(MICRO)[at], verdicts.unknown(MICRO)[at]
    mine, at, unknown = mine.loc[yes | unknown], at[yes | unknown], unknown[yes | unknown]
    nobody, nobody_knows = _state(assessment, "custodian", at)
    asks = (mine["custodian_min"] != "none").to_numpy()
    keeper = mine["keeper"].to_numpy()
    # the custodian that is there does not reach the level that the item asks for: a new one is not the cure
    stuck = np.where(keeper & ~nobody, KEEPER_FIELD, mine["closes"])
    cameras = mine["item"].isin(["cctv_wall", "cctv_pole"]).to_numpy()
    recorder = mine["compound_id"].isin(mine.loc[mine["item"] == HUB, "compound_id"]).to_numpy()
    rests = _joined(
        np.where(unknown, MICRO, ""),
        np.where(mine["known"], "", mine["open"].where(mine["open"] != "", "quantity")),
        np.where(asks & nobody_knows, KEEPER_FIELD, ""),
    )
    role = np.where(mine["item"] == HUB, Role.HUB, Role.ITEM)
    after = _names(mine["after"], "pipes")
    return pd.DataFrame(
        {
            "compound_id": mine["compound_id"], "option": mine["item"], "programme": MICRO, "role": role,
            "source": mine["purse"], "works": mine["money"].round().astype("int64"), "qty": mine["qty"],
            "unit": mine["unit"], "method": mine["method"], "unverified": rests, "needs_keeper": asks & nobody & keeper,
            "after_pipes": after, "needs_hub": cameras & recorder, "items": mine["item"],
            "deficit": mine["deficit"].to_numpy(dtype=float, na_value=np.nan), "trench_m": 0, "why": stuck,
        }
    )  # fmt: skip


def _package(assessment: Assessment, rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """A, E or H of every compound where it holds or may hold: the sum of its rows of the item list."""
    verdicts, index = Verdicts(assessment.programmes, assessment.states.index), assessment.states.index
    yes, unknown = verdicts.yes(code), verdicts.unknown(code)
    mine = rows.loc[_names(rows["in_programmes"], code)]
    at = mine["at"].to_numpy()
    shut = _names(mine["closes"], "M13") | _names(mine["closes"], "illegal_blocking")
    counted = ~shut & (mine["known"].to_numpy() | unknown[at]) & (mine["money"] > 0).to_numpy()
    mine, at = mine.loc[counted], at[counted]
    works = np.bincount(at, mine["money"], len(index)).round().astype(np.int64)
    listed = mine.groupby("compound_id", observed=True)["item"].agg(";".join).reindex(index).fillna("")
    where = (yes | unknown) & (works > 0)
    nobody, nobody_knows = _state(assessment, "custodian", np.arange(len(index)))
    refused, not_asked = _state(assessment, "consent", np.arange(len(index)))
    paper = assessment.policy.programmes.at[code, "custodian"] == "paper"
    asked = assessment.policy.programmes.at[code, "consent"] not in ("", "none")
    rests = _joined(
        np.where(unknown, code, ""),
        np.where(paper & nobody_knows, KEEPER_FIELD, ""),
        np.where(asked & not_asked, "support_households_n", ""),
    )
    trench = heating_trench(assessment) if code == HEAT else np.zeros(len(index), dtype=np.int64)
    frame = {
        "compound_id": index, "option": code, "programme": code, "role": Role.HEAT if code == HEAT else Role.PACKAGE,
        "source": assessment.policy.programmes.at[code, "money_purse"], "works": works, "qty": 1.0, "unit": "",
        "method": "", "unverified": rests, "needs_keeper": paper & nobody, "after_pipes": code != HEAT,
        "needs_hub": False, "items": listed.to_numpy(dtype=object), "deficit": 1.0, "trench_m": trench,
        "why": np.where(asked & refused, "support_households_n", ""),
    }  # fmt: skip
    return pd.DataFrame(frame).loc[where]


def _keepers(assessment: Assessment) -> pd.DataFrame:
    """无物业服务清零: finding a custodian; it takes no works money, its running cost is told beside."""
    verdicts, index = Verdicts(assessment.programmes, assessment.states.index), assessment.states.index
    nobody, _ = _state(assessment, "custodian", np.arange(len(index)))
    excluded = verdicts.any_yes(["X1", "X2", "X8"])
    yes, unknown = verdicts.yes(KEEPER), verdicts.unknown(KEEPER) & ~nobody
    where = (yes | unknown | nobody) & ~excluded
    frame = {
        "compound_id": index, "option": KEEPER, "programme": KEEPER, "role": Role.KEEPER, "source": "", "works": 0,
        "qty": 1.0, "unit": "", "method": "", "unverified": np.where(unknown, KEEPER, ""), "needs_keeper": False,
        "after_pipes": False, "needs_hub": False, "items": "", "deficit": np.where(yes | unknown, 1.0, 0.0),
        "trench_m": 0, "why": "",
    }  # fmt: skip
    return pd.DataFrame(frame).loc[where]


def _with_keeper(options: pd.DataFrame) -> pd.DataFrame:
    """Drop custodians that remove nothing and that nothing waits for."""
    waiting = options["compound_id"].isin(set(options.loc[options["needs_keeper"].astype(bool), "compound_id"]))
    idle = (options["option"] == KEEPER).to_numpy() & (options["deficit"] == 0).to_numpy() & ~waiting.to_numpy()
    return options.loc[~idle].reset_index(drop=True)


def heating_trench(assessment: Assessment) -> np.ndarray:
    """Return the metres of heating trench of every compound: measured branches, else by household."""
    need = assessment.deficits.need
    branches = need.ledger.rows("heat_branches")
    measured = np.where(branches.count() > 0, branches.total(branches.number("length_m")), np.nan)
    per_home = assessment.policy.number("plan_trench_m_per_household")
    metres = np.where(np.isnan(measured), need.stock.households_est * per_home, measured)
    return np.asarray(np.nan_to_num(metres).round().astype(np.int64))


def _joined(*parts: np.ndarray) -> np.ndarray:
    """Join texts row by row with ``;``, blanks left out, each once."""
    rows = zip(*(np.asarray(part, dtype=object) for part in parts), strict=True)
    each = ([name for cell in row for name in split_list(cell)] for row in rows)
    return np.array([";".join(dict.fromkeys(names)) for names in each], dtype=object)


def issued_lines(assessment: Assessment, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the interventions of these years that are 已下达: compound_id, option, year, works, status, document."""
    table = assessment.district.tables["interventions"]
    here = table["status"].isin(LIVE) & table["year"].isin(list(years)) & table["programme"].isin(["A", "E", "H", "M"])
    rows = table.loc[here & table["compound_id"].isin(assessment.states.index)]
    rows = rows.drop_duplicates(["compound_id", "programme"]).sort_values(["compound_id", "programme"])
    frame = {"compound_id": rows["compound_id"], "option": rows["programme"], "year": rows["year"].astype("int64")}
    frame |= {"works": rows["cost_yuan"], "status": rows["status"], "document": rows["document_no"]}
    return pd.DataFrame(frame).reset_index(drop=True)
