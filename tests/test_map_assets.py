"""Leaflet without internet: every folium class points at our own files, exports hold everything."""

from __future__ import annotations

import re
from pathlib import Path

import folium
import folium.plugins
import pytest

from planner.outputs import assets


def test_every_folium_class_loads_from_the_vendor_folder_only() -> None:
    assets.use_local()
    classes = list(assets.map_classes())
    assert folium.Map in classes
    assert folium.plugins.MarkerCluster in classes
    links = [(cls, url) for cls in classes for name in ("default_js", "default_css") for _, url in getattr(cls, name)]
    assert [(cls, url) for cls, url in links if not url.startswith("/app/static/vendor/")] == []
    files = {url.removeprefix("/app/static/vendor/") for _, url in links}
    assert files <= set(assets.contents())


def test_rewriting_twice_changes_nothing() -> None:
    assets.use_local()
    before = list(folium.Map.default_js)
    assets.use_local()
    assert list(folium.Map.default_js) == before
    assert [key for key, _ in before] == ["leaflet", "jquery"]


def test_a_class_that_lost_a_file_is_not_usable() -> None:
    assets.use_local()
    assert assets.usable(folium.Map)
    assert assets.usable(folium.plugins.MarkerCluster)
    assert assets.usable(folium.GeoJson)
    assert not assets.usable(folium.plugins.Fullscreen)
    assert not assets.usable(folium.plugins.Search)


def test_files_are_laid_out_and_equal_ones_left_alone(tmp_path: Path) -> None:
    assets.lay_out(tmp_path)
    leaflet = tmp_path / "leaflet" / "leaflet.js"
    assert "Leaflet 1.9.3" in leaflet.read_text(encoding="utf-8")[:200]
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()} == set(assets.contents())
    leaflet.write_text("broken", encoding="utf-8")
    untouched = (tmp_path / "leaflet" / "leaflet.css").stat().st_mtime_ns
    assets.lay_out(tmp_path)
    assert leaflet.read_bytes() == assets.contents()["leaflet/leaflet.js"]
    assert (tmp_path / "leaflet" / "leaflet.css").stat().st_mtime_ns == untouched


def test_versions_are_those_that_folium_asks_for() -> None:
    assert b"v3.7.1" in assets.contents()["jquery/jquery.min.js"][:200]


def test_own_scripts_carry_the_hash_of_their_content() -> None:
    assert re.fullmatch(r"/app/static/vendor/planner/map-[0-9a-f]{8}\.js", assets.own_url("map.js"))
    with pytest.raises(KeyError):
        assets.own_url("nothing.js")


def test_inlined_page_has_no_address_left() -> None:
    assets.use_local()
    html = assets.inline(folium.Map(location=[39, 116], tiles=None).get_root().render())
    assert "/app/static" not in html
    assert "L.Control.Zoom" in html or "Leaflet" in html
    assert "url(images/" not in html
    assets.assert_offline(html)


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/leaflet.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css"/>',
        "<style>@import 'https://fonts.example/a.css';</style>",
        "<style>body{background:url(http://example/a.png)}</style>",
        '<img srcset="https://example/a.png 2x">',
        '<div style="background:url(https://example/a.png)"></div>',
        '<script>fetch("https://example/data.json")</script>',
        '<iframe src="HTTPS://example/"></iframe>',
        '<form action="https://example/post"></form>',
    ],
)
def test_an_outside_reference_is_found(html: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        assets.assert_offline(html)


def test_links_for_people_and_namespaces_may_stay() -> None:
    assets.assert_offline(
        '<a href="https://leafletjs.com">Leaflet</a>'
        "<script>document.createElementNS('http://www.w3.org/2000/svg','svg')</script>"
    )
