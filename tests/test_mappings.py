"""Memory of mappings and names: by header set, replaced by later decisions, whole files only."""

from pathlib import Path

import pandas as pd
import pytest

from planner.store import mappings


def names(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "community", "compound_id"])


def test_a_mapping_comes_back_for_the_same_headers_of_the_same_table_only(tmp_path: Path) -> None:
    mappings.remember_headers(tmp_path, "compounds", ["甲", "乙"], {"甲": "name"})
    assert mappings.recall_headers(tmp_path, "compounds", ["乙", " 甲"]) == {"甲": "name"}
    assert mappings.recall_headers(tmp_path, "compounds", ["甲"]) == {}
    assert mappings.recall_headers(tmp_path, "buildings", ["甲", "乙"]) == {}


def test_later_decisions_replace_earlier_ones_and_leave_the_rest(tmp_path: Path) -> None:
    for decided in ({"甲": "name", "乙": "address"}, {"乙": ""}, {}):
        mappings.remember_headers(tmp_path, "compounds", ["甲", "乙"], decided)
    mappings.remember_headers(tmp_path, "compounds", ["丙"], {"丙": "note"})
    assert mappings.recall_headers(tmp_path, "compounds", ["甲", "乙"]) == {"甲": "name", "乙": ""}
    assert mappings.recall_headers(tmp_path, "compounds", ["丙"]) == {"丙": "note"}


def test_confirmed_names_are_kept_once_per_name_and_community(tmp_path: Path) -> None:
    mappings.remember_names(tmp_path, names(("红旗小区", "东风", "C1"), ("红旗", "西山", "C2")))
    mappings.remember_names(tmp_path, names(("红旗家属院", "东风社区", "C3")))
    kept = mappings.recall_names(tmp_path)
    assert sorted(kept.itertuples(index=False, name=None)) == [("红旗", "西山", "C2"), ("红旗家属院", "东风社区", "C3")]


def test_nothing_remembered_is_empty_and_makes_no_file(tmp_path: Path) -> None:
    assert mappings.recall_headers(tmp_path, "compounds", ["甲"]) == {}
    assert len(mappings.recall_names(tmp_path)) == 0
    mappings.remember_headers(tmp_path, "compounds", ["甲"], {})
    mappings.remember_names(tmp_path, names())
    assert list(tmp_path.iterdir()) == []


def test_the_same_decisions_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    mappings.remember_headers(one, "compounds", ["甲", "乙"], {"甲": "name", "乙": "note"})
    mappings.remember_headers(two, "compounds", ["乙", "甲"], {"乙": "note"})
    mappings.remember_headers(two, "compounds", ["乙", "甲"], {"甲": "name"})
    assert (one / mappings.HEADERS_FILE).read_bytes() == (two / mappings.HEADERS_FILE).read_bytes()
    assert [file.name for file in two.iterdir()] == [mappings.HEADERS_FILE]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mappings.remember_headers(tmp_path, "compounds", ["甲"], {"甲": "name"})

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(mappings.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        mappings.remember_headers(tmp_path, "compounds", ["甲"], {"甲": "note"})
    assert mappings.recall_headers(tmp_path, "compounds", ["甲"]) == {"甲": "name"}
    assert [file.name for file in tmp_path.iterdir()] == [mappings.HEADERS_FILE]
