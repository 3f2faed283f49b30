"""Garbage collections: what stays is looked through once, and again after a while."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from planner.web import memory


@pytest.fixture
def watch() -> Iterator[memory._Collections]:
    yield memory._Collections()
    gc.unfreeze()


def collected(watch: memory._Collections, monkeypatch: pytest.MonkeyPatch, *, at: float, seconds: float) -> None:
    """A full collection that begins at a moment and takes so long."""
    for phase, moment in (("start", at), ("stop", at + seconds)):
        monkeypatch.setattr(memory.time, "perf_counter", lambda moment=moment: moment)
        watch(phase, {"generation": 2})


def test_a_long_collection_is_not_repeated_on_the_same_objects(
    watch: memory._Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.unfreeze()
    collected(watch, monkeypatch, at=0, seconds=memory.LONG_S / 2)
    assert gc.get_freeze_count() == 0
    collected(watch, monkeypatch, at=1, seconds=memory.LONG_S * 2)
    assert gc.get_freeze_count() > 1000


def test_after_a_while_everything_is_looked_through_again(
    watch: memory._Collections, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected(watch, monkeypatch, at=0, seconds=1)
    collected(watch, monkeypatch, at=memory.THAW_S / 2, seconds=0)
    assert gc.get_freeze_count() > 0
    collected(watch, monkeypatch, at=memory.THAW_S + 2, seconds=0)
    assert gc.get_freeze_count() == 0


def test_young_collections_are_left_alone(watch: memory._Collections) -> None:
    gc.unfreeze()
    watch("start", {"generation": 0})
    watch("stop", {"generation": 1})
    assert (watch.began, gc.get_freeze_count()) == (0.0, 0)


def test_it_begins_once_per_process() -> None:
    before = list(gc.callbacks)
    try:
        memory.keep_collections_short()
        memory.keep_collections_short()
        assert sum(isinstance(found, memory._Collections) for found in gc.callbacks) == 1
    finally:
        gc.callbacks[:] = before
