"""Curves over the real values: small drawings of all of them, a chart of the one that is edited, category values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from planner.outputs.criterion_values import CriterionValues, curve_points
from planner.text import safe_text, t
from planner.web.blocks import marked
from planner.web.drawings import picture_html

_WIDE, _TALL, _LEFT, _BOTTOM, _TOP = 284, 118, 26, 20, 6
_SHARE = 58
"""The tallest bar reaches this height of the scale of 0..100, so that the curve stays readable above it."""

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
    body = f'{_grid(plot)}{_bars(values, plot)}{_ticks(scale.x, plot)}<path class="l" d="{line}"/><path class="t" d="{dots}"/>'
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
    tallest, edges = max(1, int(values.counts.max(initial=0))), values.edges
    parts = [
        f"M{plot.x(edges[k]) + 0.5:.1f} {plot.y(0):.1f}V{plot.y(_SHARE * n / tallest):.1f}H{plot.x(edges[k + 1]) - 0.5:.1f}V{plot.y(0):.1f}z"
        for k, n in enumerate(values.counts.tolist())
        if n
    ]
    return f'<path class="h" d="{"".join(parts)}"/>'


def _ticks(x: np.ndarray, plot: _Plot) -> str:
    shown = range(len(x)) if len(x) <= 4 else sorted({0, len(x) // 2, len(x) - 1})
    return "".join(
        f'<text x="{plot.x(float(x[k])):.1f}" y="{_TALL - 6}" text-anchor="middle">{safe_text(short_number(x[k]))}</text>'
        for k in shown
    )


def short_number(value: float) -> str:
    """Return an axis number without needless digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def categories_text(values: CriterionValues, lang: str) -> str:
    """Return the values of a category with how many compounds are in each: 专业物业 0分（57个）."""
    parts = zip(values.scale.labels, values.scale.y, values.counts.tolist(), strict=True)
    return t("overview.comma", lang).join(
        t("policy.category", lang, label=a, points=f"{v:g}", n=n) for a, v, n in parts
    )


def counts_text(values: CriterionValues, lang: str) -> str:
    """Return how many values are known, unknown and not applicable."""
    text = t("policy.counts", lang, known=f"{values.known:,}", unknown=f"{values.unknown:,}")
    return text + (t("policy.counts_na", lang, n=f"{values.na:,}") if values.na else "")


def edit_chart(values: CriterionValues, *, unit: str, ready: bool, lang: str) -> alt.LayerChart:
    """Return the curve over the histogram as an interactive chart: hover gives the count of a bar, x and points of a dot."""
    return _category_chart(values, ready, lang) if values.scale.labels else _curve_chart(values, unit, ready, lang)


def _curve_chart(values: CriterionValues, unit: str, ready: bool, lang: str) -> alt.LayerChart:
    colour, low, high = _READY if ready else _NEED, *values.domain
    tallest = max(1, int(values.counts.max(initial=0)))
    bars = pd.DataFrame({"a": values.edges[:-1], "b": values.edges[1:], "n": values.counts})
    bars["h"] = bars["n"] / tallest * _SHARE
    x, y = curve_points(values)
    axis = alt.X("a:Q", scale=alt.Scale(domain=[low, high], nice=False), title=unit, axis=alt.Axis(grid=False))
    up = alt.Y(
        "h:Q",
        scale=alt.Scale(domain=[0, 104]),
        title=t("policy.points_axis", lang),
        axis=alt.Axis(values=[0, 25, 50, 75, 100]),
    )
    words = [
        alt.Tooltip("a:Q", title=t("policy.from", lang), format=".3~g"),
        alt.Tooltip("b:Q", title=t("policy.to", lang), format=".3~g"),
        alt.Tooltip("n:Q", title=t("policy.compounds", lang)),
    ]
    ground = (
        alt.Chart(bars)
        .mark_rect(color=_BARS, stroke="#FFFFFF")
        .encode(x=axis, x2="b:Q", y=up, y2=alt.datum(0), tooltip=words)
    )
    curve = alt.Chart(pd.DataFrame({"x": x, "y": y})).mark_line(color=colour, strokeWidth=2.4).encode(x="x:Q", y="y:Q")
    dots = alt.Chart(pd.DataFrame({"x": values.scale.x, "y": values.scale.y})).mark_circle(
        color=colour, size=70, opacity=1
    )
    told = [alt.Tooltip("x:Q", title=unit, format=".4~g"), alt.Tooltip("y:Q", title=t("policy.points_axis", lang))]
    return _finished(ground + curve + dots.encode(x="x:Q", y="y:Q", tooltip=told))


def _category_chart(values: CriterionValues, ready: bool, lang: str) -> alt.LayerChart:
    colour, tallest = _READY if ready else _NEED, max(1, int(values.counts.max(initial=0)))
    frame = pd.DataFrame({"x": values.scale.labels, "y": values.scale.y, "n": values.counts})
    frame["h"] = frame["n"] / tallest * _SHARE
    axis = alt.X("x:N", sort=list(values.scale.labels), title=None, axis=alt.Axis(labelAngle=0, labelLimit=90))
    up = alt.Y(
        "h:Q",
        scale=alt.Scale(domain=[0, 104]),
        title=t("policy.points_axis", lang),
        axis=alt.Axis(values=[0, 25, 50, 75, 100]),
    )
    words = [
        alt.Tooltip("x:N", title=t("policy.category_axis", lang)),
        alt.Tooltip("y:Q", title=t("policy.points_axis", lang)),
        alt.Tooltip("n:Q", title=t("policy.compounds", lang)),
    ]
    chart = alt.Chart(frame)
    bars = chart.mark_bar(color=_BARS, size=34).encode(x=axis, y=up, tooltip=words)
    dots = chart.mark_tick(color=colour, thickness=3, size=38).encode(x=axis, y="y:Q", tooltip=words)
    return _finished(bars + dots)


def _finished(chart: alt.LayerChart) -> alt.LayerChart:
    font = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, sans-serif"
    shaped = chart.properties(height=250).configure_view(stroke="#D6DEE6").configure(font=font)
    done: alt.LayerChart = shaped.configure_axis(
        labelColor="#51606F", titleColor="#51606F", gridColor="#E6EBF0", titleFontWeight="normal"
    )
    return done
