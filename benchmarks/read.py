"""A district from files to a ranked list: `planner import`, `check` and `score` against plain geopandas.

The peer reads the same two layers, joins buildings to compounds and writes both back in the same format: what anyone
would do in a notebook, without ids, checks, units, repairs, rules, costs or scores. Ours does all of that, and reads
the district again for every verb, as the command line does. 100,000 compounds, 1,000,000 buildings; --quick a tenth.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import geopandas as gpd
import harness
from synthetic import Sources, write_sources

from planner.cli.main import main as planner

OURS, PEER = "planner import+check+score", "geopandas read+sjoin+write"
SIZE, QUICK_SIZE = 100_000, 10_000
AT_MOST = 2.0
AS_OF = "2026-11-20"


def main() -> int:
    """Measure, print the table and return the exit code."""
    options = harness.options(__doc__)
    size = QUICK_SIZE if options.quick else SIZE
    with tempfile.TemporaryDirectory() as folder:
        sources = write_sources(Path(folder), compounds=size)
        contenders = {PEER: lambda: notebook(sources, Path(folder)), OURS: lambda: command_line(sources, Path(folder))}
        timings = harness.compare(contenders, size=size, rounds=1 if not options.quick else 3)
    bars = [harness.Bar(OURS, PEER, size=size, at_most=AT_MOST)]
    return harness.report("read", timings, bars, quick=options.quick, buildings=sources.buildings)


def notebook(sources: Sources, folder: Path) -> None:
    """Read both layers, give every building the compound it lies in, write both layers."""
    compounds = gpd.read_file(sources.footprints, layer="compounds")
    buildings = gpd.read_file(sources.footprints, layer="buildings")
    joined = gpd.sjoin(buildings, compounds, predicate="within", how="left").drop(columns="index_right")
    out = folder / "notebook.gpkg"
    out.unlink(missing_ok=True)
    compounds.to_file(out, layer="compounds")
    joined.to_file(out, layer="buildings")


def command_line(sources: Sources, folder: Path) -> None:
    """Run the three verbs as the command line does; `check` may find problems, nothing else may fail."""
    district, ranking = folder / "district", folder / "ranking.csv"
    layers = ["--footprints", f"{sources.footprints}:compounds", "--layer", f"buildings={sources.footprints}:buildings"]
    run("import", "--table", str(sources.ledger), *layers, "--out", str(district))
    run("check", "--district", str(district), "--as-of", AS_OF, allowed=(0, 1))
    run("score", "--district", str(district), "--as-of", AS_OF, "--out", str(ranking))


def run(*words: str, allowed: tuple[int, ...] = (0,)) -> None:
    """Run one verb in this process; its result on standard output is dropped, its messages are kept."""
    with contextlib.redirect_stdout(io.StringIO()):
        code = planner(list(words))
    if code not in allowed:
        raise SystemExit(f"planner {words[0]} ended with {code}")


if __name__ == "__main__":
    raise SystemExit(main())
