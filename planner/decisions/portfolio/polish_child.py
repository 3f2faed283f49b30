"""HiGHS on the whole matrix, in a process of its own: it may overrun every limit, and then it is killed from outside.

stdin holds the matrix as .npz, stdout gets the best point, the bound and the status as .npz.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any

import highspy
import numpy as np

from planner.decisions.portfolio.quiet import new_highs

_TOLERANCES = ("mip_feasibility_tolerance", "primal_feasibility_tolerance")


def main() -> None:
    """Read the matrix from stdin, solve, write the answer to stdout."""
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as data:
        answer = solve(dict(data))
    buffer = io.BytesIO()
    np.savez(buffer, **answer)
    sys.stdout.buffer.write(buffer.getvalue())


def solve(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return point, bound, nodes and status of the 0/1 problem ``data``: maximise gain x, lower <= A x <= upper."""
    highs = new_highs()
    options = {"mip_max_nodes": int(data["nodes"]), "mip_rel_gap": float(data["gap"]), "mip_abs_gap": 1e-9}
    options |= {"time_limit": float(data["limit"])} | dict.fromkeys(_TOLERANCES, 1e-9)
    for option, value in options.items():
        highs.setOptionValue(option, value)
    highs.passModel(_model(data))
    if len(data["point"]):
        highs.setSolution(_known(data["point"]))
    highs.run()
    info, status = highs.getInfo(), highs.getModelStatus()
    return {
        "point": np.array(highs.getSolution().col_value),
        "bound": -info.mip_dual_bound,
        "nodes": info.mip_node_count,
        "found": info.primal_solution_status == 2,
        "status": highs.modelStatusToString(status),
    }


def relaxed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the point and the price of every row of ``data`` when works may be done in part (a linear program)."""
    highs, lp = new_highs(), _model(data)
    lp.integrality_ = []
    highs.passModel(lp)
    highs.run()
    solution = highs.getSolution()
    return {"point": np.array(solution.col_value), "dual": np.array(solution.row_dual) * _scale(data)}


def _model(data: Mapping[str, Any]) -> Any:
    lp, columns = highspy.HighsLp(), len(data["gain"])
    scale = _scale(data)
    lp.num_col_, lp.num_row_ = columns, len(data["lower"])
    infinite, slack = highspy.kHighsInf, int(data["slack"])
    upper = np.ones(columns)
    upper[columns - slack :] = min(float(data["top"]), infinite)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = -data["gain"], np.zeros(columns), upper
    lp.row_lower_ = np.where(np.isinf(data["lower"]), -infinite, data["lower"] * scale)
    lp.row_upper_ = np.where(np.isinf(data["upper"]), infinite, data["upper"] * scale)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = data["start"], data["index"]
    lp.a_matrix_.value_ = data["value"] * scale[data["index"]]
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * (columns - slack) + [kinds.kContinuous] * slack
    return lp


def _scale(data: Mapping[str, Any]) -> np.ndarray:
    """A power of two per row that brings yuan to about 10: exact, and HiGHS's tolerances mean less than a yuan."""
    largest = np.ones(len(data["lower"]))
    np.maximum.at(largest, data["index"], np.abs(data["value"]))
    return np.asarray(2.0 ** -np.maximum(np.floor(np.log2(largest)) - 3, 0))


def _known(point: np.ndarray) -> Any:
    solution = highspy.HighsSolution()
    solution.col_value = [float(x) for x in point]
    solution.value_valid = True
    return solution
