"""What the whole suite shares: when a test may skip, how examples are drawn, what was skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from planner.store.connection import Store
    from tests.stores import Postgres

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("PLANNER_SHARED", ROOT.parent / "shared")) / "data"
MAY_BE_ABSENT = {
    "needs_shared": SHARED.is_dir,
    "needs_postgres": lambda: bool(os.environ.get("PLANNER_TEST_POSTGRES")),
    "needs_chromium": lambda: Path("/usr/bin/chromium").exists(),
    "needs_libreoffice": lambda: shutil.which("soffice") is not None,
}
EXCUSED_WHEN_STRICT = "needs_libreoffice"
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]

os.environ.setdefault("PLANNER_STORE", "none")
"""The pages of a test read its folder; a test of a store says which."""

hypothesis.settings.register_profile("dev", max_examples=30, deadline=None, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.register_profile(
    "ci", max_examples=50, deadline=None, derandomize=True, suppress_health_check=SLOW_IS_FINE
)
hypothesis.settings.register_profile("full", max_examples=300, deadline=None, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose mark names something that this machine does not have."""
    for mark, present in MAY_BE_ABSENT.items():
        if item.get_closest_marker(mark) and not present():
            pytest.skip(f"{mark}: not on this machine")


def _without_excuse(reports: Iterable[pytest.TestReport], *, strict: bool) -> list[str]:
    accepted = {EXCUSED_WHEN_STRICT} if strict else set(MAY_BE_ABSENT)
    return [r.nodeid for r in reports if not accepted & set(r.keywords)]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run when a test skipped that must not: without one of the four marks, or any when PLANNER_STRICT=1."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    strict = os.environ.get("PLANNER_STRICT") == "1"
    if _without_excuse(reporter.stats.get("skipped", []), strict=strict) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the name of every skipped test, and say which of them make the run fail."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    wrong = set(_without_excuse(skipped, strict=os.environ.get("PLANNER_STRICT") == "1"))
    terminalreporter.section("skipped tests")
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{'MUST NOT SKIP  ' if report.nodeid in wrong else ''}{report.nodeid}  ({reason})")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; only for tests marked needs_shared."""
    return SHARED


@pytest.fixture(scope="session")
def small_district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small district, written once: not to be changed."""
    from tests.stores import small_folder

    return small_folder(tmp_path_factory.mktemp("small") / "district")


@pytest.fixture(scope="session")
def filled_file(small_district: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store file of the small district, made once, closed: to be copied."""
    from tests.stores import seeded

    place = tmp_path_factory.mktemp("filled") / "planner.gpkg"
    seeded(place, small_district).close()
    return place


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Databases on the test server."""
    from tests.stores import Postgres

    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def filled_database(small_district: Path, postgres: Postgres) -> str:
    """The URL of a database of the small district, made once: to be copied."""
    from tests.stores import seeded

    url = postgres.new()
    seeded(url, small_district).close()
    return url


@pytest.fixture(params=["gpkg", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store can be made, on each engine."""
    if request.param == "gpkg":
        return tmp_path / "planner.gpkg"
    return str(request.getfixturevalue("postgres").new())


@pytest.fixture(params=["gpkg", pytest.param("postgres", marks=pytest.mark.needs_postgres)])
def store_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A store of the small district on each engine, closed: everything that the store promises holds on both."""
    if request.param == "gpkg":
        source = request.getfixturevalue("filled_file")
        return Path(shutil.copyfile(source, tmp_path / "planner.gpkg"))
    return str(request.getfixturevalue("postgres").new(request.getfixturevalue("filled_database")))


@pytest.fixture
def file_store(filled_file: Path, tmp_path: Path) -> Iterator[Store]:
    """A store file of the small district, open: for what has nothing to do with the engine."""
    from planner.store.opening import open_store
    from tests.stores import POLICY

    opened = open_store(Path(shutil.copyfile(filled_file, tmp_path / "planner.gpkg")), POLICY)
    yield opened
    opened.close()


@pytest.fixture
def store(store_place: Path | str) -> Iterator[Store]:
    """A store of the small district on each engine, open."""
    from planner.store.opening import open_store
    from tests.stores import POLICY

    opened = open_store(store_place, POLICY)
    yield opened
    opened.close()
