"""The atlas: a page says what the ledger and the rules say; the book has every page; a stopped run goes on."""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import shapely

from planner.cli import main as cli
from planner.decisions.pipeline import assess
from planner.errors import CallError, InputError
from planner.outputs.atlas import book
from planner.outputs.atlas.book import Choice, StoppedError, chosen, index_pages, read_page, write_atlas, write_pages
from planner.outputs.atlas.money import with_fees
from planner.outputs.atlas.page import Atlas, atlas_of, compound_page
from planner.outputs.sheet.fonts import text_width
from planner.outputs.sheet.scene import Mark, Page, words_of
from planner.text import wan
from tests.builders import make_district, shared_policy
from tests.source_tree import ROOT
from tests.test_sheet import demo, shapes, small, texts
from tests.test_wall_sheet import compare_golden

AS_OF = dt.date(2026, 11, 20)
YARD = "YH0053"
"""育才小区 of the demo: 11 houses, heating, a C-grade house, a fire-engine entrance."""


@functools.cache
def book_of_demo() -> Atlas:
    """The atlas of the demo district."""
    return atlas_of(*demo())


@functools.cache
def page(key: str) -> Page:
    """A page of the demo district."""
    return compound_page(book_of_demo(), key)


def scene(key: str = YARD) -> list[Mark]:
    """The marks of a page."""
    return list(page(key).scene)


def said(key: str = YARD) -> str:
    """All words of a page."""
    return "\n".join(word.text for word in words_of(page(key).scene))


# ---------------------------------------------------------------- one page


def test_the_page_shows_what_belongs_to_the_compound() -> None:
    district, _ = demo()
    houses = district.layers["buildings"]
    own = houses[houses["compound_id"] == YARD]
    drawn = shapely.get_parts(shapes(scene(), "buildings")[0].shape)
    assert len(drawn) == len(own) == 11
    assert set(texts(scene(), "building number")) <= set(own["building_no"])
    assert len(texts(scene(), "building number")) >= 9
    gates = district.layers["entrances"]
    fire = gates[(gates["compound_id"] == YARD) & gates["is_fire_access"].fillna(False)]
    assert len(shapes(scene(), "fire")[0].shape) == len(fire)
    assert len(shapes(scene(), "heat")) == 1
    assert len(shapes(scene(), "safety")) == 2
    assert len(shapes(scene(), "photo")) == 4
    assert len(texts(scene(), "signature")) == 5


def test_the_page_says_state_sentence_facts_and_reasons() -> None:
    _, assessment = demo()
    assert texts(scene(), "title") == ["育才小区"]
    assert texts(scene(), "state") == ["可列入"]
    assert texts(scene(), "sentence") == [assessment.words.at[YARD, "sentence"]]
    assert "立查立改" in texts(scene(), "safety words")[0]
    assert any("居民自管小组，文件：管护承诺书" in text for text in texts(scene(), "fact"))
    assert "待查" in texts(scene(), "fact")
    need = assessment.scores.at[YARD, "need"]
    assert texts(scene(), "side")[0] == f"需求 {need:.0f}（满分100）"
    assert "全面改造" in texts(scene(), "programme")
    for forbidden in ("位次", "排名", "第1位", f"{assessment.scores.at[YARD, 'score']:.1f}"):
        assert forbidden not in said()


def test_items_fees_and_reserve_add_up() -> None:
    _, assessment = demo()
    works = float(assessment.costs.at[YARD, "cost_now"])
    fees, reserve = with_fees(works, assessment.policy)
    assert (fees, reserve) == (round(works * 0.1), round((works + round(works * 0.1)) * 0.06))
    sums = [text for text in texts(scene(), "item sum") if text]
    likely = [
        sums[n + 1] for n, text in enumerate(sums) if text in ("目前可以实施", "工程建设其他费", "预备费", "合计")
    ]
    assert likely == [wan(works), wan(fees), wan(reserve), wan(works + fees + reserve)]
    assert with_fees(1_000_005.0, assessment.policy)[0] == 100_001


@pytest.mark.parametrize("paper", ["A3", "A4"])
def test_nothing_leaves_the_paper_or_runs_into_the_signatures(paper: str) -> None:
    atlas = atlas_of(*demo(), paper=paper)
    order = demo()[1].ranking["compound_id"]
    shift = {"left": 0.0, "center": 0.5, "right": 1.0}
    for key in order.iloc[::30]:
        found = compound_page(atlas, str(key))
        for word in words_of(found.scene):
            wide = 0 if word.turn else text_width(word.text, word.size, word.bold)
            left = word.x - wide * shift[word.align]
            assert left > 4, word
            assert left + wide < atlas.size[0] - 4, word
        low = min(w.y for w in words_of(found.scene) if w.role in ("text", "why", "item", "history", "fact"))
        assert low > 36 * atlas.k, key


@pytest.mark.parametrize(
    "row", [{}, {"geometry": shapely.Point(114, 39)}, {"geometry": shapely.box(114, 39, 114.004, 39.001)}]
)
def test_a_compound_of_which_little_is_known_has_a_page(row: dict[str, Any]) -> None:
    district = make_district([{"compound_id": "A", **row}])
    atlas = atlas_of(district, assess(district, shared_policy(), as_of=AS_OF))
    found = compound_page(atlas, "A")
    assert texts(list(found.scene), "title") == ["A"]
    assert bool(texts(list(found.scene), "nothing")) == (not row)
    assert texts(list(found.scene), "fact").count("待查") >= 15


def test_hostile_names_stay_text() -> None:
    district, assessment = small("<b>$x$</b>{{7*7}}", "甲\x00\n乙")
    atlas = atlas_of(district, assessment)
    assert texts(list(compound_page(atlas, "C0").scene), "title") == ["<b>$x$</b>{{7*7}}"]
    assert texts(list(compound_page(atlas, "C1").scene), "title") == ["甲 乙"]
    written = io.BytesIO()
    write_atlas(atlas, ["C0", "C1"], written)
    assert written.getvalue().endswith(b"%%EOF\n")


def test_a_missing_glyph_names_the_character() -> None:
    atlas = atlas_of(*small("甲𡋾院"))
    with pytest.raises(InputError, match=r"𡋾"):
        write_atlas(atlas, ["C0"], io.BytesIO())


# ---------------------------------------------------------------- the book


def test_pages_stand_by_street_in_administrative_order() -> None:
    district, _ = demo()
    keys = chosen(district, Choice())
    assert len(keys) == len(set(keys)) == 186
    streets = list(dict.fromkeys(district.compounds.loc[keys, "subdistrict_name"]))
    assert streets == ["云湖街道", "学府街道", "建设路街道", "清溪街道", "光明路街道"]
    assert len(chosen(district, Choice(street="清溪街道"))) == 38
    assert chosen(district, Choice(ids=(YARD,))) == [YARD]
    inside = chosen(district, Choice(community="桃园社区"))
    assert set(district.compounds.loc[inside, "community_name"]) == {"桃园社区"}
    for wrong in (Choice(ids=("nobody",)), Choice(street="没有街道"), Choice(community="没有社区")):
        with pytest.raises(CallError, match=r"nobody|没有"):
            chosen(district, wrong)


def test_the_index_names_every_compound_and_its_page() -> None:
    district, _ = demo()
    keys = chosen(district, Choice())
    pages = index_pages(book_of_demo(), keys)
    cells = [text for one in pages for text in texts(list(one.scene), "index")]
    assert cells[0::5] == [district.compounds.at[key, "name"] for key in keys]
    assert cells[4::5] == [str(len(pages) + n) for n in range(1, 187)]


def test_a_book_has_bookmarks_fonts_once_and_the_same_bytes(tmp_path: Path) -> None:
    keys = chosen(demo()[0], Choice())[28:31]
    written = [io.BytesIO(), io.BytesIO()]
    for file in written:
        write_atlas(book_of_demo(), keys, file)
    content = written[0].getvalue()
    assert content == written[1].getvalue()
    titles = [
        bytes.fromhex(t.decode()).decode("utf-16") for t in re.findall(rb"/Title <(FEFF[0-9A-F]+)> /Parent", content)
    ]
    names = list(demo()[0].compounds.loc[keys, "name"])
    assert titles == ["目录", "云湖街道", names[0], "学府街道", *names[1:]]
    file = tmp_path / "a.pdf"
    file.write_bytes(content)
    listed = subprocess.run(["pdffonts", file], capture_output=True, check=True).stdout.decode()
    assert listed.count("NotoSansSC") == 2
    found = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True)
    assert not found.stderr
    assert all(name in found.stdout.decode() for name in names)
    assert "第3页 共4页" in found.stdout.decode()


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    atlas, keys = book_of_demo(), chosen(demo()[0], Choice())[:4]
    whole = io.BytesIO()
    write_atlas(atlas, keys, whole)
    kept = tmp_path / "kept"
    with pytest.raises(StoppedError):
        write_atlas(atlas, keys, io.BytesIO(), kept=kept, watch=lambda done, _all: done == 2)
    assert len(list(kept.glob("*.page"))) == 2
    (kept / "x.page").write_bytes(b"{}")
    assert read_page(kept / "x.page") is None
    drawn: list[str] = []
    real = book.compound_page
    monkeypatch.setattr(
        book, "compound_page", lambda a, key, number: (drawn.append(key), real(a, key, number=number))[1]
    )
    again = io.BytesIO()
    write_atlas(atlas, keys, again, kept=kept)
    assert drawn == keys[2:]
    assert again.getvalue() == whole.getvalue()


def test_a_file_for_each(tmp_path: Path) -> None:
    atlas = atlas_of(*small("甲院", "a/b:c"))
    files = write_pages(atlas, ["C0", "C1"], tmp_path / "each")
    assert [file.name for file in files] == ["甲院_C0.pdf", "a_b_c_C1.pdf"]
    assert sorted(path.name for path in (tmp_path / "each").iterdir()) == ["a_b_c_C1.pdf", "甲院_C0.pdf"]
    found = subprocess.run(["pdftotext", files[0], "-"], capture_output=True, check=True).stdout.decode()
    assert "甲院" in found
    with pytest.raises(CallError, match="无页可出"):
        write_pages(atlas, [], tmp_path)


# ---------------------------------------------------------------- the command


CALL = ["sheet", "--district", str(ROOT / "data"), "--as-of", "2026-11-20"]


def test_the_atlas_of_a_community_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "book.pdf"
    assert cli.main([*CALL, "--atlas", "--community", "北关社区", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pages"] == (demo()[0].compounds["community_name"] == "北关社区").sum()
    assert [path.name for path in tmp_path.iterdir()] == ["book.pdf"]


@pytest.mark.parametrize("words", [["--compound", "nobody", "--out", "a.pdf"], ["--atlas", "--out", "a.svg"]])
def test_wrong_calls(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main([*CALL, *words]) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_pages_look_as_they_did() -> None:
    compare_golden("atlas", page(YARD), 60)
    compare_golden("atlas_unknown", page("YH0080"), 60)
