"""Results kept from one run of the server to the next: read again only when nothing changed and nobody touched them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from planner.web import kept as module
from planner.web.kept import kept


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], Callable[[], object]]:
    """A folder of its own; `made.calls` counts how often a result was computed."""
    monkeypatch.setenv("PLANNER_VAR", str(tmp_path))

    def factory(value: object) -> Callable[[], object]:
        def make() -> object:
            factory.calls += 1  # type: ignore[attr-defined]
            return value

        return make

    factory.calls = 0  # type: ignore[attr-defined]
    return factory


def files(folder: Path) -> list[Path]:
    return sorted((folder / "kept").iterdir())


def test_a_result_is_computed_once_and_read_from_then_on(made, tmp_path: Path) -> None:
    value = MappingProxyType({"a": (1, 2.5, None)})
    assert kept("x", "bytes 1", made(value)) == value
    again = kept("x", "bytes 1", made("not asked for"))
    assert (again, type(again), made.calls) == (value, MappingProxyType, 1)
    assert [file.stat().st_mode & 0o777 for file in [tmp_path / "kept"]] == [0o700]


def test_another_content_another_name_or_another_program_is_computed_anew(
    made, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept("x", "bytes 1", made(1))
    assert kept("x", "bytes 2", made(2)) == 2
    assert kept("y", "bytes 1", made(3)) == 3
    monkeypatch.setattr(module, "_program", lambda: "another version")
    assert kept("x", "bytes 1", made(4)) == 4


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other name", "other installation"])
def test_a_file_that_this_installation_did_not_write_so_is_never_read(made, tmp_path: Path, damage: str) -> None:
    kept("x", "1", made("good"))
    (file,) = files(tmp_path)
    data = file.read_bytes()
    if damage == "flip":
        file.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
    elif damage in ("cut", "empty"):
        file.write_bytes(data[:-3] if damage == "cut" else b"")
    elif damage == "other name":
        kept("x", "2", made("other"))
        (other,) = set(files(tmp_path)) - {file}
        file.write_bytes(other.read_bytes())
    else:
        (tmp_path / "map.key").unlink()
    assert kept("x", "1", made("computed")) == "computed"
    assert kept("x", "1", made("not asked for")) == "computed"


def test_shared_objects_are_those_of_the_caller(made, tmp_path: Path) -> None:
    district = {"name": "云湖区"}
    kept("x", "1", made([district, "rest"]), {"district": district})
    assert "云湖区".encode() not in files(tmp_path)[0].read_bytes()
    found = kept("x", "1", made("not asked for"), {"district": district})
    assert found == [district, "rest"]
    assert found[0] is district


def test_old_results_go_and_a_result_that_cannot_be_kept_is_used_all_the_same(made, tmp_path: Path) -> None:
    for k in range(module.MOST + 3):
        kept("x", str(k), made(k))
    assert len(files(tmp_path)) == module.MOST
    (tmp_path / "kept").rename(tmp_path / "gone")
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert kept("x", "new", made("used")) == "used"
    unpicklable = lambda: None  # noqa: E731
    assert kept("y", "1", made(unpicklable)) is unpicklable
