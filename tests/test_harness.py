"""The benchmark harness: ratios, bars and the JSON object on the last line."""

import importlib.util
import json
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "harness.py"


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("harness", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["harness"] = module
    spec.loader.exec_module(module)
    return module


def test_the_median_of_the_samples_counts(harness: ModuleType) -> None:
    assert harness.Timing("a", 10, (9.0, 1.0, 2.0)).median == 2.0


def test_a_bar_is_the_ratio_of_two_medians_at_its_own_size(harness: ModuleType) -> None:
    timings = [harness.Timing(*row) for row in (("ours", 10, (3.0,)), ("peer", 10, (2.0,)), ("ours", 99, (9.0,)))]
    bars = [harness.Bar("ours", "peer", size, at_most) for size, at_most in ((10, 1.5), (10, 1.4), (99, 100.0))]
    met, missed, absent = harness.judge(timings, bars)
    assert (met.ratio, met.met) == (1.5, True)
    assert (missed.ratio, missed.met) == (1.5, False)
    assert (absent.ratio, absent.met) == (None, False)


def test_a_bar_compares_one_measure_and_without_a_peer_it_is_a_limit(harness: ModuleType) -> None:
    timings = [harness.Timing("ours", 10, (3.0,), "kB"), harness.Timing("peer", 10, (6.0,), "kB")]
    timings += [harness.Timing("peer", 10, (1.0,))]
    bars = [harness.Bar("ours", "peer", 10, 0.5, "kB"), harness.Bar("ours", "", 10, 2.9, "kB")]
    ratio, limit = harness.judge(timings, bars)
    assert (ratio.ratio, ratio.met) == (0.5, True)
    assert (limit.ratio, limit.met) == (3.0, False)
    assert "0.5 x" in harness.table(timings).splitlines()[1]


def test_the_last_line_is_one_json_object_and_a_missed_bar_fails(
    harness: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    timings = [harness.Timing("ours", 10, (3.0,)), harness.Timing("peer", 10, (2.0,))]
    assert harness.report("x", timings, [harness.Bar("ours", "peer", 10, 2.0)], quick=True, layers=3) == 0
    assert harness.report("x", timings, [harness.Bar("ours", "peer", 10, 1.0)], quick=True) == 1
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[-1])["ok"] is False
    assert any("1.5 x" in line for line in lines)


def test_contenders_take_turns_and_short_calls_are_the_best_of_five(harness: ModuleType) -> None:
    calls: list[str] = []
    timings = harness.compare({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, size=1, rounds=2)
    assert calls == ["a"] * 5 + ["b"] * 5 + ["a"] * 5 + ["b"] * 5
    assert [len(timing.samples) for timing in timings] == [2, 2]


def test_cpu_time_counts_work_and_not_waiting(harness: ModuleType) -> None:
    def work() -> None:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    assert harness.sample(work) >= 0.05
    assert harness.sample(lambda: time.sleep(0.05)) < 0.04
