"""Leaflet without internet: the scripts of installed wheels, laid out for static serving and inlined in exports.

Nothing third-party is committed. Leaflet, jQuery and the cluster plugin come from the xstatic wheels in the versions
that folium asks for; everything else that folium would load from a public host is dropped, and no class that needs
it may be used (``usable`` says which may).
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium.plugins
from folium.elements import JSCSSMixin

BASE = "/app/static/vendor"
"""Where Streamlit serves the folder that ``lay_out`` fills."""

OWN = Path(__file__).resolve().parent / "browser"
"""Our own scripts and styles of the map."""

_WHEELS: Mapping[str, tuple[str, str]] = {
    "leaflet.js": ("leaflet", "leaflet.js"),
    "leaflet.css": ("leaflet", "leaflet.css"),
    "jquery-3.7.1.min.js": ("jquery", "jquery.min.js"),
    "leaflet.markercluster.js": ("leaflet_markercluster", "leaflet.markercluster.js"),
    "MarkerCluster.css": ("leaflet_markercluster", "MarkerCluster.css"),
    "MarkerCluster.Default.css": ("leaflet_markercluster", "MarkerCluster.Default.css"),
}
_IMAGES = ("layers.png", "layers-2x.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png")
_LINKS = ("default_js", "default_css")
_complete: dict[type, bool] = {}


def vendored(url: str) -> str | None:
    """Return the path below the vendor folder that stands for a public URL of folium; None where we have no file."""
    found = _WHEELS.get(url.rsplit("/", 1)[-1].split("?", 1)[0])
    return f"{found[0]}/{found[1]}" if found else None


@lru_cache(maxsize=1)
def contents() -> Mapping[str, bytes]:
    """Return every file of the vendor folder: relative path -> bytes, from the wheels and from our own scripts.

    Raises ModuleNotFoundError or FileNotFoundError when a wheel of requirements.txt is missing.
    """
    found = {f"{wheel}/{name}": _wheel(wheel, name) for wheel, name in _WHEELS.values()}
    found |= {f"leaflet/images/{name}": _wheel("leaflet", f"images/{name}") for name in _IMAGES}
    for file in sorted(OWN.iterdir()):
        data = file.read_bytes()
        found[f"planner/{file.stem}-{hashlib.sha256(data).hexdigest()[:8]}{file.suffix}"] = data
    return found


def own_url(name: str, base: str = BASE) -> str:
    """Return the served address of one of our own scripts; the content hash in it defeats stale browser caches.

    Raises KeyError for a script that we do not have.
    """
    stem, _, suffix = name.rpartition(".")
    pattern = re.compile(rf"planner/{re.escape(stem)}-[0-9a-f]{{8}}\.{re.escape(suffix)}")
    found = [path for path in contents() if pattern.fullmatch(path)]
    if not found:
        raise KeyError(name)
    return f"{base}/{found[0]}"


def lay_out(folder: Path) -> None:
    """Write the vendor files below ``folder``; files that are there already and equal are left alone."""
    for name, data in contents().items():
        target = folder / name
        if target.exists() and target.read_bytes() == data:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        fresh.write_bytes(data)
        fresh.replace(target)


def use_local(base: str = BASE) -> None:
    """Point every folium class at the vendor folder and drop what is not there; may be called any number of times.

    The rewrite is folium's own extension point (the class-level lists) and holds for the whole process, so that
    streamlit-folium, which loads exactly these lists, and plain rendering behave alike.
    """
    for cls in map_classes():
        for name in _LINKS:
            if name in vars(cls):
                links = getattr(cls, name)
                _complete.setdefault(cls, True)
                _complete[cls] &= all(vendored(url) or not _outside(url) for _, url in links)
                setattr(cls, name, [(key, local) for key, url in links if (local := _localised(url, base))])


def map_classes(cls: type[Any] = JSCSSMixin) -> Iterator[type[Any]]:
    """Yield every class that folium may load a script or a style for."""
    yield cls
    below: list[type[Any]] = cls.__subclasses__()
    for sub in below:
        yield from map_classes(sub)


def usable(cls: type) -> bool:
    """Tell whether a class has all its files offline; the base map is used without Bootstrap and icon fonts."""
    return issubclass(cls, folium.Map) or all(_complete.get(parent, True) for parent in cls.__mro__)


def inline(html: str, base: str = BASE) -> str:
    """Return one self-contained page: scripts, styles and the pictures of the styles stand inside it."""
    start = re.escape(base)
    scripts, styles = (
        rf'<script src="{start}/([^"]+)"></script>',
        rf'<link rel="stylesheet" href="{start}/([^"]+)"\s*/?>',
    )
    html = re.sub(scripts, lambda m: f"<script>{_script(m[1])}</script>", html)
    return re.sub(styles, lambda m: f"<style>{_style(m[1])}</style>", html)


def assert_offline(html: str) -> None:
    """Raise ValueError when the page would load anything from outside; plain links that a person clicks may stay."""
    reader = _References()
    reader.feed(html)
    reader.close()
    if reader.found:
        raise ValueError(f"outside references are left: {reader.found[:5]}")


def _wheel(wheel: str, name: str) -> bytes:
    return files(f"xstatic.pkg.{wheel}").joinpath("data", *name.split("/")).read_bytes()


def _outside(url: str) -> bool:
    return url.startswith(("http:", "https:", "//"))


def _localised(url: str, base: str) -> str | None:
    if not _outside(url):
        return url
    local = vendored(url)
    return f"{base}/{local}" if local else None


def _script(name: str) -> str:
    text = re.sub(r"(?m)^\s*//[#@] sourceMappingURL=.*$", "", contents()[name].decode("utf-8"))
    return text.replace("</script", "<\\/script")


def _style(name: str) -> str:
    folder = name.rsplit("/", 1)[0]

    def picture(match: re.Match[str]) -> str:
        wanted = match[1].strip("'\"")
        if wanted.startswith(("data:", "#")):
            return match[0]
        data = contents().get(f"{folder}/{wanted}", b"")
        kind = mimetypes.guess_type(wanted)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(data).decode('ascii')})"

    return re.sub(r"url\(([^)]+)\)", picture, contents()[name].decode("utf-8"))


class _References(HTMLParser):
    """Collects what a browser would fetch by itself from another host."""

    _ATTRIBUTES = ("src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href")
    _IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?\s*(?:https?:)?//[^)"';]+""", re.IGNORECASE)
    _IN_SCRIPT = re.compile(r"""(?:fetch|import|XMLHttpRequest|importScripts)\s*\(\s*["'](?:https?:)?//[^"']+""")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("style", "script") else ""
        for name, value in attrs:
            loads = name in self._ATTRIBUTES or (name == "href" and tag not in ("a", "area"))
            if value and loads and _outside(value.strip().lower()):
                self.found.append(f"{tag} {name}={value[:100]}")
            if value and name == "style":
                self.found += self._IN_STYLE.findall(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        pattern = {"style": self._IN_STYLE, "script": self._IN_SCRIPT}.get(self._inside)
        if pattern is not None:
            self.found += pattern.findall(data)
