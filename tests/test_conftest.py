"""The suite's own rules: which tests may skip, and that PLANNER_STRICT=1 turns a skip into a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest
@pytest.mark.needs_shared
def test_real(): pass
@pytest.mark.needs_libreoffice
def test_office(): pass
"""
UNMARKED = "import pytest\ndef test_hidden(): pytest.skip('later')\ndef test_seen(): pass\n"


def _run(folder: Path, body: str, *, strict: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text((Path(__file__).parent / "conftest.py").read_text("utf8"), "utf8")
    marks = "needs_shared: x\n  needs_postgres: x\n  needs_chromium: x\n  needs_libreoffice: x"
    (folder / "pytest.ini").write_text(f"[pytest]\nmarkers =\n  {marks}\n", "utf8")
    (folder / "test_case.py").write_text(body, "utf8")
    environment = {"PATH": "", "PLANNER_STRICT": strict, "PLANNER_SHARED": str(folder / "absent")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.parametrize(("strict", "code"), [("", 0), ("1", 1)])
def test_a_marked_skip_fails_only_when_strict(tmp_path: Path, strict: str, code: int) -> None:
    result = _run(tmp_path, CASES, strict=strict)
    assert result.returncode == code, result.stdout
    assert "test_case.py::test_real" in result.stdout
    assert ("MUST NOT SKIP  test_case.py::test_real" in result.stdout) == bool(code)


def test_libreoffice_is_excused_even_when_strict(tmp_path: Path) -> None:
    result = _run(tmp_path, CASES.replace("@pytest.mark.needs_shared\n", ""), strict="1")
    assert result.returncode == 0, result.stdout
    assert "test_case.py::test_office" in result.stdout


def test_a_skip_without_a_mark_always_fails(tmp_path: Path) -> None:
    result = _run(tmp_path, UNMARKED, strict="")
    assert result.returncode == 1, result.stdout
    assert "MUST NOT SKIP  test_case.py::test_hidden" in result.stdout
