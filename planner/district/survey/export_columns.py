"""Columns that ODK Central, KoboToolbox and our own forms put beside the answers, and what they say about a row."""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.district.grid import plain, word_key
from planner.text import LANGUAGES, t

ROLES: Mapping[str, tuple[str, ...]] = {
    "surveyed_on": ("采集日期", "采集时间", "调查时间", "踏勘时间", "填报时间", "surveyed_on", "survey_date"),
    "today": ("today",),
    "submitted": ("SubmissionDate", "_submission_time", "end"),
    "surveyor": ("调查人", "调查员", "采集人", "填报人", "踏勘人", "surveyor", "SubmitterName", "_submitted_by"),
    "base_version": ("base_version", "版本", "台账版本", "底数版本"),
    "instance": ("KEY", "instanceID", "_uuid"),
    "review": ("ReviewState", "_validation_status"),
}
"""Role -> header words, the surest first; the fields surveyed_on, surveyor_code and row_version of columns.csv too."""

FIELDS: Mapping[str, str] = {"surveyed_on": "surveyed_on", "surveyor_code": "surveyor", "row_version": "base_version"}
"""Fields of columns.csv that say something about the row, not about the compound."""

SYSTEM = (
    *("SubmitterID", "AttachmentsPresent", "AttachmentsExpected", "Status", "DeviceID", "Edits", "FormVersion"),
    *("PARENT_KEY", "instanceName", "start", "deviceid", "username", "phonenumber", "subscriberid", "simserial"),
    *("_id", "_notes", "_status", "__version__", "_tags", "_index", "_attachments", "_geolocation", "_xform_id_string"),
    *("__id", "formhub/uuid", "_parent_table_name", "_parent_index", "_submission__id", "_submission__uuid"),
    *("Altitude", "Accuracy", "_altitude", "_precision"),
)
"""Columns of those systems that hold no answer."""

REJECTED = frozenset({"rejected", "notapproved", "validationstatusnotapproved", "退回", "未通过", "不通过"})
"""Review words after which a row is skipped."""
QUESTIONED = frozenset({"hasissues", "onhold", "validationstatusonhold", "待复核", "存疑"})
"""Review words after which a row is read, with a warning."""

REASON_COLUMNS = ("survey.correct.row", "survey.correct.reason")
"""The columns that the file of rows to correct has beside those of the survey."""

_BETWEEN_GROUPS = re.compile("[/:-]")


def role_of(header: str) -> str:
    """Return what a header says about its row: a role, `system` for a column without an answer, "" for any other.

    A group before the word (`meta-instanceID`, `meta/instanceID`) is left out; case, width, stars and colons are none
    of its meaning.
    """
    key = word_key(header)
    for word in (key, last_word(header)):
        if word in _WORDS:
            return _WORDS[word]
    return "system" if key.endswith(_POINT) or key in _reason_words() else ""


def strength(header: str, role: str) -> int:
    """Return how surely a header has a role, 0 the surest: its place among the words of the role."""
    words = [word_key(word) for word in ROLES[role]]
    key = word_key(header)
    found = next((word for word in (key, last_word(header)) if word in words), None)
    return len(words) if found is None else words.index(found)


def last_word(header: str) -> str:
    """Return the word of a header behind the groups that Kobo (`/`), ODK (`-`) and others (`:`) put before it."""
    return word_key(_BETWEEN_GROUPS.split(plain(header))[-1])


def _reason_words() -> frozenset[str]:
    return frozenset(word_key(t(key, lang)) for key in REASON_COLUMNS for lang in LANGUAGES)


_WORDS: Mapping[str, str] = {word_key(w): "system" for w in SYSTEM} | {
    word_key(word): role for role, words in ROLES.items() for word in words
}
_POINT = ("_altitude", "_precision")
