"""The hash chain: every batch vouches for its own words, its events and the batch before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BATCH_WORDS = (
    "id", "kind", "actor", "at", "reason", "file", "content_key", "undoes", "events", "digest", "previous",
)  # fmt: skip
EVENT_WORDS = (
    "seq", "batch_id", "table_name", "row_id", "version", "file_row", "surveyed_on", "surveyor", "source", "patch",
)  # fmt: skip

compact = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""JSON in one form only: the same value gives the same text."""


def sha256(content: str | bytes) -> str:
    """Return the SHA-256 of a text or of bytes, as hexadecimal digits."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def events_digest(events: Iterable[Mapping[str, Any]]) -> str:
    """Return one hash over the events of a batch, in their order."""
    digest = hashlib.sha256()
    for event in events:
        digest.update(event_line([event[word] for word in EVENT_WORDS]))
    return digest.hexdigest()


def event_line(values: Sequence[Any]) -> bytes:
    """Return what an event adds to the digest of its batch; values in the order of EVENT_WORDS."""
    return compact(list(values)).encode("utf-8", "surrogatepass") + b"\n"


def batch_hash(batch: Mapping[str, Any]) -> str:
    """Return the hash of a batch from its words, the hash before it among them."""
    return sha256(compact([batch[word] for word in BATCH_WORDS]))
