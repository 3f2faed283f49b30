"""踏勘单 on paper: one A4 page per compound in walking order, to be ticked and written on, then typed in or scanned."""

from __future__ import annotations

from collections.abc import Callable

from planner.decisions.states import STATES
from planner.errors import CallError
from planner.outputs.forms.form_body import body, hint_lines
from planner.outputs.forms.form_map import form_map
from planner.outputs.forms.form_set import FormSet
from planner.outputs.sheet.fonts import check_glyphs, text_width
from planner.outputs.sheet.render import render
from planner.outputs.sheet.scene import (
    INK,
    MUTED,
    PRIMARY,
    RED,
    Mark,
    Page,
    Shape,
    Word,
    fit_size,
    line,
    plain,
    rectangle,
    words_of,
)
from planner.text import date_text, t

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 11.0
MAP = (76.0, 57.0)
MOST_PAGES = 3000
_HEAD, _FOOT = 30.0, 17.0


def forms_pdf(forms: FormSet, *, told: Callable[[int], None] | None = None) -> bytes:
    """Return the sheets as one PDF with embedded fonts; the same input gives the same bytes.

    told: called with the number of every page that is drawn. Raises CallError where there is no compound or there are
    more than MOST_PAGES, InputError where a text holds a character that the font cannot draw.
    """
    if not forms.ids:
        raise CallError(t("form.error.none", forms.lang))
    if len(forms.ids) > MOST_PAGES:
        raise CallError(t("form.error.pages", forms.lang, n=len(forms.ids), most=MOST_PAGES))
    pages = []
    for n, key in enumerate(forms.ids, 1):
        pages.append(form_page(forms, key))
        if told:
            told(n)
    for page in pages:
        check_glyphs(words_of(page.scene))
    title = t("form.title", forms.lang)
    return render(pages, kind="pdf", title=title, stamp=forms.assessment.as_of)[0]


def form_page(forms: FormSet, key: str) -> Page:
    """Return the sheet of one compound."""
    inner, top = WIDTH - 2 * MARGIN, HEIGHT - MARGIN
    low = top - _HEAD
    box = (MARGIN, low - MAP[1], *MAP)
    beside = (MARGIN + MAP[0] + 4.0, low, inner - MAP[0] - 4.0, MAP[1])
    bottom = MARGIN + _FOOT
    marks: list[Mark] = [
        *_head(forms, key),
        *form_map(forms.assessment, key, box, forms.lang),
        *_look_for(forms, key, beside),
        *body(forms, key, (MARGIN, bottom, inner, box[1] - 2.5 - bottom)),
        *_foot(forms),
    ]
    row = forms.walk.loc[key]
    name = f"{row['stop']} {plain(forms.known(key, 'name') or key, 24)}"
    return Page(tuple(sorted(marks, key=lambda m: m.z)), (WIDTH, HEIGHT), box, name, _where(forms, key))


def _where(forms: FormSet, key: str) -> str:
    row = forms.walk.loc[key]
    return plain(f"{row['street']} {row['community']}".strip()) or t("form.no_community", forms.lang)


def _head(forms: FormSet, key: str) -> list[Mark]:
    lang, top, right = forms.lang, HEIGHT - MARGIN, WIDTH - MARGIN
    row = forms.walk.loc[key]
    stop = t("form.stop", lang, n=row["stop"], all=row["stops"])
    name = plain(forms.known(key, "name") or t("form.no_name", lang), 40)
    size = fit_size(name, 118.0, 15.0, lambda text, points: text_width(text, points, True))
    others = [forms.known(key, "alias"), forms.known(key, "address")]
    place = plain("，".join(text for text in others if text), 60) or t("form.no_address", lang)
    state = t(f"state.{STATES.index(str(forms.assessment.states.at[key, 'state']))}", lang)
    version = forms.versions.get(key) or t("form.no_version", lang)
    facts = t(
        "form.facts", lang, id=plain(key), state=state, version=version, data=forms.version,
        date=date_text(forms.assessment.as_of, lang),
    )  # fmt: skip
    demo = [Word(t("overview.demo", lang), right, top - 19.6, 7.6, colour="#8A3D00", bold=True, align="right")]
    return [
        Word(t("form.title", lang), MARGIN, top - 3.4, 13.5, bold=True, colour=PRIMARY, role="title"),
        Word(_where(forms, key), right, top - 2.8, 9.4, align="right", role="where"),
        Shape(line((MARGIN, top - 7.6), (right, top - 7.6)), 30, "", PRIMARY, 1.2),
        Word(name, MARGIN, top - 12.6, size, bold=True, role="name"),
        Word(stop, right, top - 12.6, 12.0, bold=True, align="right", role="stop"),
        Word(place, MARGIN, top - 19.4, 8.6, role="place"),
        Word(
            facts, MARGIN, top - 25.2, fit_size(facts, WIDTH - 2 * MARGIN, 8.0, text_width), colour=MUTED, role="facts"
        ),
        *(demo if forms.assessment.district.demo else []),
    ]


def _look_for(forms: FormSet, key: str, box: tuple[float, float, float, float]) -> list[Mark]:
    """What to look for first: the tasks of the compound, else what is unknown."""
    x, top, width, height = box
    hints = forms.hints.get(key, ())
    title = t("form.look_first" if hints else "form.look_any", forms.lang)
    marks: list[Mark] = [
        Shape(rectangle(x, top - height, width, height), 18, "#FFFFFF", "#9AA5B0", 0.6),
        Word(title, x + 2.5, top - 4.0, 9.6, bold=True, role="look"),
        *_legend(forms, (x, top - height), width),
    ]
    found, left = hint_lines(hints, (x + 2.5, top - 7.6), (width - 5.0, height - 17.5))
    if left:
        found.append(Word(t("form.more", forms.lang, n=left), x + width - 2.5, top - 4.0, 7.4, align="right"))
    return [*marks, *found]


def _legend(forms: FormSet, at: tuple[float, float], width: float) -> list[Mark]:
    """How to fill the sheet in, below what to look for."""
    x, y = at
    words = [t(f"form.how.{n}", forms.lang) for n in (1, 2)]
    look = [
        Word(text, x + 2.5, y + 6.6 - 3.6 * n, fit_size(text, width - 5, 7.0, text_width))
        for n, text in enumerate(words)
    ]
    return [Shape(line((x, y + 9.0), (x + width, y + 9.0)), 19, "", "#D6DEE6", 0.5), *look]


def _foot(forms: FormSet) -> list[Mark]:
    lang, y, right = forms.lang, MARGIN + 10.5, WIDTH - MARGIN
    marks: list[Mark] = [Shape(line((MARGIN, y + 4.6), (right, y + 4.6)), 30, "", INK, 0.6)]
    x = MARGIN
    for name, wide in (("date", 38.0), ("surveyor", 34.0), ("note", 0.0)):
        label = t(f"form.foot.{name}", lang)
        marks.append(Word(label, x, y, 8.2, bold=True))
        start = x + text_width(label, 8.2, True) + 1.5
        end = start + wide if wide else right
        marks.append(Shape(line((start, y - 1.8), (end, y - 1.8)), 30, "", INK, 0.5))
        x = end + 4.0
    internal = t("map.page.internal", lang)
    wide = text_width(internal, 7.6, True)
    notice = Word(t("form.notice", lang), MARGIN + wide + 4.0, MARGIN + 2.5, 7.0, colour=MUTED, role="notice")
    return [*marks, Word(internal, MARGIN, MARGIN + 2.5, 7.6, bold=True, colour=RED, role="internal"), notice]
