"""Bytes to text for every text file that an office hands in: the encoding is proved, never guessed in silence."""

from __future__ import annotations

import codecs
import unicodedata
from dataclasses import dataclass
from itertools import islice

from planner.district.frequent_characters import COMMON
from planner.district.refusal import refuse
from planner.text import t

NEAR = 0.15
"""Two decodings whose shares of common characters lie closer than this are not told apart: we ask."""
WEAK = 0.10
"""Below this share of common characters nothing speaks for Chinese text in that encoding."""
_SAMPLE = 20_000
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {"gb18030": "GB18030", "cp950": "Big5", "utf-8": "UTF-8"}
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "big5": "cp950", "utf-8-sig": "utf-8", "utf_8_sig": "utf-8"}
_MAGIC = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"AC10", "dwg"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the encoding it was in as people call it, and what proved it (key of `read.evidence.*`)."""

    text: str
    encoding: str
    evidence: str


def decode(data: bytes, encoding: str | None = None, *, file: str = "") -> Decoded:
    """Return the text of `data`: byte order mark, NUL pattern, strict UTF-8, then GB18030 or Big5 by common characters.

    `encoding` (a Python codec name, as in --encoding) settles it. Nothing is replaced or dropped: bytes that do not
    decode, binary files (named by kind), a cut file and two decodings that are equally likely raise InputError
    (CONTRACTS 1, Decoder). Empty input is empty text.
    """
    if encoding:
        return _as_told(data, encoding, file)
    _refuse_known_kinds(data, file)
    for mark, codec in _BOMS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], codec, file)
            return _checked(Decoded(text, f"{_name(codec)} (BOM)", "bom"), file)
    if b"\0" in data[:_SAMPLE]:
        return _checked(_by_nul_pattern(data, file), file)
    return _checked(_without_mark(data, file), file)


def kind_of(data: bytes) -> str:
    """Return the kind of a binary file by its first bytes (`pdf`, `zip`, `ole`, `image` ...), "" if unknown."""
    return next((kind for mark, kind in _MAGIC if data.startswith(mark)), "")


def _as_told(data: bytes, encoding: str, file: str) -> Decoded:
    try:
        codec = codecs.lookup(_WIDER.get(encoding.lower(), encoding)).name
        "".encode(codec)
    except (LookupError, ValueError) as error:
        raise refuse("file.encoding_unknown", file=file, value=encoding) from error
    for mark, marked in _BOMS:
        if data.startswith(mark) and marked.startswith(codec):
            data, codec = data[len(mark) :], marked
            break
    return _checked(Decoded(_strict(data, codec, file), _name(codec), "given"), file)


def _refuse_known_kinds(data: bytes, file: str) -> None:
    kind = kind_of(data)
    if kind:
        raise refuse("file.not_text", file=file, kind=t(f"read.kind.{kind}"))


def _strict(data: bytes, codec: str, file: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise refuse("file.bytes", file=file, encoding=_name(codec), byte=error.start + 1) from error


def _by_nul_pattern(data: bytes, file: str) -> Decoded:
    sample = data[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    codec = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        raise _nul(data, file) from error
    believable = text.isascii() or _common_share(text) >= WEAK
    if max(even, odd) < 20 * min(even, odd) or not believable:
        raise _nul(data, file)
    return Decoded(text, _name(codec), "nul_pattern")


def _nul(data: bytes, file: str) -> Exception:
    line = data[: data.index(0)].count(b"\n") + 1
    return refuse("file.binary", file=file, row=line)


def _without_mark(data: bytes, file: str) -> Decoded:
    try:
        text = data.decode("utf-8")
        return Decoded(text, "UTF-8", "ascii" if text.isascii() else "strict_utf8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data" and not data[: error.start].isascii()
        if cut:
            raise refuse("file.cut", file=file, byte=error.start + 1) from error
    return _by_common_characters(data, file)


def _by_common_characters(data: bytes, file: str) -> Decoded:
    scores: dict[str, float] = {}
    texts: dict[str, str] = {}
    for codec in ("gb18030", "cp950"):
        try:
            texts[codec] = data.decode(codec)
            scores[codec] = _common_share(texts[codec])
        except UnicodeDecodeError:
            continue
    if not scores:
        raise refuse("file.encoding_none", file=file)
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    lead = scores[ranked[0]] - (scores[ranked[1]] if len(ranked) > 1 else 0.0)
    if scores[ranked[0]] < WEAK or (len(ranked) > 1 and lead < NEAR):
        raise refuse("file.encoding_near", file=file, choices=" / ".join(_name(c) for c in ranked))
    return Decoded(texts[ranked[0]], _name(ranked[0]), "common_characters")


def _common_share(text: str) -> float:
    foreign = list(islice((c for c in text if not c.isascii()), _SAMPLE))
    return sum(c in COMMON for c in foreign) / len(foreign) if foreign else 0.0


def _checked(found: Decoded, file: str) -> Decoded:
    if "\0" in found.text:
        line = found.text[: found.text.index("\0")].count("\n") + 1
        raise refuse("file.binary", file=file, row=line)
    sample = found.text[:_SAMPLE]
    strange = sum(sample.count(c) for c in set(sample) - set("\r\n\t") if unicodedata.category(c) in ("Cc", "Cn"))
    if strange > 5 and strange * 50 > len(sample):
        raise refuse("file.binary", file=file, row=1)
    return found


def _name(codec: str) -> str:
    return _NAMES.get(codec, codec.upper())
