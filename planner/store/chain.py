"""The hash chain: every batch vouches for its own words, its events and the batch before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

BATCH_WORDS = (
    "id", "kind", "actor", "at", "reason", "file", "content_key", "undoes", "events", "digest", "previous",
)  # fmt: skip
EVENT_WORDS = (
    "seq", "batch_id", "table_name", "row_id", "version", "file_row", "surveyed_on", "surveyor", "source", "patch",
)  # fmt: skip

_slow = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_quick = getattr(json.encoder, "c_make_encoder", None)  # what `_slow` makes anew for each value
_parts = _quick and _quick(None, _slow, json.encoder.encode_basestring, None, ":", ",", True, False, True)


_quoted = json.encoder.encode_basestring


def compact(value: Any) -> str:
    """Return JSON in one form only: the same value gives the same text."""
    return "".join(_parts(value, 0)) if _parts else _slow(value)


def sha256(content: str | bytes) -> str:
    """Return the SHA-256 of a text or of bytes, as hexadecimal digits."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def event_line(values: Sequence[Any]) -> bytes:
    """Return what an event adds to the digest of its batch; values (texts, whole numbers, None) by EVENT_WORDS.

    It is `compact` of their list, and a line end.
    """
    parts = [_quoted(v) if type(v) is str else "null" if v is None else str(v) for v in values]
    return f"[{','.join(parts)}]\n".encode("utf-8", "surrogatepass")


def batch_hash(batch: Mapping[str, Any]) -> str:
    """Return the hash of a batch from its words, the hash before it among them."""
    return sha256(compact([batch[word] for word in BATCH_WORDS]))
