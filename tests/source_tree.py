"""The product's own source as the guards see it: files, parsed trees, layers, functions."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the product: its dotted module name, text and syntax tree."""

    path: Path
    module: str
    text: str
    tree: ast.Module

    @property
    def where(self) -> str:
        """The path below the project folder."""
        return str(self.path.relative_to(ROOT))


@functools.cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the product: app.py and planner/."""
    files = [*sorted((ROOT / "planner").rglob("*.py")), *(f for f in [ROOT / "app.py"] if f.exists())]
    return tuple(_source(file) for file in files)


def _source(file: Path) -> Source:
    parts = file.relative_to(ROOT).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = file.read_text("utf8")
    return Source(file, module, text, ast.parse(text))


def imported(source: Source) -> Iterator[str]:
    """Every module that a file imports, at the top or in a function; ``from a import b`` gives ``a``, ``a.b``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_modules(source: Source, names: set[str]) -> set[str]:
    """The modules among ``names`` that a file imports; ``from package import module`` means the module alone."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= parts & names if parts <= names else (parts & names) | {node.module}
    return found & names


def functions(source: Source) -> Iterator[Function]:
    """Every function and method of a file, nested ones too."""
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute or name; an empty string for anything else."""
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return node.id if isinstance(node, ast.Name) else ""


def strings(source: Source) -> Iterator[str]:
    """Every string constant of a file, docstrings left out."""
    documentation = {id(d) for d in _docstrings(source.tree)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            yield first.value


def report(faults: list[str]) -> None:
    """Fail with every fault on a line of its own."""
    assert not faults, "\n".join(faults)
