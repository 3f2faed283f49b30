"""A district from foreign files to a checked and scored one, against plain geopandas.

Ours: read ledger and layers, understand the headers, clean every cell, repair the shapes, give every building its
compound, write the district; run every check; measures, rules, items, costs, scores, states, order. The peer reads the
same two layers, joins buildings to compounds and writes both back in the same format, as one would in a notebook.
Beside them, without a bar: the same with everything in words, down to ranking.csv. 100,000 compounds with 1,000,000
buildings; --quick has 40,000, once.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import geopandas as gpd
import harness
from synthetic import Sources, write_sources

from planner.decisions.pipeline import assess, score_district
from planner.district.checks import run_checks
from planner.district.district import District
from planner.district.import_request import ImportRequest, Source
from planner.district.importing import import_district
from planner.district.write import write_district
from planner.outputs.ranking_file import write_ranking
from planner.policy import Policy, load_policy

OURS, PEER = "planner import+check+score", "geopandas read+sjoin+write"
IN_WORDS = "the same in words"
SIZE, QUICK_SIZE = 100_000, 40_000
AT_MOST = 2.0
AS_OF = dt.date(2026, 11, 20)


def main() -> int:
    """Measure, print the table and return the exit code."""
    options = harness.options(__doc__)
    size = QUICK_SIZE if options.quick else SIZE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = write_sources(folder, compounds=size)
        contenders = {
            PEER: lambda: notebook(sources, folder),
            OURS: lambda: scored(sources, folder),
            IN_WORDS: lambda: explained(sources, folder),
        }
        timings = harness.compare(contenders, size=size, rounds=1 if options.quick else 3)
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


def scored(sources: Sources, folder: Path) -> None:
    """Import and write the district, check it, score it."""
    district, policy = _checked(sources, folder)
    score_district(district, policy, as_of=AS_OF)


def explained(sources: Sources, folder: Path) -> None:
    """The same with every condition, reason and sentence, and the list written."""
    district, policy = _checked(sources, folder)
    write_ranking(assess(district, policy, as_of=AS_OF), district, path=folder / "ranking.csv", lang="zh")


def _checked(sources: Sources, folder: Path) -> tuple[District, Policy]:
    policy = load_policy()
    request = ImportRequest(
        policy=policy,
        table=Source(sources.ledger),
        footprints=Source(sources.footprints, layer="compounds"),
        layers={"buildings": Source(sources.footprints, layer="buildings")},
    )
    district = import_district(request).district
    write_district(district, folder / "district")
    run_checks(district, policy, AS_OF)
    return district, policy


if __name__ == "__main__":
    raise SystemExit(main())
