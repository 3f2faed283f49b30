"""年度计划 in a browser: the page gives the plan of the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Visit, make_plan_of, running_app

pytestmark = pytest.mark.needs_chromium
Go = Callable[..., Visit]
YEARS = (2027, 2028, 2029)


@pytest.mark.slow
@pytest.mark.needs_shared
def test_page_and_command_line_give_the_same_plan_of_the_real_district(
    visit: Go, real_district: Path, tmp_path: Path
) -> None:
    out = tmp_path / "plan.csv"
    budget = [f"{year}=8000000" for year in YEARS]
    command = [sys.executable, "-m", "planner", "plan", "--district", str(real_district), "--budget", *budget]
    with (
        subprocess.Popen(
            [*command, "--unverified", "allow", "--out", str(out)], cwd=ROOT, stderr=subprocess.DEVNULL
        ) as by_hand,
        running_app(real_district, tmp_path) as app,
    ):
        opened = visit(f"{app}/plan")
        make_plan_of(opened, "800", "800", "800")
        opened.page.locator(".st-key-planner-plan-files button").click()
        with opened.page.expect_download() as download:
            opened.page.locator(".st-key-planner-plan-file-csv button").click()
        assert by_hand.wait(150) == 0
        assert Path(download.value.path()).read_bytes() == out.read_bytes()
        assert out.read_bytes().count(b"\n") > 100
        opened.clean()
