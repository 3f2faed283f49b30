"""Which store and which folder belong together: those that the environment names, else a folder with its own store.

Who asks hands in the environment and the folders; nothing here looks at a clock, a session or the disk's contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.store.place import as_place, is_store, is_url
from planner.text import TEXT_FILE, safe_file_name

NO_STORE = "none"
"""Written in PLANNER_STORE: the folder is shown as it is, nothing is kept and nothing can be changed."""
STORE, DISTRICT = "PLANNER_STORE", "PLANNER_DISTRICT"
DISTRICTS, DEFAULT = "districts", "planner.gpkg"


DEMO = TEXT_FILE.parents[1]
"""The folder of the demo district."""


def own_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of this installation's own files: PLANNER_VAR, else var/ beside the program."""
    return Path(environment.get("PLANNER_VAR") or DEMO.parent / "var")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where a district is kept and what fills it.

    store: the place of the store, None where nothing may be kept. folder: layers and seed; None means those that the
    store itself names. made: the store is made and filled when it is not there yet; else the folder is read as it is.
    asked: somebody named this store, so that it is never passed over when it fails.
    """

    store: Path | str | None
    folder: Path | None
    made: bool = False
    asked: bool = False

    @property
    def waiting(self) -> bool:
        """Whether there is no store at the place yet; a server is looked at when it is opened."""
        return self.store is not None and not is_url(self.store) and not is_store(self.store)


def chosen_by(environment: Mapping[str, str], *, var: Path, demo: Path, remembered: Path | None = None) -> Chosen:
    """Return what the environment names: PLANNER_STORE before PLANNER_DISTRICT, which then gives layers and seed.

    Neither: the district that was opened last (`remembered`), else the demo district, each in its store under `var`.
    """
    store, folder = environment.get(STORE, ""), environment.get(DISTRICT, "")
    if store == NO_STORE:
        return Chosen(None, Path(folder) if folder else remembered or demo)
    if store:
        return Chosen(as_place(store), Path(folder) if folder else None, made=True, asked=True)
    if folder:
        return chosen_folder(Path(folder), var=var, demo=demo)
    return chosen_folder(remembered or demo, var=var, demo=demo)


def chosen_folder(folder: Path, *, var: Path, demo: Path) -> Chosen:
    """Return a folder with its own store; that of the demo district and of an imported one is made by itself."""
    own = folder.absolute().is_relative_to(var.absolute() / DISTRICTS) or folder.absolute() == demo.absolute()
    return Chosen(own_store(folder, var=var, demo=demo), folder, made=own)


def own_store(folder: Path, *, var: Path, demo: Path) -> Path:
    """Return where the store of a folder lies: planner.gpkg for the demo district, else one of its own beside it.

    An imported district's stands beside its folder; that of a folder elsewhere among them, with a mark of its path.
    """
    where, districts = folder.absolute(), var.absolute() / DISTRICTS
    if where == demo.absolute():
        return var / DEFAULT
    if where.parent == districts:
        return var / DISTRICTS / f"{where.name}.gpkg"
    mark = hashlib.sha256(str(where).encode()).hexdigest()[:8]
    return var / DISTRICTS / f"{safe_file_name(where.name, fallback='district')}-{mark}.gpkg"


def standing_place(environment: Mapping[str, str], *, var: Path, demo: Path) -> Path | str | None:
    """Return the district that a command works on which names none: a store that is there, else PLANNER_DISTRICT.

    None where the environment names nothing and nobody has opened the pages yet.
    """
    chosen = chosen_by(environment, var=var, demo=demo)
    if chosen.store is not None and not chosen.waiting:
        return chosen.store
    return chosen.folder if environment.get(DISTRICT) else None
