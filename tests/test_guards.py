"""Guards of the house: who may import whom, what is pure, how long things are, what is documented.

Each guard is tried on a planted fault too (``test_the_guards_see``), so that it cannot pass by looking at nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_tree import (
    ROOT,
    Function,
    Source,
    dotted,
    functions,
    imported,
    imported_modules,
    report,
    sources,
    strings,
)

LAYERS = {
    "planner.errors": 0, "planner.text": 1, "planner.policy_checks": 2, "planner.policy": 3,
    "planner.district": 10, "planner.decisions": 20, "planner.outputs": 30, "planner.store": 30,
    "planner.cli": 40, "planner.web": 40, "planner.pages": 50, "planner.__main__": 50, "app": 60,
}  # fmt: skip
"""A module imports from its own package or from a lower number; equal numbers do not know each other."""

PURE_BELOW = 40
MAY_KEEP_STATE = "planner.store"
STREAMLIT = ("planner.web", "planner.pages", "app")
IMPURE_MODULES = {"time", "socket", "ssl", "requests", "httpx", "aiohttp", "uuid", "secrets", "getpass", "webbrowser"}
IMPURE_MODULES |= {"urllib.request", "http.client", "ftplib", "smtplib"}
IMPURE_CALLS = re.compile(
    r"(^|\.)(datetime|date|dt)\.(now|today|utcnow)$|(^|\.)Timestamp\.(now|today)$|^os\.(environ|getenv|urandom)\b"
)
SEEDED = {"random.Random", "np.random.default_rng", "numpy.random.default_rng"}
RANDOM_TYPES = {"np.random.Generator", "numpy.random.Generator"}

MAX_FUNCTION, MAX_FILE, MAX_ARGUMENTS = 50, 400, 8
BANNED_NAME = re.compile(r"(^|_)(utils?|helpers?|manager|misc|stuff)$|^common$|(Manager|Helper|Utils?)$")
OUTSIDE = re.compile(r"https?://(?!127\.0\.0\.1|localhost|\[::1\])[^\s\"'<>]+|(?<![:\w])//[a-z0-9-]+(\.[a-z0-9-]+)+/")
NAMESPACES = ("http://www.w3.org/", "http://www.opengis.net/", "https://www.opengis.net/")


def layer_of(module: str) -> str:
    """The layer that a module belongs to, or an empty string."""
    matches = [name for name in LAYERS if module == name or module.startswith(name + ".")]
    return max(matches, key=len, default="")


def wrong_imports(source: Source) -> Iterator[str]:
    """Imports that go up, sideways, or to streamlit from where it has no place."""
    own = layer_of(source.module)
    for name in imported(source):
        other = layer_of(name)
        if own and other and other != own and LAYERS[other] >= LAYERS[own]:
            yield f"{source.where}: {own} imports {name}"
        if name.split(".")[0].startswith("streamlit") and own not in STREAMLIT:
            yield f"{source.where}: streamlit outside pages, web and app.py"


def impurities(source: Source) -> Iterator[str]:
    """Clock, environment, network and unseeded randomness."""
    yield from (f"{source.where}: imports {name}" for name in set(imported(source)) & IMPURE_MODULES)
    for node in ast.walk(source.tree):
        name = dotted(node)
        if IMPURE_CALLS.search(name):
            yield f"{source.where}:{getattr(node, 'lineno', 0)} {name}"
    seeded = {id(node.func) for node in ast.walk(source.tree) if isinstance(node, ast.Call) and node.args}
    for node in ast.walk(source.tree):
        name = dotted(node)
        chance = re.match(r"^(random|np\.random|numpy\.random)\.\w+$", name) and name not in RANDOM_TYPES
        if chance and (name not in SEEDED or id(node) not in seeded | _annotations(source.tree)):
            yield f"{source.where}:{getattr(node, 'lineno', 0)} {name} without a seed"


def _annotations(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(note, ast.AST):
                found |= {id(part) for part in ast.walk(note)}
    return found


def oversized(source: Source) -> Iterator[str]:
    """Functions over 50 lines (docstring apart), files over 400, functions with too many arguments."""
    lines = source.text.count("\n")
    if lines > MAX_FILE:
        yield f"{source.where}: {lines} lines"
    for function in functions(source):
        length = (function.end_lineno or 0) - function.lineno + 1 - _docstring_lines(function)
        if length > MAX_FUNCTION:
            yield f"{source.where}:{function.lineno} {function.name}: {length} lines"
        arguments = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        if len([a for a in arguments if a not in ("self", "cls")]) > MAX_ARGUMENTS:
            yield f"{source.where}:{function.lineno} {function.name}: {len(arguments)} arguments"


def _docstring_lines(function: Function) -> int:
    if ast.get_docstring(function) is None:
        return 0
    first = function.body[0]
    return (first.end_lineno or 0) - first.lineno + 1


def undocumented(source: Source) -> Iterator[str]:
    """Modules, public classes, functions and methods without a docstring."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield f"{source.where}: module"
    for node, public in _definitions(source.tree, True):
        if public and not ast.get_docstring(node) and not _overload(node):
            yield f"{source.where}:{node.lineno} {node.name}"


def _overload(node: Function | ast.ClassDef) -> bool:
    """Whether it only says a type; the function that follows says the rest."""
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)


def _definitions(node: ast.AST, public: bool) -> Iterator[tuple[Function | ast.ClassDef, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            shown = public and not child.name.startswith("_")
            yield child, shown
            if isinstance(child, ast.ClassDef):
                yield from _definitions(child, shown)
        elif isinstance(child, ast.If | ast.Try):
            yield from _definitions(child, public)


def untyped(source: Source) -> Iterator[str]:
    """Functions with an argument or a result that has no type."""
    for function in functions(source):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        if bare or (function.returns is None):
            yield f"{source.where}:{function.lineno} {function.name} {bare}"


def banned_names(source: Source) -> Iterator[str]:
    """Names that say nothing: utils, helpers, common, manager."""
    names = [source.path.stem, *source.path.relative_to(ROOT).parts[:-1]]
    names += [n.name for n in ast.walk(source.tree) if isinstance(n, Function | ast.ClassDef)]
    yield from (f"{source.where}: {name}" for name in names if BANNED_NAME.search(name))


def careless(source: Source) -> Iterator[str]:
    """Bare except, swallowed exceptions, print below the command line, words that promise work, empty bodies."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield f"{source.where}:{node.lineno} bare except"
        if isinstance(node, ast.Call) and dotted(node.func) == "print" and LAYERS.get(layer_of(source.module), 99) < 40:
            yield f"{source.where}:{node.lineno} print"
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.dump(node.exc):
            yield f"{source.where}:{node.lineno} not implemented"
    promises = re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b", source.text)
    yield from (f"{source.where}: {promise}" for promise in promises)


def outside_addresses(text: str) -> list[str]:
    """Web addresses that are neither this computer nor the name of a namespace."""
    return [m.group() for m in OUTSIDE.finditer(text) if not m.group().startswith(NAMESPACES)]


def _pure() -> list[Source]:
    layers = [(source, layer_of(source.module)) for source in sources()]
    return [s for s, layer in layers if layer and LAYERS[layer] < PURE_BELOW and layer != MAY_KEEP_STATE]


def test_every_module_has_a_layer() -> None:
    report([s.where for s in sources() if not layer_of(s.module) and s.module != "planner"])


def test_imports_only_go_down() -> None:
    report([fault for source in sources() for fault in wrong_imports(source)])


def test_no_import_cycle() -> None:
    names = {s.module for s in sources()}
    graph = {s.module: sorted(imported_modules(s, names) - {s.module}) for s in sources()}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module not in done:
            for other in graph[module]:
                visit(other, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_no_clock_environment_network_or_unseeded_chance_from_outputs_down() -> None:
    assert len(_pure()) > 5
    report([fault for source in _pure() for fault in impurities(source)])


@pytest.mark.parametrize("guard", [oversized, undocumented, untyped, banned_names, careless])
def test_house_rules(guard: object) -> None:
    assert callable(guard)
    report([fault for source in sources() for fault in guard(source)])


def test_no_outside_address() -> None:
    shown = {s.where: "\n".join(strings(s)) for s in sources()}
    for pattern in ("planner/**/*.js", "planner/**/*.css", "planner/**/*.html", ".streamlit/*.toml"):
        shown |= {str(f.relative_to(ROOT)): f.read_text("utf8") for f in ROOT.glob(pattern)}
    report([f"{where}: {address}" for where, text in shown.items() for address in outside_addresses(text)])


PLANTED = """
import random
import streamlit
import time
import numpy as np
import datetime as dt
from planner.pages import overview
def get_utils(a, b, c, d, e, f, g, h, i):
    try:
        print(dt.date.today(), np.random.rand(3), np.random.default_rng(), random.random())
    except:
        pass  # TODO
"""


@pytest.mark.parametrize(
    ("guard", "faults"),
    [
        (wrong_imports, ["streamlit", "planner.pages"]),
        (impurities, ["imports time", "dt.date.today", "np.random.rand", "np.random.default_rng", "random.random"]),
        (oversized, ["9 arguments"]),
        (undocumented, ["module", "get_utils"]),
        (untyped, ["get_utils"]),
        (banned_names, ["get_utils"]),
        (careless, ["bare except", "print", "TODO"]),
    ],
)
def test_the_guards_see(guard: object, faults: list[str]) -> None:
    assert callable(guard)
    planted = Source(ROOT / "planner/decisions/planted.py", "planner.decisions.planted", PLANTED, ast.parse(PLANTED))
    found = "\n".join(guard(planted))
    assert [fault for fault in faults if fault not in found] == []


def test_the_guards_accept_seeded_chance() -> None:
    text = "import numpy as np\ndef draw(seed: int, rng: np.random.Generator):\n    np.random.default_rng(seed)\n"
    assert list(impurities(Source(Path("x"), "planner.district.x", text, ast.parse(text)))) == []


def test_outside_addresses_are_told_from_namespaces() -> None:
    text = 'xmlns="http://www.w3.org/2000/svg" http://127.0.0.1:8501/ src="//cdn.example.com/a.js" https://tile.example.org/1'
    assert outside_addresses(text) == ["//cdn.example.com/", "https://tile.example.org/1"]
