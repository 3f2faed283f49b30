"""Compounds without an id: found again by name and community, former name or address; or given an id.

No office ledger carries compound_id, and 红旗家属院, 红旗路12号院 and 红旗小区 may be one place. An equal name in one
community is a match. What is only alike is a candidate with its score, for a person to confirm once; nothing is
decided by likeness alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.district.grid import plain

PREFIX = "XQ"
NO_COMMUNITY = "000"
WORDS = ("name", "alias", "address")
"""The columns in which a name is looked for, beside community_name; each may be absent."""

_NOISE = re.compile(r"[\s·•・,，、。.()（）\[\]【】《》“”\"'\-—_#＃*]+")
_TAIL = re.compile(
    r"(?<=.{2})(?:家属院|家属区|家属楼|宿舍院|宿舍区|宿舍楼|宿舍|住宅小区|居住小区|小区|院落|大院|院|社区居委会|社区居民委员会|居委会|社区)$"
)
_FORMER = re.compile(r"[(（](?:原名?|曾用名|又名|旧称|俗称)[:：]?([^()（）]+)[)）]")
_SPLIT = re.compile(r"[;；/|、]")
_RARE = 100
_CANDIDATES = 5
_NO_CANDIDATES = 2.0
_NEARNESS = {"same": 0, "unknown": 1, "other": 2}


@dataclass(frozen=True, slots=True)
class Matches:
    """Which wanted row is which known compound.

    found: index of the wanted rows, the id of the known compound (string, NA = not matched), how: equal, remembered
    or "". candidates: row (wanted index), compound_id, score (0..1), by (the pair of columns that are alike),
    community (same, other or unknown), best first within a row; only for rows without a match.
    """

    found: pd.DataFrame
    candidates: pd.DataFrame


def name_key(names: pd.Series) -> pd.Series:
    """Return names for comparing: NFKC, without blanks and signs, lower case, without 小区 / 家属院 / 院 at the end.

    Missing names give NA, as do names of nothing but signs; a tail stays where less than two characters would be left
    (大院 and 东院 are names).

    >>> name_key(pd.Series(["红旗家属院", " 红 旗（小区）", "大院"])).tolist()
    ['红旗', '红旗', '大院']
    """
    text = names.astype("string").map(_folded, na_action="ignore").astype("string")
    return text.mask(text.eq("").fillna(False))


def match_names(
    wanted: pd.DataFrame, known: pd.DataFrame, *, least: float, remembered: pd.DataFrame | None = None
) -> Matches:
    """Return which compound of `known` (index = id) each row of `wanted` is.

    Both have any of name, alias, address, community_name (text). A row is matched where its name or former name
    equals the name or former name of exactly one compound and their communities do not differ, and no other row
    claims that compound; or where `remembered` (name, community, compound_id) says so. Other rows get up to five
    candidates whose likeness (Dice coefficient of character pairs, best of name, former name and address) is at
    least `least`.
    """
    mine, theirs = _keys(wanted), _keys(known)
    said = _remembered(mine, theirs, remembered)
    found = said.fillna(_equal(mine[said.isna()], theirs.drop(index=said.dropna())))
    how = (
        pd.Series("", index=wanted.index, dtype="string").mask(found.notna(), "equal").mask(said.notna(), "remembered")
    )
    rest = _candidates(mine[found.isna()], theirs.drop(index=found.dropna()), least)
    return Matches(pd.DataFrame({"compound_id": found, "how": how}, index=wanted.index), rest)


def make_ids(table: pd.DataFrame, *, previous: pd.DataFrame | None = None, taken: Iterable[str] = ()) -> pd.Series:
    """Return an id `XQ-<社区码 or 000>-NNN` for each row, the same for the same rows in any order.

    Rows are numbered within their community by name, address and the rest of their content. previous (index = id;
    name, community_name ...): rows that are there already keep their id. No id of `previous` or `taken` is given again.
    """
    ids = pd.Series(pd.NA, index=table.index, dtype="string")
    used = set(taken)
    if previous is not None and len(previous):
        free = previous[~previous.index.isin(used)]
        ids = match_names(table, free, least=_NO_CANDIDATES).found["compound_id"].astype("string")
        used |= set(previous.index.astype(str))
    new = table[ids.isna()]
    if not len(new):
        return ids
    code = _text(new, "community_code").str.replace(r"\W+", "", regex=True).replace("", NO_COMMUNITY)
    code = code.fillna(NO_COMMUNITY)
    content = new.astype("string").fillna("")
    first = [c for c in ("name", "address") if c in content]
    order = content[first + sorted(set(content.columns) - set(first))].assign(_code=code)
    order = order.sort_values(["_code", *order.columns.drop("_code")], kind="stable").index
    return ids.fillna(_numbered(code.loc[order], used))


def _numbered(codes: pd.Series, taken: set[str]) -> pd.Series:
    start: dict[str, int] = {}
    for old in taken:
        prefix, _, number = old.rpartition("-")
        if number.isdigit():
            start[prefix] = max(start.get(prefix, 0), int(number))
    prefixes = PREFIX + "-" + codes
    number = codes.groupby(codes).cumcount() + 1 + prefixes.map(start).fillna(0).astype("int64")
    return (prefixes + "-" + number.astype("string").str.zfill(3)).astype("string")


def _folded(name: str) -> str:
    bare = _NOISE.sub("", plain(name)).lower()
    return _TAIL.sub("", bare)


def _text(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series(pd.NA, index=table.index, dtype="string")
    return table[column].astype("string")


def _keys(table: pd.DataFrame) -> pd.DataFrame:
    written = _text(table, "name")
    former = written.str.extract(_FORMER, expand=False)
    names = written.str.replace(_FORMER, "", regex=True)
    keys = {
        "name": name_key(names),
        "alias": _text(table, "alias").fillna("") + ";" + former.fillna(""),
        "address": name_key(_text(table, "address")),
        "community": name_key(_text(table, "community_name")),
    }
    return pd.DataFrame(keys, index=table.index)


def _long(keys: pd.DataFrame, words: tuple[str, ...] = WORDS) -> pd.DataFrame:
    """One row per name of a row: row, word (the column), key; a cell with several former names gives several."""
    pieces = []
    for word in words:
        cells = keys[word].dropna()
        if word == "alias":
            cells = name_key(cells.str.split(_SPLIT, regex=True).explode()).dropna()
        pieces.append(pd.DataFrame({"row": cells.index, "word": word, "key": cells.to_numpy(dtype=object)}))
    return pd.concat(pieces, ignore_index=True)


def _pairs_agree(pairs: pd.DataFrame, mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.Series:
    left = mine["community"].reindex(pairs["row"]).reset_index(drop=True)
    right = theirs["community"].reindex(pairs["compound_id"]).reset_index(drop=True)
    same = left.eq(right)
    return same.map({True: "same", False: "other"}).fillna("unknown").set_axis(pairs.index)


def _equal(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.Series:
    named = ("name", "alias")
    pairs = _long(mine, named).merge(_long(theirs, named).rename(columns={"row": "compound_id"}), on="key")
    pairs = pairs[["row", "compound_id"]].drop_duplicates(ignore_index=True)
    agree = _pairs_agree(pairs, mine, theirs)
    pairs = pairs.assign(other=agree.map(_NEARNESS))[agree != "other"]
    pairs = pairs[pairs["other"] == pairs.groupby("row")["other"].transform("min")]
    sole = ~pairs["row"].duplicated(keep=False) & ~pairs["compound_id"].duplicated(keep=False)
    return pairs[sole].set_index("row")["compound_id"].reindex(mine.index).astype("string")


def _remembered(mine: pd.DataFrame, theirs: pd.DataFrame, remembered: pd.DataFrame | None) -> pd.Series:
    none = pd.Series(pd.NA, index=mine.index, dtype="string")
    if remembered is None or not len(remembered):
        return none
    known = remembered[remembered["compound_id"].isin(theirs.index)]
    said = dict(zip(_place(name_key(known["name"]), name_key(known["community"])), known["compound_id"], strict=True))
    found = _place(mine["name"], mine["community"]).map(said).astype("string")
    return found.mask(found.duplicated(keep=False))


def _place(name: pd.Series, community: pd.Series) -> pd.Series:
    return name.astype("string").fillna("") + "\n" + community.astype("string").fillna("")


def _candidates(mine: pd.DataFrame, theirs: pd.DataFrame, least: float) -> pd.DataFrame:
    columns = ["row", "compound_id", "score", "by", "community"]
    left, right = _long(mine), _long(theirs).rename(columns={"row": "compound_id"})
    if least > 1 or not len(left) or not len(right):
        return pd.DataFrame(columns=columns)
    alike = _alike(left["key"], right["key"], least)
    pairs = alike.assign(
        row=left["row"].to_numpy()[alike["left"]],
        compound_id=right["compound_id"].to_numpy()[alike["right"]],
        by=left["word"].to_numpy()[alike["left"]] + "-" + right["word"].to_numpy()[alike["right"]],
    )
    pairs = pairs.sort_values(["row", "score", "compound_id", "by"], ascending=[True, False, True, True])
    pairs = pairs.drop_duplicates(["row", "compound_id"]).reset_index(drop=True)
    pairs["community"] = _pairs_agree(pairs, mine, theirs)
    rank = pairs["community"].map(_NEARNESS)
    pairs = pairs.assign(rank=rank, minus=-pairs["score"]).sort_values(["row", "rank", "minus"], kind="stable")
    return pairs.groupby("row").head(_CANDIDATES)[columns].reset_index(drop=True)


def _alike(left: pd.Series, right: pd.Series, least: float) -> pd.DataFrame:
    """Pairs (left, right: positions) of keys whose Dice coefficient of character pairs is at least `least`."""
    mine, theirs = _bigrams(left), _bigrams(right)
    rare = theirs["gram"].value_counts()
    common = theirs["gram"].map(rare).to_numpy() > max(_RARE, len(right) // 50)
    both = mine.merge(theirs[~common], on="gram", suffixes=("_left", "_right"))
    near = both[["key_left", "key_right"]].drop_duplicates()
    a, b = near["key_left"].to_numpy(), near["key_right"].to_numpy()
    score = np.array([_dice(left.iat[i], right.iat[j]) for i, j in zip(a, b, strict=True)], dtype=float)
    kept = score >= least
    return pd.DataFrame({"left": a[kept], "right": b[kept], "score": score[kept].round(4)})


def _bigrams(keys: pd.Series) -> pd.DataFrame:
    grams = [sorted({k[i : i + 2] for i in range(max(1, len(k) - 1))}) for k in keys]
    return pd.DataFrame({"key": np.arange(len(keys)), "gram": grams}).explode("gram", ignore_index=True)


def _dice(a: str, b: str) -> float:
    left, right = ({s[i : i + 2] for i in range(max(1, len(s) - 1))} for s in (a, b))
    return 2 * len(left & right) / (len(left) + len(right))
