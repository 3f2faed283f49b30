"""Curves over the real values: small drawings of all of them, a chart of the one that is edited, category values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from planner.outputs.criterion_values import CriterionValues, curve_points
from planner.outputs.policy_words import policy_word
from planner.text import safe_text, t
from planner.web.blocks import marked
from planner.web.drawings import picture_html

_WIDE, _TALL, _LEFT, _BOTTOM, _TOP = 284, 118, 26, 20, 6
_SHARE = 58
"""The tallest bar reaches this height of the scale of 0..100, so that the curve stays readable above it."""

_ROOM = 34
"""Units between two numbers of an axis."""

_NEED, _READY, _BARS = "#B9632F", "#1D5C8F", "#DDE3E9"
_STYLE = (
    f"text{{font-size:11px}}.g{{stroke:#E6EBF0}}.h{{fill:{_BARS}}}.l,.t{{fill:none;stroke-width:2.2}}"
    ".t{stroke-width:6.5;stroke-linecap:round}"
)


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a value stands in a small drawing."""

    low: float
    high: float

    def x(self, value: float) -> float:
        return _LEFT + (value - self.low) / (self.high - self.low) * (_WIDE - _LEFT - 8)

    def y(self, points: float) -> float:
        return _TOP + (100 - points) / 100 * (_TALL - _BOTTOM - _TOP)

    def path(self, x: Sequence[float], y: Sequence[float], sign: str) -> str:
        """Points one after the other, joined by ``sign`` (L), or as dots."""
        places = [f"{self.x(a):.1f} {self.y(b):.1f}" for a, b in zip(x, y, strict=True)]
        return "".join(f"M{p}h0" for p in places) if not sign else "M" + sign.join(places)


def curve_html(values: CriterionValues, title: str, note: str, *, ready: bool, changed: bool) -> str:
    """Return a small drawing of a curve over the histogram of the real values; ``title`` may hold **bold**."""
    plot, scale = _Plot(*values.domain), values.scale
    line = plot.path(*_lists(curve_points(values)), "L")
    dots = plot.path(scale.x.tolist(), scale.y.tolist(), "")
    colour = _READY if ready else _NEED
    style = f"{_STYLE}.l,.t{{stroke:{colour}}}"
    marks = f'<path class="l" d="{line}"/><path class="t" d="{dots}"/>'
    body = _grid(plot) + _bars(values, plot) + _ticks(scale.x, plot) + marks
    drawn = picture_html(body, (_WIDE, _TALL), style=style, alt=title.replace("**", ""))
    css = "cv chg" if changed else "cv"
    return f'<div class="{css}"><p>{marked(title)}<s>{safe_text(note)}</s></p>{drawn}</div>'


def _lists(ends: tuple[np.ndarray, np.ndarray]) -> tuple[list[float], list[float]]:
    return ends[0].tolist(), ends[1].tolist()


def _grid(plot: _Plot) -> str:
    return "".join(
        f'<path class="g" d="M{_LEFT} {plot.y(v):.1f}H{_WIDE - 8}"/>'
        f'<text x="{_LEFT - 4}" y="{plot.y(v) + 4:.1f}" text-anchor="end">{v}</text>'
        for v in (0, 50, 100)
    )


def _bars(values: CriterionValues, plot: _Plot) -> str:
    tallest, x = max(1, int(values.counts.max(initial=0))), [plot.x(edge) for edge in values.edges.tolist()]
    parts = [
        f"M{x[k] + 0.5:.1f} {plot.y(0):.1f}V{plot.y(_SHARE * n / tallest):.1f}H{x[k + 1] - 0.5:.1f}V{plot.y(0):.1f}z"
        for k, n in enumerate(values.counts.tolist())
        if n
    ]
    return f'<path class="h" d="{"".join(parts)}"/>'


def _ticks(x: np.ndarray, plot: _Plot) -> str:
    """Numbers under the first, the last and those points between that leave room."""
    places = [plot.x(value) for value in x.tolist()]
    shown = [0]
    for k in range(1, len(x)):
        roomy = places[k] - places[shown[-1]] > _ROOM
        if roomy and (k == len(x) - 1 or places[-1] - places[k] > _ROOM):
            shown.append(k)
    return "".join(
        f'<text x="{min(places[k], _WIDE - 16):.1f}" y="{_TALL - 6}" text-anchor="middle">{short_number(x[k])}</text>'
        for k in shown
    )


def short_number(value: float) -> str:
    """Return an axis number without needless digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def categories_text(values: CriterionValues, lang: str) -> str:
    """Return the values of a category with how many compounds are in each: 专业物业 0分（57个）."""
    parts = zip(values.scale.labels, values.scale.y, values.counts.tolist(), strict=True)
    return t("overview.comma", lang).join(
        t("policy.category", lang, label=policy_word(a, lang), points=f"{v:g}", n=n) for a, v, n in parts
    )


def counts_text(values: CriterionValues, lang: str) -> str:
    """Return how many values are known, unknown and not applicable."""
    text = t("policy.counts", lang, known=f"{values.known:,}", unknown=f"{values.unknown:,}")
    return text + (t("policy.counts_na", lang, n=f"{values.na:,}") if values.na else "")


def edit_chart(values: CriterionValues, *, unit: str, ready: bool, lang: str) -> alt.LayerChart:
    """Return the curve over the histogram as an interactive chart; pointing gives counts, values and points."""
    return _category_chart(values, ready, lang) if values.scale.labels else _curve_chart(values, unit, ready, lang)


def _curve_chart(values: CriterionValues, unit: str, ready: bool, lang: str) -> alt.LayerChart:
    colour, points = _READY if ready else _NEED, t("policy.points_axis", lang)
    bars = pd.DataFrame({"a": values.edges[:-1], "b": values.edges[1:], "n": values.counts, "h": _heights(values)})
    axis = alt.X("a:Q", scale=alt.Scale(domain=values.domain, nice=False), title=unit, axis=alt.Axis(grid=False))
    ends = (("a:Q", t("policy.from", lang)), ("b:Q", t("policy.to", lang)), ("n:Q", t("policy.compounds", lang)))
    words = [alt.Tooltip(field, title=title, format=".3~g") for field, title in ends]
    ground = alt.Chart(bars).mark_rect(color=_BARS, stroke="#FFFFFF")
    curve = alt.Chart(pd.DataFrame(dict(zip("xy", curve_points(values), strict=True))))
    dots = alt.Chart(pd.DataFrame({"x": values.scale.x, "y": values.scale.y}))
    told = [alt.Tooltip("x:Q", title=unit, format=".4~g"), alt.Tooltip("y:Q", title=points)]
    return _finished(
        ground.encode(x=axis, x2="b:Q", y=_up(points), y2=alt.datum(0), tooltip=words)
        + curve.mark_line(color=colour, strokeWidth=2.4).encode(x="x:Q", y="y:Q")
        + dots.mark_circle(color=colour, size=70, opacity=1).encode(x="x:Q", y="y:Q", tooltip=told)
    )


def _category_chart(values: CriterionValues, ready: bool, lang: str) -> alt.LayerChart:
    colour, points = _READY if ready else _NEED, t("policy.points_axis", lang)
    parts = {"x": values.scale.labels, "y": values.scale.y, "n": values.counts, "h": _heights(values)}
    axis = alt.X("x:N", sort=list(values.scale.labels), title=None, axis=alt.Axis(labelAngle=0, labelLimit=76))
    heads = (("x:N", t("policy.category_axis", lang)), ("y:Q", points), ("n:Q", t("policy.compounds", lang)))
    words = [alt.Tooltip(field, title=title) for field, title in heads]
    chart = alt.Chart(pd.DataFrame(parts))
    bars = chart.mark_bar(color=_BARS, size=34).encode(x=axis, y=_up(points), tooltip=words)
    return _finished(bars + chart.mark_tick(color=colour, thickness=3, size=38).encode(x=axis, y="y:Q", tooltip=words))


def _heights(values: CriterionValues) -> np.ndarray:
    return np.asarray(values.counts / max(1, int(values.counts.max(initial=0))) * _SHARE)


def _up(title: str) -> alt.Y:
    return alt.Y("h:Q", scale=alt.Scale(domain=[0, 104]), title=title, axis=alt.Axis(values=[0, 25, 50, 75, 100]))


def _finished(chart: alt.LayerChart) -> alt.LayerChart:
    font = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, sans-serif"
    shaped = chart.properties(height=250).configure_view(stroke="#D6DEE6").configure(font=font)
    done: alt.LayerChart = shaped.configure_axis(
        labelColor="#51606F", titleColor="#51606F", gridColor="#E6EBF0", titleFontWeight="normal"
    )
    return done
