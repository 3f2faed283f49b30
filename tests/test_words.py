"""Guards of the words: every key used exists, every key is used, both languages say the same, no forbidden word."""

from __future__ import annotations

import ast
import csv
import functools
import re
from collections.abc import Iterator

import pytest

from planner.policy import load_policy
from planner.text import TEXT_FILE, load_words
from tests.source_tree import ROOT, Source, dotted, report, sources, strings

KEY = re.compile(r"^[a-z_0-9]+(\.[A-Za-z0-9_]+)+$")
PROBLEM = re.compile(r"^problem\.(?P<rule>.+)\.(message|fix)$")
COUNTED_OTHERWISE = {"summary.people_wan"}
"""Chinese counts in 万, English one by one: the two take different values."""
FILE_ENDINGS = ("csv", "xlsx", "json", "js", "css", "html", "gpkg", "py", "et", "key")
PLACEHOLDER = re.compile(r"\{(\w+)")

FORBIDDEN = (ROOT / "tests/fixtures/forbidden_words.txt").read_text("utf8").split()
"""The right column of the list of words, without those that have another, proper use (强制, 冲突, 合并, 提交)."""


@functools.cache
def _used_words() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    constants = frozenset(text for source in sources() for text in strings(source))
    return constants, tuple(pattern for source in sources() for pattern in _families(source))


def _families(source: Source) -> Iterator[re.Pattern[str]]:
    """Keys that are put together: f"map.state.{code}" stands for every key that begins so."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
            first = parts[0] if parts else None
            if isinstance(first, str) and re.match(r"^[a-z_0-9]+\.", first) and not first.startswith("problem."):
                yield re.compile("".join(r"[\w.]+" if p is None else re.escape(str(p)) for p in parts) + r"\Z")


def unused_keys(keys: set[str]) -> list[str]:
    """Keys that no code names: neither whole, nor by the stem or the family that it is put together from.

    A problem is named by its rule: problem.V06.message by ``V06``.
    """
    constants, families = _used_words()
    unused = []
    for key in sorted(keys):
        problem = PROBLEM.match(key)
        name = problem["rule"] if problem else key
        stems = {".".join(name.split(".")[:n]) for n in range(2, name.count(".") + 2)}
        if not stems & constants and name not in constants and not any(p.match(name) for p in families):
            unused.append(key)
    return unused


def first_words(source: Source, *functions: str) -> Iterator[tuple[str, int]]:
    """The plain text that a file hands to these functions as first argument, with its line."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args and dotted(node.func).split(".")[-1] in functions:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value, node.lineno


def test_no_key_stands_twice() -> None:
    with TEXT_FILE.open(encoding="utf-8-sig", newline="") as handle:
        keys = [row["key"] for row in csv.DictReader(handle)]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_row_has_three_cells() -> None:
    with TEXT_FILE.open(encoding="utf-8-sig", newline="") as handle:
        assert [row for row in csv.reader(handle) if len(row) != 3] == []


def test_every_key_handed_to_t_exists() -> None:
    words = load_words()
    calls = [(k, s.where, line) for s in sources() for k, line in first_words(s, "t", "help_text", "progress")]
    assert len(calls) > 20
    report([f"{where}:{line} {key}" for key, where, line in calls if key not in words])


def test_every_constant_that_looks_like_a_key_exists() -> None:
    words = load_words()
    prefixes = {key.split(".")[0] for key in words} - {"problem"}
    fields = {f"{a}.{b}" for a, b in load_policy().columns[["table", "field"]].itertuples(index=False)}
    missing = [
        f"{source.where}: {text}"
        for source in sources()
        for text in strings(source)
        if KEY.match(text) and text.split(".")[0] in prefixes and text not in fields
        and not any(key.startswith(start) for start in (text, f"problem.{text}.") for key in words)
        and text.rsplit(".", 1)[-1] not in FILE_ENDINGS
    ]  # fmt: skip
    report(missing)


def test_every_problem_has_a_message_and_a_cure() -> None:
    words = load_words()
    rules = {m["rule"] for key in words if (m := PROBLEM.match(key))}
    report([r for r in sorted(rules) if not {f"problem.{r}.message", f"problem.{r}.fix"} <= set(words)])
    raised = {rule for source in sources() for rule, _ in first_words(source, "problem", "problem_rows")}
    report(sorted(raised - rules))


def test_every_key_is_used() -> None:
    report(unused_keys(set(load_words())))


def test_an_unused_key_is_seen() -> None:
    planted = {"nowhere.to.be.seen", "problem.NOWHERE.message"}
    assert planted <= set(unused_keys(set(load_words()) | planted))


def _placeholders(words: str) -> frozenset[str]:
    """The values that a text asks for; units are Chinese words and labels come in either language."""
    return frozenset(re.sub(r"(^|_)(zh|en)$", "", name) for name in PLACEHOLDER.findall(words)) - {"unit"}


def test_both_languages_say_it_with_the_same_placeholders() -> None:
    words = load_words()
    empty = [key for key, row in words.items() if not all(cell.strip() for cell in row.values())]
    pairs = {key: {_placeholders(cell) for cell in row.values()} for key, row in words.items()}
    different = [key for key, kinds in pairs.items() if len(kinds) > 1 and key not in COUNTED_OTHERWISE]
    report([*empty, *different])


def test_english_holds_no_chinese_but_the_values_that_it_quotes() -> None:
    report([k for k, row in load_words().items() if re.search(r"[\u4e00-\u9fff]{9,}", row["en"])])


@functools.cache
def _screen_words() -> dict[str, str]:
    policy = load_policy()
    said = {f"text.csv {key}": row["zh"] for key, row in load_words().items()}
    said |= {f"columns.csv {r.table}.{r.field}": r.label_zh for r in policy.columns.itertuples()}
    for name in ("criteria", "items", "programmes"):
        said |= {f"{name}.csv {code}": label for code, label in getattr(policy, name)["label_zh"].items()}
    return said


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_forbidden_word_on_screen(word: str) -> None:
    report([f"{where}: {text}" for where, text in _screen_words().items() if word in text])


def test_no_forbidden_word_written_into_code() -> None:
    marked = [
        f"{source.where}: {word} in {text[:40]!r}"
        for source in sources()
        for text in strings(source)
        for word in FORBIDDEN
        if word in text and word != "NULL" and "district/" not in source.where
    ]
    report(marked)
