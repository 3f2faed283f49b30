"""The atlas as a book: an index, then a page per compound by street; stopped, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import pandas as pd

from planner.decisions.states import STATES
from planner.district.district import District
from planner.errors import CallError
from planner.outputs.atlas.page import Atlas, compound_page
from planner.outputs.map_classes import STATE_KEYS
from planner.outputs.sheet import furniture
from planner.outputs.sheet.fonts import check_glyphs, faces_of
from planner.outputs.sheet.frame import Layout
from planner.outputs.sheet.panel import moved
from planner.outputs.sheet.pdf_file import write_pdf
from planner.outputs.sheet.pdf_page import Content, page_content
from planner.outputs.sheet.scene import Mark, Page, plain, words_of
from planner.outputs.sheet.streets import street_masks
from planner.outputs.sheet.table import Column, Row, capacity, table_block
from planner.text import safe_file_name, t, wan

COLUMN = 128.0
"""Width of a column of the index in millimetres on A3."""

KEPT = ".pages"
"""Folder of the finished pages of a run that goes on."""

FORM = "1"
"""Raised when pages kept by an earlier version of the program must not be used."""

Watch = Callable[[int, int], bool]


class StoppedError(Exception):
    """Somebody stopped the atlas; the pages that were ready are kept and found again."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which compounds: those of a street, of a community, of these ids; blank = all."""

    street: str = ""
    community: str = ""
    ids: tuple[str, ...] = ()


def chosen(district: District, choice: Choice, lang: str = "zh") -> list[str]:
    """Return the ids of a choice by street in administrative order, inside a street by name, then id.

    Raises CallError naming what the district does not have.
    """
    compounds = district.compounds
    unknown = [key for key in choice.ids if key not in compounds.index]
    if unknown:
        raise CallError(t("atlas.error.id", lang, ids="、".join(unknown[:5])))
    wanted = pd.Series(True, index=compounds.index)
    for column, value in (("subdistrict_name", choice.street), ("community_name", choice.community)):
        if value:
            here = (compounds[column] == value).fillna(False).astype(bool)
            if not here.any():
                raise CallError(t("atlas.error.place", lang, place=value))
            wanted &= here
    if choice.ids:
        wanted &= compounds.index.isin(choice.ids)
    names = compounds["name"].fillna("").astype(str)
    found: list[str] = []
    for _, mask in street_masks(district, lang):
        own = compounds.index[mask & wanted.to_numpy(dtype=bool)]
        found += sorted((str(key) for key in own), key=lambda key: (names[key], key))
    return found


def write_atlas(
    atlas: Atlas, keys: Sequence[str], file: IO[bytes], *, kept: Path | None = None,
    watch: Watch = lambda _done, _all: False,
) -> None:  # fmt: skip
    """Write index and pages of these compounds as one PDF with bookmarks; the same input gives the same bytes.

    ``kept`` is a folder for finished pages: a run that finds some there draws only the others. ``watch`` hears after
    every page how many are done and returns True to stop: then StoppedError is raised and the pages stay in ``kept``.
    Raises CallError for no compound, InputError for a character that the font cannot draw.
    """
    if not keys:
        raise CallError(t("atlas.error.empty", atlas.lang))
    first = index_pages(atlas, keys)
    contents = [_drawn(page) for page in first]
    for n, key in enumerate(keys, 1):
        number = t("atlas.page", atlas.lang, n=len(first) + n, all=len(first) + len(keys))
        contents.append(_kept_page(atlas, key, number, kept))
        if watch(n, len(keys)):
            raise StoppedError
    write_pdf(iter(contents), file, title=book_title(atlas), stamp=atlas.assessment.as_of)


def write_pages(
    atlas: Atlas, keys: Sequence[str], folder: Path, *, watch: Watch = lambda _done, _all: False
) -> list[Path]:  # fmt: skip
    """Write a PDF for each compound into a folder and return the files; names hold name and id.

    Finished pages are kept in the folder until all are done: a stopped run goes on where it was. Raises as
    `write_atlas`.
    """
    if not keys:
        raise CallError(t("atlas.error.empty", atlas.lang))
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / KEPT
    contents = []
    for n, key in enumerate(keys, 1):
        contents.append(_kept_page(atlas, key, "", kept))
        if watch(n, len(keys)):
            raise StoppedError
    used = {bold: frozenset().union(*(c.bold if bold else c.regular for c in contents)) for bold in (False, True)}
    faces, files = faces_of(used), []
    for key, content in zip(keys, contents, strict=True):
        file = folder / f"{file_stem(atlas.district, key)}.pdf"
        passing = file.with_suffix(".part")
        with passing.open("wb") as handle:
            write_pdf([content], handle, title=content.name, stamp=atlas.assessment.as_of, faces=faces)
        passing.replace(file)
        files.append(file)
    shutil.rmtree(kept, ignore_errors=True)
    return files


def file_stem(district: District, key: str) -> str:
    """Return a safe file name of a compound without extension: its name and its id."""
    name = district.compounds.at[key, "name"]
    return safe_file_name(f"{name if isinstance(name, str) else ''}_{key}".strip("_"))


def _drawn(page: Page) -> Content:
    check_glyphs(words_of(page.scene))
    return page_content(page)


def book_title(atlas: Atlas) -> str:
    """Return the title of the book."""
    return t("atlas.book", atlas.lang, district=plain(atlas.district.name, 20)).strip()


def index_pages(atlas: Atlas, keys: Sequence[str]) -> list[Page]:
    """Return the pages of the index: by street the compounds with state, households, money and page."""
    k, (width, height) = atlas.k, atlas.size
    margin, top = 11.0 * k, height - 36.0 * k
    gap, room = 5.0 * k, top - 22.0 * k
    inner = width - 2 * margin
    count = int((inner + gap) // (COLUMN * k + gap))
    wide = (inner - gap * (count - 1)) / count
    most = capacity(room, k, title=False)
    lines = sum(1 for _ in _index_rows(atlas, keys, 0))
    pages = -(-lines // (most * count))
    rows = list(_index_rows(atlas, keys, pages))
    layout = Layout(width, height, k, True, (margin, height - 36.0 * k, inner, 25.0 * k), (0, 0, 0, 0), (0, 0, 0, 0),
                    margin, 0)  # fmt: skip
    found = []
    for n in range(pages):
        words = t("atlas.index.sub", atlas.lang, n=len(keys))
        marks: list[Mark] = [*furniture.paper_edge(layout), *furniture.title(layout, book_title(atlas), words)]
        marks += furniture.use_marks(layout, demo=atlas.district.demo, lang=atlas.lang)
        for c in range(count):
            part = rows[(n * count + c) * most : (n * count + c + 1) * most]
            if part:
                block = table_block("", _columns(atlas.lang), part, width=wide, k=k)
                marks += [moved(mark, margin + c * (wide + gap), top) for mark in block.marks]
        name = t("atlas.index", atlas.lang) if not n else ""
        found.append(Page(tuple(marks), atlas.size, (0.0, 0.0, width, height), name))
    return found


def _columns(lang: str) -> list[Column]:
    looks = (("name", 0.0, "left"), ("state", 28.0, "left"), ("households", 14.0, "right"), ("cost", 18.0, "right"),
             ("page", 10.0, "right"))  # fmt: skip
    return [Column(t(f"atlas.index.{name}", lang), width, align) for name, width, align in looks]


def _index_rows(atlas: Atlas, keys: Sequence[str], before: int) -> Iterator[Row]:
    compounds, assessment, lang = atlas.district.compounds, atlas.assessment, atlas.lang
    words = {s: t(f"map.state.{key}", lang) for s, key in zip(STATES, STATE_KEYS, strict=True)}
    last = None
    for n, key in enumerate(keys, 1):
        row, costs = compounds.loc[key], assessment.costs.loc[key]
        street = row["subdistrict_name"] if isinstance(row["subdistrict_name"], str) else t("sheet.street.none", lang)
        if street != last:
            yield Row((plain(street, 20), "", "", "", ""), bold=True, band=True, role="index street")
            last = street
        people = "—" if pd.isna(row["households"]) else f"{int(row['households']):,}"
        known = bool(costs["cost_all_known"]) or float(costs["cost_now"]) > 0
        name = plain(row["name"] if isinstance(row["name"], str) else key, 24)
        state = words[str(assessment.states.at[key, "state"])]
        money = wan(float(costs["cost_now"])) if known else "—"
        yield Row((name, state, people, money, str(before + n)), role="index")


def _kept_page(atlas: Atlas, key: str, number: str, kept: Path | None) -> Content:
    if kept is None:
        return _drawn(compound_page(atlas, key, number=number))
    file = kept / f"{_mark(atlas, key, number)}.page"
    if file.exists() and (found := read_page(file)) is not None:
        return found
    content = _drawn(compound_page(atlas, key, number=number))
    kept.mkdir(parents=True, exist_ok=True)
    passing = file.with_suffix(".part")
    passing.write_bytes(_packed(content))
    passing.replace(file)
    return content


def _mark(atlas: Atlas, key: str, number: str) -> str:
    """A name that changes with everything that a page depends on."""
    assessment = atlas.assessment
    basis = (FORM, atlas.version, assessment.policy.version, assessment.as_of.isoformat(), assessment.profile,
             *assessment.unused, atlas.paper, atlas.lang, number, key)  # fmt: skip
    return hashlib.sha256("\x1f".join(basis).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _packed(content: Content) -> bytes:
    head = asdict(content) | {"operators": "", "regular": sorted(content.regular), "bold": sorted(content.bold)}
    return json.dumps(head | {"opacities": sorted(content.opacities)}).encode() + b"\n" + content.operators


def read_page(file: Path) -> Content | None:
    """Return a page that an earlier run kept; None where the file is not whole."""
    head, _, operators = file.read_bytes().partition(b"\n")
    try:
        told = json.loads(head)
        return Content(
            operators, (float(told["size"][0]), float(told["size"][1])), frozenset(told["regular"]),
            frozenset(told["bold"]), frozenset(told["opacities"]), str(told["name"]), str(told["chapter"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None
