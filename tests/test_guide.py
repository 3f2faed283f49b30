"""The guide: every task page is reached from the index, every link and picture leads somewhere, every page has one."""

from __future__ import annotations

import re

import pytest

from tests.source_tree import ROOT

DOCS = ROOT / "docs"
INDEX = DOCS / "user_guide.md"
TASKS = sorted((DOCS / "user_guide").glob("*.md"))
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("page", [INDEX, *TASKS, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_link_and_picture_leads_somewhere(page: object) -> None:
    targets = [t for t in _LINK.findall(page.read_text("utf8")) if "://" not in t]  # type: ignore[attr-defined]
    assert targets
    assert [t for t in targets if not (page.parent / t).exists()] == []  # type: ignore[attr-defined]


def test_every_task_is_in_the_index_and_leads_back() -> None:
    listed = set(_LINK.findall(INDEX.read_text("utf8")))
    assert {f"user_guide/{page.name}" for page in TASKS} <= listed
    assert [page.name for page in TASKS if "](../user_guide.md)" not in page.read_text("utf8")] == []


def test_every_page_of_the_app_is_shown_in_a_task() -> None:
    files = {file.stem for file in (ROOT / "planner" / "pages").glob("*.py")} - {"__init__"}
    shown = "".join(page.read_text("utf8") for page in TASKS)
    assert [name for name in sorted(files) if f"../img/{name}_1366.png" not in shown] == []
