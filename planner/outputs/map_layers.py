"""The folium elements of the planner's map: thin, because drawing is done by browser/map.js.

Two kinds of map are made of them: the live one, whose shapes come by address and which is recoloured by a small
message, and the exported one, which holds everything. Every word passes ``safe_text`` before it gets here.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import folium
import numpy as np
import numpy.typing as npt
from folium.elements import JSCSSMixin
from folium.template import Template

from planner.outputs import assets
from planner.outputs.map_classes import PROGRAMMES, MapClass, MapLayer, state_classes
from planner.text import safe_text, t

CANVAS_FROM = 3_000
"""Compounds above which the browser paints on a canvas and the unknown get an outline instead of a hatch."""

_NEVER = frozenset("<>\"'`${}%\\")
"""Signs that safe_text turns into entities (``&`` and ``#`` stand in entities and colours)."""

_PACKED = string.digits + string.ascii_uppercase + string.ascii_lowercase + "-_"

_SCRIPTS = ("map", "furniture", "overlays")
"""Our own scripts, in the order in which they build on each other."""

Mask = npt.NDArray[np.bool_]


class PlannerMap(JSCSSMixin, folium.MacroElement):
    """Opens the planner's map on its parent: ``config`` is what map.js ``open`` takes."""

    _template = Template(
        "{% macro script(this, kwargs) %}PlannerMap.open({{ this._parent.get_name() }}, "
        "{{ this.config|tojson }});{% endmacro %}"
    )

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "PlannerMap"
        self.config = inert(dict(config))
        self.default_js = [(f"planner_{name}", assets.own_url(f"{name}.js")) for name in _SCRIPTS]
        self.default_css = [("planner_map_css", assets.own_url("map.css"))]


class Paint(folium.MacroElement):
    """Recolours the map that its group is added to: one character per compound and the drawing of each class."""

    _template = Template(
        "{% macro script(this, kwargs) %}PlannerMap.paint({{ this._parent._parent.get_name() }}, "
        "{{ this.paint|tojson }});{% endmacro %}"
    )

    def __init__(self, paint: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Paint"
        self.paint = inert(dict(paint))


def inert(value: Any) -> Any:
    """Return a value of lists, dicts, numbers and texts unchanged; raise ValueError for a text that missed the door.

    folium renders what it is given through Jinja, so one unsafe text in a message would run on the server.
    """
    if isinstance(value, Mapping):
        return {inert(key): inert(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [inert(part) for part in value]
    if isinstance(value, str) and set(value) & _NEVER:
        raise ValueError(f"text for the map did not pass safe_text: {value[:60]!r}")
    return value


def base_map(*, box: Sequence[Sequence[float]] | None, rows: int, height: int | str = "100%") -> folium.Map:
    """Return an empty map without tiles, ready for ``PlannerMap``; a canvas is used above ``CANVAS_FROM`` rows."""
    assets.use_local()
    (south, west), (north, east) = box or [[35.0, 105.0], [36.0, 106.0]]
    found = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12,
        tiles=None,
        height=height,
        prefer_canvas=rows > CANVAS_FROM,
        control_scale=False,
        zoom_control=True,
        zoom_snap=0.05,
        zoom_delta=0.5,
        min_zoom=4,
        max_zoom=19,
    )
    # jQuery serves folium's own popups, which no map of ours has; without it a map is drawn sooner
    found.default_js = [link for link in found.default_js if link[0] != "jquery"]
    return found


def words(lang: str) -> dict[str, Any]:
    """Return the words of the map's own controls, states and programmes, safe for a script."""
    keys = ("source", "zoomIn", "zoomOut", "whole", "full", "map", "comma", "nowhere")
    said = {key: t(f"map.control.{key}", lang) for key in keys}
    said |= {key: t(f"map.page.{key}", lang) for key in ("search", "missing", "close", "safety")}
    lists = {
        "glyphs": [t(f"map.glyph.{code}", lang) for code in PROGRAMMES],
        "states": [entry.label for entry in state_classes(lang)],
        "programmes": [t(f"sheet.programme.{code}", lang) for code in PROGRAMMES],
    }
    safe = {key: safe_text(word) for key, word in said.items()}
    return safe | {key: [safe_text(word) for word in listed] for key, listed in lists.items()}


def looks(layer: MapLayer) -> list[dict[str, Any]]:
    """Return the drawing of each class of a layer, its label safe for a script; what is as usual is left out."""
    plain = MapClass("", "")
    kept = ("label", "fill", "edge", "width")
    return [
        {name: safe_text(value) if name == "label" else value for name, value in asdict(entry).items()
         if name in kept or value != getattr(plain, name)}
        for entry in layer.classes
    ]  # fmt: skip


def codes_text(layer: MapLayer, shown: Mask | None = None) -> str:
    """Return one character per compound: ``0`` + class, or ``a`` + class where a filter leaves the compound out."""
    first = np.full(len(layer.codes), ord("0")) if shown is None else np.where(shown, ord("0"), ord("a"))
    return (first + layer.codes).astype(np.uint8).tobytes().decode("ascii")


def paint_message(
    layer: MapLayer,
    *,
    shown: Mask | None = None,
    safety: Collection[int] = (),
    chosen: int | None = None,
    marks: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """Return what map.js ``paint`` takes; about one byte per compound, plus the letters on the layer of states."""
    message: dict[str, Any] = {
        "codes": codes_text(layer, shown),
        "looks": looks(layer),
        "safety": [int(i) for i in safety],
        "chosen": chosen,
        "marks": marks[0],
        "leads": marks[1],
    }
    return message | {"rev": f"{layer.key}:{hash_text(repr(sorted(message.items())))}"}


def furnished(
    message: Mapping[str, Any], layer: MapLayer, *, shown: Mask | None = None, overlays: Collection[str] | None = None
) -> dict[str, Any]:
    """Return a `paint_message` with what stands round the colours: legend with counts, layers, programme letters.

    ``overlays``: the names of map_overlays.OVERLAYS that are on, None = those that are on at first. Letters, on the
    theme of states, come from the lines that the page keeps (map_cards), so that they cost nothing here.
    """
    more: dict[str, Any] = {
        "codes": packed(str(message["codes"])),
        "title": safe_text(layer.title),
        "counts": layer.counts(shown),
    }
    more |= {"letters": layer.key == "action"} | ({} if overlays is None else {"on": list(overlays)})
    whole = {**message, **more}
    return whole | {"rev": f"{layer.key}:{hash_text(repr(sorted(whole.items())))}"}


def thinned(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a paint message in fewer bytes, for map.js ``thick``: codes packed, looks without the usual."""
    thin = {key: value for key, value in message.items() if value not in ("", [], None)}
    plain = asdict(MapClass("", ""))
    thin["looks"] = [{k: v for k, v in look.items() if v != plain[k]} for look in message["looks"]]
    return thin | {"codes": packed(str(message["codes"]))}


def packed(codes: str) -> str:
    """Return two compounds a character where every class is below 8 and nothing is left out; else ``codes`` itself.

    The first character says which: ``=`` even and ``+`` odd numbers of compounds follow packed.
    """
    numbers = np.frombuffer(codes.encode("ascii"), dtype=np.uint8).astype(np.int64) - ord("0")
    if not len(numbers) or numbers.max() > 7:
        return codes
    odd = len(numbers) % 2
    pairs = np.append(numbers, np.zeros(odd, dtype=np.int64)).reshape(-1, 2) @ np.array([8, 1])
    return "+="[1 - odd] + "".join(_PACKED[n] for n in pairs)


def hash_text(text: str) -> str:
    """Return eight hexadecimal characters that change with the text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
