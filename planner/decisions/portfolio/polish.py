"""The exact solver for small problems: HiGHS in a child process, counted in nodes, killed hard when it overruns."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.decisions.portfolio.matrix import Model
from planner.decisions.portfolio.problem import Floats

_PROJECT = Path(__file__).resolve().parents[3]
_CHILD = (
    f"import sys; sys.path.insert(0, {str(_PROJECT)!r}); "
    "from planner.decisions.portfolio.polish_child import main; main()"
)
TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Polished:
    """What the exact solver found: a point (empty when none), a bound (inf when none), its nodes and status.

    status: HiGHS's own word, or ``killed`` (time or planner) or ``died``.
    """

    point: Floats
    bound: float
    nodes: int
    status: str


def polish(
    model: Model,
    start: Floats,
    *,
    nodes: int,
    gap: float,
    seconds: float,
    stop: Callable[[], bool] = lambda: False,
    limit: float = np.inf,
) -> Polished:
    """Return the best point of the model found within ``nodes``; ``start`` is a known point (may be empty).

    After ``seconds`` on the clock, or when ``stop`` says so, the child is killed; whatever the child dies of, the
    caller lives and keeps its own plan. ``limit``: seconds after which HiGHS itself is asked to stop (benchmarks only).
    """
    buffer = io.BytesIO()
    parts: dict[str, Any] = {name: np.asarray(getattr(model, name)) for name in Model.__dataclass_fields__}
    np.savez(buffer, **parts, point=start, nodes=np.int64(nodes), gap=np.float64(gap), limit=np.float64(limit))
    out, status = _run(buffer.getvalue(), seconds, stop)
    if out is None:
        return Polished(np.zeros(0), np.inf, 0, status)
    with np.load(io.BytesIO(out), allow_pickle=False) as answer:
        point = answer["point"] if answer["found"] else np.zeros(0)
        return Polished(point, float(answer["bound"]), int(answer["nodes"]), str(answer["status"]))


def _run(data: bytes, seconds: float, stop: Callable[[], bool]) -> tuple[bytes | None, str]:
    with tempfile.TemporaryFile() as given:
        given.write(data)
        given.seek(0)
        call = [sys.executable, "-I", "-c", _CHILD]
        with subprocess.Popen(call, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            for _ in range(max(1, round(seconds / TICK_SECONDS))):
                try:
                    out, _ = child.communicate(timeout=TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    if stop():
                        break
                    continue
                return (out, "ended") if child.returncode == 0 and out else (None, "died")
            child.kill()
            child.communicate()
    return None, "killed"
