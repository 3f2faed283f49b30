"""The header words by which a survey file shows where its header is and what separates its columns."""

from __future__ import annotations

from planner.district.grid import word_key, word_keys
from planner.district.survey.export_columns import ROLES, SYSTEM
from planner.district.survey.survey_columns import TABLE
from planner.district.table import known_headers
from planner.policy import Policy


def survey_words(policy: Policy) -> frozenset[str]:
    """Return the words of the compounds' fields and of the columns that exporters add, as `find_header` compares."""
    added = [*SYSTEM, *(word for words in ROLES.values() for word in words)]
    return known_headers(policy, TABLE) | frozenset(key for word in added for key in word_keys(word)) | {word_key("")}
